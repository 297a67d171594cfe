"""text → normalise → match → rules + model → fuse → verdict. The pipeline, top to bottom."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from scamcheck.errors import InputTypeError
from scamcheck.fusion import Fusion, Total, add_up, counted, label_of, rank
from scamcheck.matcher import Hit, Matcher, places_of
from scamcheck.normalize import Canonical, normalize
from scamcheck.rules.evaluate import Fired, RuleEngine
from scamcheck.taxonomy import Taxonomy
from scamcheck.verdict import Contribution, Explanation, RedFlag, Risk, TermEvidence, Verdict, sigmoid

if TYPE_CHECKING:
    from scamcheck.model.runtime import TermModel

_T = TypeVar("_T")
MODEL_FLAG = "model.terms"
_MODEL_TITLE, _MODEL_TITLE_EN = "用词与已知骗术相近", "worded like known scams"
_MODEL_REASON = "没有单独一条规则命中, 但多处用词合起来与已知诈骗话术相近, 请看标出的词并向官方渠道核实"


class Score(NamedTuple):
    """What `score_many` says of a message: those of its verdict."""

    label: str
    risk: Risk
    score: float


@dataclass(slots=True)
class Findings:
    """All that was found in one message; explanations are made of it."""

    text: str
    canonical: Canonical
    places: dict[int, list[Hit]]  # by pattern number
    counts: dict[int, int]  # occurrences by model term
    flags: list[tuple[Fired, float]]
    total: Total
    risk: Risk
    label: str
    ranking: list[tuple[str, float]] | None  # of flagged messages


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
            self.term_numbers: Mapping[int, int] = {numbers[term]: index for index, term in enumerate(model.terms)}
        else:
            self.term_numbers = {}
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
        found = self._find(text)
        return self._verdict(found, functools.partial(self._details, found))

    def classify_many(self, texts: Iterable[str]) -> list[Verdict]:
        """Verdicts on many messages, in their order; equal to `classify` on each. Repeated texts are judged once.

        What was found is kept for flagged messages only; the explanation of another is found again when it is asked for.
        """
        return self._each(texts, self._verdict_of_many)

    def score_many(self, texts: Iterable[str]) -> list[Score]:
        """Label, risk and score of many messages, in their order: those of `classify`, without explanations."""
        return self._each(texts, self._score)

    def _each(self, texts: Iterable[str], judge: Callable[[str], _T]) -> list[_T]:
        if isinstance(texts, str):
            raise InputTypeError("several messages are expected; pass a list, or call classify for one")
        known: dict[str, _T] = {}
        results = []
        for text in texts:
            result = known.get(text) if isinstance(text, str) else None
            if result is None:
                result = known[text] = judge(text)
            results.append(result)
        return results

    def _verdict_of_many(self, text: str) -> Verdict:
        found = self._find(text)
        if found.risk in ("medium", "high"):
            return self._verdict(found, functools.partial(self._details, found))
        return self._verdict(found, functools.partial(self._details_again, text))

    def _score(self, text: str) -> Score:
        found = self._find(text)
        return Score(found.label, found.risk, sigmoid(found.total.logit))

    def fire(self, text: str) -> tuple[Canonical, list[Hit], dict[str, Fired]]:
        """Canonical text, pattern hits and fired rules (parts of composites and rules on trial included)."""
        canonical = normalize(text)
        hits = self._matcher.find(canonical.text)
        match = self._engine.match(canonical, places_of(hits), self._matcher.find_homophones(canonical.text))
        return canonical, hits, self._engine.fire(match)

    def term_vector(self, text: str) -> list[tuple[int, float]]:
        """(number, weight) of each model term in a text, Euclidean length 1, for comparing texts; empty without a model."""
        if self._model is None:
            return []
        return self._model.vector(self._term_counts(places_of(self._matcher.find(normalize(text).text))))

    def _find(self, text: str) -> Findings:
        """Everything the score and the label need."""
        if not isinstance(text, str):
            raise InputTypeError(
                f"a message is text (str), not {type(text).__name__}; decode bytes, and turn missing values into ''"
            )
        canonical = normalize(text)
        places = places_of(self._matcher.find(canonical.text))
        match = self._engine.match(canonical, places, self._matcher.find_homophones(canonical.text))
        flags = counted(self._fusion, self._engine.fire(match))
        counts = self._term_counts(places)
        total = add_up(self._fusion, flags, self._model.logit(counts, canonical.text) if self._model else 0.0)
        risk = self._fusion.risk(total.logit)
        ranking = self.rank(flags, counts, canonical) if risk in ("medium", "high") else None
        return Findings(text, canonical, places, counts, flags, total, risk, label_of(risk, ranking or ()), ranking)

    def _verdict(self, found: Findings, build: Callable[[], Explanation]) -> Verdict:
        return Verdict(
            text=found.text, label=found.label, risk=found.risk, logit=found.total.logit, taxonomy=self.taxonomy,
            rules_version=self.rules_version, model_version=self.model_version, build=build,
        )  # fmt: skip

    def _term_counts(self, places: dict[int, list[Hit]]) -> dict[int, int]:
        terms = self.term_numbers
        return {terms[number]: len(found) for number, found in places.items() if number in terms}

    def rank(
        self, flags: list[tuple[Fired, float]], counts: dict[int, int], canonical: Canonical
    ) -> list[tuple[str, float]]:
        """(category, share) best first, from what counts and the model's class scores."""
        return rank(self._codes, flags, self._model.class_scores(counts, canonical.text) if self._model else None)

    def _details(self, found: Findings) -> Explanation:
        return _Explained(self, found)

    def _details_again(self, text: str) -> Explanation:
        return _Explained(self, self._find(text))


class _Explained:
    """The explanation of one message, piece by piece as it is read."""

    def __init__(self, classifier: Classifier, found: Findings) -> None:
        self._classifier = classifier
        self._found = found

    @functools.cached_property
    def red_flags(self) -> tuple[RedFlag, ...]:
        found, weight = self._found, self._classifier.fusion.rule_weight
        flags = [_red_flag(found, item, value * weight) for item, value in found.flags if value > 0]
        if found.risk in ("medium", "high") and not flags:
            flags.append(_model_flag(found, self.terms))
        return tuple(sorted(flags, key=lambda flag: (-flag.evidence, flag.rule_id)))

    @functools.cached_property
    def terms(self) -> tuple[TermEvidence, ...]:
        found, model = self._found, self._classifier.model
        if model is None or not found.counts:
            return ()
        span, names, scale = found.canonical.span, model.terms, self._classifier.fusion.model_weight
        contributions = dict(model.contributions(found.counts, found.canonical.text))
        numbers = self._classifier.term_numbers
        terms = [
            TermEvidence(
                names[index], contributions[index] * scale, tuple([span(start, end) for start, end, _ in places])
            )
            for number, places in found.places.items()
            if (index := numbers.get(number)) is not None and contributions[index]
        ]
        return tuple(sorted(terms, key=lambda term: (-abs(term.evidence), term.term)))

    @functools.cached_property
    def evidence(self) -> tuple[Contribution, ...]:
        found, fusion = self._found, self._classifier.fusion
        result = [Contribution("prior", "prior", "基础概率", "prior", fusion.prior)]
        for item, value in found.flags:
            rule = item.rule
            result.append(Contribution("rule", rule.id, rule.title, rule.title_en, value * fusion.rule_weight))
        if self._classifier.model is not None:
            result += [Contribution("term", term.term, term.term, term.term, term.evidence) for term in self.terms]
            rest = found.total.model - sum([term.evidence for term in self.terms])
            result.append(Contribution("model", "model", "模型基准与封顶", "model intercept and cap", rest))
        if found.total.limit:
            result.append(Contribution("limit", "limit", "封顶", "limit", found.total.limit))
        return tuple(result)

    @functools.cached_property
    def ranking(self) -> tuple[tuple[str, float], ...]:
        found = self._found
        return tuple(found.ranking or self._classifier.rank(found.flags, found.counts, found.canonical))


def _red_flag(found: Findings, item: Fired, value: float) -> RedFlag:
    rule = item.rule
    spans = tuple(dict.fromkeys(found.canonical.span(start, end) for start, end in item.spans))
    quotes = tuple(found.text[start:end] for start, end in spans)
    return RedFlag(rule.id, rule.title, rule.title_en, rule.reason, rule.category, rule.phase, value, spans, quotes)


def _model_flag(found: Findings, terms: Sequence[TermEvidence]) -> RedFlag:
    pushing = [term for term in terms if term.evidence > 0][:5]
    spans = tuple(sorted({span for term in pushing for span in term.spans}))[:12] or ((0, len(found.text)),)
    category = found.ranking[0][0] if found.ranking else "other"
    evidence = sum(term.evidence for term in pushing)
    quotes = tuple(found.text[start:end] for start, end in spans)
    return RedFlag(MODEL_FLAG, _MODEL_TITLE, _MODEL_TITLE_EN, _MODEL_REASON, category, None, evidence, spans, quotes)


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


def score_many(texts: Iterable[str]) -> list[Score]:
    """Label, risk and score of many messages, by the shipped rules and model; no explanations."""
    return default_classifier().score_many(texts)
