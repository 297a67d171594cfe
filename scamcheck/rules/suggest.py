"""Phrases that separate scam from benign messages and that no rule yet points at, as a draft rule file.

Words and 2-3-word sequences by jieba, scored by the log-likelihood ratio (Dunning 1993, “Accurate methods for the statistics of
surprise and coincidence”, aclanthology.org/J93-1003). A phrase counts once a cluster of near-copies, so that a mass mailing is one
message, and only where no red flag of the message points at it already and no negation takes it back.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from scamcheck.classifier import Classifier
from scamcheck.errors import InputError
from scamcheck.matcher import places_of
from scamcheck.model.near_duplicates import clusters
from scamcheck.model.statistics import log_likelihood_ratio
from scamcheck.normalize import normalize
from scamcheck.patterns import Span

LENGTHS = (2, 10)  # characters of a phrase
WORDS = 3
SIGNIFICANT = 10.83  # chi-square with one degree of freedom, p < 0.001
LIFT = 10.0  # times commoner in scam
SNIPPET = 24  # characters kept on either side of a phrase
_TOGETHER = 0.5  # Jaccard of the messages of two phrases of one group
_RUN = re.compile(r"[\u3400-\u9fff]+")
_EDGES = frozenset("的了是在和与就都也把被我你他她它您吗呢吧啊着过个们之而及或到给对从于以可要会能有这那不没很更请将让")
_NUMBER = re.compile(r"\d{5,}")


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase with its counts: messages without near-copies that hold it where no rule points, and benign ones that hold it."""

    text: str
    scam: int
    benign: int
    score: float
    messages: frozenset[int]  # clusters of scam messages


@dataclass(frozen=True, slots=True)
class Group:
    """Phrases that overlap or occur together, best first, with counts of messages that hold any, and snippets around them."""

    phrases: tuple[Phrase, ...]
    scam: int
    benign: int
    hits: tuple[str, ...]  # snippets of scam messages, long numbers masked
    misses: tuple[str, ...]  # openings of the benign messages most like them


@dataclass(frozen=True, slots=True)
class Suggestions:
    groups: tuple[Group, ...]
    scam_total: int  # without near-copies
    benign_total: int


def suggest(
    classifier: Classifier, scam: Sequence[str], benign: Sequence[str], *, min_count: int = 3, limit: int = 30
) -> Suggestions:
    """At most `limit` groups of phrases, best first. Raises `InputError` where either side has no messages."""
    for name, texts in (("scam", scam), ("benign", benign)):
        if not any(text.strip() for text in texts):
            raise InputError(f"there are no {name} messages; phrases can only be told apart with both kinds")
    from scamcheck.model.training import jieba_tokenizer

    tokenizer = jieba_tokenizer()
    canonical = [normalize(text).text for text in scam]
    ordinary = [normalize(text).text for text in benign]
    cluster, benign_cluster = clusters(scam).tolist(), clusters(benign).tolist()
    held: dict[str, set[int]] = defaultdict(set)
    for at, text in enumerate(scam):
        refused = _refused(classifier, text)
        for phrase in candidates(canonical[at], tokenizer, refused):
            held[phrase].add(cluster[at])
    held = {phrase: messages for phrase, messages in held.items() if len(messages) >= min_count}
    scams, benigns = len(set(cluster)), len(set(benign_cluster))
    in_benign = _occurrences(held, ordinary, benign_cluster)
    found = []
    for phrase, messages in held.items():
        hits, misses = len(messages), len(in_benign[phrase])
        lift = ((hits + 0.5) / (scams + 1)) / ((misses + 0.5) / (benigns + 1))
        score = log_likelihood_ratio(hits, scams, hits + misses, scams + benigns)
        if lift >= LIFT and score >= SIGNIFICANT:
            found.append(Phrase(phrase, hits, misses, score, frozenset(messages)))
    found.sort(key=lambda item: (-item.score, -len(item.text), item.text))
    groups = [_described(phrases, in_benign, scam, cluster, benign, ordinary) for phrases in _grouped(found)[:limit]]
    return Suggestions(tuple(groups), scams, benigns)


def candidates(text: str, tokenizer: Any, refused: Callable[[Span], bool] = lambda span: False) -> set[str]:
    """Words and word sequences of 2-10 Chinese characters in canonical text, at places that are not `refused`.

    A phrase neither begins nor ends with a function word, and a sequence has at least one word of two characters.
    """
    found: set[str] = set()
    for run in _RUN.finditer(text):
        words: list[Span] = [(run.start() + start, run.start() + end) for _, start, end in tokenizer.tokenize(run[0])]
        for first, (start, _) in enumerate(words):
            for last in range(first, min(first + WORDS, len(words))):
                end = words[last][1]
                inner = [text[begin:stop] for begin, stop in words[first : last + 1]]
                if (
                    LENGTHS[0] <= end - start <= LENGTHS[1]
                    and inner[0] not in _EDGES
                    and inner[-1] not in _EDGES
                    and max(map(len, inner)) >= 2
                    and not refused((start, end))
                ):
                    found.add(text[start:end])
    return found


def _refused(classifier: Classifier, text: str) -> Callable[[Span], bool]:
    """Whether a place in the canonical text is pointed at by a red flag, is negated, or holds a negation."""
    canonical, hits, fired = classifier.fire(text)
    match = classifier.engine.match(canonical, places_of(hits), ())
    taken = [span for item in fired.values() if item.rule.evidence > 0 for span in item.spans]
    for negator in classifier.engine.negators:
        taken += [hit[:2] for phrase in negator.phrases & match.present for hit in match.hits[phrase]]

    def refused(span: Span) -> bool:
        return match.negated(span) or any(start < span[1] and span[0] < end for start, end in taken)

    return refused


def _occurrences(phrases: Iterable[str], texts: Sequence[str], cluster: Sequence[int]) -> dict[str, set[int]]:
    """Clusters of texts that hold each phrase anywhere, word boundaries or not."""
    from scamcheck.matcher import Matcher

    names = list(phrases)
    found: dict[str, set[int]] = {name: set() for name in names}
    matcher = Matcher(names)
    for text, number in zip(texts, cluster, strict=True):
        for _, _, hit in matcher.find(text):
            found[names[hit]].add(number)
    return found


def _grouped(phrases: Sequence[Phrase]) -> list[list[Phrase]]:
    """Phrases joined to the first group whose best phrase contains them, is contained, or shares most messages.

    A phrase that contains or is contained in one already in its group and adds no message is left out.
    """
    groups: list[list[Phrase]] = []
    for phrase in phrases:
        group = next((group for group in groups if _related(phrase, group[0])), None)
        if group is None:
            groups.append([phrase])
        elif not any(_nested(phrase, other) and phrase.messages <= other.messages for other in group):
            group.append(phrase)
    return groups


def _nested(one: Phrase, other: Phrase) -> bool:
    return one.text in other.text or other.text in one.text


def _related(one: Phrase, other: Phrase) -> bool:
    shared = len(one.messages & other.messages)
    return _nested(one, other) or shared >= _TOGETHER * len(one.messages | other.messages)


def _described(
    phrases: Sequence[Phrase], in_benign: dict[str, set[int]], scam: Sequence[str], cluster: Sequence[int],
    benign: Sequence[str], ordinary: Sequence[str],
) -> Group:  # fmt: skip
    messages: frozenset[int] = frozenset().union(*(phrase.messages for phrase in phrases))
    hits = [
        _snippet(scam[at], [phrase.text for phrase in phrases])
        for at in _first_of_each(cluster)
        if cluster[at] in messages
    ]
    alarms = set().union(*(in_benign[phrase.text] for phrase in phrases))
    letters = Counter("".join(phrase.text for phrase in phrases))
    free = [at for at in range(len(benign)) if not any(phrase.text in ordinary[at] for phrase in phrases)]
    free.sort(key=lambda at: (-sum(letters[char] for char in set(ordinary[at])), len(ordinary[at])))
    misses = [masked(benign[at].strip()[: 2 * SNIPPET]) for at in free if benign[at].strip()]
    return Group(
        tuple(phrases), len(messages), len(alarms), tuple(dict.fromkeys(hits)), tuple(dict.fromkeys(misses[:3]))
    )


def _first_of_each(cluster: Sequence[int]) -> Iterator[int]:
    seen: set[int] = set()
    for at, number in enumerate(cluster):
        if number not in seen:
            seen.add(number)
            yield at


def _snippet(text: str, phrases: Sequence[str]) -> str:
    """The text as given around the first of the phrases in it, cut at SNIPPET characters on either side."""
    canonical = normalize(text)
    places = [(at, phrase) for phrase in phrases if (at := canonical.text.find(phrase)) >= 0]
    if not places:
        return masked(text[: 2 * SNIPPET])
    at, phrase = min(places)
    start, end = canonical.span(at, at + len(phrase))
    return masked(" ".join(text[max(0, start - SNIPPET) : end + SNIPPET].split()))


def masked(text: str) -> str:
    """Digits after the second of every long number replaced by *, for drafts get shared."""
    return _NUMBER.sub(lambda match: match[0][:2] + "*" * (len(match[0]) - 2), text)
