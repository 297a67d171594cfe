"""Reading labelled messages: JSON Lines with `text` and a label, for evaluation, rule statistics and rule comparison."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from scamcheck.errors import InputError
from scamcheck.taxonomy import BENIGN, CODES

ANY = "any"  # stands for any scam label


@dataclass(frozen=True, slots=True)
class Labelled:
    """One message with the labels that count as right for it; `labels` is ('any',) for a scam of no stated category."""

    id: str
    text: str
    labels: tuple[str, ...]
    scam: bool
    source: str = ""


def read_labelled(path: str | Path) -> list[Labelled]:
    """Rows of a JSONL file: `text`, and `label` (a code) or `labels` (codes, or any); optional `scam`, `id`, `source`.

    Raises `InputError` naming the line.
    """
    return list(_rows(Path(path)))


def _rows(path: Path) -> Iterator[Labelled]:
    try:
        content = path.read_text("utf-8-sig")
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}; check the path and its permissions") from None
    except UnicodeDecodeError:
        raise InputError(f"{path} is not UTF-8; convert it first, e.g. iconv -f gb18030 -t utf-8") from None
    found = False
    for number, line in enumerate(content.split("\n"), 1):
        if line.strip():
            found = True
            yield _row(f"{path}:{number}", number, line)
    if not found:
        raise InputError(
            f'{path} holds no rows; expected one JSON object a line, such as {{"text": "…", "label": "benign"}}'
        )


def _row(where: str, number: int, line: str) -> Labelled:
    try:
        data = json.loads(line)
    except ValueError as error:
        raise InputError(f"{where}: not JSON ({error}); one object a line") from None
    if not isinstance(data, dict) or not isinstance(data.get("text"), str):
        raise InputError(f"{where}: no text; each row needs a `text` field")
    labels = data.get("labels", [data["label"]] if "label" in data else None)
    if not isinstance(labels, list) or not labels or not all(isinstance(label, str) for label in labels):
        raise InputError(f"{where}: no label; each row needs `label` or `labels`")
    unknown = [label for label in labels if label not in (*CODES, BENIGN, ANY)]
    if unknown:
        raise InputError(f"{where}: unknown label {unknown[0]}; use a code of the taxonomy, benign or any")
    scam = data.get("scam", BENIGN not in labels)
    return Labelled(str(data.get("id", number)), data["text"], tuple(labels), bool(scam), str(data.get("source", "")))
