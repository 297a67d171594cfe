"""Conditions ready to run: what each answers with is the places that satisfied it, or None.

`possible` decides from the phrases present alone, without looking at places, whether a condition could hold; most conditions of most
messages end there. `find` costs time linear in the number of places: windows are found by a sweep over sorted places.
"""

from __future__ import annotations

import bisect
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from scamcheck.patterns import Span
from scamcheck.rules.match import Found, Group, Match

Within = int | str


class Condition(Protocol):
    """One node of a rule's condition. `needs` has the bits of groups it cannot do without."""

    needs: int
    cost: int  # how dear it is to look at: patterns and entities search the text again

    def possible(self, match: Match) -> bool: ...

    def find(self, match: Match) -> Found: ...


class Atom:
    """Any member of a group."""

    __slots__ = ("_group", "_number", "cost", "needs")

    def __init__(self, number: int, group: Group, *, gating: bool) -> None:
        self._number = number
        self._group = group
        self.needs = 1 << number if gating else 0
        self.cost = 2 * len(group.patterns) + len(group.entities)

    @property
    def is_disguise(self) -> bool:
        names = self._group.entities
        return bool(names) and all(name.startswith("disguise") for name in names)

    def possible(self, match: Match) -> bool:
        return not self.needs or match.clues & self.needs != 0

    def find(self, match: Match) -> Found:
        return match.group(self._number, self._group)

    def holds(self, match: Match) -> bool:
        """Whether the group finds anything, negated or not; where phrases decide it, no place is looked at."""
        group = self._group
        if not group.phrases.isdisjoint(match.present):
            return True
        return bool(group.homophones or group.entities or group.patterns) and self.find(match) is not None


class RuleHolds:
    """Another rule, which comes earlier in the order, has fired."""

    __slots__ = ("_name", "cost", "needs")

    def __init__(self, name: str) -> None:
        self._name = name
        self.needs = self.cost = 0

    def possible(self, match: Match) -> bool:
        return self._name in match.fired

    def find(self, match: Match) -> Found:
        fired = match.fired.get(self._name)
        return list(fired.spans) if fired else None


class Absent:
    """None of the parts holds."""

    __slots__ = ("_parts", "cost", "needs")

    def __init__(self, parts: Sequence[Condition]) -> None:
        self._parts = parts
        self.needs = 0
        self.cost = 1 + max(part.cost for part in parts)

    def possible(self, match: Match) -> bool:
        return True

    def find(self, match: Match) -> Found:
        return None if any(part.possible(match) and part.find(match) is not None for part in self._parts) else []


class Enough:
    """At least `wanted` of the parts hold."""

    __slots__ = ("_clues", "_parts", "_uncertain", "_wanted", "cost", "needs")

    def __init__(self, wanted: int, parts: Sequence[Condition]) -> None:
        self._wanted = wanted
        self._parts = parts
        self._clues = 0  # bits of the parts that are atoms with a bit of their own, which are counted at once
        self._uncertain = []
        for part in parts:
            if isinstance(part, Atom) and part.needs and not self._clues & part.needs:
                self._clues |= part.needs
            else:
                self._uncertain.append(part)
        self.needs = 0
        self.cost = 1 + max(part.cost for part in parts)

    def possible(self, match: Match) -> bool:
        held = (match.clues & self._clues).bit_count()
        if held >= self._wanted:
            return True
        for part in self._uncertain:
            if part.possible(match):
                held += 1
                if held >= self._wanted:
                    return True
        return False

    def find(self, match: Match) -> Found:
        found = []
        left = len(self._parts)
        for part in self._parts:
            spans = part.find(match) if part.possible(match) else None
            if spans is not None:
                found.append(spans)
            left -= 1
            if len(found) + left < self._wanted:
                return None
        return [span for spans in found for span in spans]


class Every:
    """All parts hold; `join` makes one answer of theirs: all places, or those in a window."""

    __slots__ = ("_join", "_order", "_parts", "_uncertain", "cost", "needs")

    def __init__(self, parts: Sequence[Condition], join: Callable[[list[list[Span]], Match], Found]) -> None:
        self._parts = parts
        self._join = join
        self._order = sorted(range(len(parts)), key=lambda index: parts[index].cost)
        self._uncertain = [part for part in parts if not isinstance(part, Atom)]
        self.needs = 0
        for part in parts:
            self.needs |= part.needs
        self.cost = 1 + max(part.cost for part in parts)

    def possible(self, match: Match) -> bool:
        if match.clues & self.needs != self.needs:
            return False
        for part in self._uncertain:  # noqa: SIM110 - a loop is faster here
            if not part.possible(match):
                return False
        return True

    def find(self, match: Match) -> Found:
        found: list[list[Span]] = [[]] * len(self._parts)
        for index in self._order:
            spans = self._parts[index].find(match)
            if spans is None:
                return None
            found[index] = spans
        return self._join(found, match)


def refuses(condition: Condition, match: Match) -> bool:
    """Whether a condition that takes a rule back holds; negation does not matter to it (`match` reads `count`)."""
    if isinstance(condition, Atom):
        return condition.holds(match)
    return condition.possible(match) and condition.find(match) is not None


def condition_of(node: Sequence[Any], group: Callable[[int], Group], gating: int) -> Condition:
    """The condition a compiled node stands for (see `scamcheck.rules.compiled`); groups below `gating` have a bit among the clues."""
    kind = node[0]
    if kind == "g":
        return Atom(node[1], group(node[1]), gating=node[1] < gating)
    if kind == "rule":
        return RuleHolds(node[1])
    parts = [condition_of(child, group, gating) for child in node[-1]]
    if kind == "all":
        return Every(parts, lambda found, _: [span for spans in found for span in spans])
    if kind == "none":
        return Absent(parts)
    if kind == "any":
        return Enough(1, parts)
    if kind == "at_least":
        return Enough(node[1], parts)
    within: Within = node[1]
    if kind == "ordered":
        return Every(parts, lambda found, match: ordered(found, within, match))
    overlapping = frozenset(index for index, part in enumerate(parts) if isinstance(part, Atom) and part.is_disguise)
    return Every(parts, lambda found, match: near(found, within, match, overlapping))


def near(found: list[list[Span]], within: Within, match: Match, overlapping: frozenset[int] = frozenset()) -> Found:
    """Clusters of places, none further than `within` from the one before, that hold a place of every part.

    Parts in `overlapping` (disguises, which lie on the word they disguise) may share their place with another.
    """
    places = sorted([(span, part) for part, spans in enumerate(found) for span in spans])
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
                match.sentence(span) != match.sentence(cluster[0]) if within == "sentence" else span[0] - reach > within  # type: ignore[operator]
            )
            if apart:
                close()
                cluster, parts, reach = [], {}, -1
        cluster.append(span)
        if part in parts:
            parts[part].append(span)
        else:
            parts[part] = [span]
        if span[1] > reach:
            reach = span[1]
    close()
    return result or None


_TRIED = 6


def _apart(parts: list[list[Span]], taken: tuple[Span, ...] = ()) -> bool:
    """Whether each part has a place of its own: one phrase that is in two lists is one clue, not two.

    The first few places of each part are tried, which bounds the work.
    """
    if not parts:
        return True
    rest = parts[1:]
    for place in parts[0][:_TRIED]:
        start, end = place
        for other in taken:
            if start < other[1] and other[0] < end:
                break
        else:
            if not rest or _apart(rest, (*taken, place)):
                return True
    return False


def ordered(found: list[list[Span]], within: Within, match: Match) -> Found:
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
