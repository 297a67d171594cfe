"""Counting terms as the classifier does, in a form scikit-learn's vectorisers take."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from scamcheck.matcher import Matcher
from scamcheck.normalize import normalize


class TermAnalyzer:
    """Callable analyzer: message text → the model terms that occur in it, one entry an occurrence (overlaps counted).

    Picklable, so that an exported scikit-learn pipeline works wherever scamcheck is installed.
    """

    def __init__(self, terms: Sequence[str]) -> None:
        self.terms = tuple(terms)
        self._matcher = Matcher(self.terms)

    def __call__(self, text: str) -> list[str]:
        return [self.terms[number] for _, _, number in self._matcher.find(normalize(text).text)]

    def __getstate__(self) -> dict[str, Any]:
        return {"terms": self.terms}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.terms = state["terms"]
        self._matcher = Matcher(self.terms)
