"""Parquet: columns pass through as they are; dictionary encoding, a matter of storage, is undone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from scamcheck.batch.errors import BatchError, cannot_read
from scamcheck.batch.source import Source

_READ_ROWS = 1024
_PIECE_BYTES = 1 << 20


class Parquet(Source):
    """A Parquet file, read a thousand rows at a time."""

    def __init__(self, path: Path, name: str) -> None:
        super().__init__(path, name)
        with self._open() as file:
            self.schema = pa.schema([_plain(field) for field in file.schema_arrow])
            self.rows = file.metadata.num_rows

    def pieces(self, text: str | None) -> Iterator[pa.RecordBatch]:
        with self._open() as file:
            for batch in self._batches(file):
                step = max(1, len(batch) * _PIECE_BYTES // max(1, batch.nbytes))
                for start in range(0, len(batch), step):
                    yield batch.slice(start, step).cast(self.schema)

    def _batches(self, file: pq.ParquetFile) -> Iterator[pa.RecordBatch]:
        try:
            yield from file.iter_batches(_READ_ROWS)
        except (pa.ArrowInvalid, OSError) as error:
            raise self._damaged(error) from None

    def _damaged(self, error: Exception) -> BatchError:
        return BatchError(
            f"{self.name} 不是完好的 Parquet 文件 ({error}), 请重新导出",
            f"{self.name} is no sound Parquet file ({error}); export it again",
        )

    def _open(self) -> pq.ParquetFile:
        try:
            return pq.ParquetFile(self.path)
        except pa.ArrowInvalid as error:
            raise self._damaged(error) from None
        except OSError as error:
            raise cannot_read(self.name, error) from None


def _plain(field: pa.Field) -> pa.Field:
    return field.with_type(field.type.value_type) if pa.types.is_dictionary(field.type) else field
