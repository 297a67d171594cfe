"""Choosing model terms: jieba words and character n-grams that say something across authors, few enough to stay fast."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from scamcheck.model.corpus import Record
from scamcheck.model.statistics import log_likelihood_ratio

_CJK = re.compile(r"[\u3400-\u9fff]+")
_LATIN = re.compile(r"[a-z]{2,12}")
NGRAMS = (2, 3, 4)
MAX_TERM = 6
# Placeholders and slot fillers say how a log was masked, not what a message wants.
_MASKS = frozenset(
    [
        "digit",
        "name",
        "place",
        "url",
        "phone",
        "cellphone",
        "wechat",
        "hotline",
        "xx",
        "xxx",
        "xxxx",
        "com",
        "cn",
        "www",
        "http",
        "https",
        "example",
        "top",
        "vip",
        "xyz",
        "cc",
    ]
)


def candidate_terms(text: str, tokenizer: object) -> set[str]:
    """Terms of one canonical text: jieba words of 2-6 characters, 2-4-grams within runs of Chinese, Latin words."""
    terms: set[str] = set()
    for run in _CJK.findall(text):
        for size in NGRAMS:
            terms.update(run[at : at + size] for at in range(len(run) - size + 1))
        terms.update(word for word in tokenizer.cut(run) if 2 <= len(word) <= MAX_TERM)  # type: ignore[attr-defined]
    terms.update(word for word in _LATIN.findall(text) if word not in _MASKS)
    return terms


def select_terms(
    documents: Sequence[tuple[set[str], Record]], *, size: int, min_templates: int, min_groups: int
) -> tuple[str, ...]:
    """The `size` terms with the most to say, sorted.

    `documents` are (candidate terms, record) with one entry a template. A term must occur in `min_templates` templates by
    `min_groups` author groups, so that no author's habit becomes a feature. The score is the signed root of the log-likelihood
    ratio (Dunning 1993) of the term against scam or benign, or against one category among the scams, whichever says more; a longer
    term that always stands for a shorter chosen one is left out.
    """
    total = len(documents)
    scams = sum(record.scam for _, record in documents)
    labels = Counter(record.label for _, record in documents if record.scam)
    templates: Counter[str] = Counter()
    in_scam: Counter[str] = Counter()
    by_label: dict[str, Counter[str]] = {}
    groups: dict[str, set[str]] = {}
    for terms, record in documents:
        templates.update(terms)
        if record.scam:
            in_scam.update(terms)
        for term in terms:
            groups.setdefault(term, set()).add(record.group)
            if record.scam:
                by_label.setdefault(term, Counter())[record.label] += 1
    scores: dict[str, float] = {}
    for term, count in templates.items():
        if count < min_templates or len(groups[term]) < min_groups:
            continue
        best = log_likelihood_ratio(in_scam[term], scams, count, total)
        for label, hits in by_label.get(term, {}).items():
            best = max(best, 0.5 * log_likelihood_ratio(hits, labels[label], in_scam[term], scams))
        scores[term] = best
    kept: list[str] = []
    chosen: set[str] = set()
    for term in sorted(scores, key=lambda item: (-scores[item], len(item), item)):
        if any(templates[part] <= templates[term] * 1.1 for part in _parts(term) if part in chosen):
            continue  # the shorter term already says it
        kept.append(term)
        chosen.add(term)
        if len(kept) >= size:
            break
    return tuple(sorted(kept))


def frequent_characters(documents: Sequence[tuple[set[str], Record]], min_templates: int) -> str:
    """Chinese characters that occur in the terms of at least `min_templates` templates, sorted."""
    count: Counter[str] = Counter()
    for terms, _ in documents:
        count.update({character for term in terms if _CJK.match(term) for character in term})
    return "".join(sorted(character for character, templates in count.items() if templates >= min_templates))


def _parts(term: str) -> Iterable[str]:
    return (
        term[start:end]
        for start in range(len(term))
        for end in range(start + 2, len(term) + 1)
        if end - start < len(term)
    )
