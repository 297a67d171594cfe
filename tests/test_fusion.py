"""Evidence adds up by hand: caps, limits, thresholds, ranking."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest

from scamcheck.fusion import LOGIT_LIMIT, Fusion, add_up, counted, label_of, rank
from scamcheck.rules.evaluate import Fired, Rule

RULES_ALONE = Fusion(
    prior=-4.0, rule_weight=1.0, model_weight=0.0, model_cap=0.0, model_floor=0.0, low=-2.0, medium=0.0, high=2.0,
    caps={"shared": 3.0, "counter": 5.0}, default_cap=7.0, total_cap=9.0,
)  # fmt: skip
WITH_MODEL = replace(RULES_ALONE, rule_weight=0.5, model_weight=2.0, model_cap=3.0, model_floor=1.0)


def fired(name: str, evidence: float, *, weight: float = 1.0, **fields: Any) -> Fired:
    values: dict[str, Any] = {
        "index": 0, "id": name, "category": "loan", "title": name, "title_en": name, "phase": None, "evidence": evidence,
        "level": "strong", "status": "stable", "group": "loan", "reason": "", "supports": {}, "negated": "skip",
        "absorbs": (),
    }  # fmt: skip
    return Fired(Rule(**(values | fields)), ((0, 1),), weight)


def count(*items: Fired, fusion: Fusion = RULES_ALONE) -> dict[str, float]:
    return {item.rule.id: value for item, value in counted(fusion, {item.rule.id: item for item in items})}


COUNTED = [
    # (why, fired rules, log-odds that count)
    ("nothing fired", [], {}),
    ("below every cap", [fired("a", 2.0), fired("b", 1.5)], {"a": 2.0, "b": 1.5}),
    ("homophone spelling weighs less", [fired("a", 2.0, weight=0.5)], {"a": 1.0}),
    ("named cap, shared out in proportion", [fired("a", 4.0, group="shared"), fired("b", 2.0, group="shared")], {"a": 2.0, "b": 1.0}),
    ("default cap", [fired("a", 10.0), fired("b", 4.0)], {"a": 5.0, "b": 2.0}),
    ("cap exactly reached", [fired("a", 3.0, group="shared")], {"a": 3.0}),
    ("signs of a group capped apart", [fired("a", 4.0, group="shared"), fired("b", -6.0, group="shared")], {"a": 3.0, "b": -3.0}),
    ("negative evidence has its cap", [fired("a", -8.0, group="counter")], {"a": -5.0}),
    ("whole capped over groups", [fired("a", 6.0), fired("b", 6.0, group="x")], {"a": 4.5, "b": 4.5}),
    ("group cap before the cap on the whole", [fired("a", 70.0), fired("b", 11.0, group="x")], {"a": 4.5, "b": 4.5}),
    ("the whole cap spares negative evidence", [fired("a", 6.0), fired("b", 6.0, group="x"), fired("c", -5.0, group="counter")],
     {"a": 4.5, "b": 4.5, "c": -5.0}),
    ("composite replaces its parts", [fired("a", 2.0), fired("b", 3.0), fired("ab", 4.0, absorbs=("a", "b"))], {"ab": 4.0}),
    ("a composite on trial absorbs nothing", [fired("a", 2.0), fired("ab", 4.0, absorbs=("a",), status="test")], {"a": 2.0}),
    ("rules on trial do not count", [fired("a", 2.0, status="test")], {}),
    ("parts that did not fire are no matter", [fired("ab", 4.0, absorbs=("a",))], {"ab": 4.0}),
]  # fmt: skip


@pytest.mark.parametrize(("why", "items", "expected"), COUNTED, ids=[case[0] for case in COUNTED])
def test_what_counts(why: str, items: list[Fired], expected: dict[str, float]) -> None:
    assert count(*items) == pytest.approx(expected)


def total(fusion: Fusion, values: list[float], model: float = 0.0) -> tuple[float, float, float, float, float]:
    found = add_up(fusion, [(fired(f"r{number}", value), value) for number, value in enumerate(values)], model)
    assert found.logit == pytest.approx(fusion.prior + found.rules + found.model + found.limit, abs=1e-12)
    return found.logit, found.rules, found.model, found.model_raw, found.limit


def test_prior_alone() -> None:
    assert total(RULES_ALONE, []) == (-4.0, 0.0, 0.0, 0.0, 0.0)


def test_rules_alone_ignore_a_model() -> None:
    assert total(RULES_ALONE, [3.0, -1.0], model=50.0) == (-2.0, 2.0, 0.0, 0.0, 0.0)


def test_weights_and_model_caps() -> None:
    assert total(WITH_MODEL, [4.0], model=1.0) == (0.0, 2.0, 2.0, 2.0, 0.0)
    assert total(WITH_MODEL, [4.0], model=10.0) == (1.0, 2.0, 3.0, 20.0, 0.0)  # no more than the cap
    assert total(WITH_MODEL, [4.0], model=-10.0) == (-3.0, 2.0, -1.0, -20.0, 0.0)  # takes no more than the floor


def test_model_alone_stays_just_below_high() -> None:
    loud = replace(WITH_MODEL, model_cap=20.0)
    for values in ([], [-1.0]):
        logit, *_, limit = total(loud, values, model=10.0)
        assert logit == pytest.approx(2.0, abs=1e-5) and logit < 2.0 and limit < 0
        assert loud.risk(logit) == "medium"
    logit, *_ = total(loud, [0.2], model=10.0)  # one readable reason lifts the limit
    assert loud.risk(logit) == "high" and logit > LOGIT_LIMIT - 1


def test_total_is_held_within_the_limit_on_both_sides() -> None:
    assert total(RULES_ALONE, [40.0])[::4] == (11.0, -25.0)
    assert total(RULES_ALONE, [-40.0])[::4] == (-11.0, 33.0)


@pytest.mark.parametrize(
    ("logit", "risk"),
    [(-11.0, "none"), (-2.01, "none"), (-2.0, "low"), (-0.01, "low"), (0.0, "medium"), (1.99, "medium"), (2.0, "high"), (11.0, "high")],
)  # fmt: skip
def test_thresholds_belong_to_the_upper_risk(logit: float, risk: str) -> None:
    assert RULES_ALONE.risk(logit) == risk


def test_thresholds_are_read_as_probabilities() -> None:
    caps: dict[str, Any] = {"caps": {}, "default_cap": 7.0, "total_cap": 9.0, "prior": -3.0}
    alone = Fusion.of_rules({**caps, "thresholds": {"low": 0.2, "medium": 0.5, "high": 0.8}})
    assert (alone.low, alone.medium, alone.high) == pytest.approx((-math.log(4), 0.0, math.log(4)))
    assert (alone.prior, alone.rule_weight, alone.model_weight) == (-3.0, 1.0, 0.0)
    fitted = {
        "prior": -5.0,
        "rule_weight": 0.7,
        "model_weight": 0.4,
        "model_cap": 2.0,
        "model_floor": 1.0,
        "low": 0.1,
        "medium": 0.25,
        "high": 0.9,
    }
    fused = Fusion.of_model(caps, fitted)
    assert (fused.low, fused.medium, fused.high) == pytest.approx((-math.log(9), -math.log(3), math.log(9)))
    assert (fused.prior, fused.rule_weight, fused.model_cap, fused.total_cap) == (-5.0, 0.7, 2.0, 9.0)


CODES = ("loan", "investment", "other")


def test_ranking_without_evidence_is_even() -> None:
    assert [share for _, share in rank(CODES, [], None)] == pytest.approx([1 / 3] * 3)


def test_ranking_is_a_softmax_over_own_and_supported_evidence() -> None:
    flags = [
        (fired("a", 0.0, category="investment", supports={"other": 0.5, "elsewhere": 1.0}), math.log(4)),
        (fired("b", 0.0, category="loan"), -9.0),  # innocence speaks for no script
        (fired("c", 0.0, category="shared"), 3.0),  # nor does a rule of all scripts
    ]
    ranking = rank(CODES, flags, None)  # weights: investment 4, other 2, loan 1
    assert [code for code, _ in ranking] == ["investment", "other", "loan"]
    assert [share for _, share in ranking] == pytest.approx([4 / 7, 2 / 7, 1 / 7])


def test_ranking_adds_the_models_class_scores() -> None:
    flags = [(fired("a", 0.0, category="loan"), math.log(2))]
    ranking = dict(rank(CODES, flags, [0.0, math.log(5), math.log(1)]))
    assert ranking == pytest.approx({"investment": 5 / 8, "loan": 2 / 8, "other": 1 / 8})


def test_label_only_from_medium_up() -> None:
    ranking = [("loan", 0.9), ("other", 0.1)]
    assert [label_of(risk, ranking) for risk in ("none", "low", "medium", "high")] == [
        "benign",
        "benign",
        "loan",
        "loan",
    ]
