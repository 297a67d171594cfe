"""Which rules fire on a text, and where: conditions evaluated on the automaton's hits.

Only rules one of whose rarest phrases was hit are looked at. Every condition answers with the places that satisfied it, or None.
Cost is linear in the number of hits: windows are found by a sweep over sorted places, never by combining them.
"""

from __future__ import annotations

import bisect
import functools
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from scamcheck.entities import NEEDS_ASCII, find_entities
from scamcheck.matcher import Hit
from scamcheck.normalize import Canonical

Span = tuple[int, int]
Found = list[Span] | None

_ASCII = re.compile("[0-9a-z]")
_SENTENCE = re.compile(r"[。!?;\n]+")
_CLAUSE_MARKS = r"[,。!?;:\n]+"
MAX_SPANS = 12  # shown per flag; more adds nothing a reader uses
HOMOPHONE_WEIGHT = 0.7  # share of its evidence a flag keeps when a homophone spelling was needed


@dataclass(frozen=True, slots=True)
class Group:
    """Phrases, homophone keys, entities and patterns any of which satisfies one atom of a condition."""

    phrases: frozenset[int]
    homophones: frozenset[int]
    entities: tuple[str, ...]
    patterns: tuple[
        tuple[str, frozenset[int]], ...
    ]  # with the phrases one of which must occur for it to be tried; none: always

    @property
    def gated(self) -> bool:
        """Whether a phrase, a homophone or a pattern's needed phrase must occur for the group to find anything."""
        return not self.entities and all(needs for _, needs in self.patterns)

    @property
    def gates(self) -> frozenset[int]:
        """Phrases that may make the group find something."""
        return self.phrases.union(*(needs for _, needs in self.patterns))


@dataclass(frozen=True, slots=True)
class Fired:
    """A rule that holds, with the canonical spans that made it hold."""

    rule: Rule
    spans: tuple[Span, ...]
    weight: float  # 1, or less when a homophone spelling was needed


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule ready to run."""

    index: int
    id: str
    category: str
    title: str
    title_en: str
    phase: str | None
    evidence: float
    level: str
    status: str
    group: str
    reason: str
    supports: Mapping[str, float]
    negated: str
    absorbs: tuple[str, ...]
    holds: Callable[[Match], Found] = field(repr=False)
    refused: tuple[Callable[[Match], Found], ...] = field(repr=False)


class Match:
    """What was found in one canonical text; the lazily computed rest (entities, negation, sentences) with it."""

    __slots__ = (
        "_entities",
        "_intervals",
        "_sentences",
        "_spans",
        "ascii",
        "canonical",
        "clause",
        "fired",
        "hits",
        "homophones",
        "mode",
        "negators",
        "present",
        "quotation",
        "text",
        "weakened",
    )

    def __init__(
        self,
        canonical: Canonical,
        hits: Mapping[int, list[Span]],
        homophones: Mapping[int, list[Span]],
        negators: Sequence[_Negator],
        clause: re.Pattern[str],
        quotation: _Quotation | None,
    ) -> None:
        self.canonical = canonical
        self.text = canonical.text
        self.hits = hits
        self.present = frozenset(hits)
        self.homophones = homophones
        self.negators = negators
        self.clause = clause
        self.quotation = quotation
        self.mode = "ignore"
        self.fired: dict[str, Fired] = {}
        self.weakened: set[Span] = set()
        self.ascii = _ASCII.search(canonical.text) is not None
        self._spans: dict[tuple[int, str], Found] = {}
        self._entities: dict[str, list[Span]] = {}
        self._intervals: list[Span] | None = None
        self._sentences: list[int] | None = None

    def group(self, number: int, group: Group) -> Found:
        """Places of any member of the group, sorted, filtered by the current rule's way with negation."""
        key = (number, self.mode)
        if key in self._spans:
            return self._spans[key]
        spans: list[Span] = []
        for phrase in group.phrases.intersection(self.present):
            spans += self.hits[phrase]
        if group.homophones and self.homophones:
            plain = set(spans)
            for number_ in group.homophones & self.homophones.keys():
                for span in self.homophones[number_]:
                    if span not in plain:
                        spans.append(span)
                        self.weakened.add(span)
        for name in group.entities:
            spans += self.entity(name)
        for pattern, needs in group.patterns:
            if needs and needs.isdisjoint(self.present):
                continue
            spans += [match.span() for match in _regex(pattern).finditer(self.text)]
        if spans and self.mode != "count":
            wanted = self.mode == "only"
            spans = [span for span in spans if self.negated(span) == wanted]
        spans.sort()
        found = spans or None
        self._spans[key] = found
        return found

    def entity(self, name: str) -> list[Span]:
        if name not in self._entities:
            if name.startswith("disguise"):
                kind = name[len("disguise_") :]
                self._entities[name] = self._disguises(kind)
            else:
                self._entities[name] = find_entities(name, self.text) if name not in NEEDS_ASCII or self.ascii else []
        return self._entities[name]

    def _disguises(self, kind: str) -> list[Span]:
        chosen = [item for item in self.canonical.disguises if not kind or item.kind == kind]
        return sorted({_into_canonical(self.canonical, item.start, item.end) for item in chosen})

    def negated(self, span: Span) -> bool:
        """Whether a negation reaches over the start of `span`."""
        if self._intervals is None:
            self._intervals = self._negation()
        # The intervals are sorted and apart, so only the last that begins before the span can hold it.
        at = bisect.bisect_right(self._intervals, (span[0], len(self.text) + 1)) - 1
        return at >= 0 and span[1] <= self._intervals[at][1]

    def _negation(self) -> list[Span]:
        intervals: list[Span] = []
        ends: dict[str, list[int]] = {}
        for negator in self.negators:
            for phrase in negator.phrases.intersection(self.present):
                for start, end in self.hits[phrase]:
                    if negator.excepted(self.text, start, end):
                        continue
                    if negator.stop not in ends:
                        pattern = self.clause if negator.stop == "clause" else _SENTENCE
                        ends[negator.stop] = [match.start() for match in pattern.finditer(self.text)]
                    stops = ends[negator.stop]
                    if negator.direction == "forward":
                        at = bisect.bisect_left(stops, end)
                        limit = stops[at] if at < len(stops) else len(self.text)
                        intervals.append((end, min(end + negator.reach, limit)))
                    else:
                        at = bisect.bisect_left(stops, start) - 1
                        floor = stops[at] + 1 if at >= 0 else 0
                        intervals.append((max(start - negator.reach, floor), start))
        if self.quotation is not None:
            intervals += self.quotation.intervals(self)
        return _merged(intervals)

    def sentence(self, span: Span) -> int:
        if self._sentences is None:
            self._sentences = [match.end() for match in _SENTENCE.finditer(self.text)]
        return bisect.bisect_right(self._sentences, span[0])


@dataclass(frozen=True, slots=True)
class _Negator:
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


_QUOTED = re.compile('“[^“”]*”|「[^「」]*」|『[^『』]*』|"[^"]*"')


@dataclass(frozen=True, slots=True)
class _Quotation:
    phrases: frozenset[int]
    min_length: int
    except_after: tuple[str, ...]
    except_before: tuple[str, ...]

    def intervals(self, match: Match) -> list[Span]:
        """Quotes long enough to be speech, where a cue stands outside all quotes."""
        cues = self.phrases.intersection(match.present)
        if not cues:
            return []
        quotes = [found.span() for found in _QUOTED.finditer(match.text)]
        starts = [start for start, _ in quotes]
        for phrase in cues:
            for start, end in match.hits[phrase]:
                at = bisect.bisect_right(starts, start) - 1
                inside = at >= 0 and end <= quotes[at][1]
                excepted = match.text.endswith(self.except_after, 0, start) or match.text.startswith(
                    self.except_before, end
                )
                if not inside and not excepted:
                    return [span for span in quotes if span[1] - span[0] - 2 >= self.min_length]
        return []


class RuleEngine:
    """Evaluates compiled rules (see `scamcheck.rules.compiled`). Immutable once built."""

    def __init__(self, compiled: Mapping[str, Any]) -> None:
        self.groups = tuple(
            Group(
                frozenset(phrases),
                frozenset(homophones),
                tuple(entities),
                tuple((text, frozenset(needs)) for text, needs in patterns),
            )
            for phrases, homophones, entities, patterns in compiled["groups"]
        )
        self.phrases: tuple[str, ...] = tuple(compiled["phrases"])
        self.homophones: tuple[str, ...] = tuple(compiled["homophones"])
        self.negators = tuple(
            _Negator(
                frozenset(item["terms"]),
                item["reach"],
                item["direction"],
                item["stop"],
                tuple(item["except_after"]),
                tuple(item["except_before"]),
            )
            for item in compiled["negation"]
        )
        self.clause = re.compile("|".join([_CLAUSE_MARKS, *map(re.escape, compiled["clause_words"])]))
        found = compiled["quotation"]
        self.quotation = found and _Quotation(
            frozenset(found["terms"]), found["min_length"], tuple(found["except_after"]), tuple(found["except_before"])
        )
        self._latin = frozenset(
            number for number, phrase in enumerate(self.phrases) if phrase.isascii() and phrase.isalpha()
        )
        self.rules = tuple(self._rule(index, item) for index, item in enumerate(compiled["rules"]))
        self._index(compiled["rules"])

    def _rule(self, index: int, item: Mapping[str, Any]) -> Rule:
        return Rule(
            index=index, id=item["id"], category=item["category"], title=item["title"], title_en=item["title_en"], phase=item["phase"],
            evidence=item["evidence"], level=item["level"], status=item["status"], group=item["group"], reason=item["reason"],
            supports=item["supports"], negated=item["negated"], absorbs=tuple(item["absorbs"]),
            holds=self._condition(item["when"]),
            refused=tuple(self._condition(node) for node in item["unless"]),
        )  # fmt: skip

    # What must be looked at ------------------------------------------------------------------------------------------

    def _index(self, compiled: Sequence[Mapping[str, Any]]) -> None:
        """For each phrase and homophone, the rules it may make fire; and what else each rule needs to have been hit."""
        by_phrase: dict[int, set[int]] = {}
        by_homophone: dict[int, set[int]] = {}
        by_rule: dict[str, set[int]] = {}
        always: set[int] = set()
        disguised: set[int] = set()
        for index, item in enumerate(compiled):
            if item["silenced"]:
                continue
            triggers = min(self._needs(item["when"]), key=self._commonness, default=None)
            if triggers is None:
                always.add(index)
                continue
            for kind, value in triggers:
                if kind == "rule":
                    by_rule.setdefault(value, set()).add(index)
                    continue
                group = self.groups[value]
                for phrase in group.gates:
                    by_phrase.setdefault(phrase, set()).add(index)
                for homophone in group.homophones:
                    by_homophone.setdefault(homophone, set()).add(index)
                if any(not needs for _, needs in group.patterns) or any(
                    not name.startswith("disguise") for name in group.entities
                ):
                    always.add(index)
                elif group.entities:
                    disguised.add(index)
        self._bits(compiled)
        self.by_phrase = {phrase: tuple(rules) for phrase, rules in by_phrase.items()}
        self.by_homophone = {phrase: tuple(rules) for phrase, rules in by_homophone.items()}
        self.by_rule = {name: tuple(rules) for name, rules in by_rule.items()}
        self.always = tuple(sorted(always))
        self.disguised = tuple(sorted(disguised))

    def _bits(self, compiled: Sequence[Mapping[str, Any]]) -> None:
        """A bit a group: which groups each phrase satisfies, and the groups a rule cannot do without, as masks.

        Groups that entities, patterns or disguises may satisfy count as present, as do rules; so a mask never refuses a rule that
        could hold, and most candidates are refused without evaluating a condition.
        """
        self._phrase_bits = [0] * len(self.phrases)
        self._homophone_bits = [0] * len(self.homophones)
        self._open_bits = 0
        for number, group in enumerate(self.groups):
            for phrase in group.gates:
                self._phrase_bits[phrase] |= 1 << number
            for homophone in group.homophones:
                self._homophone_bits[homophone] |= 1 << number
            if not group.gated:
                self._open_bits |= 1 << number
        self._masks: list[tuple[int, ...]] = []
        for item in compiled:
            needs = [atoms for atoms in self._needs(item["when"]) if all(kind == "group" for kind, _ in atoms)]
            needs.sort(key=self._commonness)
            self._masks.append(tuple(sum(1 << value for _, value in atoms) for atoms in needs))

    def _needs(self, node: Sequence[Any]) -> list[set[tuple[str, Any]]]:
        """Sets of atoms of each of which at least one must be present for `node` to hold."""
        kind = node[0]
        if kind == "g":
            return [{("group", node[1])}]
        if kind == "rule":
            return [{("rule", node[1])}]
        if kind == "all":
            return [need for child in node[1] for need in self._needs(child)]
        if kind in ("near", "ordered"):
            return [need for child in node[2] for need in self._needs(child)]
        if kind in ("any", "at_least"):
            children = node[1] if kind == "any" else node[2][: len(node[2]) - node[1] + 1]
            union: set[tuple[str, Any]] = set()
            for child in children:
                needs = self._needs(child)
                if not needs:
                    return []
                union |= min(needs, key=self._commonness)
            return [union]
        return []

    def _commonness(self, atoms: Iterable[tuple[str, Any]]) -> float:
        """A guess at how often one of the atoms occurs, to pick the rarest: short phrases and entities are common."""
        total = 0.0
        for kind, value in atoms:
            if kind == "rule":
                total += 1e-3
                continue
            group = self.groups[value]
            total += sum(10.0 ** -len(self.phrases[phrase]) for phrase in group.gates) + 10.0 * sum(
                not needs for _, needs in group.patterns
            )
            total += sum(1e-3 if name.startswith("disguise") else 10.0 for name in group.entities)
        return total

    # What holds ------------------------------------------------------------------------------------------------------

    def match(self, canonical: Canonical, hits: Sequence[Hit], homophones: Sequence[Hit]) -> Match:
        """Hits by pattern number, ready for `fire`. Pattern numbers above the rules' own (model terms) are left out."""
        count = len(self.phrases)
        latin, text = self._latin, canonical.text
        by_phrase: dict[int, list[Span]] = {}
        for start, end, number in hits:
            if number < count:
                if number in latin and _inside_word(text, start, end):
                    continue
                if number in by_phrase:
                    by_phrase[number].append((start, end))
                else:
                    by_phrase[number] = [(start, end)]
        by_homophone: dict[int, list[Span]] = {}
        for start, end, number in homophones:
            by_homophone.setdefault(number, []).append((start, end))
        return Match(canonical, by_phrase, by_homophone, self.negators, self.clause, self.quotation)

    def fire(self, match: Match) -> dict[str, Fired]:
        """Every rule that holds, by id, composites' parts included."""
        candidates: set[int] = set(self.always)
        present = self._open_bits
        bits = self._phrase_bits
        for phrase in match.hits:
            present |= bits[phrase]
            rules = self.by_phrase.get(phrase)
            if rules:
                candidates.update(rules)
        for phrase in match.homophones:
            present |= self._homophone_bits[phrase]
            rules = self.by_homophone.get(phrase)
            if rules:
                candidates.update(rules)
        if match.canonical.disguises:
            candidates.update(self.disguised)
        masks = self._masks
        queue = sorted([index for index in candidates if all([present & mask for mask in masks[index]])])  # noqa: C419 - a list is faster here
        at = 0
        while at < len(queue):
            rule = self.rules[queue[at]]
            at += 1
            spans = self._fires(rule, match)
            if spans is None:
                continue
            weight = HOMOPHONE_WEIGHT if match.weakened and any(span in match.weakened for span in spans) else 1.0
            match.fired[rule.id] = Fired(rule, _shown(spans), weight)
            for index in self.by_rule.get(rule.id, ()):  # rules over rules come later in the order
                if index not in candidates:
                    candidates.add(index)
                    bisect.insort(queue, index, lo=at)
        return match.fired

    def _fires(self, rule: Rule, match: Match) -> Found:
        match.mode = rule.negated
        spans = rule.holds(match)
        if spans is None:
            return None
        match.mode = "count"
        for refused in rule.refused:
            if refused(match) is not None:
                return None
        return spans

    def _is_disguise(self, node: Sequence[Any]) -> bool:
        group = self.groups[node[1]] if node[0] == "g" else None
        return (
            group is not None and bool(group.entities) and all(name.startswith("disguise") for name in group.entities)
        )

    def _cheapest_first(self, nodes: Sequence[Sequence[Any]]) -> tuple[int, ...]:
        """Order in which to look at conditions: phrases before what needs a search of its own (entities, patterns)."""

        def cost(node: Sequence[Any]) -> int:
            if node[0] == "g":
                group = self.groups[node[1]]
                return 2 * len(group.patterns) + len(group.entities)
            return (
                0
                if node[0] == "rule"
                else 1 + max(map(cost, node[2] if node[0] in ("near", "ordered", "at_least") else node[1]))
            )

        return tuple(sorted(range(len(nodes)), key=lambda index: cost(nodes[index])))

    def _condition(self, node: Sequence[Any]) -> Callable[[Match], Found]:
        kind = node[0]
        if kind == "g":
            number, group = node[1], self.groups[node[1]]
            return lambda match: match.group(number, group)
        if kind == "rule":
            name = node[1]

            def fired(match: Match) -> Found:
                found = match.fired.get(name)
                return list(found.spans) if found else None

            return fired
        if kind in ("near", "ordered"):
            parts = [self._condition(child) for child in node[2]]
            order = self._cheapest_first(node[2])
            within = node[1]
            overlapping = frozenset(index for index, child in enumerate(node[2]) if self._is_disguise(child))
            sweep = functools.partial(_near, overlapping=overlapping) if kind == "near" else _ordered

            def window(match: Match) -> Found:
                found = _every(parts, order, match)
                return None if found is None else sweep(found, within, match)

            return window
        parts = [self._condition(child) for child in (node[2] if kind == "at_least" else node[1])]
        if kind == "all":
            order = self._cheapest_first(node[1])

            def every(match: Match) -> Found:
                found = _every(parts, order, match)
                return None if found is None else [span for spans in found for span in spans]

            return every
        if kind == "none":
            return lambda match: None if any(part(match) is not None for part in parts) else []
        wanted = node[1] if kind == "at_least" else 1

        def enough(match: Match) -> Found:
            found = [spans for part in parts if (spans := part(match)) is not None]
            return [span for spans in found for span in spans] if len(found) >= wanted else None

        return enough


def _into_canonical(canonical: Canonical, start: int, end: int) -> Span:
    """The canonical characters that came from [start, end) of the text as given; the next one where nothing did."""
    if canonical.offsets is None:
        return start, end
    size = len(canonical.text)
    first = min(bisect.bisect_right(canonical.offsets[1::2], start), max(size - 1, 0))
    last = bisect.bisect_left(canonical.offsets[0::2], end)
    return first, min(max(last, first + 1), size)


def _every(parts: Sequence[Callable[[Match], Found]], order: Sequence[int], match: Match) -> list[list[Span]] | None:
    """What every part found, in their own order; looked at in `order`, and given up at the first that found nothing."""
    found: list[list[Span]] = [[]] * len(parts)
    for index in order:
        spans = parts[index](match)
        if spans is None:
            return None
        found[index] = spans
    return found


def _inside_word(text: str, start: int, end: int) -> bool:
    """Whether [start, end) is part of a longer Latin word: `line` in `online`."""
    before, after = text[start - 1 : start], text[end : end + 1]
    return (before.isascii() and before.isalpha()) or (after.isascii() and after.isalpha())


def _near(found: list[list[Span]], within: int | str, match: Match, overlapping: frozenset[int] = frozenset()) -> Found:
    """Clusters of places, none further than `within` from the one before, that hold a place of every part.

    Parts in `overlapping` (disguises, which lie on the word they disguise) may share their place with another.
    """
    places = sorted((span, part) for part, spans in enumerate(found) for span in spans)
    result: list[Span] = []
    cluster: list[Span] = []
    parts: dict[int, list[Span]] = {}
    reach = -1

    def close() -> None:
        if len(parts) == len(found) and _apart([spans for part, spans in parts.items() if part not in overlapping]):
            result.extend(cluster)

    for span, part in places:
        if cluster:
            apart = (
                match.sentence(span) != match.sentence(cluster[0])
                if within == "sentence"
                else span[0] - reach > int(within)
            )
            if apart:
                close()
                cluster, parts, reach = [], {}, -1
        cluster.append(span)
        parts.setdefault(part, []).append(span)
        reach = max(reach, span[1])
    close()
    return result or None


_TRIED = 6


def _apart(parts: list[list[Span]], taken: tuple[Span, ...] = ()) -> bool:
    """Whether each part has a place of its own: one phrase that is in two lists is one clue, not two.

    The first few places of each part are tried, which bounds the work.
    """
    if not parts:
        return True
    return any(
        all(end <= other[0] or start >= other[1] for other in taken) and _apart(parts[1:], (*taken, (start, end)))
        for start, end in parts[0][:_TRIED]
    )


def _ordered(found: list[list[Span]], within: int | str, match: Match) -> Found:
    """Chains in which each part's place follows the one before it, at most `within` characters on."""
    chains: list[tuple[Span, ...]] = [(span,) for span in found[0]]
    for spans in found[1:]:
        ends = sorted((chain[-1][1], index) for index, chain in enumerate(chains))
        following = []
        for span in spans:
            at = bisect.bisect_right(ends, (span[0], len(chains))) - 1
            if at < 0:
                continue
            chain = chains[ends[at][1]]
            if (
                match.sentence(chain[-1]) == match.sentence(span)
                if within == "sentence"
                else span[0] - chain[-1][1] <= int(within)
            ):
                following.append((*chain, span))
        chains = following
        if not chains:
            return None
    return [span for chain in chains for span in chain]


def _merged(spans: Iterable[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _shown(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Overlapping places merged (touching ones kept apart), the first few."""
    merged: list[Span] = []
    for start, end in sorted(set(spans)):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged[:MAX_SPANS])


@functools.lru_cache(maxsize=4096)
def _regex(pattern: str) -> Any:
    import re2

    options = re2.Options()
    options.never_capture = True
    return re2.compile(pattern, options)
