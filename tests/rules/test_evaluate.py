"""Conditions: what fires, where, and what takes it back."""

from __future__ import annotations

import pytest

from tests.conftest import RuleFolder

WHEN = "    when: {}"
CASES = [
    # (condition, text, fires)
    ("垫付", "请先垫付", True),
    ("垫付", "请先付", False),
    ("帳戶", "转到这个账户", True),  # phrases are normalised as texts are
    ("APP", "下载app", True),
    ("line", "加line聊", True),
    ("line", "online课程", False),  # a part of another word
    ("{any: [甲乙, 丙丁]}", "只有丙丁", True),
    ("{all: [甲乙, 丙丁]}", "甲乙和丙丁", True),
    ("{all: [甲乙, 丙丁]}", "只有甲乙", False),
    ("{all: [甲乙, {none: [丙丁]}]}", "只有甲乙", True),
    ("{all: [甲乙, {none: [丙丁]}]}", "甲乙丙丁", False),
    ("{at_least: {n: 2, of: [甲乙, 丙丁, 戊己]}}", "甲乙……戊己", True),
    ("{at_least: {n: 2, of: [甲乙, 丙丁, 戊己]}}", "甲乙甲乙", False),
    ("{near: {within: 3, terms: [甲乙, 丙丁]}}", "丙丁一二三甲乙", True),
    ("{near: {within: 3, terms: [甲乙, 丙丁]}}", "丙丁一二三四甲乙", False),
    ("{near: {within: 3, terms: [甲乙, 丙丁]}}", "甲乙远远远远远远远远丙丁一二甲乙", True),  # a later pair is near
    (
        "{near: {within: 4, terms: [甲乙, 丙丁, 戊己]}}",
        "甲乙一二三丙丁一二三戊己",
        True,
    ),  # the gap is between neighbours
    ("{near: {within: 3, terms: [甲乙丙, 乙丙]}}", "甲乙丙", False),  # one place is one clue
    ("{near: {within: 3, terms: [甲乙丙, 乙丙]}}", "甲乙丙和乙丙", True),
    ("{near: {within: sentence, terms: [甲乙, 丙丁]}}", "甲乙,很长很长的一句话里还有丙丁", True),
    ("{near: {within: sentence, terms: [甲乙, 丙丁]}}", "甲乙在前。丙丁在后", False),
    ("{ordered: {within: 5, terms: [甲乙, 丙丁]}}", "甲乙到丙丁", True),
    ("{ordered: {within: 5, terms: [甲乙, 丙丁]}}", "丙丁到甲乙", False),
    ("{ordered: {within: 5, terms: [甲乙, 丙丁]}}", "甲乙一二三四五丙丁", True),
    ("{ordered: {within: 5, terms: [甲乙, 丙丁]}}", "甲乙一二三四五六丙丁", False),
    ("{ordered: {within: 2, terms: [甲乙, 丙丁, 戊己]}}", "甲乙丙丁一二三戊己丙丁戊己", False),
    ("{ordered: {within: sentence, terms: [甲乙, 丙丁]}}", "甲乙,然后丙丁", True),
    ("{near: {within: 6, terms: [{any: [甲乙, 戊己]}, {regex: '[0-9]{4}'}]}}", "戊己的尾号1234", True),
    ("{regex: '第[一二三]次'}", "这是第二次", True),
    ("{regex: '第[一二三]次', needs: [这是]}", "这是第二次", True),
    ("{regex: '第[一二三]次', needs: [这是]}", "那是第二次", False),
    ("{near: {within: 5, terms: [转账, $amount]}}", "转账八万元", True),
    ("{near: {within: 5, terms: [转账, $amount]}}", "转账之后", False),
]


@pytest.mark.parametrize(("condition", "text", "fires"), CASES, ids=[f"{c}|{t}" for c, t, _ in CASES])
def test_condition(folder: RuleFolder, condition: str, text: str, fires: bool) -> None:
    folder.rules(("test.rule", WHEN.format(condition)))
    assert ("test.rule" in folder.fired(text)) is fires


def test_spans_are_the_places_that_made_it_hold(folder: RuleFolder) -> None:
    folder.rules(("test.rule", WHEN.format("{near: {within: 3, terms: [甲乙, 丙丁]}}")))
    text = "甲乙在很远很远的地方,丙 丁和甲 乙在一起"
    flag = folder.load().classify(text).red_flags[0]
    assert flag.quotes == ("丙 丁", "甲 乙")
    assert all(text[start:end] == quote for (start, end), quote in zip(flag.spans, flag.quotes, strict=True))


NEGATION = """
clause_words: [但]
negation:
  - terms: [切勿, 不会]
    reach: 10
  - terms: [都是诈骗]
    reach: 60
    direction: backward
    stop: sentence
    except_after: [是不是]
    except_before: [吗]
"""
NEGATED = [
    ("切勿转账", False),
    ("切勿相信,马上转账", True),  # the clause ends the reach
    ("不会让您转账", False),
    ("要求转账的都是诈骗", False),
    ("要求转账的都是诈骗吗", True),
    ("马上转账。其他都是诈骗", True),  # another sentence
    ("切勿一二三四五六七八九十转账", True),  # out of reach
    ("马上转账,切勿告诉别人", True),
    ("不会骗您但要转账", True),  # a word ends the clause as a comma does
]


@pytest.mark.parametrize(("text", "fires"), NEGATED)
def test_negation(folder: RuleFolder, text: str, fires: bool) -> None:
    folder.write("context.yaml", NEGATION).rules(("test.rule", WHEN.format("转账")))
    assert ("test.rule" in folder.fired(text)) is fires


def test_negated_only_and_count(folder: RuleFolder) -> None:
    folder.write("context.yaml", NEGATION).rules(
        ("test.only", "    negated: only\n    when: 转账"), ("test.count", "    negated: count\n    when: 转账")
    )
    assert folder.fired("切勿转账") == {"test.only", "test.count"}
    assert folder.fired("马上转账") == {"test.count"}


def test_phrase_that_contains_its_negation_is_not_taken_back(folder: RuleFolder) -> None:
    folder.write("context.yaml", NEGATION.replace("切勿", "不要")).rules(("test.rule", WHEN.format("不要告诉")))
    assert folder.fired("千万不要告诉家人") == {"test.rule"}


def test_unless(folder: RuleFolder) -> None:
    folder.rules(("test.rule", "    when: 转账\n    unless: [官方渠道, {all: [已核实, 本人]}]"))
    assert folder.fired("请转账") == {"test.rule"}
    assert folder.fired("请到官方渠道转账") == set()
    assert folder.fired("请转账,已核实是本人") == set()
    assert folder.fired("请转账,已核实") == {"test.rule"}


def test_composite_takes_the_place_of_its_parts(folder: RuleFolder) -> None:
    folder.rules(
        ("test.whole", "    when: {all: [{rule: test.one}, {rule: test.two}]}"),  # written before its parts
        ("test.one", WHEN.format("甲乙")),
        ("test.two", WHEN.format("丙丁")),
    )
    verdict = folder.load().classify("甲乙和丙丁")
    assert [flag.rule_id for flag in verdict.red_flags] == ["test.whole"]
    assert verdict.red_flags[0].quotes == ("甲乙", "丙丁")
    assert [flag.rule_id for flag in folder.load().classify("甲乙").red_flags] == ["test.one"]


def test_rule_on_trial_fires_but_does_not_count(folder: RuleFolder) -> None:
    folder.rules(
        ("test.trial", "    status: test\n    when: 甲乙"), ("test.old", "    status: deprecated\n    when: 甲乙")
    )
    assert folder.fired("甲乙") == {"test.trial"}
    verdict = folder.load().classify("甲乙")
    assert verdict.red_flags == () and verdict.risk == "none"


def test_group_cap_scales_evenly(folder: RuleFolder) -> None:
    evidence = (
        (folder.path / "evidence.yaml").read_text("utf-8").replace("groups:", "groups:\n  law_enforcement: {cap: 6.0}")
    )
    folder.write("evidence.yaml", evidence).rules(("test.one", WHEN.format("甲乙")), ("test.two", WHEN.format("丙丁")))
    flags = folder.load().classify("甲乙丙丁").red_flags
    assert [flag.evidence for flag in flags] == [3.0, 3.0]
    assert [flag.evidence for flag in folder.load().classify("甲乙").red_flags] == [5.0]


def test_exclusion_silences_everywhere_or_where_its_condition_holds(folder: RuleFolder) -> None:
    folder.rules(("test.one", WHEN.format("甲乙")), ("test.two", WHEN.format("丙丁")))
    folder.write(
        "site.yaml",
        "exclude:\n  - {rule: test.one, reason: 本站}\n  - {rule: test.two, reason: 本站, when: 某某官方}\n",
    )
    assert folder.fired("甲乙丙丁") == {"test.two"}
    assert folder.fired("甲乙丙丁,某某官方") == set()


def test_homophone_of_a_long_lexicon_term_weighs_less(folder: RuleFolder) -> None:
    folder.write("words.yaml", "lexicons:\n  safe: {homophones: true, terms: [安全账户]}\n")
    folder.rules(("test.rule", WHEN.format("$safe")))
    classifier = folder.load()
    plain = classifier.classify("转到安全账户").red_flags[0]
    sounded = classifier.classify("转到安全涨户").red_flags[0]
    assert plain.evidence == 5.0 and sounded.evidence == pytest.approx(3.5)
    assert sounded.quotes == ("安全涨户",)


def test_disguise_is_evidence_in_itself(folder: RuleFolder) -> None:
    folder.rules(("test.disguise", WHEN.format("$disguise_separator")), ("test.word", WHEN.format("加微信")))
    assert folder.fired("请加微信") == {"test.word"}
    assert folder.fired("请加★微★信") == {"test.word", "test.disguise"}


def test_layers_add_and_override(folder: RuleFolder, tmp_path) -> None:  # type: ignore[no-untyped-def]
    import scamcheck

    folder.rules(("test.one", WHEN.format("甲乙")), ("test.two", WHEN.format("丙丁")))
    extra = tmp_path / "extra"
    extra.mkdir()
    (extra / "more.yaml").write_text(
        (folder.path / "test.yaml")
        .read_text("utf-8")
        .replace("when: 甲乙", "when: 戊己")
        .replace("test.two", "test.three"),
        "utf-8",
    )
    classifier = scamcheck.Classifier.load(rules=[folder.path, extra], model=False)
    assert set(classifier.fire("甲乙丙丁戊己")[2]) == {"test.one", "test.two", "test.three"}
    assert set(classifier.fire("甲乙")[2]) == set()


QUOTING = (
    NEGATION
    + """
quotation:
  cues: [骗子, 诈骗]
  min_length: 6
  except_after: [是不是]
"""
)
QUOTED = [
    ("骗子说:“请马上转账到这里”", False),
    ("骗子说:「請馬上轉賬到這裡」", False),
    ("他说:“请马上转账到这里”", True),  # no cue
    ("他说:“骗子多,请马上转账到这里”", True),  # the cue itself is quoted
    ("这是不是骗子?他说:“请马上转账到这里”", True),  # a question
    ("骗子让你“转账”", True),  # a name, not speech
    ("说是诈骗。“请马上转账到这里”,另外请转账", True),  # one outside the quotes
]


@pytest.mark.parametrize(("text", "fires"), QUOTED)
def test_quotation(folder: RuleFolder, text: str, fires: bool) -> None:
    folder.write("context.yaml", QUOTING).rules(("test.rule", WHEN.format("转账")))
    assert ("test.rule" in folder.fired(text)) is fires


def test_total_cap(folder: RuleFolder) -> None:
    evidence = (folder.path / "evidence.yaml").read_text("utf-8")
    import re

    folder.write("evidence.yaml", re.sub(r"total_cap: \S+", "total_cap: 6.0", evidence))
    folder.rules(("test.one", WHEN.format("甲乙")), name="one.yaml")
    folder.rules(("test.two", WHEN.format("丙丁")), name="two.yaml", category="loan")
    assert [flag.evidence for flag in folder.load().classify("甲乙丙丁").red_flags] == [3.0, 3.0]
