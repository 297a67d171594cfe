"""`scamcheck rules …` on the shipped rules and on folders with faults."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from scamcheck.cli.main import cli
from scamcheck.errors import ScamcheckError
from scamcheck.resources import rules_directory
from tests.conftest import RuleFolder

WHEN = "    when: {}"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["rules", *arguments])


def test_shipped_schemas_are_current() -> None:
    from scamcheck.rules.json_schema import schema_files

    for name, text in schema_files().items():
        assert (rules_directory() / "schema" / name).read_text("utf-8") == text, f"run `make schema` ({name})"


def test_every_shipped_rule_file_names_its_schema_and_follows_it() -> None:
    import jsonschema
    import yaml

    for path in sorted(rules_directory().rglob("*.yaml")):
        first = path.read_text("utf-8").split("\n", 1)[0]
        if not first.startswith("# yaml-language-server: $schema="):
            continue
        schema = json.loads((path.parent / first.split("=", 1)[1].strip()).read_text("utf-8"))
        jsonschema.validate(yaml.load(path.read_text("utf-8"), yaml.CSafeLoader), schema)


def test_lint_finds_what_it_promises(folder: RuleFolder) -> None:
    folder.write("words.yaml", "lexicons:\n  unused: [甲乙, 甲 乙, 甲乙丙]\n")
    folder.rules(
        ("test.one", "    when: {any: [甲乙, 甲乙丙]}"),
        ("test.two", "    when: {any: [甲乙, 甲乙丙]}"),
        ("test.three", "    when: {all: [丙丁, 戊己]}\n    unless: [丙丁]"),
    )
    result = run("lint", "--rules", str(folder.path))
    assert result.exit_code == 1
    for code in (
        "few-examples",
        "duplicate-condition",
        "duplicate-phrase",
        "shadowed-phrase",
        "unreachable",
        "unused-lexicon",
        "untested-phrase",
    ):
        assert f"[{code}]" in result.output, code


def test_test_reports_examples_that_fail(folder: RuleFolder) -> None:
    folder.rules(("test.rule", "    when: 乙"))  # its hit is 甲, its miss 乙
    result = run("test", "--rules", str(folder.path))
    assert result.exit_code == 1
    assert "does not fire on its hit: 甲" in result.output
    assert "fires on its miss: 乙" in result.output


def test_broken_rules_exit_1_with_every_place(folder: RuleFolder) -> None:
    folder.write("bad.yaml", "category: x\nrules: []\n")
    result = run("lint", "--rules", str(folder.path))
    assert result.exit_code == 1 and "bad.yaml:2:" in result.output


def test_list_and_show() -> None:
    result = run("list", "--category", "military_procurement")
    assert result.exit_code == 0 and "military." in result.output and "law." not in result.output
    rows = [json.loads(line) for line in run("list", "--json").output.splitlines()]
    counts: dict[str, int] = {}
    for row in rows:
        counts[row["category"]] = counts.get(row["category"], 0) + 1
    assert len(rows) >= 250
    assert all(counts[code] >= 15 for code in ("military_procurement", "law_enforcement", "credit_closure"))
    assert len(counts) == 18 and min(counts.values()) >= 10 and counts["counter"] >= 30
    shown = run("show", rows[0]["id"])
    assert "reason:" in shown.output and "examples:" in shown.output


def test_unknown_rule_is_answered_with_near_ones() -> None:
    with pytest.raises(ScamcheckError, match="did you mean"):
        CliRunner().invoke(cli, ["rules", "show", "counter.warnin"], catch_exceptions=False)


def test_stats_and_diff(folder: RuleFolder, tmp_path: Path) -> None:
    messages = tmp_path / "messages.jsonl"
    rows = [("转账到这里", "law_enforcement"), ("转账成功", "benign"), ("你好", "benign"), ("马上转账", "loan")]
    messages.write_text(
        "\n".join(json.dumps({"text": text, "label": label}, ensure_ascii=False) for text, label in rows), "utf-8"
    )
    folder.rules(("test.rule", "    when: 转账"))
    (row,) = [
        json.loads(line)
        for line in run("stats", str(messages), "--rules", str(folder.path), "--json").output.splitlines()
        if line.startswith("{")
    ]
    assert (row["scam_hits"], row["benign_hits"], row["precision"]) == (2, 1, pytest.approx(2 / 3))
    assert row["lift"] == pytest.approx((2.5 / 3) / (1.5 / 3))
    new = tmp_path / "new"
    new.mkdir()
    for path in folder.path.iterdir():
        (new / path.name).write_bytes(path.read_bytes())
    (new / "test.yaml").write_text((new / "test.yaml").read_text("utf-8").replace("when: 转账", "when: 马上"), "utf-8")
    result = run("diff", str(folder.path), str(new), "--on", str(messages), "--json")
    changes = [json.loads(line) for line in result.output.splitlines() if line.startswith("{")]
    assert ("转账到这里", "cleared") in [(change["text"], change["change"]) for change in changes]
    assert changes[0]["removed"] == ["test.rule"]


@pytest.mark.slow
def test_every_example_of_the_shipped_rules_also_in_disguise() -> None:
    result = run("test")
    assert result.exit_code == 0, result.output


def test_every_example_of_the_shipped_rules() -> None:
    result = run("test", "--plain")
    assert result.exit_code == 0, result.output


def test_shipped_rules_have_no_finding() -> None:
    result = run("lint")
    assert result.exit_code == 0, result.output
