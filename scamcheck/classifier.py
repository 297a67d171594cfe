"""text → normalise → match → rules + model → fuse → verdict. The pipeline, top to bottom."""

from __future__ import annotations

import functools
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scamcheck.errors import InputTypeError
from scamcheck.fusion import Fusion, Total, add_up, counted, label_of, rank
from scamcheck.matcher import Hit, Matcher
from scamcheck.normalize import Canonical, normalize
from scamcheck.rules.evaluate import Fired, RuleEngine
from scamcheck.taxonomy import Taxonomy
from scamcheck.verdict import Contribution, Details, RedFlag, TermEvidence, Verdict

if TYPE_CHECKING:
    from scamcheck.model.runtime import TermModel

MODEL_FLAG = "model.terms"
_MODEL_TITLE, _MODEL_TITLE_EN = "用词与已知骗术相近", "worded like known scams"
_MODEL_REASON = "没有单独一条规则命中, 但多处用词合起来与已知诈骗话术相近, 请看标出的词并向官方渠道核实"


class Classifier:
    """Rules and model, loaded once, never changed after; safe to share between threads.

    Build with `Classifier.load`.
    """

    def __init__(self, compiled: dict[str, Any], model: TermModel | None = None) -> None:
        self._compiled = compiled
        self._engine = RuleEngine(compiled)
        self._model = model
        self.taxonomy = Taxonomy.from_dict(compiled["taxonomy"])
        self.rules_version: str = compiled["digest"][:12]
        self.model_version: str | None = model.version if model else None
        self._fusion = Fusion.of_model(compiled, model.fusion) if model else Fusion.of_rules(compiled)
        patterns = list(self._engine.phrases)
        if model is not None:
            numbers = {pattern: number for number, pattern in enumerate(patterns)}
            for term in model.terms:
                numbers.setdefault(term, len(numbers))
            patterns = list(numbers)
            self._terms: dict[int, int] = {numbers[term]: index for index, term in enumerate(model.terms)}
        else:
            self._terms = {}
        self._matcher = Matcher(patterns, self._engine.homophones)
        self._codes = self.taxonomy.codes

    @classmethod
    def load(
        cls,
        *,
        rules: str | Path | Sequence[str | Path] | None = None,
        model: str | Path | bool | None = None,
    ) -> Classifier:
        """Load rules and model.

        Parameters
        ----------
        rules : rule directory, or several of which later ones add to and override earlier ones; the shipped rules if None.
        model : model directory; the shipped model if None; rules alone if False.

        Raises
        ------
        RuleError : rule files with problems, all of them listed with their places.
        ModelError : a model that cannot be used.
        InputError : a directory that is missing or cannot be read.
        """
        from scamcheck.resources import load_compiled, load_model

        return cls(load_compiled(rules), load_model(model))

    def __reduce__(self) -> tuple[Any, ...]:
        return Classifier, (self._compiled, self._model)

    def without_rules(self) -> Classifier:
        """The same model and thresholds with no rule firing: for ablation."""
        return Classifier({**self._compiled, "rules": []}, self._model)

    @property
    def engine(self) -> RuleEngine:
        """The rule engine, for tools that report on rules."""
        return self._engine

    @property
    def model(self) -> TermModel | None:
        return self._model

    @property
    def fusion(self) -> Fusion:
        return self._fusion

    def classify(self, text: str) -> Verdict:
        """The verdict on one message. Any string is fine; anything else raises `InputTypeError`."""
        if not isinstance(text, str):
            raise InputTypeError(
                f"a message is text (str), not {type(text).__name__}; decode bytes, and turn missing values into ''"
            )
        canonical, hits, fired = self.fire(text)
        return self._verdict(text, canonical, hits, fired)

    def classify_many(self, texts: Iterable[str]) -> list[Verdict]:
        """Verdicts on many messages, in their order; equal to `classify` on each. Repeated texts are judged once."""
        if isinstance(texts, str):
            raise InputTypeError("classify_many takes several messages; pass a list, or call classify for one")
        known: dict[str, Verdict] = {}
        verdicts = []
        for text in texts:
            verdict = known.get(text) if isinstance(text, str) else None
            if verdict is None:
                verdict = known[text] = self.classify(text)
            verdicts.append(verdict)
        return verdicts

    def fire(self, text: str) -> tuple[Canonical, list[Hit], dict[str, Fired]]:
        """Canonical text, pattern hits and fired rules (parts of composites and rules on trial included)."""
        canonical = normalize(text)
        hits = self._matcher.find(canonical.text)
        match = self._engine.match(canonical, hits, self._matcher.find_homophones(canonical.text))
        return canonical, hits, self._engine.fire(match)

    def term_vector(self, text: str) -> list[tuple[int, float]]:
        """(number, weight) of each model term in a text, Euclidean length 1, for comparing texts; empty without a model."""
        if self._model is None:
            return []
        return self._model.vector(self._term_counts(self._matcher.find(normalize(text).text)))

    def _verdict(self, text: str, canonical: Canonical, hits: list[Hit], fired: dict[str, Fired]) -> Verdict:
        flags = counted(self._fusion, fired)
        counts = self._term_counts(hits)
        model_logit = self._model.logit(counts, canonical.text) if self._model else 0.0
        total = add_up(self._fusion, flags, model_logit)
        risk = self._fusion.risk(total.logit)
        ranking: list[tuple[str, float]] | None = None
        if risk in ("medium", "high"):
            ranking = self._rank(flags, counts, canonical)
        return Verdict(
            text=text, label=label_of(risk, ranking or ()), risk=risk, logit=total.logit, taxonomy=self.taxonomy, rules_version=self.rules_version,
            model_version=self.model_version,
            build=functools.partial(self._details, text, canonical, hits, flags, counts, total, risk, ranking),
        )  # fmt: skip

    def _term_counts(self, hits: list[Hit]) -> dict[int, int]:
        counts: dict[int, int] = {}
        if self._terms:
            terms = self._terms
            for _, _, number in hits:
                index = terms.get(number)
                if index is not None:
                    counts[index] = counts.get(index, 0) + 1
        return counts

    def _rank(
        self, flags: list[tuple[Fired, float]], counts: dict[int, int], canonical: Canonical
    ) -> list[tuple[str, float]]:
        return rank(self._codes, flags, self._model.class_scores(counts, canonical.text) if self._model else None)

    # The explained part ----------------------------------------------------------------------------------------------

    def _details(
        self, text: str, canonical: Canonical, hits: list[Hit], flags: list[tuple[Fired, float]], counts: dict[int, int],
        total: Total, risk: str, ranking: list[tuple[str, float]] | None,
    ) -> Details:  # fmt: skip
        weight = self._fusion.rule_weight
        contributions = [Contribution("prior", "prior", "基础概率", "prior", self._fusion.prior)]
        red_flags = []
        for item, value in flags:
            rule = item.rule
            contributions.append(Contribution("rule", rule.id, rule.title, rule.title_en, value * weight))
            if value > 0:
                red_flags.append(self._red_flag(text, canonical, item, value * weight))
        terms = self._term_evidence(canonical, hits, counts)
        if self._model is not None:
            contributions += [Contribution("term", term.term, term.term, term.term, term.evidence) for term in terms]
            rest = total.model - sum(term.evidence for term in terms)
            contributions.append(Contribution("model", "model", "模型基准与封顶", "model intercept and cap", rest))
        if total.limit:
            contributions.append(Contribution("limit", "limit", "封顶", "limit", total.limit))
        if risk in ("medium", "high") and not red_flags:
            red_flags.append(self._model_flag(text, terms, ranking))
        red_flags.sort(key=lambda flag: (-flag.evidence, flag.rule_id))
        if ranking is None:
            ranking = self._rank(flags, counts, canonical)
        return Details(tuple(red_flags), tuple(terms), tuple(contributions), tuple(ranking))

    def _red_flag(self, text: str, canonical: Canonical, item: Fired, value: float) -> RedFlag:
        rule = item.rule
        spans = tuple(dict.fromkeys(canonical.span(start, end) for start, end in item.spans))
        quotes = tuple(text[start:end] for start, end in spans)
        return RedFlag(rule.id, rule.title, rule.title_en, rule.reason, rule.category, rule.phase, value, spans, quotes)

    def _term_evidence(self, canonical: Canonical, hits: list[Hit], counts: dict[int, int]) -> list[TermEvidence]:
        if self._model is None or not counts:
            return []
        places: dict[int, list[tuple[int, int]]] = {}
        for start, end, number in hits:
            index = self._terms.get(number)
            if index is not None:
                places.setdefault(index, []).append(canonical.span(start, end))
        scale = self._fusion.model_weight
        terms = [
            TermEvidence(self._model.terms[index], value * scale, tuple(places[index]))
            for index, value in self._model.contributions(counts, canonical.text)
            if value
        ]
        return sorted(terms, key=lambda term: (-abs(term.evidence), term.term))

    def _model_flag(self, text: str, terms: list[TermEvidence], ranking: list[tuple[str, float]] | None) -> RedFlag:
        pushing = [term for term in terms if term.evidence > 0][:5]
        spans = tuple(sorted({span for term in pushing for span in term.spans}))[:12] or ((0, len(text)),)
        category = ranking[0][0] if ranking else "other"
        evidence = sum(term.evidence for term in pushing)
        quotes = tuple(text[start:end] for start, end in spans)
        return RedFlag(
            MODEL_FLAG, _MODEL_TITLE, _MODEL_TITLE_EN, _MODEL_REASON, category, None, evidence, spans, quotes
        )


_default: Classifier | None = None
_lock = threading.Lock()


def default_classifier() -> Classifier:
    """The classifier with the shipped rules and model, loaded on first use and shared."""
    global _default
    if _default is None:
        with _lock:
            if _default is None:
                _default = Classifier.load()
    return _default


def classify(text: str) -> Verdict:
    """The verdict on one message, by the shipped rules and model."""
    return default_classifier().classify(text)


def classify_many(texts: Iterable[str]) -> list[Verdict]:
    """Verdicts on many messages, by the shipped rules and model."""
    return default_classifier().classify_many(texts)
