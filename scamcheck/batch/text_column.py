"""Which column holds the messages: by its name, else by what is in it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import pyarrow as pa

from scamcheck.batch.errors import BatchError
from scamcheck.batch.scoring import is_text
from scamcheck.column_names import message_columns

_HAN = re.compile(r"[\u3400-\u9fff]")
_ENOUGH_HAN = 4.0  # Chinese characters a row that make a column of messages likely
_SAMPLE = 1000


@dataclass(frozen=True, slots=True)
class TextColumn:
    """The column and how it was found: given, name or content."""

    name: str
    how: str


def find_text_column(schema: pa.Schema, sample: Iterable[pa.RecordBatch | pa.Table]) -> TextColumn:
    """The likeliest column of messages. `sample` is read only if names do not tell. Raises `BatchError` if none is likely."""
    columns = [field.name for field in schema if is_text(field.type)]
    likely = message_columns(columns)
    if len(likely) == 1:
        return TextColumn(likely[0], "name")
    amounts = dict.fromkeys(likely or columns, 0.0)
    for batch in sample:
        for name in amounts:
            values = [value for value in batch.column(name).slice(0, _SAMPLE).to_pylist() if value]
            amounts[name] = sum(len(_HAN.findall(value)) for value in values) / max(1, len(batch))
        break
    best = max(amounts, key=lambda name: amounts[name], default=None)
    if best is None or (not likely and amounts[best] < _ENOUGH_HAN):
        names = "、".join(schema.names[:30])
        raise BatchError(
            f"看不出哪一列是消息内容; 请用 --text 指定, 可选: {names}",
            f"cannot tell which column holds the messages; name it with --text: {names.replace('、', ', ')}",
        )
    return TextColumn(best, "content")
