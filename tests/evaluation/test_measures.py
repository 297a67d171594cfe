"""Measures against values worked out by hand, and the report in its three forms."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import scamcheck
from scamcheck.cli.main import cli
from scamcheck.errors import InputError
from scamcheck.evaluation.measures import Judged, Measures, Proportion, judge, measure
from scamcheck.evaluation.page import page
from scamcheck.evaluation.text import details, per_10k, share, summary
from scamcheck.records import Labelled
from scamcheck.resources import models_directory
from tests.conftest import RuleFolder


def row(truth: str, label: str, risk: str, score: float) -> Judged:
    labels = tuple(truth.split("/"))
    return Judged(Labelled("1", "甲", labels, "benign" not in labels), label, risk, score)


ROWS = [
    row("loan", "loan", "high", 0.95),
    row("loan", "investment", "high", 0.95),
    row("investment", "investment", "medium", 0.65),
    row("loan/other", "other", "medium", 0.65),
    row("romance", "benign", "low", 0.25),
    row("any", "loan", "high", 1.0),
    row("benign", "benign", "none", 0.0),
    row("benign", "benign", "none", 0.05),
    row("benign", "benign", "low", 0.25),
    row("benign", "loan", "medium", 0.65),
]


@pytest.fixture(scope="module")
def measured() -> Measures:
    return measure("small", ROWS)


def test_counts_and_proportions(measured: Measures) -> None:
    assert (measured.messages, measured.scams, measured.benign) == (10, 6, 4)
    found = [
        measured.recall,
        measured.false_alarms,
        measured.recall_high,
        measured.false_alarms_high,
        measured.right_class,
    ]
    assert [(item.hits, item.total) for item in found if item] == [(5, 6), (1, 4), (3, 6), (0, 4), (3, 5)]
    assert measured.recall and measured.recall.share == pytest.approx(5 / 6)


WILSON = [
    # (hits, total, low, high); 81/263 and 0/20 are in Newcombe 1998, table I
    (81, 263, 0.2553, 0.3662),
    (15, 148, 0.0624, 0.1605),
    (0, 20, 0.0000, 0.1611),
    (1, 29, 0.0061, 0.1718),
    (29, 29, 0.8830, 1.0000),
    (0, 0, 0.0, 1.0),
]


@pytest.mark.parametrize(("hits", "total", "low", "high"), WILSON)
def test_wilson_intervals(hits: int, total: int, low: float, high: float) -> None:
    found = Proportion.of(hits, total)
    assert (found.low, found.high) == pytest.approx((low, high), abs=5.1e-5)
    assert found.share == (hits / total if total else 0.0)


def test_precision_at_prevalence(measured: Measures) -> None:
    # 10,000 messages with 5 scams: 4.1667 found, 2,498.75 false alarms; with 100 scams: 83.33 found, 2,475 false alarms
    assert measured.precision == pytest.approx({"0.0005": 4.16667 / 2502.91667, "0.01": 83.3333 / 2558.3333}, rel=1e-5)


def test_categories(measured: Measures) -> None:
    found = {item.code: (item.support, item.precision, item.recall, item.f1) for item in measured.categories}
    assert found == {
        "loan": (2, 0.5, 0.5, 0.5),  # the benign row labelled loan counts against it; the `any` row does not count
        "investment": (1, 0.5, 1.0, pytest.approx(2 / 3)),
        "other": (1, 1.0, 1.0, 1.0),
        "romance": (1, 0.0, 0.0, 0.0),
    }
    assert measured.macro_f1 == pytest.approx((0.5 + 2 / 3 + 1.0 + 0.0) / 4)


def test_confusion(measured: Measures) -> None:
    assert measured.confusion == {
        "investment": {"investment": 1},
        "loan": {"investment": 1, "loan": 1},
        "romance": {"benign": 1},
        "other": {"other": 1},
        "benign": {"loan": 1, "benign": 3},
        "any": {"loan": 1},
    }
    assert list(measured.confusion)[-2:] == ["benign", "any"]


def test_calibration(measured: Measures) -> None:
    bins = {item.low: (item.count, item.mean_score, item.scam_share) for item in measured.bins}
    assert bins == {
        0.0: (2, pytest.approx(0.025), 0.0),
        0.2: (2, pytest.approx(0.25), 0.5),
        0.6: (3, pytest.approx(0.65), pytest.approx(2 / 3)),
        0.9: (3, pytest.approx(2.9 / 3), 1.0),  # a score of 1 belongs to the last bin
    }
    assert measured.ece == pytest.approx((2 * 0.025 + 2 * 0.25 + 3 * (2 / 3 - 0.65) + 3 * (0.1 / 3)) / 10)


def test_thresholds(measured: Measures) -> None:
    at = {item.threshold: item for item in measured.thresholds}
    assert [(at[value].recall, at[value].false_alarms_per_10k) for value in (0.05, 0.2, 0.5, 0.7, 0.99)] == [
        (1.0, 7500.0),  # a score at the threshold counts
        (1.0, 5000.0),
        (pytest.approx(5 / 6), 2500.0),
        (0.5, 0.0),
        (pytest.approx(1 / 6), 0.0),
    ]
    assert at[0.7].precision == (1.0, 1.0)


def test_one_kind_alone() -> None:
    scams, benign, nothing = measure("s", ROWS[:3]), measure("b", ROWS[6:]), measure("n", [])
    assert scams.false_alarms is None and scams.false_alarms_high is None and scams.precision == {}
    assert benign.recall is None and benign.right_class is None and benign.macro_f1 is None and not benign.categories
    assert (nothing.messages, nothing.ece, nothing.bins, nothing.confusion) == (0, 0.0, (), {})
    unlabelled = measure("a", [ROWS[5]])
    assert unlabelled.recall and unlabelled.right_class is None and unlabelled.confusion == {"any": {"loan": 1}}
    for item in (scams, benign, nothing):
        assert details(item) and item.name in summary([item])


def test_judge_keeps_order_and_verdict(folder: RuleFolder) -> None:
    classifier = folder.rules(("test.one", "    when: 甲")).load()
    rows = [Labelled("1", "甲", ("law_enforcement",), True), Labelled("2", "乙", ("benign",), False)]
    judged = judge(classifier, rows)
    assert [item.row for item in judged] == rows
    assert [(item.label, item.flagged) for item in judged] == [("law_enforcement", True), ("benign", False)]
    assert judged[0].score > 0.5 > judged[1].score


def test_text(measured: Measures) -> None:
    assert share(None) == per_10k(None) == "-"
    assert share(Proportion.of(81, 263)) == "30.8% (25.5-36.6)"
    assert per_10k(Proportion.of(1, 29)) == "345 (61-1718)"
    head, line = summary([measured]).split("\n")
    assert head.startswith("set") and re.split(r"\s{2,}", line)[0] == "small"
    assert "83.3% (" in line and "2500 (" in line and "60.0% (" in line and "0.542" in line and "0.070" in line
    text = details(measured)
    for words in (
        "small: 6 scam, 4 benign", "where 0.05 % of messages are scams: 0.2 %", "where 1 % of messages are scams: 3.3 %",
        "benign: benign × 3, loan × 1", "0.6-0.7:      3  0.650  0.667",
    ):  # fmt: skip
        assert words in text
    assert re.search(r"^ +0\.70 +0\.500 +0 +100\.0 +100\.0$", text, re.MULTILINE)


def test_page_is_self_contained(measured: Measures) -> None:
    found = page([measured, measure("<b>&", ROWS[:2]), measure("none", [])])
    assert found.startswith("<!doctype html>") and found.count("<svg") == 6
    assert "83.3% (" in found and "<b>" not in found and "&lt;b&gt;&amp;" in found
    assert not re.search(r"<(script|link|img|iframe|object)\b|@import|url\((?!#)", found)
    assert all(target.startswith("#") for target in re.findall(r'(?:href|src)="([^"]*)"', found))


def test_page_without_matplotlib_says_what_to_install(measured: Measures, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "matplotlib.figure", None)
    with pytest.raises(InputError, match=r"pip install 'scamcheck\[report\]'"):
        page([measured])


# The command ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def rows_file(tmp_path: Path) -> Path:
    path = tmp_path / "mine.jsonl"
    rows = [("甲", "law_enforcement"), ("甲甲", "loan"), ("乙", "law_enforcement"), ("丙", "benign"), ("丁", "benign")]
    path.write_text("".join(json.dumps({"text": text, "label": label}) + "\n" for text, label in rows), "utf-8")
    return path


def evaluate(folder: RuleFolder, *arguments: str | Path) -> Result:
    folder.rules(("test.one", "    when: 甲"))
    return CliRunner().invoke(cli, ["evaluate", "--rules", str(folder.path), *map(str, arguments)])


def without_model(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("scamcheck.resources.models_directory", lambda: tmp_path / "no model")


def test_command_prints_a_line_a_file(
    folder: RuleFolder, rows_file: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    without_model(monkeypatch, tmp_path)
    done = evaluate(folder, rows_file, rows_file)
    assert done.exit_code == 0, done.output
    _, first, second = done.output.rstrip().split("\n")
    assert first == second and first.startswith("mine") and "66.7% (" in first and "33.3% (" in first
    assert "confusion" not in done.output
    assert "law_enforcement: law_enforcement × 1, benign × 1" in evaluate(folder, rows_file, "--details").output


def test_command_json_and_page(
    folder: RuleFolder, rows_file: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    without_model(monkeypatch, tmp_path)
    done = evaluate(folder, rows_file, "--json", "--html", tmp_path / "page.html")
    (found,) = json.loads(done.output)
    assert found["name"] == "mine" and found["recall"]["hits"] == 2 and found["false_alarms"]["hits"] == 0
    assert found["confusion"]["benign"] == {"benign": 2}
    assert "<h2>mine</h2>" in (tmp_path / "page.html").read_text("utf-8")


def test_command_ablation_needs_a_model(
    folder: RuleFolder, rows_file: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    without_model(monkeypatch, tmp_path)
    done = evaluate(folder, rows_file, "--ablate")
    assert isinstance(done.exception, InputError) and "--ablate needs a model" in str(done.exception)


@pytest.mark.skipif(not (models_directory() / "manifest.json").exists(), reason="no trained model in this checkout")
def test_command_ablation(folder: RuleFolder, rows_file: Path) -> None:
    done = evaluate(folder, rows_file, "--ablate", "--json")
    assert done.exit_code == 0, done.output
    found = {item["name"]: item for item in json.loads(done.output)}
    assert list(found) == ["mine", "mine (rules alone)", "mine (model alone)"]
    assert found["mine (rules alone)"]["recall"]["hits"] == 2
    assert found["mine (model alone)"]["recall_high"]["hits"] == 0  # no rule fires, so never above medium


def test_command_refuses_a_bad_file(folder: RuleFolder, tmp_path: Path) -> None:
    done = evaluate(folder, tmp_path / "missing.jsonl")
    assert isinstance(done.exception, scamcheck.ScamcheckError) and "missing.jsonl" in str(done.exception)
