"""5-fold macro-F1 of `train --data`'s classifier beside scikit-learn's default pipeline and fastText, on the same folds.

    python benchmarks/accuracy.py FILE      a .csv, .jsonl or .xlsx with columns text and label
    python benchmarks/accuracy.py           the project's own corpus: 16 scripts and benign

Folds are stratified by label; near-copies never part (see scamcheck.model.cross_validation). fastText comes with
`pip install -e '.[bench]'`.
"""

from __future__ import annotations

import functools
import importlib.util
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from scamcheck.model.corpus import expand_all, read_corpus, read_slots
from scamcheck.model.cross_validation import Predict, cross_validate, grouped_folds, own_prediction
from scamcheck.model.labelled_table import read_table
from scamcheck.resources import shipped

CORPUS = shipped("rules").parent / "corpus"


def load(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """Texts and labels of the file named, or of the corpus with one filling of each template."""
    if arguments:
        rows = [row for row in read_table(arguments[0]) if row.text and row.label]
        return [row.text for row in rows], [row.label for row in rows]
    messages = expand_all(read_corpus(CORPUS), read_slots(CORPUS), copies=1)
    return [message.text for message in messages], [message.record.label for message in messages]


@functools.cache
def tokenizer() -> Any:
    from scamcheck.model.training import jieba_tokenizer

    return jieba_tokenizer()


@functools.cache
def words(text: str) -> tuple[str, ...]:
    """jieba's words of the text as given."""
    return tuple(word for word in tokenizer().cut(text) if not word.isspace())


def sklearn_default(texts: Sequence[str], labels: Sequence[str], others: Sequence[str]) -> Sequence[str]:
    """TF-IDF of jieba's words and logistic regression, nothing else set (but iterations enough to converge)."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    model = make_pipeline(TfidfVectorizer(analyzer=words), LogisticRegression(max_iter=1000))
    return list(model.fit(texts, labels).predict(others))


def fasttext_words(texts: Sequence[str], labels: Sequence[str], others: Sequence[str]) -> Sequence[str]:
    """Supervised fastText (Joulin et al. 2017) on jieba's words, with the settings of its own tutorial: bigrams, 25 epochs, rate 0.5."""
    import fasttext

    names = sorted(set(labels))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "train.txt"
        lines = [
            f"__label__{names.index(label)} {' '.join(words(text))}" for text, label in zip(texts, labels, strict=True)
        ]
        file.write_text("\n".join(lines) + "\n", "utf-8")
        model = fasttext.train_supervised(str(file), wordNgrams=2, epoch=25, lr=0.5, thread=1, seed=1, verbose=0)
    answers = []
    for text in others:
        found = model.f.predict(" ".join(words(text)) + "\n", 1, 0.0, "strict")  # model.predict() fails under NumPy 2
        answers.append(names[int(found[0][1].removeprefix("__label__"))] if found else names[0])
    return answers


def main() -> None:
    texts, labels = load(sys.argv[1:])
    start = time.perf_counter()
    folds = grouped_folds(texts, labels)
    print(f"{len(texts):,} messages, {len(set(labels))} labels, folds in {time.perf_counter() - start:.0f} s\n")
    contenders: dict[str, Predict] = {
        "scamcheck train --data": own_prediction,
        "scikit-learn TF-IDF words + LogisticRegression": sklearn_default,
    }
    if importlib.util.find_spec("fasttext"):
        contenders["fastText, words and bigrams"] = fasttext_words
    print(f"{'classifier':48} {'macro-F1':>8}  {'accuracy':>8}  {'seconds':>7}  by fold")
    for name, predict in contenders.items():
        start = time.perf_counter()
        result = cross_validate(texts, labels, folds, predict)
        by_fold = " ".join(f"{fold.macro_f1:.4f}" for fold in result.folds)
        print(
            f"{name:48} {result.macro_f1:8.4f}  {result.accuracy:8.4f}  {time.perf_counter() - start:7.0f}  {by_fold}",
            flush=True,
        )
    if "fastText, words and bigrams" not in contenders:
        print("fastText is not installed here, so it was not measured: pip install -e '.[bench]' (Python below 3.13)")


if __name__ == "__main__":
    main()
