"""The model's features in a form scikit-learn takes: what the classifier counts at run time, computed for many messages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.feature_extraction.text import TfidfVectorizer

from scamcheck.matcher import Matcher
from scamcheck.model.runtime import length
from scamcheck.model.statistics import rounded
from scamcheck.normalize import normalize


class TermTfidf(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Messages → TF-IDF of terms and of single characters, divided by a power of the message's length.

    scikit-learn's own `TfidfVectorizer` (sublinear, not normalised) over overlapping occurrences in canonical text; columns are the
    terms, then the characters. Picklable, so that an exported pipeline works wherever scamcheck is installed.

    Parameters
    ----------
    terms : terms of two characters and more.
    characters : single characters, a column each.
    length_power : 0 leaves long messages their larger sums; 0.5 is the root that Lucene's classic similarity divides by.
    """

    def __init__(self, terms: Sequence[str] = (), characters: str = "", length_power: float = 0.5) -> None:
        self.terms = terms
        self.characters = characters
        self.length_power = length_power

    def fit(self, texts: Sequence[str], target: Any = None) -> TermTfidf:
        canonical = [normalize(text).text for text in texts]
        self.tfidf_ = TfidfVectorizer(
            analyzer=TermAnalyzer(self.terms, self.characters), vocabulary=[*self.terms, *self.characters],
            sublinear_tf=True, norm=None,
        ).fit(canonical)  # fmt: skip
        self.tfidf_.idf_ = rounded(self.tfidf_.idf_)
        return self

    def transform(self, texts: Sequence[str]) -> Any:
        """Sparse matrix of shape (texts, terms + characters)."""
        from scipy.sparse import diags

        canonical = [normalize(text).text for text in texts]
        lengths = np.array([length(text) for text in canonical], dtype=np.float64)
        return diags(lengths**-self.length_power) @ self.tfidf_.transform(canonical)

    @property
    def idf_(self) -> Any:
        return self.tfidf_.idf_


class TermAnalyzer:
    """Callable analyzer: canonical text → the terms and characters in it, one entry an occurrence (overlaps counted)."""

    def __init__(self, terms: Sequence[str], characters: str = "") -> None:
        self.terms = tuple(terms)
        self.characters = frozenset(characters)
        self._matcher = Matcher(self.terms)

    def __call__(self, text: str) -> list[str]:
        found = [self.terms[number] for _, _, number in self._matcher.find(text)]
        found += [character for character in text if character in self.characters]
        return found

    def __getstate__(self) -> dict[str, Any]:
        return {"terms": self.terms, "characters": "".join(sorted(self.characters))}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(state["terms"], state["characters"])  # type: ignore[misc]
