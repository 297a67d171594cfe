"""What the loader refuses: every problem, at its line, with the mend."""

from __future__ import annotations

from pathlib import Path

import pytest

import scamcheck
from scamcheck.errors import RuleError
from tests.conftest import RuleFolder

GOOD = """category: law_enforcement
rules:
  - id: test.rule
    title: 测试
    title_en: test
    phase: payment
    evidence: strong
    reason: 测试
    when: {any: [甲乙, 丙丁]}
    examples: {hit: [甲乙], miss: [戊己]}
"""
BAD = [
    # (replace, by, code, line, words of the message)
    ("evidence: strong", "evidence: storng", "literal-error", 7, "did you mean strong?"),
    ("reason: 测试", "raeson: 测试", "extra-forbidden", 8, "did you mean reason?"),
    ("    reason: 测试\n", "", "missing", 3, "`reason` is missing"),
    ("    phase: payment\n", "", "value-error", 3, "needs its phase"),
    ("id: test.rule", "id: Test Rule", "string-pattern-mismatch", 3, "must look like"),
    ("when: {any: [甲乙, 丙丁]}", "when: {any: []}", "too-short", 9, "is empty"),
    ("when: {any: [甲乙, 丙丁]}", "when: {anny: [甲乙]}", "condition", 9, "a condition is a phrase"),
    ("when: {any: [甲乙, 丙丁]}", "when: {any: [甲乙], all: [丙丁]}", "condition", 9, "just one of"),
    ("when: {any: [甲乙, 丙丁]}", "when: {at_least: {n: 3, of: [甲乙, 丙丁]}}", "value-error", 9, "can never be"),
    ("when: {any: [甲乙, 丙丁]}", "when: {near: {within: 3, terms: [甲乙]}}", "too-short", 9, "at least 2"),
    ("when: {any: [甲乙, 丙丁]}", "when: {none: [甲乙]}", "no-evidence", 9, "nothing found"),
    ("when: {any: [甲乙, 丙丁]}", "when: {all: [甲乙, {none: [甲乙]}]}", "impossible", 9, "can never hold"),
    ("when: {any: [甲乙, 丙丁]}", "when: 甲乙\n    unless: [甲乙]", "impossible", 10, "can never fire"),
    ("when: {any: [甲乙, 丙丁]}", "when: $anmount", "unknown-lexicon", 9, "did you mean amount?"),
    ("when: {any: [甲乙, 丙丁]}", "when: $甲", "unknown-lexicon", 9, "not a lexicon name"),
    ("when: {any: [甲乙, 丙丁]}", "when: {rule: test.rul}", "unknown-rule", 9, "did you mean test.rule?"),
    ("when: {any: [甲乙, 丙丁]}", "when: {rule: test.rule}", "rule-cycle", 3, "break the circle"),
    ("when: {any: [甲乙, 丙丁]}", "when: {regex: '(?=甲)乙'}", "value-error", 9, "RE2"),
    ("when: {any: [甲乙, 丙丁]}", "when: {regex: '甲*'}", "value-error", 9, "empty text"),
    (
        "when: {any: [甲乙, 丙丁]}",
        "when: {regex: '[0-9]甲', needs: [$amount]}",
        "unknown-lexicon",
        9,
        "write the phrases out",
    ),
    ("category: law_enforcement", "category: law_enforcment", "unknown-category", 1, "did you mean law_enforcement?"),
    ("category: law_enforcement", "category: counter", "wrong-level", 7, "counter_weak"),
    ("category: law_enforcement", "category: shared", "no-support", 3, "supports"),
    ("evidence: strong", "evidence: counter_strong", "wrong-level", 7, "category `counter`"),
    ("    reason: 测试", "    reason: 测试\n    reason: 又一", "duplicate-key", 9, "stands twice"),
    ("    reason: 测试", "    reason: &a 测试", "anchor", 8, "anchors"),
    ("    reason: 测试", "    reason: !!python/object:os.system 测试", "tag", 8, "not used in rule files"),
    ("甲乙, 丙丁", "甲\u200b乙, 丙丁", "invisible-character", 9, "U+200B"),
    ("甲乙, 丙丁", "甲乙, 丙丁", None, 0, ""),
    ("    title: 测试\n", "    title: 测试\n   oops: x\n", "yaml-syntax", 5, "indentation"),
    ("category: law_enforcement", "kategory: x", "extra-forbidden", 1, "did you mean category?"),
    ("    examples: {hit: [甲乙], miss: [戊己]}", "    examples: {hit: [甲乙], miss: []}", "too-short", 10, "is empty"),
    (
        "    phase: payment",
        "    phase: payment\n    supports: {law_enforcment: 0.5}",
        "unknown-category",
        7,
        "did you mean law_enforcement?",
    ),
]


@pytest.mark.parametrize(
    ("old", "new", "code", "line", "words"), BAD, ids=[f"{case[2]}-{index}" for index, case in enumerate(BAD)]
)
def test_refused(folder: RuleFolder, old: str, new: str, code: str | None, line: int, words: str) -> None:
    assert old in GOOD
    folder.write("bad.yaml", GOOD.replace(old, new, 1))
    if code is None:
        folder.load()
        return
    with pytest.raises(RuleError) as caught:
        folder.load()
    found = [problem for problem in caught.value.problems if problem.code == code]
    assert found, [str(problem) for problem in caught.value.problems]
    assert Path(found[0].file).name == "bad.yaml"
    assert found[0].line == line, str(found[0])
    assert words in found[0].message
    assert f"bad.yaml:{line}:" in str(caught.value)


def test_all_problems_of_all_files_at_once(folder: RuleFolder, problems) -> None:  # type: ignore[no-untyped-def]
    folder.write("one.yaml", GOOD.replace("strong", "storng").replace("phase: payment", "phase: paying"))
    folder.write("two.yaml", "category: [\n")
    assert problems() == ["literal-error@one.yaml:6", "literal-error@one.yaml:7", "yaml-syntax@two.yaml:2"]


def test_duplicate_rule_in_one_layer(folder: RuleFolder, problems) -> None:  # type: ignore[no-untyped-def]
    folder.write("one.yaml", GOOD).write("two.yaml", GOOD)
    assert problems() == ["duplicate-rule@two.yaml:3"]


LEXICONS = [
    ("lexicons:\n  amount: [甲]\n", "reserved-name", 2),
    ("lexicons:\n  a: [甲, $b]\n  b: [$a]\n", "lexicon-cycle", 2),
    ("lexicons:\n  a: [甲, $missing]\n", "unknown-lexicon", 2),
    ("lexicons:\n  a: []\n", "too-short", 2),
    ("lexicons:\n  a: [甲]\n  a: [乙]\n", "duplicate-key", 3),
    ("exclude:\n  - {rule: no.such, reason: x}\n", "unknown-rule", 2),
]


@pytest.mark.parametrize(("text", "code", "line"), LEXICONS)
def test_lexicons_and_exclusions(folder: RuleFolder, problems, text: str, code: str, line: int) -> None:  # type: ignore[no-untyped-def]
    folder.write("good.yaml", GOOD).write("words.yaml", text)
    assert f"{code}@words.yaml:{line}" in problems()


def test_deep_nesting_and_size_are_refused_quickly(folder: RuleFolder, problems) -> None:  # type: ignore[no-untyped-def]
    folder.write("deep.yaml", "a: " + "[" * 100_000)
    folder.write("large.yaml", "# " + "x" * 4_000_001)
    assert problems() == ["too-deep@deep.yaml:1", "too-large@large.yaml:1"]


def test_not_utf8(folder: RuleFolder, problems) -> None:  # type: ignore[no-untyped-def]
    (folder.path / "gbk.yaml").write_bytes("category: x\n# 规则\n".encode("gb18030"))
    assert problems() == ["not-utf8@gbk.yaml:2"]


def test_words_like_no_and_dates_stay_text(folder: RuleFolder) -> None:
    folder.rules(("test.rule", "    when: {any: [no, 2024-11-20, 110]}".replace("110", "'110'")))
    assert folder.fired("say no") == {"test.rule"}
    assert folder.fired("2024-11-20") == {"test.rule"}


def test_missing_folder_and_empty_folder(tmp_path: Path) -> None:
    with pytest.raises(scamcheck.InputError, match="no rule directory"):
        scamcheck.Classifier.load(rules=tmp_path / "none", model=False)
    (tmp_path / "empty").mkdir()
    with pytest.raises(scamcheck.InputError, match=r"holds no \.yaml"):
        scamcheck.Classifier.load(rules=tmp_path / "empty", model=False)


def test_edited_rules_work_at_once_and_unchanged_ones_parse_no_yaml(
    folder: RuleFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.write("good.yaml", GOOD)
    assert folder.fired("甲乙") == {"test.rule"}
    import scamcheck.rules.load as load

    with monkeypatch.context() as patched:
        patched.setattr(load, "build_rule_set", lambda layers: pytest.fail("parsed again"))
        assert folder.fired("甲乙") == {"test.rule"}
    folder.write("good.yaml", GOOD.replace("甲乙, 丙丁", "庚辛, 丙丁"))
    assert folder.fired("甲乙") == set()


def test_a_damaged_cache_is_not_used(folder: RuleFolder) -> None:
    from scamcheck.resources import cache_directory

    folder.write("good.yaml", GOOD.replace("测试", "试试"))
    folder.load()
    for path in cache_directory().glob("rules-*.json"):
        path.write_text("{", "utf-8")
    assert folder.fired("甲乙") == {"test.rule"}
