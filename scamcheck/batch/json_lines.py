"""JSON Lines: one object a line. Values of one plain type stay that type; mixed and nested ones travel as JSON text."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from scamcheck.batch.errors import BatchError
from scamcheck.batch.source import JSON_FIELD, Reject, Row, RowSource, storable
from scamcheck.batch.text_file import Scan, open_lines

_BROKEN = object()
_INT64 = range(-(2**63), 2**63)


class JsonLines(RowSource):
    """A file of JSON objects. The schema comes from a first pass over all of it."""

    def __init__(self, path: Path, name: str, found: Scan) -> None:
        super().__init__(path, name)
        self.encoding = found.encoding
        kinds: dict[str, set[str]] = {}
        self.rows = 0
        for _, item, _ in self._objects():
            self.rows += 1
            if isinstance(item, dict):
                for key, value in item.items():
                    kinds.setdefault(key, set()).add(_kind(value))
        if not kinds:
            raise BatchError(
                f"{name} 里没有 JSON 对象; 每行应是一个 {{…}}",
                f"{name} holds no JSON objects; each line should be one {{…}}",
            )
        self.schema = pa.schema([_field(key, found_kinds) for key, found_kinds in kinds.items()])

    def read(self, text: str | None) -> Iterator[Row | Reject]:
        keys = [(field.name, field.metadata == JSON_FIELD) for field in self.schema]
        for line, item, raw in self._objects():
            if item is _BROKEN:
                yield Reject(line, "不是完整的 JSON", "not complete JSON", raw)
            elif isinstance(item, dict) and isinstance(item.get(text or ""), str | None):
                yield Row(line, [_carried(item.get(key), as_json and key != text) for key, as_json in keys])
            elif isinstance(item, dict):
                yield Reject(line, f"{text} 不是字符串", f"{text} is not a string", raw)
            else:
                yield Reject(line, "不是 JSON 对象 {…}", "not a JSON object {…}", raw)

    def pieces(self, text: str | None) -> Iterator[Any]:
        # Messages are strings, or the row is set aside; the column need not be JSON because some row is wrong.
        at = self.schema.get_field_index(text or "")
        if at >= 0:
            self.schema = self.schema.set(at, pa.field(text, pa.string()))
        return super().pieces(text)

    def _objects(self) -> Iterator[tuple[int, Any, str]]:
        """Line number, value (`_BROKEN` if there is none) and the line itself."""
        with open_lines(self.path, self.encoding) as lines:
            for number, line in enumerate(lines, 1):
                if not line.strip():
                    continue
                try:
                    value = json.loads(line)
                except (ValueError, RecursionError):
                    value = _BROKEN
                yield number, value, line.rstrip("\r\n")


def _kind(value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool) and value not in _INT64:
        return "huge"
    return type(value).__name__


def _field(name: str, kinds: set[str]) -> pa.Field:
    plain: Mapping[frozenset[str], pa.DataType] = {
        frozenset(): pa.string(), frozenset({"str"}): pa.string(), frozenset({"bool"}): pa.bool_(), frozenset({"int"}): pa.int64(),
        frozenset({"float"}): pa.float64(), frozenset({"int", "float"}): pa.float64(),
    }  # fmt: skip
    kind = plain.get(frozenset(kinds - {"NoneType"}))
    return pa.field(name, kind) if kind is not None else pa.field(name, pa.string(), metadata=JSON_FIELD)


def _carried(value: Any, as_json: bool) -> Any:
    if as_json and value is not None:
        return storable(json.dumps(value, ensure_ascii=False))
    return value
