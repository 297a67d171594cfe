"""Costs of rules: who was looked at, who held, dearest first."""

from __future__ import annotations

import json

from click.testing import CliRunner

from scamcheck.cli.main import cli
from scamcheck.resources import load_compiled
from scamcheck.rules.profile import rule_costs
from tests.conftest import RuleFolder


def test_counts_and_order(folder: RuleFolder) -> None:
    folder.rules(
        ("test.plain", "    when: 甲乙"),
        ("test.dear", "    when: {all: [甲乙, {regex: '甲[一二三四]{0,40}乙[一二三四]{1,60}丙'}]}"),
        ("test.absent", "    when: 戊己"),
    )
    texts = ["甲乙" + "一二三四" * 200, "甲乙", "什么也没有"]
    costs = rule_costs(load_compiled(folder.path), texts)
    assert [(cost.rule_id, cost.asked, cost.held) for cost in costs] == [("test.dear", 2, 0), ("test.plain", 2, 2)]
    assert costs[0].seconds > costs[1].seconds > 0


def test_command(folder: RuleFolder) -> None:
    folder.rules(("test.one", "    when: 甲"))
    result = CliRunner().invoke(cli, ["rules", "profile", "--rules", str(folder.path)])
    assert result.exit_code == 0 and "test.one" in result.output and "100.0%" in result.output
    rows = CliRunner().invoke(cli, ["rules", "profile", "--rules", str(folder.path), "--json"])
    assert json.loads(rows.stdout)["asked"] == 1
