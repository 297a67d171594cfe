"""Columns as text, a column at a time: the cells of CSV and the values of JSON."""

from __future__ import annotations

import base64
import datetime
import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from scamcheck.batch.source import JSON_FIELD

BETWEEN = " | "  # between the items of a list in one cell
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_OTHER_CONTROLS = bytes(code for code in range(32) if chr(code) not in _ESCAPES)


def csv_lines(columns: Sequence[pa.Array], schema: pa.Schema, delimiter: str) -> pa.Buffer:
    """Rows as CSV in UTF-8, fields quoted where they must be."""
    cells = [_quoted(_cells(column, field), delimiter) for column, field in zip(columns, schema, strict=True)]
    return content(pc.binary_join_element_wise(pc.binary_join_element_wise(*cells, delimiter), "\r\n", ""))


def json_lines(columns: Sequence[pa.Array], schema: pa.Schema) -> pa.Buffer:
    """Rows as JSON objects in UTF-8, one a line."""
    parts: list[Any] = []
    for number, (column, field) in enumerate(zip(columns, schema, strict=True)):
        name = json.dumps(field.name, ensure_ascii=False)
        parts += [f"{', ' if number else '{'}{name}: ", _json(column, field)]
    return content(pc.binary_join_element_wise(*parts, "}\n", ""))


def content(strings: pa.Array) -> pa.Buffer:
    """The bytes of an array of strings, one after the other."""
    _, offsets, data = strings.buffers()
    if data is None or not len(strings):
        return pa.py_buffer(b"")
    bounds = np.frombuffer(offsets, np.int32)[[strings.offset, strings.offset + len(strings)]]
    return data.slice(bounds[0], bounds[1] - bounds[0])


def cells(column: pa.Array, field: pa.Field) -> Sequence[Any]:
    """A column as what one cell of a sheet can hold: text, numbers, truth values, moments; lists joined, the rest as JSON."""
    values: list[Any] = column.to_pylist()
    kind = field.type
    if field.metadata == JSON_FIELD:
        return [_unquoted(value) for value in values]
    if is_plain_text(kind) or pa.types.is_integer(kind) or pa.types.is_floating(kind):
        return values
    if pa.types.is_list(kind) and pa.types.is_string(kind.value_type):
        return [None if value is None else BETWEEN.join(item or "" for item in value) for value in values]
    if pa.types.is_boolean(kind):
        return [None if value is None else "true" if value else "false" for value in values]
    return [_plain(value) for value in values]


def is_plain_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _cells(column: pa.Array, field: pa.Field) -> pa.Array:
    """The same as strings."""
    kind = field.type
    if field.metadata == JSON_FIELD:
        text = None
    elif is_plain_text(kind) or pa.types.is_integer(kind) or pa.types.is_boolean(kind) or pa.types.is_null(kind):
        text = column.cast(pa.string())
    elif pa.types.is_floating(kind):
        text = _decimal(column)
    elif _is_full_list(column):
        text = pc.binary_join(column, BETWEEN)
    else:
        text = None
    if text is None:
        text = pa.array([None if value is None else str(value) for value in cells(column, field)], pa.string())
    return text.fill_null("")


def _quoted(text: pa.Array, delimiter: str) -> pa.Array:
    raw = content(text).to_pybytes()
    special = [mark for mark in ('"', delimiter, "\r", "\n") if mark.encode() in raw]
    if not special:
        return text
    inside = pc.replace_substring(text, '"', '""') if '"' in special else text
    needed = pc.match_substring_regex(text, f"[{''.join(special)}]")
    return pc.if_else(needed, pc.binary_join_element_wise('"', inside, '"', ""), text)


def _json(column: pa.Array, field: pa.Field) -> pa.Array:
    kind = field.type
    if field.metadata == JSON_FIELD:
        text = column.cast(pa.string())
    elif is_plain_text(kind):
        text = _json_strings(column.cast(pa.string()))
    elif pa.types.is_integer(kind) or pa.types.is_boolean(kind) or pa.types.is_null(kind):
        text = column.cast(pa.string())
    elif pa.types.is_floating(kind):
        text = pc.if_else(pc.is_finite(column), _decimal(column), None)
    elif _is_full_list(column):
        lengths = pc.list_value_length(column).fill_null(0)
        bounds = np.concatenate([[0], np.cumsum(lengths.to_numpy())]).astype(np.int32)
        items = pa.ListArray.from_arrays(bounds, _json_strings(column.flatten()))
        joined = pc.binary_join_element_wise("[", pc.binary_join(items, ", "), "]", "")
        text = pc.if_else(column.is_valid(), joined, None)
    else:
        encode = json.JSONEncoder(ensure_ascii=False, default=_json_value).encode
        text = pa.array([encode(value) for value in column.to_pylist()], pa.string())
    return text.fill_null("null")


def _json_strings(text: pa.Array) -> pa.Array:
    raw = content(text).to_pybytes()
    if raw.translate(None, _OTHER_CONTROLS) != raw:
        encode = json.JSONEncoder(ensure_ascii=False).encode
        return pa.array([None if value is None else encode(value) for value in text.to_pylist()], pa.string())
    for mark, escaped in _ESCAPES.items():
        if mark.encode() in raw:
            text = pc.replace_substring(text, mark, escaped)
    return pc.binary_join_element_wise('"', text, '"', "")


def _decimal(numbers: pa.Array) -> pa.Array:
    """The shortest decimals that are these numbers, told from whole numbers by a point or an exponent."""
    if pa.types.is_float16(numbers.type):
        numbers = numbers.cast(pa.float32())
    text = numbers.cast(pa.string())
    whole = pc.match_substring_regex(text, r"^-?\d+$")
    return pc.if_else(whole, pc.binary_join_element_wise(text, ".0", ""), text) if pc.any(whole).as_py() else text


def _is_full_list(column: pa.Array) -> bool:
    """Whether the column is of lists of strings, none of which is missing."""
    kind = column.type
    return bool(pa.types.is_list(kind) and pa.types.is_string(kind.value_type) and not column.flatten().null_count)


def _unquoted(value: str | None) -> str | None:
    """JSON text as a cell: a string without its quotes, anything else as JSON."""
    found = None if value is None else json.loads(value)
    return found if isinstance(found, str) else value


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, datetime.datetime):
        return value
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, default=_json_value)
    return _json_value(value)


def _json_value(value: Any) -> str:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return str(value)
