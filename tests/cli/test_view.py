"""The terminal view of verdicts of every risk, recorded instead of printed."""

from __future__ import annotations

import io
import math
import re
from typing import Any

import pytest
from rich.console import Console

import scamcheck
from scamcheck.cli.view import show
from scamcheck.taxonomy import Taxonomy
from scamcheck.verdict import Contribution, Details, RedFlag, Verdict

TEXT = "先交手续费再放款"


@pytest.fixture(scope="module")
def taxonomy(shipped: scamcheck.Classifier) -> Taxonomy:
    return shipped.taxonomy


def flag(number: int, evidence: float = 3.0, **fields: Any) -> RedFlag:
    values: dict[str, Any] = {
        "rule_id": f"test.r{number}", "title": f"依据{number}", "title_en": f"reason {number}", "reason": f"道理{number}", "category": "loan",
        "phase": None, "evidence": evidence, "spans": ((0, 2),), "quotes": ("先交",),
    }  # fmt: skip
    return RedFlag(**(values | fields))


def view(
    taxonomy: Taxonomy, risk: str, score: float, flags: tuple[RedFlag, ...] = (), *, text: str = TEXT, second: float = 0.1,
    negative: tuple[Contribution, ...] = (), width: int = 200, **options: Any,
) -> str:  # fmt: skip
    logit = math.log(score / (1 - score))
    rules = tuple(Contribution("rule", item.rule_id, item.title, item.title_en, item.evidence) for item in flags)
    evidence = (Contribution("prior", "prior", "基础概率", "prior", -4.0), *rules, *negative)
    details = Details(flags, (), evidence, (("loan", 1 - second), ("investment", second)))
    label: Any = "loan" if risk in ("medium", "high") else "benign"
    known: Any = risk
    verdict = Verdict(
        text=text, label=label, risk=known, logit=logit, taxonomy=taxonomy, rules_version="a", model_version=None, build=lambda: details
    )  # fmt: skip
    console = Console(record=True, width=width, file=io.StringIO(), highlight=False)
    show(verdict, console=console, **options)
    return console.export_text()


HEADS = [
    # (risk, score, language, words, words that must not be there)
    ("none", 0.02, "zh", ("未见风险", "正常", "诈骗概率 2.0%", "没有发现诈骗话术"), ("现在怎么做", "依据")),
    ("low", 0.2, "zh", ("低风险", "正常", "20.0%", "有一点可疑"), ("现在怎么做", "没有发现")),
    ("medium", 0.6, "zh", ("中风险", "60.0%", "现在怎么做", "已经转了钱", "怎么核实", "真的不会这样", "96110"), ("有一点可疑", "没有发现")),
    ("high", 0.97, "zh", ("高风险", "97.0%", "现在怎么做", "全国反诈专线"), ("有一点可疑",)),
    ("none", 0.02, "en", ("no sign of fraud", "no scam", "P(scam) 2.0%", "No sign of a scam script"), ("What to do now",)),
    ("low", 0.2, "en", ("low risk", "Slightly suspicious"), ("What to do now",)),
    ("medium", 0.6, "en", ("medium risk", "What to do now", "Call 96110  110  12110"), ("If money was sent", "现在")),
    ("high", 0.97, "en", ("high risk", "What to do now"), ("全国反诈专线", "Slightly")),
    ("high", 0.9999, "en", (">99.9%",), ("100",)),
    ("none", 0.0001, "en", ("<0.1%",), ("0.0%",)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("risk", "score", "lang", "there", "absent"), HEADS, ids=[f"{c[0]} {c[1]} {c[2]}" for c in HEADS]
)
def test_every_risk_in_both_languages(
    taxonomy: Taxonomy, risk: str, score: float, lang: str, there: tuple[str, ...], absent: tuple[str, ...]
) -> None:
    out = view(taxonomy, risk, score, lang=lang)
    assert all(words in out for words in there), out
    assert not any(words in out for words in absent), out
    assert TEXT in out  # nothing marked in it
    if risk in ("medium", "high"):
        category = taxonomy["loan"]
        assert (category.name if lang == "zh" else category.name_en) in out
        assert all(
            line in out for line in (category.before_paying if lang == "zh" else category.advice_en) if len(line) < 80
        )


def test_flags_are_marked_in_place_and_listed(taxonomy: Taxonomy) -> None:
    flags = (flag(1, 6.0), flag(2, 3.0, spans=((2, 5), (6, 8)), quotes=("手续费", "放款")))
    out = view(taxonomy, "high", 0.97, flags)
    assert "①先交②手续费再②放款" in out
    assert re.search(r"█{12} \+6\.0 ① 依据1  “先交”", out)
    assert re.search(r"█{6}·{6} \+3\.0 ② 依据2  “手续费…放款”", out)
    assert "道理1" in out and "道理2" in out
    english = view(taxonomy, "high", 0.97, flags, lang="en", reasons={"test.r1": "Because."})
    assert "② reason 2" in english and "Because." in english and "道理" not in english


def test_a_long_warning_is_shown_whole(taxonomy: Taxonomy) -> None:
    warning = taxonomy["loan"].warning_en
    assert warning in view(taxonomy, "high", 0.97, lang="en")
    assert warning in " ".join(view(taxonomy, "high", 0.97, lang="en", width=40).split())


def test_where_flags_overlap_the_stronger_one_is_marked(taxonomy: Taxonomy) -> None:
    flags = (flag(1, 5.0, spans=((2, 4),)), flag(2, 3.0, spans=((0, 5),)))
    assert "②先交①手续②费再放款" in view(taxonomy, "high", 0.97, flags)


def test_bars_stay_within_their_length(taxonomy: Taxonomy) -> None:
    out = view(taxonomy, "high", 0.97, (flag(1, 60.0), flag(2, 0.01)))
    assert re.search(r"(?<!█)█{12} \+60\.0", out) and re.search(r"(?<!█)█·{11} \+0\.0", out)


def test_many_flags_are_cut_and_explain_shows_all(taxonomy: Taxonomy) -> None:
    flags = tuple(flag(number, 3.0 - number / 10) for number in range(1, 23))
    out = view(taxonomy, "high", 0.97, flags)
    assert "依据6" in out and "依据7" not in out and "另有 16 项 (--explain)" in out
    assert "and 16 more (--explain)" in view(taxonomy, "high", 0.97, flags, lang="en")
    out = view(taxonomy, "high", 0.97, flags, explain=True)
    assert "⑳ 依据20" in out and "(21) 依据21" in out and "(22) 依据22" in out and "另有" not in out


def test_long_quotes_are_cut(taxonomy: Taxonomy) -> None:
    text = "甲" * 40
    out = view(taxonomy, "high", 0.97, (flag(1, spans=((0, 40),), quotes=(text,)),), text=text)
    assert f"“{'甲' * 30}…”" in out


def test_signs_of_innocence(taxonomy: Taxonomy) -> None:
    negative = (
        Contribution("rule", "counter.w", "提醒防骗", "a warning", -3.0),
        Contribution("term", "放款", "放款", "放款", -1.0),
    )
    out = view(taxonomy, "low", 0.2, negative=negative)
    assert re.search(r"减轻嫌疑的依据\n +█{6}·{6} -3\.0 提醒防骗", out)
    assert (
        "Signs of innocence" in (out := view(taxonomy, "none", 0.02, negative=negative, lang="en"))
        and "a warning" in out
    )
    assert "减轻嫌疑" not in view(taxonomy, "low", 0.2)


def test_runner_up_only_where_it_is_close(taxonomy: Taxonomy) -> None:
    name = taxonomy.name("investment")
    assert f"(也像 {name} 30%)" in view(taxonomy, "high", 0.97, second=0.3)
    assert "也像" not in view(taxonomy, "high", 0.97, second=0.1)
    assert "也像" not in view(taxonomy, "low", 0.2, second=0.3)


def test_explain_lists_every_contribution_and_the_total(taxonomy: Taxonomy) -> None:
    out = view(taxonomy, "medium", 0.6, (flag(1, 4.0),), explain=True)
    tail = out[out.index("每一分证据") :].splitlines()
    assert [line.split() for line in tail[1:]] == [
        ["-4.0000", "基础概率"],
        ["+4.0000", "依据1", "[test.r1]"],
        ["+0.4055", "合计", "→", "诈骗概率", "0.600000"],
    ]
    assert "+4.0000  reason 1 [test.r1]" in view(taxonomy, "medium", 0.6, (flag(1, 4.0),), explain=True, lang="en")


def test_control_characters_and_markup_are_shown_not_obeyed(taxonomy: Taxonomy) -> None:
    text = "[red]甲\u202e乙\x1b[2J\n丙"
    out = view(taxonomy, "high", 0.97, (flag(1, spans=((5, 8),), quotes=(text[5:8],)),), text=text)
    assert "[red]①甲‹202E›乙‹001B›[2J" in out and "“甲‹202E›乙”" in out
    assert "\u202e" not in out and "\x1b" not in out


def test_prints_to_the_terminal_by_default(shipped: scamcheck.Classifier, capsys: pytest.CaptureFixture[str]) -> None:
    show(shipped.classify("妈,周末回家吃饭"))
    assert "未见风险" in capsys.readouterr().out
