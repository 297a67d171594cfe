"""Judgements made on the desk come back as labelled messages."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

import scamcheck
from scamcheck.cli.main import cli
from scamcheck.feedback import judged_messages
from scamcheck.web.store import Store

SCAM = "有人在我微信上订购物资,说是部队的,但让我先垫付8万元"


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    path = tmp_path / "研判 desk.db"
    store = Store(path)
    verdict = scamcheck.classify(SCAM).to_dict()
    keys = [
        store.add_entry(text, verdict).id for text in (SCAM, "某单位真的在订货", "还没判断的一条", "领导让我转账\ud800")
    ]
    store.judge(keys[0], "agree")
    store.judge(keys[1], "not_scam")
    store.judge(keys[3], "wrong_category", label="boss_acquaintance")
    store.close()
    return path


def test_judged_entries_carry_the_officers_label(desk: Path) -> None:
    before = desk.read_bytes()
    assert [(row.text, row.labels, row.scam) for row in judged_messages(desk)] == [
        (SCAM, ("military_procurement",), True),
        ("某单位真的在订货", ("benign",), False),
        ("领导让我转账\ud800", ("boss_acquaintance",), True),
    ]
    assert desk.read_bytes() == before


def test_rule_statistics_on_the_desk(desk: Path) -> None:
    result = CliRunner().invoke(cli, ["rules", "stats", "--desk", str(desk)])
    assert result.exit_code == 0 and "military." in result.output and "3 messages (2 scam)" in result.output


def test_files_without_judgements_are_refused(tmp_path: Path) -> None:
    Store(tmp_path / "empty.db").close()
    (tmp_path / "text.db").write_text("不是数据库" * 500, "utf-8")
    for name, words in (
        ("missing.db", "no desk database"),
        ("text.db", "cannot read"),
        ("empty.db", "no judgement yet"),
    ):
        with pytest.raises(scamcheck.InputError, match=words):
            judged_messages(tmp_path / name)
