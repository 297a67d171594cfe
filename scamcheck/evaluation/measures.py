"""What a classifier does on labelled messages, as numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from scamcheck.classifier import Classifier
from scamcheck.model.statistics import precision_at, wilson
from scamcheck.records import ANY, Labelled
from scamcheck.taxonomy import BENIGN, CODES

PREVALENCES = (0.0005, 0.01)  # of fraud among all SMS; among messages somebody already doubts
THRESHOLDS = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
BINS = 10


@dataclass(frozen=True, slots=True)
class Proportion:
    """A share with its 95 % Wilson interval."""

    hits: int
    total: int
    share: float
    low: float
    high: float

    @classmethod
    def of(cls, hits: int, total: int) -> Proportion:
        low, high = wilson(hits, total)
        return cls(hits, total, hits / total if total else 0.0, low, high)


@dataclass(frozen=True, slots=True)
class CategoryScore:
    """Precision, recall and F1 of one label, over rows whose category is known."""

    code: str
    support: int
    precision: float
    recall: float
    f1: float


@dataclass(frozen=True, slots=True)
class Bin:
    """One bin of the reliability diagram: messages with scores in [low, high)."""

    low: float
    high: float
    count: int
    mean_score: float
    scam_share: float


@dataclass(frozen=True, slots=True)
class AtThreshold:
    threshold: float
    recall: float
    false_alarms_per_10k: float
    precision: tuple[float, ...]  # at each of PREVALENCES


@dataclass(frozen=True, slots=True)
class Measures:
    """Everything `evaluate` reports on one set."""

    name: str
    messages: int
    scams: int
    benign: int
    recall: Proportion | None
    false_alarms: Proportion | None
    recall_high: Proportion | None
    false_alarms_high: Proportion | None
    right_class: Proportion | None
    precision: dict[str, float]
    categories: tuple[CategoryScore, ...]
    macro_f1: float | None
    confusion: dict[str, dict[str, int]]
    bins: tuple[Bin, ...]
    ece: float
    thresholds: tuple[AtThreshold, ...]

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Judged:
    """One row with what the classifier said."""

    row: Labelled
    label: str
    risk: str
    score: float

    @property
    def flagged(self) -> bool:
        return self.risk in ("medium", "high")


def judge(classifier: Classifier, rows: Sequence[Labelled]) -> list[Judged]:
    verdicts = classifier.classify_many([row.text for row in rows])
    return [
        Judged(row, verdict.label, verdict.risk, verdict.score) for row, verdict in zip(rows, verdicts, strict=True)
    ]


def measure(name: str, judged: Sequence[Judged]) -> Measures:
    """All measures of one set. Recall and class are over scam rows, false alarms over benign rows."""
    scams = [item for item in judged if item.row.scam]
    benign = [item for item in judged if not item.row.scam]
    known = [item for item in scams if ANY not in item.row.labels]
    recall = Proportion.of(sum(item.flagged for item in scams), len(scams)) if scams else None
    alarms = Proportion.of(sum(item.flagged for item in benign), len(benign)) if benign else None
    categories = _categories([*known, *benign])
    return Measures(
        name=name, messages=len(judged), scams=len(scams), benign=len(benign), recall=recall, false_alarms=alarms,
        recall_high=Proportion.of(sum(item.risk == "high" for item in scams), len(scams)) if scams else None,
        false_alarms_high=Proportion.of(sum(item.risk == "high" for item in benign), len(benign)) if benign else None,
        right_class=Proportion.of(sum(item.label in item.row.labels for item in known), len(known)) if known else None,
        precision={f"{prevalence:g}": precision_at(recall.share, alarms.share, prevalence) for prevalence in PREVALENCES} if recall and alarms else {},
        categories=categories,
        macro_f1=sum(item.f1 for item in categories) / len(categories) if categories else None,
        confusion=_confusion(judged),
        bins=(bins := _bins(judged)),
        ece=sum(item.count * abs(item.mean_score - item.scam_share) for item in bins) / len(judged) if judged else 0.0,
        thresholds=tuple(_at(threshold, scams, benign) for threshold in THRESHOLDS),
    )  # fmt: skip


def _categories(judged: Sequence[Judged]) -> tuple[CategoryScore, ...]:
    """Where several labels count as right, a right answer is credited to the label given, a wrong one to the first label."""
    right: Counter[str] = Counter()
    wanted: Counter[str] = Counter()
    given: Counter[str] = Counter()
    for item in judged:
        truth = item.label if item.label in item.row.labels else item.row.labels[0]
        wanted[truth] += 1
        given[item.label] += 1
        right[truth] += item.label == truth
    scores = []
    for code in CODES:
        if not wanted[code]:
            continue
        precision = right[code] / given[code] if given[code] else 0.0
        recall = right[code] / wanted[code]
        f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
        scores.append(CategoryScore(code, wanted[code], precision, recall, f1))
    return tuple(scores)


def _confusion(judged: Sequence[Judged]) -> dict[str, dict[str, int]]:
    table: dict[str, Counter[str]] = {}
    for item in judged:
        truth = item.label if item.label in item.row.labels else "/".join(item.row.labels)
        table.setdefault(truth, Counter())[item.label] += 1
    order = [*CODES, BENIGN]
    rows = sorted(table, key=lambda truth: (order.index(truth) if truth in order else len(order), truth))
    return {truth: {code: table[truth][code] for code in order if table[truth][code]} for truth in rows}


def _bins(judged: Sequence[Judged]) -> tuple[Bin, ...]:
    """Equal-width bins of the score (Naeini, Cooper and Hauskrecht 2015)."""
    bins = []
    for index in range(BINS):
        inside = [item for item in judged if min(int(item.score * BINS), BINS - 1) == index]
        if inside:
            mean = sum(item.score for item in inside) / len(inside)
            bins.append(
                Bin(
                    index / BINS,
                    (index + 1) / BINS,
                    len(inside),
                    mean,
                    sum(item.row.scam for item in inside) / len(inside),
                )
            )
    return tuple(bins)


def _at(threshold: float, scams: Sequence[Judged], benign: Sequence[Judged]) -> AtThreshold:
    recall = sum(item.score >= threshold for item in scams) / len(scams) if scams else 0.0
    alarms = sum(item.score >= threshold for item in benign) / len(benign) if benign else 0.0
    return AtThreshold(
        threshold, recall, 1e4 * alarms, tuple(precision_at(recall, alarms, prevalence) for prevalence in PREVALENCES)
    )
