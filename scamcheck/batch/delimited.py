"""CSV and its relatives as they are exported: any delimiter, quotes that do not close, NULs, rows of the wrong width."""

from __future__ import annotations

import csv
import io
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa

from scamcheck.batch.errors import BatchError
from scamcheck.batch.header import count_titles, looks_like_header
from scamcheck.batch.plain_csv import PlainReader
from scamcheck.batch.source import ABOVE_HEADER, Reject, Row, RowSource, Source, gathered, unique_names
from scamcheck.batch.text_file import Scan, open_blocks, open_lines

_DELIMITERS = ",\t;|，"
_SAMPLE_LINES = 50
_MAX_RECORD_LINES = 200  # a quote still open after so many lines was never meant to open
_MAX_FIELD = 10_000_000  # characters; the csv module's own limit is 131,072


class Delimited(Source):
    """A delimited text file. Every column is text, so that leading zeros and long numbers stay as they are."""

    def __init__(
        self, path: Path, name: str, found: Scan, *, delimiter: str | None = None, header: bool | None = None
    ) -> None:
        super().__init__(path, name)
        csv.field_size_limit(_MAX_FIELD)
        self.encoding = found.encoding
        with open_lines(path, found.encoding) as lines:
            sample = [line for line, _ in zip(lines, range(_SAMPLE_LINES), strict=False)]
        self.delimiter = delimiter or sniff_delimiter(sample)
        found_rows = [(line, values) for line, values in records(iter(sample), self.delimiter, None) if any(values)]
        if not found_rows:
            raise BatchError(f"{name} 是空的, 没有可判断的行", f"{name} is empty; there are no rows to score")
        titles = count_titles([values for _, values in found_rows]) if header is None else 0
        self.titles = [Reject(line, *ABOVE_HEADER, self.delimiter.join(values)) for line, values in found_rows[:titles]]
        first = found_rows[titles][1]
        self.header = looks_like_header(first) if header is None else header
        names = unique_names(first if self.header else [""] * len(first))
        self.schema = pa.schema([pa.field(column, pa.string()) for column in names])
        self.rows = None if self.encoding.startswith("utf-16") else max(1, found.lines - self.header)

    def pieces(self, text: str | None) -> Iterator[pa.RecordBatch | Reject]:
        suits = PlainReader.suits(self.delimiter, self.schema.names)
        plain = PlainReader(self.delimiter, self.schema.names, _MAX_RECORD_LINES) if suits else None
        with open_blocks(self.path, self.encoding) as blocks:
            lines = _Lines(blocks)
            above = (values for _, values in _records(lines, self.delimiter, None) if any(values))
            for _ in range(len(self.titles) + self.header):
                next(above)
            yield from self.titles
            while block := lines.take():
                found = plain.read(block) if plain is not None and len(block) < _MAX_FIELD else None
                if found is None:
                    lines.put(block)
                    yield from gathered(self._tolerant(lines), self.schema)
                else:
                    lines.skip(found.lines)
                    lines.put(found.rest)
                    yield found.batch

    def _tolerant(self, lines: _Lines) -> Iterator[Row | Reject]:
        """Record by record, for as long as there are lines of this block."""
        width = len(self.schema)
        for line, values in _records(lines, self.delimiter, width):
            if len(values) == width or (len(values) > width and not any(values[width:])):
                yield Row(line, values[:width])
            else:
                zh, en = f"有 {len(values)} 个字段, 表头是 {width} 列", f"{len(values)} fields, the header has {width}"
                yield Reject(line, zh, en, self.delimiter.join(values))
            if not lines.ready:
                return

    def describe(self) -> str:
        mark = {",": "", "\t": ", TAB"}.get(self.delimiter, f", {self.delimiter}")
        return encoding_name(self.encoding) + mark


class Lines(RowSource):
    """A plain text file, one message a line."""

    schema = pa.schema([pa.field("text", pa.string())])

    def __init__(self, path: Path, name: str, found: Scan) -> None:
        super().__init__(path, name)
        self.encoding = found.encoding
        self.rows = None if self.encoding.startswith("utf-16") else found.lines

    def read(self, text: str | None) -> Iterator[Row | Reject]:
        with open_lines(self.path, self.encoding) as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    yield Row(number, (line.rstrip("\r\n"),))

    def describe(self) -> str:
        return encoding_name(self.encoding)


def encoding_name(encoding: str) -> str:
    return {"utf-8-sig": "UTF-8 BOM"}.get(encoding, encoding.upper())


def sniff_delimiter(sample: Sequence[str]) -> str:
    """The delimiter under which most lines have the same number of fields, more than one; a comma if there is none."""

    def agreement(delimiter: str) -> tuple[float, int]:
        widths = Counter(len(values) for _, values in records(iter(sample), delimiter, None))
        if not widths:
            return 0.0, 0
        width, count = widths.most_common(1)[0]
        return (count / widths.total() if width > 1 else 0.0), width

    return max(_DELIMITERS, key=agreement)


def records(blocks: Iterator[str], delimiter: str, width: int | None) -> Iterator[tuple[int, list[str]]]:
    """(first line's number, fields) of each record that is not blank, out of blocks of whole lines.

    Quoted fields may hold line ends. A quote that does not close properly costs no more than its own line: the line is then read by itself,
    and so are those after it. `width` is the number of fields that makes a record of several lines believable.
    """
    return _records(_Lines(blocks), delimiter, width)


def _records(source: _Lines, delimiter: str, width: int | None) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(source, delimiter=delimiter, strict=True)
    while True:
        line = source.begin()
        try:
            values = next(reader)
            believable = len(source.taken) == 1 or width is None or len(values) == width
        except StopIteration:
            return
        except (csv.Error, _Runaway):
            believable = False
        if not believable:
            values = _alone(source.hand_back(), delimiter, width)
            reader = csv.reader(source, delimiter=delimiter, strict=True)
        if values and (len(values) > 1 or values[0].strip()):
            yield line, values


def _alone(line: str, delimiter: str, width: int | None) -> list[str]:
    """The fields of a line whose quotes are wrong."""
    try:
        values = next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        values = []
    if values and width in (None, len(values)):
        return [value.rstrip("\r\n") for value in values]
    plain = line.rstrip("\r\n").split(delimiter)
    return plain if len(plain) == width or not values else values


class _Runaway(Exception):
    """A record that goes on too long."""


class _Lines:
    """Lines for the csv module, out of blocks of whole lines. Those of the current record can be handed back."""

    def __init__(self, blocks: Iterator[str]) -> None:
        self._blocks = blocks
        self._done = 0
        self.ready: deque[str] = deque()
        self.taken: list[str] = []

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        if len(self.taken) == _MAX_RECORD_LINES:
            raise _Runaway
        if not self.ready:
            self.put(next(self._blocks))
        self.taken.append(self.ready.popleft())
        return self.taken[-1]

    def begin(self) -> int:
        """Start a record; the number of its first line."""
        self._done += len(self.taken)
        self.taken.clear()
        return self._done + 1

    def hand_back(self) -> str:
        """Give all lines of the record but the first back, and return the first."""
        self.ready.extendleft(reversed(self.taken[1:]))
        del self.taken[1:]
        return self.taken[0]

    def take(self) -> str:
        """Between records: the lines that are ready and the next block, as text; empty at the end."""
        self.begin()
        waiting = "".join(self.ready)
        self.ready.clear()
        return waiting + next(self._blocks, "")

    def put(self, text: str) -> None:
        """Make lines ready."""
        self.ready.extend(io.StringIO(text, newline=""))

    def skip(self, lines: int) -> None:
        """Count lines that were read elsewhere."""
        self._done += lines
