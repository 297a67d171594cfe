"""The verdict as a value: JSON form, equality, read-only, advice in both languages."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

import scamcheck
from scamcheck.taxonomy import Taxonomy
from scamcheck.verdict import Contribution, Details, RedFlag, TermEvidence, Verdict, advice_for, sigmoid

FLAG = RedFlag(
    "loan.fee", "先交费", "fee first", "正规贷款不先收费", "loan", "payment", 4.0, ((0, 2), (4, 6)), ("先交", "手续")
)
TERM = TermEvidence("放款", 1.0, ((7, 9),))


@pytest.fixture(scope="module")
def taxonomy(shipped: scamcheck.Classifier) -> Taxonomy:
    return shipped.taxonomy


def verdict(taxonomy: Taxonomy, **changes: Any) -> Verdict:
    built: list[int] = changes.pop("built", [])

    def build() -> Details:
        built.append(1)
        evidence = (
            Contribution("prior", "prior", "基础概率", "prior", -4.0),
            Contribution("rule", "loan.fee", "先交费", "fee first", 4.0),
        )
        return Details((FLAG,), (TERM,), evidence, (("loan", 0.75), ("other", 0.25)))

    values: dict[str, Any] = {
        "text": "先交两百手续费再放款", "label": "loan", "risk": "high", "logit": math.log(3), "taxonomy": taxonomy,
        "rules_version": "abc", "model_version": None, "build": build,
    }  # fmt: skip
    return Verdict(**(values | changes))


def test_json_form_is_complete_and_plain(taxonomy: Taxonomy) -> None:
    found = verdict(taxonomy, model_version="m1").to_dict()
    assert json.loads(json.dumps(found)) == found  # lists, no tuples
    assert list(found) == [
        "schema", "label", "name", "is_scam", "risk", "score", "ranking", "red_flags", "terms", "evidence", "advice", "versions",
    ]  # fmt: skip
    assert (found["schema"], found["label"], found["risk"], found["is_scam"]) == (1, "loan", "high", True)
    assert found["score"] == pytest.approx(0.75)
    assert found["name"] == taxonomy.name("loan")
    assert found["ranking"][1] == {"label": "other", "name": taxonomy.name("other"), "share": 0.25}
    assert found["red_flags"] == [
        {"rule_id": "loan.fee", "title": "先交费", "title_en": "fee first", "reason": "正规贷款不先收费", "category": "loan", "phase": "payment",
         "evidence": 4.0, "spans": [[0, 2], [4, 6]], "quotes": ["先交", "手续"]}
    ]  # fmt: skip
    assert found["terms"] == [{"term": "放款", "evidence": 1.0, "spans": [[7, 9]]}]
    assert found["evidence"][0] == {
        "kind": "prior",
        "id": "prior",
        "title": "基础概率",
        "title_en": "prior",
        "value": -4.0,
    }
    assert found["advice"]["hotlines"][0] == {"number": "96110", "name": "全国反诈专线"}
    assert found["advice"]["now"] == list(taxonomy["loan"].before_paying)
    assert found["versions"] == {"rules": "abc", "model": "m1"}


def test_json_form_does_not_carry_the_message(taxonomy: Taxonomy) -> None:
    assert "先交两百手续费再放款" not in json.dumps(verdict(taxonomy).to_dict(), ensure_ascii=False)


@pytest.mark.parametrize(("risk", "scam"), [("none", False), ("low", False), ("medium", True), ("high", True)])
def test_is_scam_from_medium_up(taxonomy: Taxonomy, risk: str, scam: bool) -> None:
    assert verdict(taxonomy, risk=risk).is_scam is scam


def test_details_are_built_once_and_only_when_asked_for(taxonomy: Taxonomy) -> None:
    built: list[int] = []
    found = verdict(taxonomy, built=built)
    assert found.score and found.name and found.advice and not built
    assert (
        found.red_flags == (FLAG,)
        and found.terms == (TERM,)
        and len(found.evidence) == 2
        and found.ranking[0][0] == "loan"
    )
    assert built == [1]


def test_read_only(taxonomy: Taxonomy) -> None:
    found = verdict(taxonomy)
    for name in ("label", "score", "text", "invented"):
        with pytest.raises(AttributeError, match=f"{name} is read-only"):
            setattr(found, name, "x")
    with pytest.raises(AttributeError, match="risk is read-only"):
        del found.risk
    assert found.label == "loan" and found.risk == "high"


@pytest.mark.parametrize(
    "changes",
    [
        {"text": "别的"},
        {"label": "other"},
        {"risk": "medium"},
        {"logit": 0.0},
        {"rules_version": "abd"},
        {"model_version": "m1"},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_equal_only_when_everything_is(taxonomy: Taxonomy, changes: dict[str, Any]) -> None:
    assert verdict(taxonomy) == verdict(taxonomy)
    assert hash(verdict(taxonomy)) == hash(verdict(taxonomy))
    assert verdict(taxonomy, **changes) != verdict(taxonomy)


def test_a_verdict_is_not_equal_to_other_things(taxonomy: Taxonomy) -> None:
    found = verdict(taxonomy)
    assert found != found.to_dict() and found != "loan"
    assert len({found, verdict(taxonomy)}) == 1


def test_repr_says_label_risk_score_and_rules_but_not_the_message(taxonomy: Taxonomy) -> None:
    shown = repr(verdict(taxonomy))
    assert shown == "Verdict(label='loan', risk='high', score=0.7500, red_flags=['loan.fee'])"


def test_advice_in_chinese_and_english(taxonomy: Taxonomy) -> None:
    for code in taxonomy.codes:
        zh, en = advice_for(code, taxonomy), advice_for(code, taxonomy, lang="en")
        category = taxonomy[code]
        assert (zh.warning, zh.now, zh.if_paid) == (category.warning, category.before_paying, category.after_paying)
        assert (zh.verify, zh.never) == (category.verify, category.never)
        assert (en.warning, en.now) == (category.warning_en, category.advice_en)
        assert zh.now and zh.if_paid and zh.verify and zh.never and en.now
        assert [number for number, _ in en.hotlines] == ["96110", "110", "12110"]


def test_no_advice_for_a_benign_message(taxonomy: Taxonomy) -> None:
    for lang in ("zh", "en"):
        advice = advice_for("benign", taxonomy, lang=lang)
        assert advice.to_dict() == {"warning": "", "now": [], "if_paid": [], "verify": [], "never": [], "hotlines": []}


@pytest.mark.parametrize(
    ("logit", "score"), [(0.0, 0.5), (math.log(3), 0.75), (-math.log(3), 0.25), (-1000.0, 0.0), (1000.0, 1.0)]
)
def test_sigmoid(logit: float, score: float) -> None:
    assert sigmoid(logit) == pytest.approx(score)
