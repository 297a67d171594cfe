"""What is written can be read again, and types are what they were."""

from __future__ import annotations

import csv
import datetime
import json
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from scamcheck.batch import BatchError
from scamcheck.batch.source import JSON_FIELD
from scamcheck.batch.writers import ExcelWriter, check_output, open_writer

WHEN = datetime.datetime(2026, 11, 1, 10, 30)
BATCH = pa.RecordBatch.from_arrays(
    [
        pa.array(["007", "=1+1", None]), pa.array([13800138000, 2**60, None]), pa.array([0.5, float("nan"), None]), pa.array([True, False, None]),
        pa.array([["甲", "乙"], [], None]), pa.array([WHEN, None, None], pa.timestamp("us")), pa.array(['{"x": 1}', '"01"', None]),
        pa.array([b"\xff", None, None]), pa.array(["甲,\"乙\"\n丙😀", "\0", ""]),
    ],
    schema=pa.schema([
        ("s", pa.string()), ("i", pa.int64()), ("f", pa.float64()), ("b", pa.bool_()), ("l", pa.list_(pa.string())), ("t", pa.timestamp("us")),
        pa.field("j", pa.string(), metadata=JSON_FIELD), ("y", pa.binary()), ("m", pa.string()),
    ]),
)  # fmt: skip


def write(path: Path, encoding: str = "utf-8-sig") -> Path:
    writer = open_writer(path, path.suffix, BATCH.schema, encoding)
    writer.write(BATCH)
    writer.write(BATCH.slice(0, 0))
    writer.close()
    assert writer.rows == 3
    return path


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-8", "gb18030"])
def test_csv(tmp_path: Path, encoding: str) -> None:
    path = write(tmp_path / "a.csv", encoding)
    assert path.read_bytes().startswith(b"\xef\xbb\xbf") is (encoding == "utf-8-sig")
    with path.open(encoding=encoding, newline="") as stream:
        header, first, second, third = csv.reader(stream)
    assert header == BATCH.schema.names
    assert first == [
        "007",
        "13800138000",
        "0.5",
        "true",
        "甲 | 乙",
        "2026-11-01 10:30:00",
        '{"x": 1}',
        "/w==",
        '甲,"乙"\n丙😀',
    ]
    assert second[6] == "01" and third == [""] * 9


def test_json_lines(tmp_path: Path) -> None:
    lines = [json.loads(line) for line in write(tmp_path / "a.jsonl").read_text("utf-8").splitlines()]
    assert lines[0] == {
        "s": "007", "i": 13800138000, "f": 0.5, "b": True, "l": ["甲", "乙"], "t": "2026-11-01T10:30:00", "j": {"x": 1}, "y": "/w==",
        "m": "甲,\"乙\"\n丙😀",
    }  # fmt: skip
    assert lines[1]["f"] is None and lines[1]["j"] == "01" and set(lines[2].values()) == {None, ""}


def test_parquet(tmp_path: Path) -> None:
    table = pq.read_table(write(tmp_path / "a.parquet"))
    assert str(table.to_pydict()) == str(BATCH.to_pydict()), "as strings, for NaN is not equal to itself"
    assert [field.type for field in table.schema] == [field.type for field in BATCH.schema]


def cells(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    book = openpyxl.load_workbook(path)
    return {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book.worksheets}


def test_excel_text_stays_text(tmp_path: Path) -> None:
    header, first, second = cells(write(tmp_path / "a.xlsx"))["Sheet1"]
    assert list(header) == BATCH.schema.names
    assert first == ("007", 13800138000, 0.5, "true", "甲 | 乙", WHEN, '{"x": 1}', "/w==", '甲,"乙"\n丙😀')
    assert second[:3] == ("=1+1", str(2**60), "nan")
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx").active
    assert sheet["A3"].data_type == "s", "no formula is made of a message"


def test_excel_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ExcelWriter, "SHEET_ROWS", 3)
    schema = pa.schema([("n", pa.int64()), ("t", pa.string())])
    writer = ExcelWriter(tmp_path / "a.xlsx", schema)
    writer.write(pa.RecordBatch.from_arrays([pa.array(range(5)), pa.array(["字" * 40_000, *"abcd"])], schema=schema))
    writer.close()
    sheets = cells(tmp_path / "a.xlsx")
    assert [[row[0] for row in rows] for rows in sheets.values()] == [["n", 0, 1], ["n", 2, 3], ["n", 4]]
    assert writer.cut == 1 and len(sheets["Sheet1"][1][1]) == 32_767
    wide = pa.schema([(f"c{n}", pa.string()) for n in range(16_385)])
    with pytest.raises(BatchError, match="Excel holds 16384"):
        ExcelWriter(tmp_path / "b.xlsx", wide)


def test_equal_results_are_equal_files(tmp_path: Path) -> None:
    for suffix in ("csv", "jsonl", "parquet", "xlsx"):
        one, other = (write(tmp_path / f"{name}.{suffix}").read_bytes() for name in "ab")
        assert one == other


def test_unknown_ending() -> None:
    with pytest.raises(BatchError, match=r"cannot write a\.doc; end its name"):
        check_output(Path("a.doc"))
