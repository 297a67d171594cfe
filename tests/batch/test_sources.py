"""JSON Lines, workbooks, Parquet, packed files, folders: what is read, with which types, and what is set aside."""

from __future__ import annotations

import datetime
import gzip
import itertools
import json
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from scamcheck.batch import BatchError
from scamcheck.batch.inputs import Inputs, Reading, find_files, open_source
from scamcheck.batch.source import JSON_FIELD, Source


def opened(path: Path, **reading: Any) -> Source:
    return open_source(path, path.name, Reading(**reading))


def rows(source: Source, text: str = "text") -> list[dict[str, Any]]:
    return [row for chunk in source.chunks(text, itertools.repeat(2)) for row in chunk.batch.to_pylist()]


def rejects(source: Source, text: str = "text") -> list[tuple[int, str]]:
    return [(item.line, item.en) for chunk in source.chunks(text, itertools.repeat(2)) for item in chunk.rejects]


JSON_ROWS = [
    {"text": "甲", "n": 1, "f": 1, "b": True, "nested": {"x": [1, None]}, "mixed": "01", "huge": 1},
    {"text": None, "n": None, "f": 1.5, "b": None, "nested": None, "mixed": 7, "huge": 2**70},
    {"text": "乙\ud83d", "late": "x"},
]


def test_json_types_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in JSON_ROWS) + "\n\n")
    source = opened(path)
    kinds = {field.name: (str(field.type), field.metadata == JSON_FIELD) for field in source.schema}
    assert kinds == {
        "text": ("string", False), "n": ("int64", False), "f": ("double", False), "b": ("bool", False), "nested": ("string", True),
        "mixed": ("string", True), "huge": ("string", True), "late": ("string", False),
    }  # fmt: skip
    found = rows(source)
    assert [row["text"] for row in found] == ["甲", None, "乙\ufffd"]
    assert json.loads(found[0]["nested"]) == {"x": [1, None]} and json.loads(found[1]["huge"]) == 2**70
    assert (found[0]["mixed"], found[1]["mixed"], found[2]["mixed"]) == ('"01"', "7", None)


def test_json_lines_that_are_none_are_set_aside(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": "甲"}\n{"text": "乙"\n["x"]\n{"text": 5}\n{"text": "丙"}\n' + "[" * 100_000 + "\n")
    source = opened(path)
    assert [row["text"] for row in rows(source)] == ["甲", "丙"]
    assert rejects(source) == [
        (2, "not complete JSON"), (3, "not a JSON object {…}"), (4, "text is not a string"), (6, "not complete JSON"),
    ]  # fmt: skip


def workbook(path: Path, sheets: dict[str, list[list[Any]]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, cells in sheets.items():
        sheet = book.create_sheet(name)
        for row in cells:
            sheet.append(row)
    book.save(path)
    return path


def test_workbook_cells_keep_their_types(tmp_path: Path) -> None:
    when = datetime.datetime(2026, 11, 1, 10, 30)
    cells = [
        ["编号", "手机号", "座机", "短信", "时间", "金额", "混合", "是"],
        ["007", 13800138000, "010-88880000", "甲", when, 1.5, "x", True], ["008", 13900139000, None, 12345, when, 2, 5, False],
        [None] * 8, ["009", None, "0", None, None, None, None, None],
    ]  # fmt: skip
    source = opened(workbook(tmp_path / "a.xlsx", {"一": cells}))
    found = rows(source, "短信")
    assert [row["编号"] for row in found] == ["007", "008", "009"]
    assert [row["手机号"] for row in found] == [13800138000, 13900139000, None]
    assert [row["短信"] for row in found] == ["甲", "12345", None]
    assert [row["混合"] for row in found] == ["x", "5", None]
    assert found[0]["时间"] == when and found[0]["金额"] == 1.5 and found[0]["是"] is True and found[2]["座机"] == "0"


def test_sheets_with_the_same_header_follow_and_others_are_told(tmp_path: Path) -> None:
    same = [["id", "text"], [1, "甲"]]
    path = workbook(
        tmp_path / "a.xlsx", {"一": same, "空": [], "二": [["id", "text"], [2, "乙"]], "说明": [["注"], ["x"]]}
    )
    source = opened(path)
    assert [row["text"] for row in rows(source)] == ["甲", "乙"] and "说明" in source.notes[0][0]
    assert rows(opened(path, sheet="说明"), "注") == [{"注": "x"}]
    with pytest.raises(BatchError, match="no sheet 三; it has 一, 空, 二, 说明"):
        opened(path, sheet="三")


def test_titles_above_a_sheets_header_are_set_aside(tmp_path: Path) -> None:
    cells = [["短信导出", None, None], [None] * 3, ["编号", "短信", "时间"], [1, "甲", "x"]]
    source = opened(workbook(tmp_path / "a.xlsx", {"一": cells}))
    assert [row["短信"] for row in rows(source, "短信")] == ["甲"] and source.rows == 1
    assert rejects(source, "短信") == [(1, "above the header")]


def test_cells_beyond_the_header_get_a_column(tmp_path: Path) -> None:
    source = opened(workbook(tmp_path / "a.xlsx", {"一": [["text"], ["甲"], ["乙", "丙"]]}))
    assert rows(source) == [{"text": "甲", "column_2": None}, {"text": "乙", "column_2": "丙"}]


def test_parquet_passes_types_through_and_chunks_across_row_groups(tmp_path: Path) -> None:
    table = pa.table({
        "text": pa.array(["甲", None, "乙", "丙", "丁"]).dictionary_encode(), "l": [[1], [], None, [2, 3], [4]],
        "t": pa.array([1, 2, 3, 4, 5], pa.timestamp("ms", tz="Asia/Shanghai")), "d": pa.array([1, 2, 3, 4, 5]).cast(pa.decimal128(30, 2)),
    })  # fmt: skip
    pq.write_table(table, tmp_path / "a.parquet", row_group_size=2)
    source = opened(tmp_path / "a.parquet")
    chunks = list(source.chunks("text", iter([3, 1, 9])))
    assert [len(chunk.batch) for chunk in chunks] == [3, 1, 1]
    plain = table.set_column(0, "text", table["text"].cast(pa.string()))
    assert pa.Table.from_batches([chunk.batch for chunk in chunks]).equals(plain)


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.parquet"])
def test_long_messages_make_short_chunks(tmp_path: Path, name: str) -> None:
    texts = [f"{number}" + "很长" * 30_000 for number in range(300)]
    path = tmp_path / name
    if name.endswith("parquet"):
        pq.write_table(pa.table({"text": texts, "n": range(300)}), path)
    else:
        start, row = ("n,text\n", "1,{}\n") if name.endswith("csv") else ("", '{{"text": "{}"}}\n')
        path.write_text(start + "".join(row.format(text) for text in texts), "utf-8")
    chunks = list(opened(path).chunks("text", itertools.repeat(10_000)))
    assert len(chunks) > 1
    assert [row["text"] for chunk in chunks for row in chunk.batch.to_pylist()] == texts


@pytest.mark.parametrize("name", ["a.csv.gz", "a.csv.zst", "a"])
def test_packed_files(tmp_path: Path, name: str) -> None:
    content = "id,text\n1,甲\n".encode("gb18030")
    pack = {"a.csv.gz": gzip.compress, "a.csv.zst": zstandard.compress}.get(name, bytes)
    (tmp_path / name).write_bytes(pack(content))
    assert rows(opened(tmp_path / name)) == [{"id": "1", "text": "甲"}]


BROKEN = [
    ("a.csv.gz", gzip.compress(b"id,text\n" * 9999)[:-20], "truncated or damaged"), ("a.xlsx", b"PK\x03\x04nonsense", "no sound workbook"),
    ("a.parquet", b"PAR1nonsense", "no sound Parquet"), ("a.jsonl", b"[1]\n", "holds no JSON objects"), ("a.csv", b"", "is empty"),
    ("a.csv.zst", zstandard.compress(bytes(range(256)) * 999)[:-20], "truncated or damaged"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "content", "words"), BROKEN, ids=[case[0] for case in BROKEN])
def test_broken_files_are_one_sentence(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BatchError, match=words) as error:
        opened(tmp_path / name)
    assert name in error.value.zh


def test_plain_text_is_a_message_a_line(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes("您好,甲\r\n\r\n乙\r\n".encode("gb18030"))
    assert rows(opened(tmp_path / "a.txt")) == [{"text": "您好,甲"}, {"text": "乙"}]


def test_formats_are_known_by_content_when_the_name_says_nothing(tmp_path: Path) -> None:
    pq.write_table(pa.table({"text": ["甲"]}), tmp_path / "p")
    workbook(tmp_path / "w.xlsx", {"一": [["text"], ["甲"]]}).rename(tmp_path / "w")
    (tmp_path / "j").write_text('{"text": "甲"}')
    for name in "pwj":
        assert rows(opened(tmp_path / name)) == [{"text": "甲"}]


def test_folders_and_patterns(tmp_path: Path) -> None:
    for name in (
        "b.csv",
        "a.csv",
        "sub/c.jsonl",
        ".hidden.csv",
        "_SUCCESS",
        "readme.md",
        "out.parts/x.csv",
        "out.csv.rejects.jsonl",
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")

    def names(*inputs: str) -> list[str]:
        return [str(file.relative_to(tmp_path)) for file in find_files([str(tmp_path / item) for item in inputs])]

    assert names("") == ["a.csv", "b.csv", "sub/c.jsonl"]
    assert names("*.csv") == ["a.csv", "b.csv"] and names("b.csv", "*.csv") == ["b.csv", "a.csv"]
    for missing in ("none.csv", "*.nothing", "empty"):
        (tmp_path / "empty").mkdir(exist_ok=True)
        with pytest.raises(BatchError):
            names(missing)


def test_several_inputs_share_one_schema(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,text\n007,甲\n")
    (tmp_path / "b.jsonl").write_text('{"id": 8, "text": "乙", "x": {"y": 1}}\n')
    sources = [opened(tmp_path / name) for name in ("a.csv", "b.jsonl")]
    found = [row for _, chunk in Inputs(sources, "text").chunks(itertools.repeat(9)) for row in chunk.batch.to_pylist()]
    assert found == [
        {"id": "007", "text": "甲", "x": None, "source": "a.csv"}, {"id": "8", "text": "乙", "x": '{"y": 1}', "source": "b.jsonl"},
    ]  # fmt: skip
    (tmp_path / "c.csv").write_text("id,other\n1,甲\n")
    with pytest.raises(BatchError, match=r"c.csv has no column text; it has id, other"):
        Inputs([*sources, opened(tmp_path / "c.csv")], "text")
