"""The script people write for this: pandas reads the file, joblib spreads chunks over the cores, jieba and scikit-learn judge.

python benchmarks/plain_script.py MODEL INPUT.csv OUTPUT.csv
"""

from __future__ import annotations

import sys

import joblib
import numpy as np
import pandas as pd

CHUNK = 10_000


def judge(model: str, texts: list[str]) -> tuple[np.ndarray, np.ndarray]:
    pipeline = joblib.load(model)
    shares = pipeline.predict_proba(texts)
    return pipeline.classes_[shares.argmax(axis=1)], shares.max(axis=1)


def main(model: str, source: str, target: str) -> None:
    frame = pd.read_csv(source, dtype=str, keep_default_na=False)
    texts = frame["content"].tolist()
    parts = (texts[start : start + CHUNK] for start in range(0, len(texts), CHUNK))
    judged = joblib.Parallel(n_jobs=-1)(joblib.delayed(judge)(model, part) for part in parts)
    frame["label"] = np.concatenate([labels for labels, _ in judged])
    frame["score"] = np.concatenate([scores for _, scores in judged])
    frame.to_csv(target, index=False, encoding="utf-8-sig")


if __name__ == "__main__":
    main(*sys.argv[1:])
