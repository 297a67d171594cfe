"""From corpus and rules to the shipped model: out-of-fold predictions, fusion, thresholds, final fit, artefact.

The fusion is fitted on predictions for author groups the model did not see; the rules were written without the corpus. Its
intercept is then moved to a stated prevalence, and the thresholds are read off benign messages at their false-alarm budgets.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from scamcheck import fusion
from scamcheck.classifier import Classifier
from scamcheck.model.corpus import Message, corpus_digest, expand_all, read_corpus, read_slots
from scamcheck.model.statistics import wilson
from scamcheck.model.training import Settings, Trainer, logistic, logit, out_of_fold
from scamcheck.taxonomy import CODES

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

PREVALENCE = 0.02  # of the messages somebody has reason to check; the score is calibrated to it
BUDGETS = {"high": 1e-4, "medium": 1e-3}
LOW = 0.10  # the score from which a message is worth a second look; not an alert
CLASS_SCALES = (0.5, 0.75, 1.0, 1.5, 2.0, 3.0)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What rules and model say of each message, before weights: arrays of shape (messages,)."""

    rules: FloatArray
    flagged: BoolArray  # at least one positive rule counted
    model: FloatArray
    scam: BoolArray
    weights: FloatArray


def rule_evidence(classifier: Classifier, texts: Sequence[str]) -> tuple[FloatArray, BoolArray, list[list[Any]]]:
    """Sum of capped flags of each text, whether a positive one is among them, and the flags themselves."""
    settings = classifier.fusion
    sums, flagged, flags = [], [], []
    for text in texts:
        found = fusion.counted(classifier.fire(text)[2], settings.caps, settings.default_cap)
        sums.append(math.fsum(value for _, value in found))
        flagged.append(any(value > 0 for _, value in found))
        flags.append(found)
    return np.array(sums), np.array(flagged, dtype=bool), flags


def fit_fusion(evidence: Evidence, *, model_cap: float) -> dict[str, float]:
    """Weights of rules and model, and the intercept at `PREVALENCE`, by logistic regression on out-of-fold evidence."""
    model = np.clip(evidence.model, -_MODEL_BOUND, _MODEL_BOUND)
    scam = evidence.scam
    weights = np.where(scam, evidence.weights / evidence.weights[scam].sum(), evidence.weights / evidence.weights[~scam].sum())
    coef, intercept = logistic(np.column_stack([evidence.rules, model]), scam, weights * len(scam) / 2.0)
    rule_weight, model_weight = (max(float(value), 0.05) for value in coef)
    return {
        "prior": round(intercept + logit(PREVALENCE), 4), "rule_weight": round(rule_weight, 4), "model_weight": round(model_weight, 4),
        "model_cap": round(model_cap, 4),
    }  # fmt: skip


_MODEL_BOUND = 6.0


def fused_logits(evidence: Evidence, fitted: dict[str, float]) -> FloatArray:
    """prior + rules + capped model, without the limit on model-only alerts."""
    model = np.clip(evidence.model * fitted["model_weight"], -fitted["model_cap"], fitted["model_cap"])
    return np.asarray(fitted["prior"] + evidence.rules * fitted["rule_weight"] + model)


def threshold_at(benign: FloatArray, weights: FloatArray, budget: float, floor: float) -> float:
    """The smallest logit, at least `floor`, that at most `budget` of the weighted benign messages reach."""
    order = np.argsort(-benign, kind="stable")
    share = np.cumsum(weights[order]) / weights.sum()
    allowed = int(np.searchsorted(share, budget, side="right"))
    if allowed >= len(order):
        return floor
    return max(floor, float(benign[order[allowed]]) + 1e-6)
