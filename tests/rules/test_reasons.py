"""Reasons in English: layered like rules, checked against them, read only when asked for."""

import shutil
import subprocess
import sys

import pytest

from scamcheck.errors import RuleError
from scamcheck.resources import rules_directory
from scamcheck.rules.files import rule_files
from scamcheck.rules.load import load_rules
from scamcheck.rules.reasons import english_reasons, lint_reasons

RULE = """category: loan
rules:
  - id: loan.moon
    title: 月球贷
    title_en: moon loan
    phase: pretext
    evidence: weak
    status: {status}
    reason: 没有月球贷
    when: 月球贷
    examples: {{hit: [月球贷, 月球贷款, 办月球贷], miss: [月球, 月亮, 贷款]}}
"""


def folder(path, reasons=None, status="stable"):
    path.mkdir()
    (path / "loan.yaml").write_text(RULE.format(status=status), "utf-8")
    if reasons is not None:
        (path / "lang").mkdir()
        (path / "lang" / "en.yaml").write_text(reasons, "utf-8")
    return path


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    """Evidence, taxonomy and context alone, without a rule."""
    path = tmp_path_factory.mktemp("base")
    for name in ("evidence.yaml", "taxonomy.yaml", "context.yaml"):
        shutil.copy(rules_directory() / name, path)
    return path


def findings(*directories):
    return [(item.code, item.line) for item in lint_reasons(load_rules(*directories), directories)]


def test_every_shipped_rule_has_an_english_reason():
    assert findings(rules_directory()) == []
    reasons = english_reasons()
    assert len(set(reasons.values())) > 0.99 * len(reasons)  # a sentence of its own
    for name, reason in reasons.items():
        assert reason.endswith(".") and not any("\u3000" <= char <= "\u9fff" for char in reason), name


def test_later_directories_come_first(tmp_path):
    own = folder(tmp_path / "own", "reasons:\n  loan.moon: Nobody lends on the moon.\n  loan.flow: Our own words.\n")
    reasons = english_reasons([rules_directory(), own])
    assert reasons["loan.moon"] == "Nobody lends on the moon."
    assert reasons["loan.flow"] == "Our own words." != english_reasons()["loan.flow"]
    assert "loan.moon" not in english_reasons()


@pytest.mark.parametrize(
    ("reasons", "status", "expected"),
    [
        (None, "stable", []),  # no English at all is nobody's fault
        ("reasons:\n  loan.moon: Yes.\n", "stable", []),
        ("reasons:\n  loan.sun: Other.\n", "stable", [("unknown-rule", 2), ("no-english-reason", 9)]),
        ("reasons:\n  loan.sun: Other.\n", "test", [("unknown-rule", 2)]),
        ("reasons:\n  loan.moon: Yes.\n  loan.mond: No.\n", "stable", [("unknown-rule", 3)]),
        ("reasons:\n  loan.moon: ''\n", "stable", [("string-too-short", 2)]),
        ("reasons: [\n", "stable", [("yaml-syntax", 2)]),
    ],
)
def test_lint_compares_reasons_with_rules(base, tmp_path, reasons, status, expected):
    assert findings(base, folder(tmp_path / "own", reasons, status)) == expected


def test_a_broken_file_is_refused_where_english_is_wanted(tmp_path):
    own = folder(tmp_path / "own", "reasons:\n  loan.moon: One.\n  loan.moon: Two.\n")
    with pytest.raises(RuleError, match="duplicate"):
        english_reasons([own])


def test_reasons_take_no_part_in_the_rules(base, tmp_path):
    plain, with_reasons = folder(tmp_path / "a"), folder(tmp_path / "b", "reasons:\n  loan.moon: Yes.\n")
    assert [path.name for path in rule_files(with_reasons)] == ["loan.yaml"]
    digests = {load_rules(base, own).digest for own in (plain, with_reasons)}
    assert len(digests) == 1


def test_a_flag_reads_its_reason_when_asked():
    code = (
        "import sys, scamcheck; v = scamcheck.classify('请把钱转到安全账户核查'); v.to_dict()\n"
        "assert 'scamcheck.rules.reasons' not in sys.modules; print(v.red_flags[0].reason_en)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert "account" in done.stdout
