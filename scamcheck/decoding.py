"""Text from bytes, in the encodings Chinese software writes."""

from __future__ import annotations

from scamcheck.errors import InputError


def decode(raw: bytes, name: str) -> str:
    """As `decoded`. Raises `InputError`."""
    text = decoded(raw)
    if text is None:
        raise InputError(f"{name} is neither UTF-8, UTF-16 nor GB18030 text; save it as UTF-8")
    return text


def decoded(raw: bytes) -> str | None:
    """UTF-8 with or without BOM, UTF-16 with BOM or recognisable by its zero bytes, else GB18030; None where it is none of them."""
    head = raw[:4000]
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encodings = ["utf-16"]
    elif b"\0" in head:
        encodings = ["utf-16-le" if head[1::2].count(0) >= head[::2].count(0) else "utf-16-be"]
    else:
        encodings = ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None
