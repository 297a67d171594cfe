"""The trained term model at work: TF-IDF and logistic regression on counted terms, with numpy alone.

Features are scikit-learn's: x_t = (1 + ln tf_t) · idf_t, scaled to Euclidean length 1 (Manning, Raghavan and Schütze, Introduction
to Information Retrieval, 2008, ch. 6); tf_t counts overlapping occurrences of the term in canonical text.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


class TermModel:
    """Binary (scam or not) and per-category logistic weights over a list of terms. Immutable."""

    def __init__(self, manifest: Mapping[str, Any], terms: tuple[str, ...], arrays: Mapping[str, FloatArray]) -> None:
        self.manifest = manifest
        self.terms = terms
        self.fusion: Mapping[str, float] = manifest["fusion"]
        self.version: str = manifest["version"]
        self._idf: list[float] = arrays["idf"].tolist()
        self._weights: list[float] = (arrays["coef"] * arrays["idf"]).tolist()
        self._squares: list[float] = (arrays["idf"] ** 2).tolist()
        self.intercept = float(arrays["intercept"][0])
        self._class_coef = arrays["class_coef"]  # (terms, categories)
        self._class_intercept = arrays["class_intercept"]
        self._class_scale = float(manifest["fusion"]["class_scale"])

    @classmethod
    def load(cls, directory: str | Path) -> TermModel:
        """The model in `directory`. Raises `ModelError` for one that is missing, damaged, foreign or newer."""
        from scamcheck.model.artefact import load_artefact

        return cls(*load_artefact(directory))

    def logit(self, counts: Mapping[int, int]) -> float:
        """Log-odds of scam by the model alone. `counts`: occurrences by term number."""
        if not counts:
            return self.intercept
        dot = norm = 0.0
        weights, squares = self._weights, self._squares
        for index, count in counts.items():
            if count == 1:
                dot += weights[index]
                norm += squares[index]
            else:
                tf = 1.0 + math.log(count)
                dot += tf * weights[index]
                norm += tf * tf * squares[index]
        return dot / math.sqrt(norm) + self.intercept

    def contributions(self, counts: Mapping[int, int]) -> list[tuple[int, float]]:
        """(term number, log-odds) of each counted term; with the intercept they sum to `logit`."""
        tf = {index: 1.0 + math.log(count) for index, count in counts.items()}
        norm = math.sqrt(sum(value * value * self._squares[index] for index, value in tf.items())) or 1.0
        return [(index, value * self._weights[index] / norm) for index, value in tf.items()]

    def class_scores(self, counts: Mapping[int, int]) -> list[float]:
        """Scaled log-probability of each category, in the taxonomy's order, given that the text is a scam."""
        logits = self._class_intercept.copy()
        if counts:
            indices = np.fromiter(counts, dtype=np.intp, count=len(counts))
            tf = np.array([(1.0 + math.log(count)) * self._idf[index] for index, count in counts.items()])
            logits = logits + (tf / math.sqrt(float(tf @ tf))) @ self._class_coef[indices]
        shifted = logits - logits.max()
        scores: list[float] = (self._class_scale * (shifted - math.log(float(np.exp(shifted).sum())))).tolist()
        return scores
