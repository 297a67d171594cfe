"""Rules test themselves: every hit must make its rule fire, plain and under each disguise; no miss may."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from scamcheck.classifier import Classifier
from scamcheck.disguising import TRANSFORMS
from scamcheck.rules.load import LoadedRule

STRENGTH = 0.3  # share of the characters a disguise touches
SEEDS = (0, 1)


@dataclass(frozen=True, slots=True)
class ExampleFailure:
    """One example that does not do what its rule says of it."""

    rule_id: str
    file: str
    line: int
    kind: str  # 'hit', 'miss', or the disguise under which a hit is lost
    text: str
    fired: tuple[str, ...]

    def __str__(self) -> str:
        wanted = {"hit": "does not fire on its hit", "miss": "fires on its miss"}.get(
            self.kind, f"is lost under the disguise “{self.kind}” on"
        )
        others = f" (fired: {', '.join(self.fired)})" if self.fired else ""
        return f"{self.file}:{self.line}: {self.rule_id} {wanted}: {self.text}{others}"


def run_examples(
    rules: Iterable[LoadedRule], classifier: Classifier, *, disguises: Mapping[str, object] | None = None
) -> Iterator[ExampleFailure]:
    """Failures of all examples of `rules`. `disguises` limits the transforms by name; all that lose nothing by default."""
    names = [name for name in TRANSFORMS if (disguises is None or name in disguises) and name != "homophone"]
    for loaded in rules:
        rule = loaded.rule
        if rule.status == "deprecated":
            continue
        for index, text in enumerate(rule.examples.hit):
            fired = _fired(classifier, text)
            if rule.id not in fired:
                yield _failure(loaded, ("hit", index), "hit", text, fired)
                continue
            for name in names:
                for seed in SEEDS:
                    disguised = TRANSFORMS[name](text, random.Random(f"{rule.id}/{index}/{seed}"), STRENGTH)  # noqa: S311
                    found = _fired(classifier, disguised)
                    if rule.id not in found:
                        yield _failure(loaded, ("hit", index), name, disguised, found)
                        break
        for index, text in enumerate(rule.examples.miss):
            fired = _fired(classifier, text)
            if rule.id in fired:
                yield _failure(loaded, ("miss", index), "miss", text, fired)


def _fired(classifier: Classifier, text: str) -> tuple[str, ...]:
    return tuple(classifier.fire(text)[2])


def _failure(
    loaded: LoadedRule, below: tuple[str, int], kind: str, text: str, fired: tuple[str, ...]
) -> ExampleFailure:
    place = loaded.place.problem("", "", ("examples", *below))
    return ExampleFailure(loaded.rule.id, place.file, place.line, kind, text, fired)
