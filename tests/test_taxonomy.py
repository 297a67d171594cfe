"""The taxonomy: the 16 stable codes, their texts, and faults of the file named with their line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import scamcheck
from scamcheck.resources import rules_directory
from scamcheck.taxonomy import BENIGN, CODES, Category, Taxonomy
from tests.conftest import RuleFolder

# Written out once more: the codes are public and must not change by an edit of the package.
STABLE = {
    "military_procurement", "law_enforcement", "credit_closure", "ecommerce_service", "order_brushing", "investment", "loan", "shopping",
    "boss_acquaintance", "game_trade", "romance", "gambling", "account_trading", "phishing", "extortion", "other",
}  # fmt: skip


@pytest.fixture(scope="module")
def taxonomy(shipped: scamcheck.Classifier) -> Taxonomy:
    return shipped.taxonomy


def test_the_16_codes(taxonomy: Taxonomy) -> None:
    assert set(CODES) == STABLE and len(CODES) == 16
    assert set(taxonomy.codes) == STABLE and len(taxonomy.codes) == 16


def test_names(taxonomy: Taxonomy) -> None:
    assert taxonomy.name("military_procurement") == "冒充军警购物"
    assert taxonomy.name("military_procurement", lang="en") == "fake military or police procurement"
    assert (taxonomy.name(BENIGN), taxonomy.name(BENIGN, lang="en")) == ("正常", "no scam")
    assert len({taxonomy.name(code) for code in CODES} | {taxonomy.name(code, lang="en") for code in CODES}) == 32


def test_every_category_is_complete(taxonomy: Taxonomy) -> None:
    for code in CODES:
        category = taxonomy[code]
        assert category.code == code
        assert len(category.steps) >= 3 and all(text for _, text in category.steps)
        assert all((category.targets, category.never, category.verify, category.before_paying, category.after_paying))
        assert "110" in "".join(category.after_paying), f"{code}: who has paid must be told to call 110"
        assert category.warning_en.isascii() or "“" in category.warning_en or "’" in category.warning_en


@pytest.mark.parametrize("code", ["", "benign", "LOAN", "unknown"])
def test_unknown_code(taxonomy: Taxonomy, code: str) -> None:
    with pytest.raises(KeyError):
        taxonomy[code]


def test_round_trip(taxonomy: Taxonomy) -> None:
    assert Taxonomy.from_dict(taxonomy.to_dict()) == taxonomy
    for category in taxonomy.categories:
        assert Category.from_dict(category.to_dict()) == category
    first = taxonomy.to_dict()["categories"][0]
    assert first["steps"][0] == {"phase": "contact", "text": taxonomy.categories[0].steps[0][1]}


FAULTS = [
    # (fault, replace, by, line the problem is at, words of its message)
    ("unknown field", "    warning: 部队", "    slogan: x\n    warning: 部队", "    slogan: x", "slogan"),
    ("unknown phase", "{phase: contact, text: 打电话", "{phase: nowhere, text: 打电话", "{phase: nowhere", "nowhere"),
    ("missing field", "    name_en: fake military or police procurement\n", "", "  - code: military_procurement", "name_en"),
    ("unknown code", "  - code: loan\n", "  - code: lone\n", "", "missing: ['loan'], unknown or repeated: ['lone']"),
    ("repeated code", "  - code: loan\n", "  - code: romance\n", "", "missing: ['loan']"),
    ("number for text", "  name: 正常\n", "  name: [正常]\n", "  name: [正常]", "name"),
    ("no YAML", "benign:\n", "benign: [\n", None, ""),
]  # fmt: skip


@pytest.mark.parametrize(("fault", "old", "new", "at", "words"), FAULTS, ids=[case[0] for case in FAULTS])
def test_faults_are_reported_with_their_line(
    folder: RuleFolder, fault: str, old: str, new: str, at: str | None, words: str
) -> None:
    text = (rules_directory() / "taxonomy.yaml").read_text("utf-8")
    assert old in text
    text = text.replace(old, new, 1)
    folder.write("taxonomy.yaml", text).rules(("test.rule", "    when: 甲"))
    with pytest.raises(scamcheck.RuleError) as error:
        folder.load()
    found = [problem for problem in error.value.problems if Path(problem.file).name == "taxonomy.yaml"]
    assert any(words in problem.message for problem in found), str(error.value)
    if at:
        line = next(number for number, line in enumerate(text.splitlines(), 1) if at in line)
        assert line in {problem.line for problem in found}, str(error.value)


def test_all_faults_at_once(folder: RuleFolder, problems: Callable[[], list[str]]) -> None:
    text = (rules_directory() / "taxonomy.yaml").read_text("utf-8")
    folder.write("taxonomy.yaml", text.replace("    warning:", "    slogan: x\n    warning:", 3))
    folder.rules(("test.rule", "    when: 甲"))
    assert len({place for place in problems() if "taxonomy.yaml" in place}) == 3
