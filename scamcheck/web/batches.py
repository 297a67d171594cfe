"""Batches judged and kept in memory for a while: the pages of a file's summary without anything on disk."""

from __future__ import annotations

import secrets
import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from scamcheck.classifier import Classifier
from scamcheck.taxonomy import Taxonomy
from scamcheck.web.intake import Incoming

KEPT = 8  # batches
KEPT_CHARS = 30_000_000  # of all batches together
KEPT_SECONDS = 4 * 3600
AT_ONCE = 500  # messages whose verdicts are in memory with all they found


@dataclass(frozen=True, slots=True)
class Item:
    """One message of a batch with its verdict in short. `reasons` are the titles of its strongest red flags."""

    number: int
    text: str
    day: date | None
    label: str
    risk: str
    score: float
    reasons: tuple[str, ...]

    @property
    def is_scam(self) -> bool:
        return self.risk in ("medium", "high")


@dataclass(frozen=True, slots=True)
class Batch:
    """All messages of a file or of one paste."""

    key: str
    name: str
    items: tuple[Item, ...]
    rules_version: str
    made: float = field(default_factory=time.monotonic)

    @property
    def scams(self) -> int:
        return sum(item.is_scam for item in self.items)

    def by_label(self) -> list[tuple[str, int]]:
        """Messages judged a scam by category, most first."""
        return Counter(item.label for item in self.items if item.is_scam).most_common()

    def by_risk(self) -> dict[str, int]:
        counts = Counter(item.risk for item in self.items)
        return {risk: counts[risk] for risk in ("high", "medium", "low", "none")}

    def by_day(self) -> list[tuple[str, int, int]]:
        """(day, messages, of them judged a scam), where the file gives days."""
        total: Counter[date] = Counter(item.day for item in self.items if item.day)
        scam: Counter[date] = Counter(item.day for item in self.items if item.day and item.is_scam)
        return [(day.isoformat(), total[day], scam[day]) for day in sorted(total)]

    def charts(self, taxonomy: Taxonomy) -> dict[str, list[Any]]:
        """The figures to draw, by name; of days the latest year's."""
        return {
            "label": [(taxonomy.name(label), count) for label, count in self.by_label()],
            "risk": list(self.by_risk().items()),
            "day": self.by_day()[-366:],
        }


def judge_batch(classifier: Classifier, name: str, messages: Sequence[Incoming]) -> Batch:
    """Judge all messages."""
    items = []
    for start in range(0, len(messages), AT_ONCE):
        part = messages[start : start + AT_ONCE]
        verdicts = classifier.classify_many([message.text for message in part])
        for number, (incoming, verdict) in enumerate(zip(part, verdicts, strict=True), start + 1):
            reasons = tuple(flag.title for flag in verdict.red_flags[:3]) if verdict.is_scam else ()
            items.append(Item(number, incoming.text, incoming.day, verdict.label, verdict.risk, verdict.score, reasons))
    return Batch(secrets.token_hex(12), name, tuple(items), classifier.rules_version)


class Batches:
    """The latest batches by key; older ones are forgotten. Safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._batches: OrderedDict[str, Batch] = OrderedDict()

    def judge(self, classifier: Classifier, name: str, messages: Sequence[Incoming]) -> Batch:
        """Judge all messages and keep the batch."""
        batch = judge_batch(classifier, name, messages)
        with self._lock:
            self._batches[batch.key] = batch
            self._forget()
        return batch

    def get(self, key: str) -> Batch:
        """Raises `KeyError` for a batch unknown or forgotten."""
        with self._lock:
            self._forget()
            return self._batches[key]

    def _forget(self) -> None:
        now = time.monotonic()
        sizes = {key: sum(len(item.text) for item in batch.items) for key, batch in self._batches.items()}
        for key, batch in list(self._batches.items())[:-1]:
            if len(self._batches) > KEPT or sum(sizes.values()) > KEPT_CHARS or now - batch.made > KEPT_SECONDS:
                del self._batches[key], sizes[key]
