"""Results as Parquet, CSV, Excel or JSON Lines. Each writer takes record batches of one schema and counts its rows."""

from __future__ import annotations

import codecs
import datetime
import math
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from scamcheck.batch.errors import BatchError
from scamcheck.batch.rendering import cells, csv_lines, json_lines
from scamcheck.batch.source import JSON_FIELD

_GROUP_ROWS = 100_000  # of a Parquet row group
_EPOCH = datetime.datetime(2000, 1, 1)  # in workbooks, so that equal results are equal files


class Writer(ABC):
    """`rows` written so far; `cut` counts cells shortened to fit the format."""

    cut = 0

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self.schema = schema
        self.rows = 0

    def write(self, batch: pa.RecordBatch) -> None:
        self.rows += len(batch)
        self._write(batch)

    @abstractmethod
    def _write(self, batch: pa.RecordBatch) -> None: ...

    @abstractmethod
    def close(self) -> None: ...


class ParquetWriter(Writer):
    def __init__(self, path: Path, schema: pa.Schema) -> None:
        plain = pa.schema([field.remove_metadata() if field.metadata == JSON_FIELD else field for field in schema])
        super().__init__(path, plain.with_metadata(schema.metadata))
        self._file = pq.ParquetWriter(path, self.schema, compression="zstd")
        self._waiting: list[pa.RecordBatch] = []
        self._have = 0

    def _write(self, batch: pa.RecordBatch) -> None:
        self._waiting.append(batch.replace_schema_metadata(None))
        self._have += len(batch)
        if self._have >= _GROUP_ROWS:
            self._flush()

    def _flush(self) -> None:
        batches = [pa.RecordBatch.from_arrays(batch.columns, schema=self.schema) for batch in self._waiting]
        self._file.write_table(pa.Table.from_batches(batches, self.schema), row_group_size=_GROUP_ROWS * 2)
        self._waiting, self._have = [], 0

    def close(self) -> None:
        if self._have:
            self._flush()
        self._file.close()


class CsvWriter(Writer):
    def __init__(self, path: Path, schema: pa.Schema, *, encoding: str = "utf-8-sig", delimiter: str = ",") -> None:
        super().__init__(path, schema)
        self._file = open(path, "wb")  # noqa: SIM115
        self._encoding = "utf-8" if encoding == "utf-8-sig" else encoding
        self._delimiter = delimiter
        if encoding == "utf-8-sig":
            self._file.write(codecs.BOM_UTF8)
        names = [pa.array([name]) for name in schema.names]
        self._put(csv_lines(names, pa.schema([(name, pa.string()) for name in schema.names]), delimiter))

    def _write(self, batch: pa.RecordBatch) -> None:
        self._put(csv_lines(batch.columns, self.schema, self._delimiter))

    def _put(self, lines: pa.Buffer) -> None:
        plain = self._encoding == "utf-8"
        self._file.write(lines if plain else str(lines, "utf-8", "replace").encode(self._encoding))

    def close(self) -> None:
        self._file.close()


class JsonLinesWriter(Writer):
    def __init__(self, path: Path, schema: pa.Schema) -> None:
        super().__init__(path, schema)
        self._file = open(path, "wb")  # noqa: SIM115

    def _write(self, batch: pa.RecordBatch) -> None:
        self._file.write(json_lines(batch.columns, self.schema))

    def close(self) -> None:
        self._file.close()


class ExcelWriter(Writer):
    """Text stays text whatever it looks like; beyond a sheet's rows the next sheet goes on, with the header again."""

    SHEET_ROWS = 1_048_576
    SHEET_COLUMNS = 16_384
    CELL_CHARACTERS = 32_767
    EXACT = 10**15  # Excel keeps 15 digits

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        super().__init__(path, schema)
        try:
            import xlsxwriter
        except ImportError:
            raise BatchError(
                "写 Excel 需要 XlsxWriter, 请安装: pip install 'scamcheck[batch]'",
                "writing workbooks needs XlsxWriter; install it with: pip install 'scamcheck[batch]'",
            ) from None
        if len(schema) > self.SHEET_COLUMNS:
            raise BatchError(
                f"有 {len(schema)} 列, Excel 最多 {self.SHEET_COLUMNS} 列; 请输出为 .csv 或 .parquet",
                f"{len(schema)} columns, Excel holds {self.SHEET_COLUMNS}; write .csv or .parquet",
            )
        self._book = xlsxwriter.Workbook(
            str(path),
            {"constant_memory": True, "tmpdir": str(path.parent), "default_date_format": "yyyy-mm-dd hh:mm:ss"},
        )
        self._book.set_properties({"created": _EPOCH})
        self._line = self.SHEET_ROWS
        self._next_sheet()

    def _next_sheet(self) -> None:
        self._sheet = self._book.add_worksheet()
        for column, name in enumerate(self.schema.names):
            self._sheet.write_string(0, column, name)
        self._line = 1

    def _write(self, batch: pa.RecordBatch) -> None:
        columns = [cells(column, field) for column, field in zip(batch.columns, self.schema, strict=True)]
        for row in zip(*columns, strict=True):
            if self._line == self.SHEET_ROWS:
                self._next_sheet()
            for column, value in enumerate(row):
                if value is not None and value != "":
                    self._cell(column, value)
            self._line += 1

    def _cell(self, column: int, value: Any) -> None:
        at = (self._line, column)
        if isinstance(value, bool):
            self._sheet.write_boolean(*at, value)
        elif isinstance(value, int | float) and abs(value) < self.EXACT and math.isfinite(value):
            self._sheet.write_number(*at, value)
        elif isinstance(value, datetime.datetime) and value.tzinfo is None and value.year >= 1900:
            self._sheet.write_datetime(*at, value)
        else:
            text = str(value)
            if len(text) > self.CELL_CHARACTERS:
                self.cut += 1
                text = text[: self.CELL_CHARACTERS - 1] + "…"
            self._sheet.write_string(*at, text)

    def close(self) -> None:
        import xlsxwriter.exceptions

        try:
            self._book.close()
        except xlsxwriter.exceptions.FileCreateError as error:
            cause = error.args[0] if error.args else error
            raise cause if isinstance(cause, OSError) else OSError(str(error)) from None


FORMATS: dict[str, type[Writer]] = {
    ".parquet": ParquetWriter, ".pq": ParquetWriter, ".csv": CsvWriter, ".tsv": CsvWriter, ".xlsx": ExcelWriter, ".jsonl": JsonLinesWriter,
    ".ndjson": JsonLinesWriter,
}  # fmt: skip


def check_output(output: Path) -> None:
    if output.suffix.lower() not in FORMATS:
        kinds = " ".join(FORMATS)
        raise BatchError(
            f"不会写 {output.name}; 输出文件名请以 {kinds} 之一结尾",
            f"cannot write {output.name}; end its name in one of {kinds}",
        )


def open_writer(path: Path, kind: str, schema: pa.Schema, encoding: str) -> Writer:
    """A writer to `path` in the format the ending `kind` stands for."""
    made = FORMATS[kind.lower()]
    if made is CsvWriter:
        return CsvWriter(path, schema, encoding=encoding, delimiter="\t" if kind.lower() == ".tsv" else ",")
    return made(path, schema)
