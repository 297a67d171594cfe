"""What every reader gives: a schema, and record batches of asked-for sizes with the rows that could not be read."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

JSON_FIELD = {b"scamcheck": b"json"}  # marks a string column whose strings are JSON, for values of mixed or nested type


@dataclass(frozen=True, slots=True)
class Reject:
    """A row set aside. `line`: of the file for text, the row for sheets; the reason in both languages."""

    line: int
    zh: str
    en: str


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
    def chunks(self, text: str, sizes: Iterator[int]) -> Iterator[Chunk]:
        """The rows in order, in chunks of `next(sizes)` rows; the last may be shorter. `text` is the column of messages."""

    @abstractmethod
    def sample(self) -> pa.RecordBatch:
        """The first rows, for finding the text column."""

    def describe(self) -> str:
        """How the input was understood, in a few words."""
        return ""


class RowSource(Source):
    """A source read row by row in Python."""

    @abstractmethod
    def read(self, text: str | None) -> Iterator[Row | Reject]:
        """Rows as values in the order of the schema."""

    def chunks(self, text: str, sizes: Iterator[int]) -> Iterator[Chunk]:
        rows: list[Sequence[Any]] = []
        rejects: list[Reject] = []
        size = next(sizes)
        for item in self.read(text):
            if isinstance(item, Reject):
                rejects.append(item)
            else:
                rows.append(item.values)
            if len(rows) + len(rejects) >= size:
                yield Chunk(self._batch(rows), rejects)
                rows, rejects = [], []
                size = next(sizes)
        if rows or rejects:
            yield Chunk(self._batch(rows), rejects)

    def sample(self) -> pa.RecordBatch:
        rows = []
        for item in self.read(None):
            if isinstance(item, Row):
                rows.append(item.values)
            if len(rows) == 200:
                break
        return self._batch(rows)

    def _batch(self, rows: Sequence[Sequence[Any]]) -> pa.RecordBatch:
        columns: Sequence[Sequence[Any]] = list(zip(*rows, strict=True)) if rows else [()] * len(self.schema)
        arrays = [_array(values, item.type) for values, item in zip(columns, self.schema, strict=True)]
        return pa.RecordBatch.from_arrays(arrays, schema=self.schema)


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
