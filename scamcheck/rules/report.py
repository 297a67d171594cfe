"""What rules do on a set of labelled messages, and what a change of rules changes."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from scamcheck.classifier import Classifier
from scamcheck.records import Labelled
from scamcheck.verdict import Verdict


@dataclass(frozen=True, slots=True)
class RuleStatistics:
    """One rule on a labelled set, after SpamAssassin's hit-frequencies.

    Shares are of all scam and of all benign messages; `lift` is how many times likelier the rule fires on a scam (add-half
    smoothed); `overlap` is the share of its scam hits another rule of the same sign also has; `rank` orders by the evidence the
    set itself supports, ln lift.
    """

    rule_id: str
    category: str
    level: str
    scam_hits: int
    benign_hits: int
    scam_share: float
    benign_share: float
    precision: float
    lift: float
    overlap: float
    rank: int


def rule_statistics(classifier: Classifier, rows: Sequence[Labelled]) -> list[RuleStatistics]:
    """Statistics of every rule that fired or could, best rank first. Rules on trial and parts of composites are counted too."""
    scam_total = sum(row.scam for row in rows)
    benign_total = len(rows) - scam_total
    scam_hits: Counter[str] = Counter()
    benign_hits: Counter[str] = Counter()
    shared: Counter[str] = Counter()
    rules = {rule.id: rule for rule in classifier.engine.rules}
    for row in rows:
        fired = classifier.fire(row.text)[2]
        (scam_hits if row.scam else benign_hits).update(fired.keys())
        if row.scam:
            for sign in (True, False):
                same = [name for name in fired if (rules[name].evidence > 0) == sign]
                if len(same) > 1:
                    shared.update(same)
    found = []
    for name, rule in rules.items():
        hits, misses = scam_hits[name], benign_hits[name]
        lift = ((hits + 0.5) / (scam_total + 1)) / ((misses + 0.5) / (benign_total + 1))
        found.append((lift, hits, misses, rule))
    found.sort(key=lambda item: (-math.log(item[0]), -item[1], item[3].id))
    return [
        RuleStatistics(
            rule_id=rule.id, category=rule.category, level=rule.level, scam_hits=hits, benign_hits=misses,
            scam_share=hits / scam_total if scam_total else 0.0, benign_share=misses / benign_total if benign_total else 0.0,
            precision=hits / (hits + misses) if hits + misses else 0.0, lift=lift, overlap=shared[rule.id] / hits if hits else 0.0, rank=rank,
        )
        for rank, (lift, hits, misses, rule) in enumerate(found, 1)
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Change:
    """A message whose alert a change of rules raised or cleared, and the rules that came or went on it."""

    row: Labelled
    flagged: bool  # newly flagged; else cleared
    before: Verdict
    after: Verdict
    added: tuple[str, ...]
    removed: tuple[str, ...]


def rule_changes(old: Classifier, new: Classifier, rows: Sequence[Labelled]) -> list[Change]:
    """Messages newly flagged and newly cleared, in order."""
    changes = []
    for row, before, after in zip(
        rows, *(c.classify_many([row.text for row in rows]) for c in (old, new)), strict=True
    ):
        if before.is_scam == after.is_scam:
            continue
        was, now = (
            {item.id: item.value for item in verdict.evidence if item.kind == "rule"} for verdict in (before, after)
        )
        changes.append(
            Change(
                row,
                after.is_scam,
                before,
                after,
                tuple(name for name in now if now[name] != was.get(name)),
                tuple(name for name in was if name not in now),
            )
        )
    return changes
