"""CSV as it is exported, down to the broken kinds."""

from __future__ import annotations

import csv
import io
import itertools
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scamcheck.batch import BatchError, text_file
from scamcheck.batch.delimited import Delimited, records, sniff_delimiter
from scamcheck.batch.header import looks_like_header
from scamcheck.batch.inputs import Reading, open_source
from scamcheck.batch.plain_csv import PlainReader
from scamcheck.batch.source import Reject


def fields(text: str, width: int | None = None, delimiter: str = ",") -> list[tuple[int, list[str]]]:
    return list(records(iter(text.splitlines(keepends=True)), delimiter, width))


RECORDS = [
    # (why, content, width, expected (line, fields))
    ("plain", "1,甲\n2,乙\n", 2, [(1, ["1", "甲"]), (2, ["2", "乙"])]),
    ("blank lines are no rows", "1,甲\n\n  \n2,乙", 2, [(1, ["1", "甲"]), (4, ["2", "乙"])]),
    ("line end inside quotes", '1,"甲\r\n丙"\r\n2,乙\r\n', 2, [(1, ["1", "甲\r\n丙"]), (3, ["2", "乙"])]),
    ("doubled quotes", '1,"说""好"""\n', 2, [(1, ["1", '说"好"'])]),
    ("quote inside a plain field", '1,5" 屏\n2,乙\n', 2, [(1, ["1", '5" 屏']), (2, ["2", "乙"])]),
    ("quote never closed", '1,"甲\n2,乙\n3,丙\n', 2, [(1, ["1", "甲"]), (2, ["2", "乙"]), (3, ["3", "丙"])]),
    ("never closed, others quoted", '"1","甲\n"2","乙"\n', 2, [(1, ["1", "甲"]), (2, ["2", "乙"])]),
    ("closed three rows on", '1,"甲\n2,乙\n3,"丙"\n', 2, [(1, ["1", "甲"]), (2, ["2", "乙"]), (3, ["3", "丙"])]),
    ("text after a closing quote", '1,"甲"乙,x\n2,丙,y\n', 3, [(1, ["1", "甲乙", "x"]), (2, ["2", "丙", "y"])]),
    ("NUL", "1,甲\0乙\n", 2, [(1, ["1", "甲\0乙"])]),
    ("too many fields stay to be told", "1,甲,乙\n", 2, [(1, ["1", "甲", "乙"])]),
]


@pytest.mark.parametrize(
    ("content", "width", "expected"), [case[1:] for case in RECORDS], ids=[case[0] for case in RECORDS]
)
def test_records(content: str, width: int, expected: list[tuple[int, list[str]]]) -> None:
    assert fields(content, width) == expected


def test_an_open_quote_costs_one_line_however_long_the_file() -> None:
    content = "id,text\n" + '0,"开\n' + "".join(f"{n},行{n}\n" for n in range(1, 1000))
    rows = fields(content, 2)
    assert len(rows) == 1001 and rows[1] == (2, ["0", "开"]) and rows[-1] == (1001, ["999", "行999"])


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|", "，"])
def test_delimiter_is_sniffed_though_messages_hold_others(delimiter: str) -> None:
    lines = [delimiter.join(["编号", "内容", "时间"])] + [
        delimiter.join([str(n), f"您好；请回电、{'，,;'.replace(delimiter, '')[n % 2]}谢谢", "2026"]) for n in range(20)
    ]
    assert sniff_delimiter([line + "\n" for line in lines]) == delimiter


HEADERS = [
    (["编号", "内容"], True), (["id", "text", ""], True), (["13800000000", "你好"], False), (["1", "内容"], False),
    (["x", "您的快递已到, 请凭取件码到菜鸟驿站领取, 超过三天将退回, 详询驿站, 谢谢配合您的工作"], False), (["2026-11-01 10:00:00", "x"], False),
    (["甲", "甲"], False),
]  # fmt: skip


@pytest.mark.parametrize(("values", "expected"), HEADERS)
def test_header_or_data(values: list[str], expected: bool) -> None:
    assert looks_like_header(values) is expected


def source(path: Path, content: bytes, name: str = "log.csv", **reading: object) -> Delimited:
    (path / name).write_bytes(content)
    opened = open_source(path / name, name, Reading(**reading))  # type: ignore[arg-type]
    assert isinstance(opened, Delimited)
    return opened


def rows(opened: Delimited) -> list[dict[str, str]]:
    return [row for chunk in opened.chunks("内容", itertools.repeat(100)) for row in chunk.batch.to_pylist()]


TABLE = '编号,手机号,内容\r\n007,013800000000,您好\r\n008,+86 138,"甲,乙"\r\n'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16", "utf-16-le", "utf-16-be"])
def test_encodings_are_found_and_leading_zeros_kept(tmp_path: Path, encoding: str) -> None:
    assert rows(source(tmp_path, TABLE.encode(encoding))) == [
        {"编号": "007", "手机号": "013800000000", "内容": "您好"}, {"编号": "008", "手机号": "+86 138", "内容": "甲,乙"},
    ]  # fmt: skip


def test_encoding_beyond_the_first_block(tmp_path: Path) -> None:
    ascii_only = b"id,content\n" + b"1,hello\n" * 200_000
    opened = source(tmp_path, ascii_only + "2,您好\n".encode("gb18030"))
    assert opened.encoding == "gb18030"
    last = [chunk.batch for chunk in opened.chunks("content", itertools.repeat(10**6))][-1]
    assert last.to_pylist()[-1] == {"id": "2", "content": "您好"}


def test_stray_nuls_and_a_broken_character_do_not_make_another_encoding(tmp_path: Path) -> None:
    opened = source(tmp_path, ("编号,内容\n" + "1,甲\0乙\n" * 40).encode() + b"2,\xe4\xbd\n")
    assert opened.encoding == "utf-8"
    found = rows(opened)
    assert found[0]["内容"] == "甲\0乙" and "\ufffd" in found[-1]["内容"] and len(found) == 41


def test_rows_of_the_wrong_width_are_set_aside_with_their_line(tmp_path: Path) -> None:
    opened = source(tmp_path, "编号,内容\n1,甲,乙\n2,丙\n3\n4,丁,,\n".encode())
    chunks = list(opened.chunks("内容", itertools.repeat(3)))
    assert [row["编号"] for chunk in chunks for row in chunk.batch.to_pylist()] == ["2", "4"]
    rejects = [reject for chunk in chunks for reject in chunk.rejects]
    assert [reject.line for reject in rejects] == [2, 4] and all(isinstance(reject, Reject) for reject in rejects)
    assert rejects[0].zh == "有 3 个字段, 表头是 2 列" and "3 fields" in rejects[0].en


@pytest.mark.parametrize("titles", ["短信导出\n", "短信导出,,\n\n制表: 张三,,\n", "导出时间,2026-11-01,,,,,\n"])
def test_titles_above_the_header_are_set_aside(tmp_path: Path, titles: str) -> None:
    names = ",".join(["编号", "内容", "三", "四", "五"][: max(3, titles.count(",") - 1)])
    opened = source(tmp_path, (titles + f"{names}\n1,甲{',' * (names.count(',') - 1)}\n").encode())
    (chunk,) = opened.chunks("内容", itertools.repeat(9))
    assert opened.schema.names == names.split(",") and chunk.batch.column("内容").to_pylist() == ["甲"]
    assert [(reject.en, reject.row) for reject in chunk.rejects] == [
        ("above the header", line) for line in titles.split("\n") if line
    ]
    assert chunk.rejects[-1].line == titles.count("\n")
    assert source(tmp_path, (titles + names + "\n").encode(), header=True).titles == []


def test_sparse_rows_without_a_header_are_no_titles(tmp_path: Path) -> None:
    assert len(rows(source(tmp_path, "1,,\n2,您好,13800000000\n".encode()))) == 2


def test_no_header_and_repeated_names(tmp_path: Path) -> None:
    assert source(tmp_path, "13800000000,您好\n".encode()).schema.names == ["column_1", "column_2"]
    assert source(tmp_path, b"a,a,,b\n1,2,3,4\n", header=True).schema.names == ["a", "a_2", "column_3", "b"]


def test_empty_file(tmp_path: Path) -> None:
    with pytest.raises(BatchError, match="is empty"):
        source(tmp_path, b"\n\n")


CELLS = st.text(st.sampled_from([*',"\n\r\0 ab', "甲", "😀"]), max_size=5)
PLAIN_ROWS = st.lists(st.tuples(CELLS, CELLS, CELLS), max_size=12)


def written(rows: list[tuple[str, ...]]) -> str:
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\r\n" if len(rows) % 2 else "\n").writerows(rows)
    return stream.getvalue()


BROKEN = [",甲", '"', '1,"开,x\n', '1,"a"b,c\r', "\n\n", "1,2\n", "1,2,3,,\n", "1,2,3,4\r\n", '"a\n', 'x""y,"\n']


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    pieces=st.lists(
        st.one_of(PLAIN_ROWS.map(written), PLAIN_ROWS.map(written), st.sampled_from(BROKEN), CELLS), max_size=6
    ),
    block=st.integers(1, 60),
)
def test_arrow_reads_what_the_tolerant_reader_reads(tmp_path: Path, pieces: list[str], block: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text_file, "_TEXT_BLOCK", block)
        opened = source(tmp_path, ("编号,内容,三\n" + "".join(pieces)).encode(), delimiter=",", header=True)
        both = []
        for suits in (PlainReader.suits, lambda *_: False):
            patch.setattr(PlainReader, "suits", suits)
            items = list(opened.pieces("内容"))
            table = pa.Table.from_batches([item for item in items if not isinstance(item, Reject)], opened.schema)
            both.append((table.to_pylist(), [item for item in items if isinstance(item, Reject)]))
    assert both[0] == both[1]


def test_arrow_reads_the_rows_around_a_broken_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_file, "_TEXT_BLOCK", 2000)
    lines = [f'{number},"第{number}条, 说""好""\n第二行"\r\n' for number in range(1000)]
    lines[500] = '500,"没有收尾\r\n'
    opened = source(tmp_path, ("编号,内容\r\n" + "".join(lines)).encode())
    by_arrow = []
    read = PlainReader.read
    monkeypatch.setattr(PlainReader, "read", lambda self, text: by_arrow.append(found := read(self, text)) or found)
    found = rows(opened)
    assert [row["编号"] for row in found] == [str(number) for number in range(1000)]
    assert found[499]["内容"] == '第499条, 说"好"\n第二行' and found[500]["内容"] == "没有收尾"
    assert sum(len(plain.batch) for plain in by_arrow if plain) > 900


def test_a_long_record_of_many_lines_is_not_believed(tmp_path: Path) -> None:
    opened = source(tmp_path, ('a,内容\n1,"' + "行\n" * 250 + '"\n2,乙\n').encode())
    assert rows(opened)[0] == {"a": "1", "内容": "行"} and rows(opened)[-1] == {"a": "2", "内容": "乙"}
