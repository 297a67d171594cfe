"""From what the user names (files, folders, patterns, -) to sources with one schema."""

from __future__ import annotations

import glob
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa

from scamcheck.batch.delimited import Delimited, Lines
from scamcheck.batch.errors import BatchError, cannot_read
from scamcheck.batch.json_lines import JsonLines
from scamcheck.batch.parquet import Parquet
from scamcheck.batch.source import JSON_FIELD, Chunk, RowSource, Source
from scamcheck.batch.text_file import scan
from scamcheck.batch.workbook import Workbook

STDIN = "-"
SOURCE_COLUMN = "source"  # added when there is more than one input
_SEPARATED = (".csv", ".tsv", ".tab")
_JSON = (".jsonl", ".ndjson", ".json")
_WORKBOOK = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
_PARQUET = (".parquet", ".pq")
_PLAIN = (".txt", ".log")
_PACKED = (".gz", ".zst", ".zstd")
_KNOWN = (*_SEPARATED, *_JSON, *_WORKBOOK, *_PARQUET, *_PLAIN)


@dataclass(frozen=True, slots=True)
class Reading:
    """How to read: None stands for “find out”."""

    encoding: str | None = None
    delimiter: str | None = None
    header: bool | None = None
    sheet: str | None = None


def find_files(inputs: Sequence[str], *, leave_out: Iterable[Path] = ()) -> list[Path]:
    """The files meant, in the order given, by name within folders and patterns and there without `leave_out`.

    Raises `BatchError` where there are none.
    """
    taken = {path.resolve() for path in leave_out}
    found: dict[Path, None] = {}
    for item in inputs:
        path = Path(item)
        if path.is_dir():
            files = sorted(file for file in path.rglob("*") if _is_data(file.relative_to(path)) and file.is_file())
        elif not path.exists() and glob.has_magic(item):
            files = sorted(Path(file) for file in glob.glob(item, recursive=True) if Path(file).is_file())
        else:
            _check_readable(path)
            found[path] = None
            continue
        files = [file for file in files if not any(file.resolve().is_relative_to(other) for other in taken)]
        if not files:
            raise BatchError(
                f"{item} 里没有可读的文件 ({' '.join(_KNOWN)})", f"{item} holds no files to read ({' '.join(_KNOWN)})"
            )
        found.update(dict.fromkeys(files))
    return list(found)


def _is_data(path: Path) -> bool:
    hidden = any(part.startswith((".", "_")) or part.endswith(".parts") for part in path.parts)
    rejects = path.name.endswith(".rejects.jsonl")
    return not hidden and not rejects and _suffix(path) in _KNOWN


def _suffix(path: Path) -> str:
    last = path.suffix.lower()
    return Path(path.stem).suffix.lower() if last in _PACKED else last


def _check_readable(path: Path) -> None:
    try:
        with open(path, "rb"):
            pass
    except OSError as error:
        raise cannot_read(path, error) from None


def open_source(path: Path, name: str, reading: Reading) -> Source:
    """The reader for a file, by its name's ending, or by its first bytes if that does not tell."""
    suffix = _suffix(Path(name))
    if suffix in _PARQUET or (suffix not in _KNOWN and _starts(path, b"PAR1")):
        return Parquet(path, name)
    if suffix in _WORKBOOK or (suffix not in _KNOWN and _starts(path, b"PK\x03\x04")):
        return Workbook(path, name, reading.sheet)
    found = scan(path, reading.encoding)
    if suffix in _JSON or (suffix not in _KNOWN and found.start.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"{")):
        return JsonLines(path, name, found)
    if suffix in _PLAIN and reading.delimiter is None and not reading.header:
        return Lines(path, name, found)
    delimiter = reading.delimiter or ("\t" if suffix in (".tsv", ".tab") else None)
    return Delimited(path, name, found, delimiter=delimiter, header=reading.header)


def _starts(path: Path, magic: bytes) -> bool:
    with open(path, "rb") as stream:
        return stream.read(len(magic)) == magic


class Inputs:
    """All sources as one: a common schema, columns in order of first appearance, and chunks in input order."""

    def __init__(self, sources: Sequence[Source], text: str) -> None:
        self.sources = sources
        self.text = text
        self.schema = _with_source(_common_schema(sources, text)) if len(sources) > 1 else _schema(sources[0], text)
        counts = [source.rows for source in sources]
        self.rows: int | None = None if None in counts else sum(count or 0 for count in counts)

    def chunks(self, sizes: Iterator[int]) -> Iterator[tuple[Source, Chunk]]:
        for source in self.sources:
            for chunk in source.chunks(self.text, sizes):
                yield source, replace(chunk, batch=self._fit(source, chunk.batch))

    def _fit(self, source: Source, batch: pa.RecordBatch) -> pa.RecordBatch:
        if batch.schema.equals(self.schema, check_metadata=True):
            return batch
        arrays = []
        for number, field in enumerate(self.schema):
            if number == len(self.schema) - 1 and len(self.sources) > 1:
                arrays.append(pa.repeat(pa.scalar(source.name), len(batch)))
            elif field.name in batch.schema.names:
                arrays.append(_cast(batch.column(field.name), batch.schema.field(field.name), field))
            else:
                arrays.append(pa.nulls(len(batch), field.type))
        return pa.RecordBatch.from_arrays(arrays, schema=self.schema)


def _schema(source: Source, text: str) -> pa.Schema:
    """A source's schema, the messages as strings: readers set rows aside that have none."""
    at = source.schema.get_field_index(text)
    if at < 0:
        columns = "、".join(source.schema.names[:30])
        raise BatchError(
            f"{source.name} 没有名为 {text} 的列; 有: {columns}; 请用 --text 指定, 或把它分开判断",
            f"{source.name} has no column {text}; it has {columns.replace('、', ', ')}: name the right one with --text, or score it apart",
        )
    if isinstance(source, RowSource) or pa.types.is_null(source.schema.field(at).type):
        return source.schema.set(at, pa.field(text, pa.string()))
    return source.schema


def _common_schema(sources: Sequence[Source], text: str) -> pa.Schema:
    fields: dict[str, pa.Field] = {}
    for source in sources:
        for field in _schema(source, text):
            known = fields.setdefault(field.name, field)
            if JSON_FIELD in (known.metadata, field.metadata):
                fields[field.name] = pa.field(field.name, pa.string(), metadata=JSON_FIELD)
            elif known.type != field.type:
                fields[field.name] = known.with_type(_common_type(known, field, source.name))
    return pa.schema(list(fields.values()))


def _with_source(schema: pa.Schema) -> pa.Schema:
    if SOURCE_COLUMN in schema.names:
        raise BatchError(
            f"多个输入时会加一列 {SOURCE_COLUMN} 记录出处, 但输入里已有同名的列; 请改掉列名",
            f"with several inputs a column {SOURCE_COLUMN} is added, but there is one already; rename it",
        )
    return schema.append(pa.field(SOURCE_COLUMN, pa.string()))


def _common_type(one: pa.Field, other: pa.Field, name: str) -> pa.DataType:
    """The narrower type if one fits the other, else text; nested types must agree."""
    if pa.types.is_nested(one.type) or pa.types.is_nested(other.type):
        raise BatchError(
            f"{name} 的 {one.name} 列类型是 {other.type}, 与前面的文件 ({one.type}) 不同; 请分开判断",
            f"column {one.name} of {name} is {other.type}, in the files before it {one.type}; score them apart",
        )
    try:
        schemas = [pa.schema([pa.field("x", kind)]) for kind in (one.type, other.type)]
        return pa.unify_schemas(schemas, promote_options="permissive").field(0).type
    except (pa.ArrowTypeError, pa.ArrowInvalid):
        return pa.string()


def _cast(values: pa.Array, field: pa.Field, wanted: pa.Field) -> pa.Array:
    if wanted.metadata == JSON_FIELD != field.metadata:
        return pa.array(
            [
                None if value is None else json.dumps(value, ensure_ascii=False, default=str)
                for value in values.to_pylist()
            ]
        )
    return values.cast(wanted.type)
