"""Training the shipped model: terms, TF-IDF, two logistic regressions, and the fusion with the rules.

Everything is a function of the corpus and the rules: fixed orders, fixed seeds, one BLAS thread, weights rounded to float32, so
that the same inputs give the same bytes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from scamcheck.model.corpus import Message, Record
from scamcheck.model.statistics import rounded
from scamcheck.model.vocabulary import candidate_terms, frequent_characters, select_terms
from scamcheck.normalize import normalize
from scamcheck.taxonomy import CODES

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Settings:
    """What can be chosen about a training; the defaults make the shipped model."""

    copies: int = 3  # fillings of a template with slots
    size: int = 10000  # terms
    min_templates: int = 3
    min_groups: int = 2
    min_character_templates: int = 5
    length_power: float = 0.6
    c_binary: float = 0.03  # inverse L2 strength
    c_class: float = 0.3
    seed: int = 20240901

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(slots=True)
class Fitted:
    """A fitted pair of scikit-learn pipelines over the same TF-IDF features."""

    terms: tuple[str, ...]  # then single characters, which only `classes` weighs
    vectorizer: Any
    binary: Any
    classes: Any
    class_order: tuple[str, ...] = field(default=CODES)

    def logits(self, texts: Sequence[str]) -> FloatArray:
        """Binary log-odds, shape (texts,)."""
        values: FloatArray = self.binary.decision_function(self.vectorizer.transform(texts))
        return values

    def class_logits(self, texts: Sequence[str]) -> FloatArray:
        """Log-probabilities over `CODES`, shape (texts, 16)."""
        raw = self.vectorizer.transform(texts) @ self.class_weights()[0] + self.class_weights()[1]
        shifted = raw - raw.max(axis=1, keepdims=True)
        return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)))

    def class_weights(self) -> tuple[FloatArray, FloatArray]:
        """Coefficients (terms, 16) and intercepts (16,) in the order of `CODES`; a category unseen in training is very unlikely."""
        coef = np.zeros((len(self.terms), len(CODES)))
        intercept = np.full(len(CODES), -20.0)
        for column, code in enumerate(self.classes.classes_):
            coef[:, CODES.index(code)] = self.classes.coef_[column]
            intercept[CODES.index(code)] = self.classes.intercept_[column]
        return coef, intercept

    def arrays(self) -> dict[str, FloatArray]:
        """The weights as the artefact stores them."""
        class_coef, class_intercept = self.class_weights()
        return {
            "idf": np.asarray(self.vectorizer.idf_), "coef": self.binary.coef_[0], "intercept": self.binary.intercept_,
            "class_coef": class_coef, "class_intercept": class_intercept,
        }  # fmt: skip


class Trainer:
    """Fits on any part of a list of messages; the candidate terms of each template are worked out once."""

    def __init__(self, messages: Sequence[Message], settings: Settings) -> None:
        self.messages = list(messages)
        self.settings = settings
        self.texts = [message.text for message in self.messages]
        per_template: dict[str, int] = {}
        for message in self.messages:
            per_template[message.record.template] = per_template.get(message.record.template, 0) + 1
        self.weights = np.array([1.0 / per_template[message.record.template] for message in self.messages])
        self._candidates: dict[str, tuple[set[str], Record]] = {}

    def documents(self) -> dict[str, tuple[set[str], Record]]:
        """Candidate terms by template."""
        if not self._candidates:
            tokenizer = jieba_tokenizer()
            for message in self.messages:
                if message.record.template not in self._candidates:
                    text = normalize(message.text).text
                    self._candidates[message.record.template] = (candidate_terms(text, tokenizer), message.record)
        return self._candidates

    def fit(self, chosen: npt.NDArray[np.bool_] | None = None) -> Fitted:
        """Fit on the messages marked in `chosen` (all if None)."""
        from sklearn.linear_model import LogisticRegression
        from threadpoolctl import threadpool_limits

        from scamcheck.model.analyzer import TermTfidf

        settings = self.settings
        rows = np.arange(len(self.messages)) if chosen is None else np.flatnonzero(chosen)
        templates = {self.messages[row].record.template: None for row in rows}
        documents = [self.documents()[name] for name in templates]
        terms = select_terms(
            documents, size=settings.size, min_templates=settings.min_templates, min_groups=settings.min_groups
        )
        characters = frequent_characters(documents, settings.min_character_templates)
        vectorizer = TermTfidf(terms, characters, settings.length_power)
        texts = [self.texts[row] for row in rows]
        with threadpool_limits(1):
            features = vectorizer.fit(texts).transform(texts)
            scam = np.array([self.messages[row].record.scam for row in rows])
            weights = self.weights[rows]
            # Both classes weigh the same, so that the intercept carries no prior: the fusion owns the prior.
            balance = np.where(scam, weights.sum() / weights[scam].sum(), weights.sum() / weights[~scam].sum()) / 2.0
            binary = LogisticRegression(
                C=settings.c_binary, solver="liblinear", random_state=settings.seed, max_iter=1000, tol=1e-6
            )
            binary.fit(features[:, : len(terms)], scam.astype(int), sample_weight=weights * balance)
            labels = np.array([self.messages[row].record.label for row in rows])
            classes = LogisticRegression(C=settings.c_class, solver="lbfgs", max_iter=2000, tol=1e-6)
            classes.fit(features[scam], labels[scam], sample_weight=weights[scam])
        for model in (binary, classes):
            model.coef_ = rounded(model.coef_)
            model.intercept_ = rounded(model.intercept_)
        binary.coef_ = np.hstack([binary.coef_, np.zeros((1, len(characters)))])
        binary.n_features_in_ = binary.coef_.shape[1]
        return Fitted((*terms, *characters), vectorizer, binary, classes)


def jieba_tokenizer() -> Any:
    """A jieba tokenizer of our own: quiet, without the HMM's guesses about new words being cached on disk by others."""
    import logging

    import jieba

    jieba.setLogLevel(logging.WARNING)
    return jieba.Tokenizer()


def out_of_fold(trainer: Trainer) -> tuple[FloatArray, FloatArray]:
    """Binary logits and class log-probabilities of every message by models that saw none of its author group."""
    groups = np.array([message.record.group for message in trainer.messages])
    logits = np.zeros(len(groups))
    classes = np.zeros((len(groups), len(CODES)))
    for group in sorted(set(groups)):
        held = groups == group
        fitted = trainer.fit(~held)
        texts = [trainer.texts[row] for row in np.flatnonzero(held)]
        logits[held] = fitted.logits(texts)
        classes[held] = fitted.class_logits(texts)
    return logits, classes


def logistic(features: FloatArray, target: npt.NDArray[np.bool_], weights: FloatArray) -> tuple[FloatArray, float]:
    """Coefficients and intercept of a plain (barely regularised) logistic regression."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(
        C=100.0, solver="liblinear", random_state=0, intercept_scaling=10.0, tol=1e-8, max_iter=1000
    )
    model.fit(features, target.astype(int), sample_weight=weights)
    return np.asarray(model.coef_[0]), float(model.intercept_[0])


def logit(probability: float) -> float:
    return math.log(probability / (1.0 - probability))
