"""Columns rendered by Arrow are what the csv and json modules write."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scamcheck.batch.rendering import csv_lines, json_lines

TEXT = st.text(
    st.one_of(st.sampled_from('",|\n\r\t\\\0\x07 甲😀'), st.characters(exclude_categories=["Cs"])), max_size=8
)
MISSING = st.none()
COLUMNS = {
    "s": (pa.string(), st.one_of(MISSING, TEXT)), "large": (pa.large_string(), st.one_of(MISSING, TEXT)), "view": (pa.string_view(), TEXT),
    "i": (pa.int64(), st.one_of(MISSING, st.integers(-(2**63), 2**63 - 1))), "f": (pa.float64(), st.one_of(MISSING, st.floats())),
    "b": (pa.bool_(), st.one_of(MISSING, st.booleans())), "l": (pa.list_(pa.string()), st.one_of(MISSING, st.lists(TEXT, max_size=3))),
    "holes": (pa.list_(pa.string()), st.lists(st.one_of(MISSING, TEXT), max_size=2)), "n": (pa.null(), MISSING),
    'na"me,\n': (pa.list_(pa.int8()), st.lists(st.integers(0, 9), max_size=2)),
}  # fmt: skip
ROWS = st.lists(st.fixed_dictionaries({name: values for name, (_, values) in COLUMNS.items()}), max_size=5)
SCHEMA = pa.schema([(name, kind) for name, (kind, _) in COLUMNS.items()])


def batch(rows: list[dict[str, Any]], start: int) -> pa.RecordBatch:
    return pa.RecordBatch.from_pylist(rows, SCHEMA).slice(start)


@given(ROWS, st.integers(0, 2))
def test_json(rows: list[dict[str, Any]], start: int) -> None:
    given_rows = batch(rows, start)
    lines = bytes(json_lines(given_rows.columns, SCHEMA)).decode().split("\n")[:-1]
    finite = [
        {
            name: None if value != value or value in (float("inf"), -float("inf")) else value
            for name, value in row.items()
        }
        for row in rows[start:]
    ]
    found = [json.loads(line) for line in lines]
    assert found == finite
    assert [type(row["f"]) for row in found] == [type(row["f"]) for row in finite], "1.0 is no whole number"


@pytest.mark.parametrize("delimiter", [",", "\t"])
@given(ROWS, st.integers(0, 2))
def test_csv(delimiter: str, rows: list[dict[str, Any]], start: int) -> None:
    given_rows = batch(rows, start)
    content = bytes(csv_lines(given_rows.columns, SCHEMA, delimiter)).decode()
    found = list(csv.reader(io.StringIO(content, newline=""), delimiter=delimiter, strict=True))
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=delimiter)
    for cells, row in zip(found, rows[start:], strict=True):
        texts = [*(row[name] or "" for name in ("s", "large", "view")), "" if row["i"] is None else str(row["i"])]
        assert cells[:4] == texts and cells[5] == ("" if row["b"] is None else str(row["b"]).lower())
        assert (cells[4] == "") is (row["f"] is None) and (row["f"] is None or str(float(cells[4])) == str(row["f"]))
        assert cells[6] == " | ".join(row["l"] or []) and cells[7] == " | ".join(item or "" for item in row["holes"])
        writer.writerow(cells)
    assert content == stream.getvalue(), "quotes only where they are needed"
