"""Files as bytes and as lines: compression undone, the encoding found, the content fingerprinted."""

from __future__ import annotations

import codecs
import gzip
import hashlib
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from scamcheck.batch.errors import BatchError, cannot_read

_BLOCK = 1 << 20
_TEXT_BLOCK = 1 << 18  # bytes
_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
REPLACEMENT = "\ufffd"


@dataclass(frozen=True, slots=True)
class Scan:
    """What one pass over a file's (decompressed) bytes tells."""

    encoding: str
    lines: int
    start: bytes


@contextmanager
def open_bytes(path: Path) -> Iterator[IO[bytes]]:
    """The file's bytes, gzip and Zstandard undone. Raises `BatchError` for what goes wrong while reading."""
    try:
        with open(path, "rb") as raw:
            magic = raw.read(4)
            raw.seek(0)
            if magic[:2] == _GZIP:
                with gzip.open(raw) as stream:
                    yield stream  # type: ignore[misc]
            elif magic == _ZSTD:
                yield io.BufferedReader(_Unpacked(raw), _BLOCK)
            else:
                yield raw
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise _broken(path, error) from None
    except OSError as error:
        raise cannot_read(path, error) from None
    except Exception as error:
        if type(error).__name__ == "ZstdError":
            raise _broken(path, error) from None
        raise


class _Unpacked(io.RawIOBase):
    """Zstandard frames undone. zstandard's own reader takes a frame cut short for the end of the file; here it is an error."""

    def __init__(self, packed: IO[bytes]) -> None:
        import zstandard

        self._packed = packed
        self._new = zstandard.ZstdDecompressor().decompressobj
        self._frame = self._new()
        self._inside = False
        self._ready = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._ready:
            rest = self._frame.unused_data if self._frame.eof else b""
            block = rest or self._packed.read(1 << 14)
            if self._frame.eof:
                self._frame, self._inside = self._new(), False
            if not block:
                if self._inside:
                    raise EOFError("end of file inside a frame")
                return 0
            self._inside = True
            self._ready = memoryview(self._frame.decompress(block))
        size = min(len(buffer), len(self._ready))
        buffer[:size] = self._ready[:size]
        self._ready = self._ready[size:]
        return size


def _broken(path: Path, error: Exception) -> BatchError:
    return BatchError(
        f"{path} 的压缩数据不完整或已损坏 ({error}), 请重新导出或下载",
        f"{path} is truncated or damaged ({error}); export or download it again",
    )


def fingerprint(path: Path) -> str:
    """BLAKE2b of the file as it is on disk."""
    total = hashlib.blake2b(digest_size=16)
    try:
        with open(path, "rb") as stream:
            while block := stream.read(_BLOCK):
                total.update(block)
    except OSError as error:
        raise cannot_read(path, error) from None
    return total.hexdigest()


def scan(path: Path, encoding: str | None = None) -> Scan:
    """One pass: encoding (unless given), number of line ends, the first bytes."""
    lines = 0
    first = b""
    utf8 = codecs.getincrementaldecoder("utf-8")()
    found = encoding
    with open_bytes(path) as stream:
        while block := stream.read(_BLOCK):
            if not first:
                first = block
                found = found or _by_head(block)
            lines += block.count(b"\n")
            if found is None:
                try:
                    utf8.decode(block)
                except UnicodeDecodeError:
                    found = _utf8_or_gb18030(block)
    return Scan(found or "utf-8", lines, first[:65536])


def _by_head(head: bytes) -> str | None:
    for bom, encoding in _BOMS:
        if head.startswith(bom):
            return encoding
    even, odd = head[::2].count(0), head[1::2].count(0)
    # UTF-16 writes the zero byte of digits, commas and line ends always on the same side; stray NULs are few, or not beside line ends.
    if max(even, odd) >= max(2, len(head) // 50) and min(even, odd) * 10 <= max(even, odd):
        line_end, encoding = (b"\n\0", "utf-16-le") if odd > even else (b"\0\n", "utf-16-be")
        if line_end in head or b"\n" not in head:
            return encoding
    return None


def _utf8_or_gb18030(block: bytes) -> str:
    """For bytes that are not all UTF-8: a few broken places leave it UTF-8, otherwise it is the other."""

    def broken(encoding: str) -> int:
        return block.decode(encoding, "replace").count(REPLACEMENT)

    return "utf-8" if broken("utf-8") <= broken("gb18030") else "gb18030"


@contextmanager
def open_blocks(path: Path, encoding: str) -> Iterator[Iterator[str]]:
    """The same text in blocks of whole lines."""
    with open_bytes(path) as stream:
        yield _blocks(stream, codecs.getincrementaldecoder(encoding)("replace"))


def _blocks(stream: IO[bytes], decoder: codecs.IncrementalDecoder) -> Iterator[str]:
    waiting: list[str] = []
    while raw := stream.read(_TEXT_BLOCK):
        text = decoder.decode(raw)
        end = (
            max(text.rfind("\n"), text.rfind("\r", 0, len(text) - 1)) + 1
        )  # a \r at the very end may be half a line end
        if end:
            yield "".join([*waiting, text[:end]])
            waiting = []
        waiting.append(text[end:])
    if rest := "".join([*waiting, decoder.decode(b"", True)]):
        yield rest


@contextmanager
def open_lines(path: Path, encoding: str) -> Iterator[io.TextIOWrapper]:
    """The file's lines with their ends (\\n, \\r\\n or \\r); bytes that do not fit the encoding come as U+FFFD."""
    with open_bytes(path) as stream, io.TextIOWrapper(stream, encoding, errors="replace", newline="") as lines:
        yield lines
