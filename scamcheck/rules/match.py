"""What was found in one canonical text: phrases, and, worked out only when a condition asks, entities, patterns, negation, sentences."""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scamcheck.entities import find_entities, possible_entities
from scamcheck.matcher import Hit
from scamcheck.normalize import Canonical
from scamcheck.patterns import Span, compiled, find_all

if TYPE_CHECKING:
    from scamcheck.rules.evaluate import Fired

Found = list[Span] | None

_SENTENCE = re.compile(r"[。!?;\n]+")
_CLAUSE_MARKS = r"[,。!?;:\n]+"
_QUOTED = re.compile('“[^“”]*”|「[^「」]*」|『[^『』]*』|"[^"]*"')


@dataclass(frozen=True, slots=True)
class Group:
    """Phrases, homophone keys, entities and patterns any of which satisfies one atom of a condition."""

    phrases: frozenset[int]
    homophones: frozenset[int]
    entities: tuple[str, ...]
    patterns: tuple[
        tuple[str, frozenset[int]], ...
    ]  # with the phrases one of which must occur for it to be tried; none: always


@dataclass(frozen=True, slots=True)
class Negator:
    phrases: frozenset[int]
    reach: int
    direction: str
    stop: str
    except_after: tuple[str, ...]
    except_before: tuple[str, ...]

    def excepted(self, text: str, start: int, end: int) -> bool:
        return bool(
            (self.except_after and text.endswith(self.except_after, 0, start))
            or (self.except_before and text.startswith(self.except_before, end))
        )


@dataclass(frozen=True, slots=True)
class Quotation:
    phrases: frozenset[int]
    min_length: int
    except_after: tuple[str, ...]
    except_before: tuple[str, ...]

    def intervals(self, match: Match) -> list[Span]:
        """Quotes long enough to be speech, where a cue stands outside all quotes."""
        quotes = [found.span() for found in _QUOTED.finditer(match.text)]
        starts = [start for start, _ in quotes]
        for phrase in self.phrases & match.present:
            for start, end, _ in match.hits[phrase]:
                at = bisect.bisect_right(starts, start) - 1
                inside = at >= 0 and end <= quotes[at][1]
                excepted = match.text.endswith(self.except_after, 0, start) or match.text.startswith(
                    self.except_before, end
                )
                if not inside and not excepted:
                    return [span for span in quotes if span[1] - span[0] - 2 >= self.min_length]
        return []


class Context:
    """The negators and quotation cues of a rule set."""

    __slots__ = ("_by_cue", "_cues", "clause", "negators", "quotation")

    def __init__(self, negators: Sequence[Negator], clause_words: Sequence[str], quotation: Quotation | None) -> None:
        self.negators = tuple(negators)
        self.clause = re.compile("|".join([_CLAUSE_MARKS, *map(re.escape, clause_words)]))
        self.quotation = quotation
        self._cues = frozenset[int]().union(
            *(negator.phrases for negator in negators), quotation.phrases if quotation else ()
        )
        self._by_cue = {cue: [item for item in negators if cue in item.phrases] for cue in self._cues}

    def intervals(self, match: Match) -> list[Span]:
        """Where phrases do not count: sorted, apart."""
        cues = self._cues & match.present
        if not cues:
            return []
        text = match.text
        found: list[Span] = []
        ends: dict[str, list[int]] = {}
        for cue in cues:
            for negator in self._by_cue[cue]:
                for start, end, _ in match.hits[cue]:
                    if negator.excepted(text, start, end):
                        continue
                    if negator.stop not in ends:
                        pattern = self.clause if negator.stop == "clause" else _SENTENCE
                        ends[negator.stop] = [mark.start() for mark in pattern.finditer(text)]
                    stops = ends[negator.stop]
                    if negator.direction == "forward":
                        at = bisect.bisect_left(stops, end)
                        limit = stops[at] if at < len(stops) else len(text)
                        found.append((end, min(end + negator.reach, limit)))
                    else:
                        at = bisect.bisect_left(stops, start) - 1
                        floor = stops[at] + 1 if at >= 0 else 0
                        found.append((max(start - negator.reach, floor), start))
        if self.quotation is not None and not self.quotation.phrases.isdisjoint(cues):
            found += self.quotation.intervals(match)
        return merged(found)


class Match:
    """What was found in one text. Built for one message and used by one thread.

    `hits` and `homophones` map phrase and homophone numbers to places, `possible` names the entities the text may hold, and `clues`
    has a bit for every group that may be satisfied.
    """

    __slots__ = (
        "_all_spans", "_context", "_encoded", "_entities", "_intervals", "_sentences", "_spans", "canonical", "clues", "fired",
        "hits", "homophones", "mode", "possible", "present", "text", "weakened",
    )  # fmt: skip

    def __init__(
        self, canonical: Canonical, hits: Mapping[int, list[Hit]], homophones: Mapping[int, list[Hit]], context: Context
    ) -> None:
        self.canonical = canonical
        self.text = canonical.text
        self.hits = hits
        self.present = frozenset(hits)
        self.homophones = homophones
        self.clues = 0
        self.possible = possible_entities(canonical.text)
        if canonical.disguises:
            self.possible |= {"disguise", *(f"disguise_{item.kind}" for item in canonical.disguises)}
        self.fired: dict[str, Fired] = {}
        self.weakened: set[Span] = set()
        self._context = context
        self._all_spans: dict[str, dict[int, Found]] = {"ignore": {}, "count": {}, "only": {}}
        self._entities: dict[str, list[Span]] = {}
        self._encoded: bytes | None = None
        self._intervals: list[Span] | None = None
        self._sentences: list[int] | None = None
        self.read("count")

    def read(self, mode: str) -> None:
        """From here on, groups answer with places outside negation (`ignore` negated ones), inside it (`only`) or with both (`count`)."""
        self.mode = mode
        self._spans = self._all_spans[mode]

    def group(self, number: int, group: Group) -> Found:
        """Places of any member of the group, sorted, filtered by the current way with negation."""
        known = self._spans
        if number in known:
            return known[number]
        hits = self.hits
        spans = [(start, end) for phrase in group.phrases & self.present for start, end, _ in hits[phrase]]
        if self.homophones and group.homophones:
            plain = set(spans)
            for key in group.homophones.intersection(self.homophones):
                for start, end, _ in self.homophones[key]:
                    if (start, end) not in plain:
                        spans.append((start, end))
                        self.weakened.add((start, end))
        for name in group.entities:
            spans += self.entity(name)
        for pattern, needs in group.patterns:
            if not needs or not needs.isdisjoint(self.present):
                spans += find_all(compiled(pattern), self.encoded)
        if len(spans) > 1:
            spans.sort()
        if spans and self.mode != "count" and (self.mode == "only" or self.intervals):
            spans = _within(spans, self.intervals, wanted=self.mode == "only")
        found = known[number] = spans or None
        return found

    @property
    def encoded(self) -> bytes:
        if self._encoded is None:
            self._encoded = self.text.encode()
        return self._encoded

    def entity(self, name: str) -> list[Span]:
        if name not in self._entities:
            if name not in self.possible:
                self._entities[name] = []
            elif name.startswith("disguise"):
                self._entities[name] = self._disguises(name.removeprefix("disguise").removeprefix("_"))
            else:
                self._entities[name] = find_entities(name, self.text, self.encoded)
        return self._entities[name]

    def _disguises(self, kind: str) -> list[Span]:
        chosen = [item for item in self.canonical.disguises if not kind or item.kind == kind]
        return sorted({_into_canonical(self.canonical, item.start, item.end) for item in chosen})

    @property
    def intervals(self) -> list[Span]:
        """Where a negation or a quotation reaches, sorted and apart."""
        if self._intervals is None:
            self._intervals = self._context.intervals(self)
        return self._intervals

    def negated(self, span: Span) -> bool:
        """Whether a negation reaches over the start of `span`."""
        intervals = self.intervals
        # The intervals are sorted and apart, so only the last that begins before the span can hold it.
        at = bisect.bisect_right(intervals, (span[0], len(self.text) + 1)) - 1
        return at >= 0 and span[1] <= intervals[at][1]

    def sentence(self, span: Span) -> int:
        if self._sentences is None:
            self._sentences = [mark.end() for mark in _SENTENCE.finditer(self.text)]
        return bisect.bisect_right(self._sentences, span[0])


def _within(spans: list[Span], intervals: list[Span], *, wanted: bool) -> list[Span]:
    """The spans that lie in one of the intervals, or those that do not. Both are sorted, the intervals apart."""
    kept = []
    at, last = -1, len(intervals) - 1
    for span in spans:
        start, end = span
        while at < last and intervals[at + 1][0] <= start:
            at += 1
        if (at >= 0 and end <= intervals[at][1]) == wanted:
            kept.append(span)
    return kept


def _into_canonical(canonical: Canonical, start: int, end: int) -> Span:
    """The canonical characters that came from [start, end) of the text as given; the next one where nothing did."""
    offsets = canonical.offsets
    if offsets is None:
        return start, end
    size = len(canonical.text)
    characters = range(size)  # bisected in place: a message may hold as many disguises as characters
    first = min(bisect.bisect_right(characters, start, key=lambda at: offsets[2 * at + 1]), max(size - 1, 0))
    last = bisect.bisect_left(characters, end, key=lambda at: offsets[2 * at])
    return first, min(max(last, first + 1), size)


def merged(spans: Iterable[Span], *, touching: bool = True) -> list[Span]:
    """Sorted spans, overlapping ones (and those that touch) joined."""
    result: list[Span] = []
    for start, end in sorted(spans):
        if result and (start < result[-1][1] or (touching and start == result[-1][1])):
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((start, end))
    return result
