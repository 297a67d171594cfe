"""What every reader gives: a schema, and record batches of asked-for sizes with the rows that could not be read."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

JSON_FIELD = {b"scamcheck": b"json"}  # marks a string column whose strings are JSON, for values of mixed or nested type
ABOVE_HEADER = ("表头之前的行", "above the header")  # reason for setting a row aside
_CHUNK_BYTES = 8 << 20
_PIECE_ROWS = 200
_SAMPLE_ROWS = 200


@dataclass(frozen=True, slots=True)
class Reject:
    """A row set aside. `line`: of the file for text, the row for sheets; the reason in both languages; what the row holds."""

    line: int
    zh: str
    en: str
    row: str


@dataclass(frozen=True, slots=True)
class Row:
    line: int
    values: Sequence[Any]


@dataclass(frozen=True, slots=True)
class Chunk:
    """Rows that belong together in one part, and those set aside while they were read."""

    batch: pa.RecordBatch
    rejects: list[Reject] = field(default_factory=list)


class Source(ABC):
    """One input. `path` is what is opened, `name` what the user called it."""

    schema: pa.Schema
    rows: int | None = None  # expected; an estimate for the progress bar
    notes: tuple[tuple[str, str], ...] = ()  # things the user should know, (Chinese, English)

    def __init__(self, path: Path, name: str) -> None:
        self.path = path
        self.name = name

    @abstractmethod
    def pieces(self, text: str | None) -> Iterator[pa.RecordBatch | Reject]:
        """The rows in order, in record batches of `schema` of any size, and those set aside. `text` is the column of messages."""

    def chunks(self, text: str, sizes: Iterator[int]) -> Iterator[Chunk]:
        """The rows in order, in chunks of `next(sizes)` rows, those set aside included; the last is shorter, and so are those of long rows."""
        batches: list[pa.RecordBatch] = []
        rejects: list[Reject] = []
        missing = next(sizes)
        size = 0  # bytes
        for piece in self.pieces(text):
            if isinstance(piece, Reject):
                rejects.append(piece)
                missing -= 1
            else:
                while len(piece) > missing > 0:
                    yield Chunk(_one([*batches, piece.slice(0, missing)], self.schema), rejects)
                    piece = piece.slice(missing)
                    batches, rejects, missing, size = [], [], next(sizes), 0
                batches.append(piece)
                missing -= len(piece)
                size += piece.nbytes
            if missing == 0 or size > _CHUNK_BYTES:
                yield Chunk(_one(batches, self.schema), rejects)
                batches, rejects, missing, size = [], [], next(sizes), 0
        if batches or rejects:
            yield Chunk(_one(batches, self.schema), rejects)

    def sample(self) -> pa.RecordBatch:
        """The first rows, for finding the text column."""
        first = next((piece for piece in self.pieces(None) if not isinstance(piece, Reject)), None)
        return _one([] if first is None else [first.slice(0, _SAMPLE_ROWS)], self.schema)

    def describe(self) -> str:
        """How the input was understood, in a few words."""
        return ""


def _one(batches: list[pa.RecordBatch], schema: pa.Schema) -> pa.RecordBatch:
    if not batches:
        return pa.RecordBatch.from_pylist([], schema)
    return pa.concat_batches(batches)


class RowSource(Source):
    """A source read row by row in Python."""

    @abstractmethod
    def read(self, text: str | None) -> Iterator[Row | Reject]:
        """Rows as values in the order of the schema."""

    def pieces(self, text: str | None) -> Iterator[pa.RecordBatch | Reject]:
        return gathered(self.read(text), self.schema)


def gathered(items: Iterable[Row | Reject], schema: pa.Schema) -> Iterator[pa.RecordBatch | Reject]:
    """Rows as record batches, rejects as they are."""
    rows: list[Sequence[Any]] = []
    for item in items:
        if isinstance(item, Reject):
            yield item
            continue
        rows.append(item.values)
        if len(rows) == _PIECE_ROWS:
            yield _batch(rows, schema)
            rows = []
    if rows:
        yield _batch(rows, schema)


def _batch(rows: Sequence[Sequence[Any]], schema: pa.Schema) -> pa.RecordBatch:
    arrays = [_array(values, item.type) for values, item in zip(zip(*rows, strict=True), schema, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _array(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    try:
        return pa.array(values, kind)
    except UnicodeEncodeError:  # half a surrogate pair, as JSON may hold
        return pa.array([None if value is None else storable(value) for value in values], kind)


def storable(value: str) -> str:
    """Surrogate pairs joined, single halves as U+FFFD: what UTF-8 can hold."""
    return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def unique_names(names: Sequence[str]) -> list[str]:
    """Column names with blanks filled (column_3) and repeats numbered (name_2)."""
    taken: set[str] = set()
    result = []
    for number, name in enumerate(names, 1):
        base = candidate = name.strip() or f"column_{number}"
        count = 1
        while candidate in taken:
            count += 1
            candidate = f"{base}_{count}"
        taken.add(candidate)
        result.append(candidate)
    return result
