"""Evidence adds up: prior, rule flags (composites in place of their parts, groups capped) and model terms, all in log-odds.

Additive weight of evidence is I. J. Good's (“Weight of evidence”, Bayesian Statistics 2, 1985): the log-odds of a claim is its
prior log-odds plus the sum of what each finding adds.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scamcheck.rules.evaluate import Fired
from scamcheck.taxonomy import BENIGN
from scamcheck.verdict import Risk

LOGIT_LIMIT = 11.0  # beyond it, logit(sigmoid(x)) would lose the 1e-9 that the sum of evidence must keep
_MODEL_ALONE_MARGIN = 1e-6


@dataclass(frozen=True, slots=True)
class Fusion:
    """Weights and thresholds. Without a model: the rules' own prior, weight 1."""

    prior: float
    rule_weight: float
    model_weight: float
    model_cap: float  # the most the model may add, log-odds
    model_floor: float  # the most it may take away
    low: float  # thresholds on the logit
    medium: float
    high: float
    caps: Mapping[str, float]
    default_cap: float
    total_cap: float

    @classmethod
    def of_rules(cls, compiled: Mapping[str, Any]) -> Fusion:
        """Rules judging alone."""
        at = {name: _logit(value) for name, value in compiled["thresholds"].items()}
        return cls(
            prior=compiled["prior"], rule_weight=1.0, model_weight=0.0, model_cap=0.0, model_floor=0.0, low=at["low"], medium=at["medium"], high=at["high"],
            caps=compiled["caps"], default_cap=compiled["default_cap"], total_cap=compiled["total_cap"],
        )  # fmt: skip

    @classmethod
    def of_model(cls, compiled: Mapping[str, Any], fitted: Mapping[str, float]) -> Fusion:
        """Rules and model together, with the weights and thresholds of the model's manifest."""
        return cls(
            prior=fitted["prior"], rule_weight=fitted["rule_weight"], model_weight=fitted["model_weight"], model_cap=fitted["model_cap"], model_floor=fitted["model_floor"],
            low=_logit(fitted["low"]), medium=_logit(fitted["medium"]), high=_logit(fitted["high"]),
            caps=compiled["caps"], default_cap=compiled["default_cap"], total_cap=compiled["total_cap"],
        )  # fmt: skip

    def risk(self, logit: float) -> Risk:
        if logit >= self.high:
            return "high"
        if logit >= self.medium:
            return "medium"
        return "low" if logit >= self.low else "none"


def counted(fusion: Fusion, fired: Mapping[str, Fired]) -> list[tuple[Fired, float]]:
    """The fired rules that count, with their log-odds: parts of composites left out, groups and the whole held to their caps.

    Rules on trial (`status: test`) fire but do not count. Positive and negative sums of a group are capped apart; the cap on the
    whole holds for the positive ones. What exceeds a cap is taken from all it holds in proportion.
    """
    if not fired:
        return []
    absorbed = {
        part
        for item in fired.values()
        if item.rule.absorbs and item.rule.status != "test"
        for part in item.rule.absorbs
    }
    kept = [item for item in fired.values() if item.rule.status != "test" and item.rule.id not in absorbed]
    sums: dict[tuple[str, bool], float] = {}
    for item in kept:
        key = (item.rule.group, item.rule.evidence > 0)
        sums[key] = sums.get(key, 0.0) + item.rule.evidence * item.weight
    scale = {key: min(1.0, fusion.caps.get(key[0], fusion.default_cap) / abs(total)) for key, total in sums.items()}
    positive = math.fsum(total * scale[key] for key, total in sums.items() if key[1])
    whole = min(1.0, fusion.total_cap / positive) if positive > 0 else 1.0
    result = []
    for item in kept:
        key = (item.rule.group, item.rule.evidence > 0)
        result.append((item, item.rule.evidence * item.weight * scale[key] * (whole if key[1] else 1.0)))
    return result


@dataclass(frozen=True, slots=True)
class Total:
    """The sum and what was held back: logit = prior + rules + model + limit."""

    logit: float
    rules: float
    model: float
    model_raw: float
    limit: float


def add_up(fusion: Fusion, flags: Sequence[tuple[Fired, float]], model_logit: float) -> Total:
    """Total log-odds of one message. `model_logit` is the model's own, before weight and cap."""
    rules = math.fsum(value for _, value in flags) * fusion.rule_weight
    raw = model_logit * fusion.model_weight
    model = max(-fusion.model_floor, min(fusion.model_cap, raw))
    total = fusion.prior + rules + model
    limit = 0.0
    if total >= fusion.high and not any(value > 0 for _, value in flags):
        limit = fusion.high - _MODEL_ALONE_MARGIN - total  # no readable reason: never above medium
    bounded = max(-LOGIT_LIMIT, min(LOGIT_LIMIT, total + limit))
    limit = bounded - total
    return Total(bounded, rules, model, raw, limit)


def rank(
    codes: Sequence[str], flags: Iterable[tuple[Fired, float]], class_scores: Sequence[float] | None
) -> list[tuple[str, float]]:
    """(category, share) best first: softmax over the evidence for each script, model class scores (log) added."""
    sums = dict.fromkeys(codes, 0.0)
    for item, value in flags:
        if value <= 0:
            continue
        if item.rule.category in sums:
            sums[item.rule.category] += value
        for code, share in item.rule.supports.items():
            if code in sums:
                sums[code] += value * share
    if class_scores is not None:
        for code, score in zip(codes, class_scores, strict=True):
            sums[code] += score
    top = max(sums.values())
    weights = {code: math.exp(value - top) for code, value in sums.items()}
    total = math.fsum(weights.values())
    return sorted(((code, weight / total) for code, weight in weights.items()), key=lambda pair: -pair[1])


def label_of(risk: Risk, ranking: Sequence[tuple[str, float]]) -> str:
    return ranking[0][0] if risk in ("medium", "high") else BENIGN


def _logit(probability: float) -> float:
    return math.log(probability / (1.0 - probability))
