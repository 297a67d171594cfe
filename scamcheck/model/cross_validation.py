"""A plain text classifier for any label set, and its k-fold cross-validation in which near copies never part.

Folds are stratified by label and grouped by near-duplicate cluster, so that a copy of a test message is never in training. The
classifier is a linear SVM over TF-IDF of characters and words (Joachims 1998, doi:10.1007/BFb0026683; for n-grams beside words in
short text, Wang and Manning 2012).
"""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from scamcheck.errors import InputError
from scamcheck.model.near_duplicates import clusters
from scamcheck.normalize import normalize

FOLDS = 5
SEED = 20240901
NGRAMS = (1, 4)  # characters

Predict = Callable[[Sequence[str], Sequence[str], Sequence[str]], Sequence[str]]
"""(training texts, training labels, test texts) → test labels."""


@dataclass(frozen=True, slots=True)
class Fold:
    rows: int
    accuracy: float
    macro_f1: float


@dataclass(frozen=True, slots=True)
class LabelScore:
    """One label over all folds together."""

    label: str
    rows: int
    precision: float
    recall: float
    f1: float


@dataclass(frozen=True, slots=True)
class CrossValidation:
    """Figures of one classifier. `predicted` are its answers in the rows' order, each by a model that saw no copy of the row."""

    folds: tuple[Fold, ...]
    labels: tuple[LabelScore, ...]
    predicted: tuple[str, ...]

    @property
    def accuracy(self) -> float:
        """Mean over folds."""
        return float(np.mean([fold.accuracy for fold in self.folds]))

    @property
    def macro_f1(self) -> float:
        """Mean over folds."""
        return float(np.mean([fold.macro_f1 for fold in self.folds]))


def grouped_folds(
    texts: Sequence[str], labels: Sequence[str], *, groups: npt.NDArray[np.intp] | None = None, folds: int = FOLDS
) -> npt.NDArray[np.intp]:
    """The fold of each row, shape (rows,). Rows of one group (near-duplicate cluster if None) share a fold.

    Raises `InputError` for fewer than two labels or fewer than `folds` distinct messages.
    """
    from sklearn.model_selection import StratifiedGroupKFold

    if len(set(labels)) < 2:
        raise InputError("all rows have one label, so there is nothing to tell apart; add rows with another label")
    groups = clusters(texts) if groups is None else groups
    if len(set(groups.tolist())) < folds or max(Counter(labels).values()) < folds:
        raise InputError(
            f"too few different messages for {folds} folds ({len(set(groups.tolist()))} beside their copies); add at least {folds} to a label"
        )
    found = np.zeros(len(texts), dtype=np.intp)
    splitter = StratifiedGroupKFold(n_splits=folds, shuffle=True, random_state=SEED)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The least populated class", UserWarning)  # reported as imbalance
        for number, (_, test) in enumerate(splitter.split(texts, labels, groups)):
            found[test] = number
    return found


def cross_validate(
    texts: Sequence[str], labels: Sequence[str], folds: npt.NDArray[np.intp], predict: Predict | None = None
) -> CrossValidation:
    """Train and test on each fold; `predict` is the project's own classifier if None."""
    from sklearn.metrics import accuracy_score, f1_score, precision_recall_fscore_support

    predict = predict or own_prediction
    wanted = np.array(labels, dtype=object)
    predicted = np.empty(len(texts), dtype=object)
    scores = []
    for number in sorted(set(folds.tolist())):
        test, train = np.flatnonzero(folds == number).tolist(), np.flatnonzero(folds != number).tolist()
        answers = predict([texts[row] for row in train], [labels[row] for row in train], [texts[row] for row in test])
        predicted[test] = list(answers)
        truth = wanted[test].tolist()
        macro = f1_score(truth, list(answers), labels=sorted(set(truth)), average="macro", zero_division=0)
        scores.append(Fold(len(test), float(accuracy_score(truth, list(answers))), float(macro)))
    names = sorted(set(labels))
    table = precision_recall_fscore_support(wanted.tolist(), predicted.tolist(), labels=names, zero_division=0)
    each = tuple(
        LabelScore(name, int(rows), float(precision), float(recall), float(f1))
        for name, precision, recall, f1, rows in zip(names, *table, strict=True)
    )
    return CrossValidation(tuple(scores), each, tuple(predicted.tolist()))


def own_prediction(texts: Sequence[str], labels: Sequence[str], others: Sequence[str]) -> Sequence[str]:
    """Labels of `others` by the project's own text classifier."""
    answers: list[str] = fit_text_classifier(texts, labels).predict(list(others)).tolist()
    return answers


def fit_text_classifier(texts: Sequence[str], labels: Sequence[str]) -> Any:
    """The fitted scikit-learn pipeline: message text → label. It can be stored with joblib and used where scamcheck is installed."""
    from threadpoolctl import threadpool_limits

    pipeline = text_classifier(rare=len(texts) >= 2000)
    with threadpool_limits(1):
        return pipeline.fit(list(texts), list(labels))


def text_classifier(*, rare: bool = False) -> Any:
    """The unfitted pipeline. With `rare` terms of a single message are left out, which large sets do without."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import FeatureUnion, Pipeline
    from sklearn.svm import LinearSVC

    least = 2 if rare else 1
    features = FeatureUnion(
        [
            ("characters", TfidfVectorizer(
                analyzer="char", ngram_range=NGRAMS, preprocessor=canonical, sublinear_tf=True, min_df=least, dtype=np.float32
            )),
            ("words", TfidfVectorizer(analyzer=WordAnalyzer(), sublinear_tf=True, min_df=least, dtype=np.float32)),
        ]
    )  # fmt: skip
    return Pipeline(
        [("features", features), ("classifier", LinearSVC(C=1.0, class_weight="balanced", random_state=SEED))]
    )


def canonical(text: str) -> str:
    """Canonical text of a message: disguises undone, Traditional to Simplified."""
    return normalize(text).text


class WordAnalyzer:
    """Callable analyzer: message text → jieba words of its canonical text. Picklable."""

    def __init__(self) -> None:
        self._tokenizer: Any = None

    def __call__(self, text: str) -> list[str]:
        if self._tokenizer is None:
            from scamcheck.model.training import jieba_tokenizer

            self._tokenizer = jieba_tokenizer()
        return [word for word in self._tokenizer.cut(canonical(text)) if not word.isspace()]

    def __getstate__(self) -> dict[str, Any]:
        return {}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._tokenizer = None

    def __deepcopy__(self, memo: dict[int, Any]) -> WordAnalyzer:
        return WordAnalyzer()
