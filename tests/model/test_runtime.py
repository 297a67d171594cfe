"""The numpy runtime equals scikit-learn's own pipeline, and its evidence adds up."""

from __future__ import annotations

import math
import random
from pathlib import Path

import numpy as np
import pytest

import scamcheck
from scamcheck.model.analyzer import TermAnalyzer
from scamcheck.model.build import Built
from scamcheck.model.runtime import TermModel
from scamcheck.normalize import normalize
from tests.test_classifier import HARD, check_invariants


def random_texts(built: Built, count: int) -> list[str]:
    chance = random.Random(7)
    pieces = [*built.terms, "您好", "。", "转账", "、", "x", "1", "\n", "★", "帳戶", *HARD[:3]]
    return ["".join(chance.choices(pieces, k=chance.randrange(0, 30))) for _ in range(count)]


def test_equals_the_scikit_learn_pipeline(built: Built, model_folder: Path, tmp_path: Path) -> None:
    import joblib

    joblib.dump(built.sklearn_pipeline, tmp_path / "pipeline.joblib")
    pipeline = joblib.load(tmp_path / "pipeline.joblib")  # as a data scientist would
    model = TermModel.load(model_folder)
    tfidf = pipeline.named_steps["tfidf"]
    analyzer = TermAnalyzer(model.terms)
    numbers = {term: index for index, term in enumerate(model.terms)}
    texts = random_texts(built, 10_000)
    wanted = pipeline.decision_function(texts)
    features = tfidf.transform(texts)
    weights = built.arrays["coef"]
    for row, text in enumerate(normalize(text).text for text in texts):
        counts: dict[int, int] = {}
        for term in analyzer(text):
            counts[numbers[term]] = counts.get(numbers[term], 0) + 1
        assert model.logit(counts, text) == pytest.approx(wanted[row], abs=1e-6)
        parts = dict(model.contributions(counts, text))
        assert math.fsum(parts.values()) + model.intercept == pytest.approx(model.logit(counts, text), abs=1e-9)
        if row % 100 == 0:
            dense = features[row].toarray()[0] * weights
            assert set(np.flatnonzero(dense)) <= set(parts)
            assert all(parts[index] == pytest.approx(dense[index], abs=1e-6) for index in np.flatnonzero(dense))


def test_features_are_scikit_learns_tfidf_over_a_power_of_the_length(built: Built) -> None:
    from sklearn.feature_extraction.text import TfidfVectorizer

    tfidf = built.sklearn_pipeline.named_steps["tfidf"]
    texts = [normalize(text).text for text in random_texts(built, 200)]
    plain = TfidfVectorizer(
        analyzer=TermAnalyzer(tfidf.terms, tfidf.characters), vocabulary=[*tfidf.terms, *tfidf.characters], sublinear_tf=True, norm=None
    ).fit(built.trainer.texts)  # fmt: skip
    lengths = np.array([max(4, sum("\u3400" <= sign <= "\u9fff" for sign in text), len(text) // 3) for text in texts])
    wanted = plain.transform(texts).toarray() / lengths[:, None] ** built.trainer.settings.length_power
    assert np.allclose(tfidf.transform(texts).toarray(), wanted, rtol=1e-4)


def test_scripts_are_ranked_as_the_class_regression_does(built: Built, model_folder: Path) -> None:
    model = TermModel.load(model_folder)
    fitted = built.trainer.fit()
    numbers = {term: index for index, term in enumerate(model.terms)}
    analyzer = TermAnalyzer(model.terms)
    scale = model.fusion["class_scale"]
    texts = random_texts(built, 100)
    for row, text in enumerate(normalize(text).text for text in texts):
        counts: dict[int, int] = {}
        for term in analyzer(text):
            counts[numbers[term]] = counts.get(numbers[term], 0) + 1
        assert model.class_scores(counts, text) == pytest.approx(fitted.class_logits([texts[row]])[0] * scale, abs=1e-5)


def test_classifier_with_model_keeps_the_invariants(built: Built, model_folder: Path) -> None:
    classifier = scamcheck.Classifier.load(model=model_folder)
    texts = random_texts(built, 300) + HARD
    for text, verdict in zip(texts, classifier.classify_many(texts), strict=True):
        check_invariants(text, verdict)
        assert verdict == classifier.classify(text)


def test_model_alone_never_gets_above_medium_and_says_so(model_folder: Path, tmp_path: Path) -> None:
    import json
    import shutil

    folder = Path(shutil.copytree(model_folder, tmp_path / "loud"))
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    manifest["fusion"] |= {
        "prior": -1.0,
        "model_weight": 50.0,
        "model_cap": 9.0,
        "model_floor": 9.0,
        "low": 0.1,
        "medium": 0.5,
        "high": 0.9,
    }
    (folder / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    classifier = scamcheck.Classifier.load(model=folder).without_rules()
    verdict = classifier.classify("您好,关于一丁事宜0需转账500到指定账户,x组")
    assert verdict.risk == "medium"
    assert [flag.rule_id for flag in verdict.red_flags] == ["model.terms"]
    assert verdict.red_flags[0].quotes and any(item.kind == "limit" for item in verdict.evidence)
    check_invariants("您好,关于一丁事宜0需转账500到指定账户,x组", verdict)
