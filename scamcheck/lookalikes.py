"""The nearest known scripts: cosine similarity over the model's terms, against every scam text of the corpus.

The corpus travels in the wheel as `scripts.jsonl.gz`, one filling a template (slots are replaced by invented values).
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from scamcheck.classifier import Classifier

SCRIPTS_FILE = "scripts.jsonl.gz"
FLOOR = 0.3  # less similar than this says nothing
SAME = 0.85  # of two known scripts as near to one another as this, only the nearer to the message is shown


@dataclass(frozen=True, slots=True)
class Script:
    """A known scam text and its category."""

    text: str
    label: str


@dataclass(frozen=True, slots=True)
class LookAlike:
    """A known script with its similarity to a message, 0 to 1."""

    script: Script
    similarity: float


class LookAlikes:
    """An index of known scripts by term. Immutable; safe to share between threads.

    It belongs to the classifier's model, not to its rules: with another model, or none, it finds nothing.
    """

    def __init__(self, classifier: Classifier, scripts: Sequence[Script]) -> None:
        self.scripts = tuple(scripts)
        self.model_version = classifier.model_version
        vectors = [classifier.term_vector(script.text) for script in self.scripts]
        self._vectors = [dict(vector) for vector in vectors]
        postings: dict[int, tuple[list[int], list[float]]] = {}
        for number, vector in enumerate(vectors):
            for term, weight in vector:
                entry = postings.setdefault(term, ([], []))
                entry[0].append(number)
                entry[1].append(weight)
        self._postings: dict[int, tuple[npt.NDArray[np.int32], npt.NDArray[np.float64]]] = {
            term: (np.array(numbers, dtype=np.int32), np.array(weights))
            for term, (numbers, weights) in postings.items()
        }

    @classmethod
    def load(cls, classifier: Classifier) -> LookAlikes:
        """The index of the shipped scripts; takes about a second."""
        return cls(classifier, read_scripts())

    def nearest(self, classifier: Classifier, text: str, count: int = 3) -> tuple[LookAlike, ...]:
        """Up to `count` scripts nearest to `text`, best first. `classifier` has the model this index was built with."""
        vector = classifier.term_vector(text)
        if not vector or classifier.model_version != self.model_version:
            return ()
        similarity = np.zeros(len(self.scripts))
        for term, weight in vector:
            if term in self._postings:
                numbers, weights = self._postings[term]
                similarity[numbers] += weight * weights
        chosen: list[int] = []
        for number in np.argsort(-similarity, kind="stable")[: 20 * count].tolist():
            if similarity[number] < FLOOR or len(chosen) == count:
                break
            if all(_cosine(self._vectors[number], self._vectors[other]) < SAME for other in chosen):
                chosen.append(number)
        return tuple(LookAlike(self.scripts[number], float(similarity[number])) for number in chosen)


def read_scripts() -> list[Script]:
    """The scam texts of the corpus: from the wheel, or from `corpus/` at the top of a checkout."""
    package = Path(__file__).resolve().parent
    packed = package / "_shipped" / SCRIPTS_FILE
    if packed.is_file():
        with gzip.open(packed, "rt", encoding="utf-8") as stream:
            return [Script(**json.loads(line)) for line in stream]
    return scripts_of(package.parent / "corpus")


def scripts_of(corpus: Path) -> list[Script]:
    """One filling of every scam template in a corpus directory, without repeats."""
    from scamcheck.model.corpus import expand, read_corpus, read_slots

    slots = read_slots(corpus)
    records = [record for record in read_corpus(corpus) if record.scam]
    texts = {message.text: record.label for record in records for message in expand(record, slots, copies=1)}
    return [Script(text, label) for text, label in texts.items()]


def write_scripts(scripts: Iterable[Script], path: Path) -> None:
    """Pack scripts for the wheel; equal scripts give equal bytes."""
    lines = "".join(
        json.dumps({"text": script.text, "label": script.label}, ensure_ascii=False) + "\n" for script in scripts
    )
    path.write_bytes(gzip.compress(lines.encode("utf-8"), mtime=0))


def _cosine(one: dict[int, float], other: dict[int, float]) -> float:
    return sum(weight * other[term] for term, weight in one.items() if term in other)
