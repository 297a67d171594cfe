"""Which rules cost most time on a set of messages."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scamcheck.matcher import Matcher, places_of
from scamcheck.normalize import normalize
from scamcheck.rules.evaluate import RuleEngine
from scamcheck.rules.match import Found, Match


@dataclass(frozen=True, slots=True)
class RuleCost:
    """What one rule cost. `seconds` is time over all messages, what the rule shares with later ones counted to the first."""

    rule_id: str
    asked: int  # messages in which its condition was looked at
    held: int  # … and in which it fired
    seconds: float


class _TimedEngine(RuleEngine):
    """A rule engine that keeps count. For one thread."""

    def __init__(self, compiled: Mapping[str, Any]) -> None:
        super().__init__(compiled)
        self.seconds = [0.0] * len(self.rules)
        self.asked = [0] * len(self.rules)
        self.held = [0] * len(self.rules)

    def _fires(self, index: int, match: Match) -> Found:
        start = time.perf_counter()
        spans = super()._fires(index, match)
        self.seconds[index] += time.perf_counter() - start
        self.asked[index] += 1
        self.held[index] += spans is not None
        return spans


def rule_costs(compiled: Mapping[str, Any], texts: Sequence[str]) -> list[RuleCost]:
    """Every rule that was looked at, the dearest first. The texts are gone through twice: the first time makes patterns ready."""
    engine = _TimedEngine(compiled)
    matcher = Matcher(engine.phrases, engine.homophones)

    def run() -> None:
        for text in texts:
            canonical = normalize(text)
            places = places_of(matcher.find(canonical.text))
            engine.fire(engine.match(canonical, places, matcher.find_homophones(canonical.text)))

    run()
    count = len(engine.rules)
    engine.seconds, engine.asked, engine.held = [0.0] * count, [0] * count, [0] * count
    run()
    costs = [
        RuleCost(rule.id, engine.asked[rule.index], engine.held[rule.index], engine.seconds[rule.index])
        for rule in engine.rules
        if engine.asked[rule.index]
    ]
    return sorted(costs, key=lambda cost: -cost.seconds)
