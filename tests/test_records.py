"""Labelled messages as JSON Lines: what is read, and faults named with their line."""

from __future__ import annotations

from pathlib import Path

import pytest

from scamcheck.errors import InputError
from scamcheck.records import Labelled, read_labelled


def write(tmp_path: Path, text: str, encoding: str = "utf-8") -> Path:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(text.encode(encoding))
    return path


ROWS = [
    # (row on line 1, what it means)
    ('{"text": "甲", "label": "loan"}', Labelled("1", "甲", ("loan",), True)),
    ('{"text": "甲", "label": "benign"}', Labelled("1", "甲", ("benign",), False)),
    ('{"text": "", "label": "any"}', Labelled("1", "", ("any",), True)),
    ('{"text": "甲", "labels": ["loan", "other"]}', Labelled("1", "甲", ("loan", "other"), True)),
    ('{"text": "甲", "label": "benign", "labels": ["loan"]}', Labelled("1", "甲", ("loan",), True)),
    ('{"text": "甲", "label": "loan", "scam": false}', Labelled("1", "甲", ("loan",), False)),
    ('{"text": "甲", "label": "loan", "id": 7, "source": "s", "more": 1}', Labelled("7", "甲", ("loan",), True, "s")),
]


@pytest.mark.parametrize(("row", "expected"), ROWS, ids=[case[0] for case in ROWS])
def test_rows(tmp_path: Path, row: str, expected: Labelled) -> None:
    assert read_labelled(write(tmp_path, row)) == [expected]


def test_blank_lines_bom_and_crlf_are_no_matter_but_lines_still_count(tmp_path: Path) -> None:
    text = '{"text": "甲", "label": "loan"}\r\n\r\n{"text": "乙\u2028丙", "label": "benign"}\r\n'
    rows = read_labelled(str(write(tmp_path, text, "utf-8-sig")))
    assert [(row.id, row.text) for row in rows] == [("1", "甲"), ("3", "乙\u2028丙")]


FAULTS = [
    # (line 2, words of the message)
    ("{", "not JSON"),
    ("[1]", "no text"),
    ('{"label": "loan"}', "no text"),
    ('{"text": 5, "label": "loan"}', "no text"),
    ('{"text": "乙"}', "no label"),
    ('{"text": "乙", "label": null}', "no label"),
    ('{"text": "乙", "labels": []}', "no label"),
    ('{"text": "乙", "labels": "loan"}', "no label"),
    ('{"text": "乙", "labels": ["loan", 3]}', "no label"),
    ('{"text": "乙", "label": "lone"}', "unknown label lone"),
    ('{"text": "乙", "labels": ["loan", "fraud"]}', "unknown label fraud"),
]


@pytest.mark.parametrize(("line", "words"), FAULTS, ids=[case[0] for case in FAULTS])
def test_faults_name_file_and_line(tmp_path: Path, line: str, words: str) -> None:
    path = write(tmp_path, '{"text": "甲", "label": "loan"}\n' + line + "\n")
    with pytest.raises(InputError, match=words) as error:
        read_labelled(path)
    assert str(error.value).startswith(f"{path}:2: ")


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"cannot read .*missing"):
        read_labelled(tmp_path / "missing.jsonl")
    with pytest.raises(InputError, match="cannot read"):
        read_labelled(tmp_path)
    with pytest.raises(InputError, match="not UTF-8"):
        read_labelled(write(tmp_path, '{"text": "转账", "label": "loan"}', "gb18030"))
    for empty in ("", "\n \n"):
        with pytest.raises(InputError, match="no rows"):
            read_labelled(write(tmp_path, empty))
