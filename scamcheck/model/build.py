"""From corpus and rules to the shipped model: out-of-fold predictions, fusion, thresholds, final fit, artefact.

The fusion is fitted on predictions for author groups the model did not see; the rules were written without the corpus. Its
intercept is then moved to a stated prevalence, and the thresholds are read off benign messages at their false-alarm budgets.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from scamcheck import fusion
from scamcheck.classifier import Classifier
from scamcheck.model.artefact import save_artefact
from scamcheck.model.card import model_card
from scamcheck.model.corpus import Message, Record, corpus_digest, expand_all, read_corpus, read_slots, records_digest
from scamcheck.model.statistics import wilson
from scamcheck.model.training import Settings, Trainer, logistic, logit, out_of_fold
from scamcheck.taxonomy import CODES

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

PREVALENCE = 0.05  # of the messages somebody has reason to check; the score is calibrated to it
BUDGETS = {"high": 1e-4, "medium": 1e-3}
LOW = 0.20  # the score from which a message is worth a second look; not an alert
# A score below these is no alert, however clean the benign messages: rules are mended against them, so that their count flatters.
FLOORS = {"medium": 0.5, "high": 0.95}
CEILINGS = {"medium": 0.9, "high": 0.99}
# Tried weights of a model log-odd beside a rule's. More would do better on the corpus, whose authors the model knows, than elsewhere.
RATIOS = (1.0, 1.5, 2.0)
CAPS = (2.0, 2.5, 3.0)  # tried caps on what the model may add: a strong flag is 3
MODEL_FLOORS = (1.0, 2.0)  # and on what it may take away: a decisive flag is 5
FIT_BUDGETS = (1e-3, 2e-3, 5e-3, 1e-2, 2e-2)  # one alone would hang on a handful of messages
KINDS = {
    **dict.fromkeys(("police_publicity", "case_bulletin", "citizen"), "publicity"),
    **dict.fromkeys(("work_chat", "family_chat", "friend_chat", "group_notice"), "chat"),
    **dict.fromkeys(("marketing", "realestate", "lender_ad", "insurance", "job_ad"), "advert"),
    **dict.fromkeys(("service_call", "general", "news"), "text"),
}  # every other benign topic is a notice: codes, bank, courier, operator, government, school …
ORDINARY = {"notice": 0.55, "chat": 0.25, "advert": 0.12, "text": 0.08}  # as a phone's inbox receives them
# Benign messages somebody has reason to check: ordinary ones, twins of scams, warnings and stories about fraud.
MIX = {"scam": 1.0, **{kind: 0.8 * share for kind, share in ORDINARY.items()}, "twin": 0.15, "publicity": 0.05}
CLASS_SCALES = (0.25, 0.5, 1.0)  # the rules carry over between sources better than the model: they lead the ranking


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
        found = fusion.counted(settings, classifier.fire(text)[2])
        sums.append(math.fsum(value for _, value in found))
        flagged.append(any(value > 0 for _, value in found))
        flags.append(found)
    return np.array(sums), np.array(flagged, dtype=bool), flags


def fit_fusion(evidence: Evidence, mix: FloatArray) -> dict[str, float]:
    """Weights of rules and model, the model's caps, and the intercept at `PREVALENCE`, from out-of-fold evidence.

    Among a few ratios and caps, the choice with the highest mean recall at `FIT_BUDGETS` false alarms is taken (what an alert needs is decided
    in the tail, which a plain logistic fit does not look at); the sum is then calibrated by logistic regression on one variable
    (Platt 1999). `mix` weighs the benign messages as they come in practice.
    """
    scam = evidence.scam
    best = (-1.0, 1.0, 3.0, 1.0)
    for ratio, cap, floor in itertools.product(RATIOS, CAPS, MODEL_FLOORS):
        total = evidence.rules + np.clip(evidence.model * ratio, -floor, cap)
        cuts = [threshold_at(total[~scam], mix[~scam], budget, -np.inf) for budget in FIT_BUDGETS]
        recall = float(np.mean([np.average(total[scam] >= cut, weights=mix[scam]) for cut in cuts]))
        if recall > best[0] + 1e-9:
            best = (recall, ratio, cap, floor)
    _, ratio, cap, floor = best
    total = evidence.rules + np.clip(evidence.model * ratio, -floor, cap)
    weights = np.where(scam, mix / mix[scam].sum(), mix / mix[~scam].sum()) * len(scam) / 2.0
    coef, intercept = logistic(total[:, None], scam, weights)
    slope = float(coef[0])
    return {
        "prior": round(intercept + logit(PREVALENCE), 4), "rule_weight": round(slope, 4), "model_weight": round(slope * ratio, 4),
        "model_cap": round(slope * cap, 4), "model_floor": round(slope * floor, 4),
    }  # fmt: skip


def mixture(messages: Sequence[Message], weights: FloatArray) -> FloatArray:
    """Weights that bring scams to sum 1 and benign messages to the shares in `MIX`: ordinary ones, twins of scams, publicity."""
    kinds = np.array([kind_of(message) for message in messages])
    mix = np.zeros(len(messages))
    for kind, share in MIX.items():
        rows = kinds == kind
        if rows.any():
            mix[rows] = share * weights[rows] / weights[rows].sum()
    return mix


def kind_of(message: Message) -> str:
    """scam, twin (benign text on a scam's topic), publicity, or one of the kinds of ordinary messages in `ORDINARY`."""
    record = message.record
    if record.scam:
        return "scam"
    return KINDS.get(record.topic, "twin" if record.topic in CODES else "notice")


def fused_logits(evidence: Evidence, fitted: dict[str, float]) -> FloatArray:
    """prior + rules + capped model, without the limit on model-only alerts."""
    model = np.clip(evidence.model * fitted["model_weight"], -fitted["model_floor"], fitted["model_cap"])
    return np.asarray(fitted["prior"] + evidence.rules * fitted["rule_weight"] + model)


def threshold_at(benign: FloatArray, weights: FloatArray, budget: float, floor: float) -> float:
    """The smallest logit, at least `floor`, that at most `budget` of the weighted benign messages reach."""
    order = np.argsort(-benign, kind="stable")
    share = np.cumsum(weights[order]) / weights.sum()
    allowed = int(np.searchsorted(share, budget, side="right"))
    if allowed >= len(order):
        return floor
    return max(floor, float(benign[order[allowed]]) + 1e-6)


@dataclass(frozen=True, slots=True)
class Built:
    """A finished training: what `save` writes, and the out-of-fold evidence behind its figures."""

    manifest: dict[str, Any]
    terms: tuple[str, ...]
    arrays: dict[str, FloatArray]
    trainer: Trainer
    evidence: Evidence
    sklearn_pipeline: Any

    def save(self, directory: str | Path) -> None:
        save_artefact(directory, self.manifest, self.terms, self.arrays)
        (Path(directory) / "MODEL_CARD.md").write_text(model_card(self.manifest), "utf-8")


def build_model(
    corpus: str | Path, compiled: dict[str, Any], settings: Settings | None = None, *, extra: Sequence[Record] = ()
) -> Built:
    """Train on a corpus folder beside compiled rules. Under five minutes on two cores for the shipped corpus.

    `extra` are a department's own messages (`own_data.as_records`), taken as written and as one more author group. A term becomes
    a feature only if two author groups use it, so no name or number that stands in own messages alone gets into the model.
    """
    from sklearn.pipeline import Pipeline

    settings = settings or Settings()
    rules_alone = Classifier(compiled)
    trainer, evidence, classes, flags = collect(corpus, rules_alone, settings, extra)
    fitted = fit_fusion(evidence, mixture(trainer.messages, evidence.weights))
    fitted["class_scale"] = class_scale(trainer.messages, flags, classes, fitted["rule_weight"])
    fitted |= thresholds(evidence, fitted, trainer.messages)
    final = trainer.fit()
    manifest = {
        "corpus_sha256": corpus_digest(corpus),
        "rules_sha256": compiled["digest"],
        "licence": "Apache-2.0",
        "settings": settings.to_dict(),
        "fusion": fitted,
        "prevalence": PREVALENCE,
        "budgets": BUDGETS,
        "figures": figures(evidence, fitted, trainer.messages),
    }
    if extra:
        manifest["licence"] = "Apache-2.0 for the corpus; own messages as their owner decides"
        manifest["own_data"] = {"messages": len(extra), "sha256": records_digest(extra)}
    pipeline = Pipeline([("tfidf", final.vectorizer), ("classifier", final.binary)])
    return Built(manifest, final.terms, final.arrays(), trainer, evidence, pipeline)


def thresholds(evidence: Evidence, fitted: dict[str, float], messages: Sequence[Message]) -> dict[str, float]:
    """Scores at which the false-alarm budgets hold on ordinary messages, weighed as an inbox receives them."""
    logits = fused_logits(evidence, fitted)
    mix = mixture(messages, evidence.weights)
    ordinary = np.array([kind_of(message) in ORDINARY for message in messages])
    found: dict[str, float] = {"low": LOW}
    for risk in ("medium", "high"):
        cut = threshold_at(logits[ordinary], mix[ordinary], BUDGETS[risk], logit(FLOORS[risk]))
        found[risk] = round(min(_sigmoid(cut), CEILINGS[risk]), 6)
    return found


def _sigmoid(value: float) -> float:
    return 1.0 / (1.0 + math.exp(-value))


def collect(
    corpus: str | Path, classifier: Classifier, settings: Settings, extra: Sequence[Record] = ()
) -> tuple[Trainer, Evidence, FloatArray, list[list[Any]]]:
    """Trainer, out-of-fold evidence, out-of-fold class log-probabilities and rule flags for a corpus folder and own messages."""
    messages = expand_all(read_corpus(corpus), read_slots(corpus), copies=settings.copies)
    messages += [Message(record.text, record) for record in extra]  # their braces are no slots
    trainer = Trainer(messages, settings)
    model, classes = out_of_fold(trainer)
    rules, flagged, flags = rule_evidence(classifier, trainer.texts)
    scam = np.array([message.record.scam for message in messages])
    return trainer, Evidence(rules, flagged, model, scam, trainer.weights), classes, flags


def class_scale(messages: Sequence[Message], flags: list[list[Any]], classes: FloatArray, rule_weight: float) -> float:
    """The weight of the model's class log-probabilities beside the rules' evidence that ranks most scams right."""
    best, best_share = 1.0, -1.0
    rows = [row for row, message in enumerate(messages) if message.record.scam]
    for scale in CLASS_SCALES:
        right = sum(
            fusion.rank(CODES, flags[row], (classes[row] * scale).tolist())[0][0] == messages[row].record.label
            for row in rows
        )
        if right / max(len(rows), 1) > best_share + 1e-9:
            best, best_share = scale, right / max(len(rows), 1)
    return best


def figures(evidence: Evidence, fitted: dict[str, float], messages: Sequence[Message]) -> dict[str, Any]:
    """Out-of-fold recall and false alarms at the thresholds, with 95 % intervals and sample sizes."""
    logits = limited(evidence, fitted)
    result: dict[str, Any] = {}
    kind = np.array([kind_of(message) for message in messages])
    templates = np.array([message.record.template for message in messages])
    for name in MIX:
        rows = kind == name
        count = len(set(templates[rows]))
        entry: dict[str, Any] = {"templates": count, "messages": int(rows.sum())}
        for risk in ("medium", "high"):
            hit = logits[rows] >= logit(fitted[risk]) - 1e-12
            share = float(np.average(hit, weights=evidence.weights[rows])) if rows.any() else 0.0
            low, high = wilson(share * count, count)
            entry[risk] = {"share": round(share, 6), "low": round(low, 6), "high": round(high, 6)}
        result[name] = entry
    return result


def limited(evidence: Evidence, fitted: dict[str, float]) -> FloatArray:
    """Fused logits as the classifier gives them: never high without a rule."""
    logits = fused_logits(evidence, fitted)
    if "high" in fitted:
        logits = np.where(evidence.flagged, logits, np.minimum(logits, logit(fitted["high"]) - 1e-6))
    return np.clip(logits, -fusion.LOGIT_LIMIT, fusion.LOGIT_LIMIT)
