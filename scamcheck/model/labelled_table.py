"""Reading messages from the files departments have: CSV, JSON Lines, Excel, plain text, in the encodings Chinese software writes."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scamcheck.decoding import decode
from scamcheck.errors import InputError

TEXT_COLUMN, LABEL_COLUMN = "text", "label"
_MAX_FIELD = 10_000_000  # characters; the csv module's own limit is 131,072
_Cells = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its number in the file (the header is 1), the message and the label, either of which may be empty."""

    number: int
    text: str
    label: str


def read_table(
    path: str | Path, *, text_column: str = TEXT_COLUMN, label_column: str | None = LABEL_COLUMN
) -> list[Row]:
    """Every row of a .csv, .tsv, .jsonl or .xlsx file (first sheet); columns are found by name, case-insensitively.

    With `label_column` None no label is wanted, a label column is used if there is one, and a .txt file gives one message a line.
    Raises `InputError` for a file that cannot be read, an unknown format, or a missing column, and says which columns there are.
    """
    file = Path(path)
    suffix = file.suffix.lower()
    if suffix == ".txt" and label_column is None:
        return [Row(number, line, "") for number, line in enumerate(_text(file).splitlines(), 1) if line.strip()]
    if suffix in (".jsonl", ".ndjson", ".json"):
        cells = _json_lines(file)
    elif suffix in (".xlsx", ".xlsm"):
        cells = _excel(file)
    elif suffix in (".csv", ".tsv", ".txt"):
        cells = _separated(file)
    else:
        raise InputError(
            f"{file}: cannot read {suffix or 'a file without an ending'}; save it as .csv, .jsonl or .xlsx"
        )
    numbered = list(cells)
    if not numbered:
        raise InputError(f"{file} holds no rows; expected a header and at least one row")
    columns = list(dict.fromkeys(name for _, row in numbered for name in row))
    text = _column(file, columns, text_column, "--text-column")
    label = None
    if label_column is not None or any(_same(name, LABEL_COLUMN) for name in columns):
        label = _column(file, columns, label_column or LABEL_COLUMN, "--label-column")
    return [Row(number, _cell(row.get(text)), _cell(row.get(label)) if label else "") for number, row in numbered]


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise InputError(f"cannot read {file}: {error.strerror}; check the path and its permissions") from None


def _text(file: Path) -> str:
    return decode(_bytes(file), str(file))


def _same(one: str, other: str) -> bool:
    return one.strip().casefold() == other.strip().casefold()


def _column(file: Path, columns: Sequence[str], wanted: str, option: str) -> str:
    for name in columns:
        if _same(name, wanted):
            return name
    raise InputError(f"{file} has no column {wanted}; it has {', '.join(columns)}: name the right one with {option}")


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # Excel keeps 1 as 1.0
    return str(value).strip()


def _separated(file: Path) -> Iterator[tuple[int, _Cells]]:
    content = _text(file)
    head = content.lstrip("\n\r").split("\n", 1)[0]
    delimiter = max(",\t;", key=head.count) if any(mark in head for mark in ",\t;") else ","
    csv.field_size_limit(_MAX_FIELD)
    reader = csv.reader(io.StringIO(content, newline=""), delimiter=delimiter)
    header: list[str] | None = None
    try:
        for number, values in enumerate(reader, 1):
            if not any(value.strip() for value in values) and header is None:
                continue
            if header is None:
                header = values
            elif values:
                yield number, dict(zip(header, values, strict=False))
    except csv.Error as error:
        raise InputError(f"{file}:{reader.line_num}: not CSV ({error}); export it again with quoted text") from None


def _json_lines(file: Path) -> Iterator[tuple[int, _Cells]]:
    for number, line in enumerate(_text(file).split("\n"), 1):
        if not line.strip():
            continue
        try:
            data = json.loads(line)
        except ValueError as error:
            raise InputError(f"{file}:{number}: not JSON ({error}); one object a line") from None
        if not isinstance(data, dict):
            raise InputError(f"{file}:{number}: not an object; write one {{…}} a line")
        yield number, data


def _excel(file: Path) -> Iterator[tuple[int, _Cells]]:
    try:
        import openpyxl
    except ImportError:
        raise InputError(
            "reading .xlsx needs openpyxl; install it with: pip install 'scamcheck[train]', or save as .csv"
        ) from None
    raw = _bytes(file)
    try:
        book = openpyxl.load_workbook(io.BytesIO(raw), read_only=True, data_only=True)
    except Exception as error:  # openpyxl lets zipfile, XML and key errors through
        raise InputError(f"{file} is not an Excel workbook ({error}); save it again as .xlsx or .csv") from None
    try:
        rows = enumerate(book.worksheets[0].iter_rows(values_only=True), 1)
        header: list[str] = []
        for number, values in rows:
            if not header:
                header = [_cell(value) for value in values] if any(value is not None for value in values) else []
            elif any(value is not None for value in values):
                yield number, {name: value for name, value in zip(header, values, strict=False) if name}
    finally:
        book.close()
