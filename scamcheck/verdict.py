"""The verdict on one message: label, risk, and every piece of evidence with its place in the text as given."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from scamcheck.taxonomy import BENIGN, Taxonomy

Risk = Literal["none", "low", "medium", "high"]
Spans = tuple[tuple[int, int], ...]
SCHEMA = 1
HOTLINES = (("96110", "全国反诈专线"), ("110", "报警"), ("12110", "短信报警"))
RISK_NAMES = {
    "zh": {"none": "未见风险", "low": "低风险", "medium": "中风险", "high": "高风险"},
    "en": {"none": "no sign of fraud", "low": "low risk", "medium": "medium risk", "high": "high risk"},
}


@dataclass(frozen=True, slots=True)
class RedFlag:
    """One sign of the script, found in the text.

    `evidence` is in natural log-odds after caps; `spans` are half-open character ranges of the text as given, `quotes` those slices.
    """

    rule_id: str
    title: str
    title_en: str
    reason: str
    category: str
    phase: str | None
    evidence: float
    spans: Spans
    quotes: tuple[str, ...]

    @property
    def reason_en(self) -> str:
        """The reason in English, of the shipped rules (`rules/lang/en.yaml`, read on first use); the English title of a rule without one.

        For rules of your own see `scamcheck.rules.reasons.english_reasons`.
        """
        from scamcheck.rules.reasons import english_reasons

        return english_reasons().get(self.rule_id, self.title_en)

    def to_dict(self) -> dict[str, Any]:
        return {
            "rule_id": self.rule_id, "title": self.title, "title_en": self.title_en, "reason": self.reason, "category": self.category,
            "phase": self.phase, "evidence": self.evidence, "spans": [list(span) for span in self.spans], "quotes": list(self.quotes),
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class TermEvidence:
    """A model term that moved the score: its places and the log-odds it added."""

    term: str
    evidence: float
    spans: Spans

    def to_dict(self) -> dict[str, Any]:
        return {"term": self.term, "evidence": self.evidence, "spans": [list(span) for span in self.spans]}


@dataclass(frozen=True, slots=True)
class Contribution:
    """One summand of logit(score), in natural log-odds."""

    kind: Literal["prior", "rule", "term", "model", "limit"]
    id: str
    title: str
    title_en: str
    value: float

    def to_dict(self) -> dict[str, Any]:
        return {"kind": self.kind, "id": self.id, "title": self.title, "title_en": self.title_en, "value": self.value}


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do now, from the taxonomy. Empty lists for a benign verdict."""

    warning: str
    now: tuple[str, ...]
    if_paid: tuple[str, ...]
    verify: tuple[str, ...]
    never: tuple[str, ...]
    hotlines: tuple[tuple[str, str], ...]

    def to_dict(self) -> dict[str, Any]:
        return {
            "warning": self.warning, "now": list(self.now), "if_paid": list(self.if_paid), "verify": list(self.verify),
            "never": list(self.never), "hotlines": [{"number": number, "name": name} for number, name in self.hotlines],
        }  # fmt: skip


class Explanation(Protocol):
    """The explained part of a verdict, built when first asked for; each piece may be worked out when it is read."""

    @property
    def red_flags(self) -> tuple[RedFlag, ...]: ...
    @property
    def terms(self) -> tuple[TermEvidence, ...]: ...
    @property
    def evidence(self) -> tuple[Contribution, ...]: ...
    @property
    def ranking(self) -> tuple[tuple[str, float], ...]: ...


@dataclass(frozen=True, slots=True)
class Details:
    """An explanation with every piece given."""

    red_flags: tuple[RedFlag, ...]
    terms: tuple[TermEvidence, ...]
    evidence: tuple[Contribution, ...]
    ranking: tuple[tuple[str, float], ...]


class Verdict:
    """What scamcheck says of one message. Read-only; `red_flags`, `terms`, `evidence` are worked out on first use."""

    __slots__ = (
        "_build",
        "_details",
        "label",
        "logit",
        "model_version",
        "risk",
        "rules_version",
        "score",
        "taxonomy",
        "text",
    )

    text: str
    label: str
    risk: Risk
    score: float
    logit: float
    taxonomy: Taxonomy
    rules_version: str
    model_version: str | None
    _build: Callable[[], Explanation]
    _details: Explanation | None

    def __init__(
        self, *, text: str, label: str, risk: Risk, logit: float, taxonomy: Taxonomy, rules_version: str, model_version: str | None,
        build: Callable[[], Explanation],
    ) -> None:  # fmt: skip
        put = object.__setattr__
        put(self, "text", text)
        put(self, "label", label)
        put(self, "risk", risk)
        put(self, "logit", logit)
        put(self, "score", sigmoid(logit))
        put(self, "taxonomy", taxonomy)
        put(self, "rules_version", rules_version)
        put(self, "model_version", model_version)
        put(self, "_build", build)
        put(self, "_details", None)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a verdict cannot be changed; {name} is read-only")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"a verdict cannot be changed; {name} is read-only")

    @property
    def details(self) -> Explanation:
        found = self._details
        if found is None:
            found = self._build()
            object.__setattr__(self, "_details", found)
        return found

    @property
    def is_scam(self) -> bool:
        """True when the risk is medium or high."""
        return self.risk in ("medium", "high")

    @property
    def name(self) -> str:
        """Chinese name of the label."""
        return self.taxonomy.name(self.label)

    @property
    def red_flags(self) -> tuple[RedFlag, ...]:
        """Signs of the script found in the text, strongest first."""
        return self.details.red_flags

    @property
    def terms(self) -> tuple[TermEvidence, ...]:
        """Model terms that moved the score, strongest first; empty without a model."""
        return self.details.terms

    @property
    def evidence(self) -> tuple[Contribution, ...]:
        """Every contribution, prior included; the values sum to logit(score) within 1e-9."""
        return self.details.evidence

    @property
    def ranking(self) -> tuple[tuple[str, float], ...]:
        """(category code, share) over the scam labels, best first; the shares sum to 1."""
        return self.details.ranking

    @property
    def advice(self) -> Advice:
        """What to do now, whom to call, how to verify."""
        return advice_for(self.label, self.taxonomy)

    def to_dict(self) -> dict[str, Any]:
        """The versioned JSON form (`"schema": 1`), without the message itself beyond the quotes of its red flags."""
        return {
            "schema": SCHEMA,
            "label": self.label,
            "name": self.name,
            "is_scam": self.is_scam,
            "risk": self.risk,
            "score": self.score,
            "ranking": [
                {"label": code, "name": self.taxonomy.name(code), "share": share} for code, share in self.ranking
            ],
            "red_flags": [flag.to_dict() for flag in self.red_flags],
            "terms": [term.to_dict() for term in self.terms],
            "evidence": [item.to_dict() for item in self.evidence],
            "advice": self.advice.to_dict(),
            "versions": {"rules": self.rules_version, "model": self.model_version},
        }

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Verdict):
            return NotImplemented
        return self.text == other.text and self.to_dict() == other.to_dict()

    def __hash__(self) -> int:
        return hash((self.text, self.label, self.logit))

    def __repr__(self) -> str:
        return f"Verdict(label={self.label!r}, risk={self.risk!r}, score={self.score:.4f}, red_flags={[flag.rule_id for flag in self.red_flags]})"


def advice_for(label: str, taxonomy: Taxonomy, *, lang: str = "zh") -> Advice:
    """The taxonomy's advice for a label."""
    if label == BENIGN:
        return Advice("", (), (), (), (), ())
    category = taxonomy[label]
    if lang == "en":
        return Advice(category.warning_en, category.advice_en, (), (), (), HOTLINES)
    return Advice(
        category.warning, category.before_paying, category.after_paying, category.verify, category.never, HOTLINES
    )


def sigmoid(logit: float) -> float:
    """1 / (1 + exp(-logit)), without overflow."""
    if logit >= 0:
        return 1.0 / (1.0 + math.exp(-logit))
    power = math.exp(logit)
    return power / (1.0 + power)
