"""Which rules fire on a text, and where.

Only rules one of whose rarest phrases was hit are looked at, and of those only the ones whose other parts are present too; a rule's
condition is made ready when it first comes up. Cost is linear in the number of hits.
"""

from __future__ import annotations

import bisect
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scamcheck.matcher import Hit, places_of
from scamcheck.normalize import Canonical
from scamcheck.patterns import Span
from scamcheck.rules.conditions import Condition, condition_of, refuses
from scamcheck.rules.match import Context, Found, Group, Match, Negator, Quotation, merged

MAX_SPANS = 12  # shown per flag; more adds nothing a reader uses
HOMOPHONE_WEIGHT = 0.7  # share of its evidence a flag keeps when a homophone spelling was needed


@dataclass(frozen=True, slots=True)
class Fired:
    """A rule that holds, with the canonical spans that made it hold."""

    rule: Rule
    spans: tuple[Span, ...]
    weight: float  # 1, or less when a homophone spelling was needed


@dataclass(frozen=True, slots=True)
class Rule:
    """What is to be said of a rule that fired."""

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


_Clue = tuple[int, tuple[int, ...]]  # bits of the groups a phrase satisfies, and the rules it calls up


class RuleEngine:
    """Evaluates compiled rules (see `scamcheck.rules.compiled`). What it builds on first use depends on the rules alone."""

    def __init__(self, compiled: Mapping[str, Any]) -> None:
        self.phrases: tuple[str, ...] = tuple(compiled["phrases"])
        self.homophones: tuple[str, ...] = tuple(compiled["homophones"])
        self.rules = tuple(_rule(index, item) for index, item in enumerate(compiled["rules"]))
        self._compiled = compiled["rules"]
        self._sets = compiled["sets"]
        self._group_nodes = compiled["groups"]
        self._gating: int = compiled["gating"]
        self._context = _context(compiled)
        self._latin = frozenset(
            number for number, phrase in enumerate(self.phrases) if phrase.isascii() and phrase.isalpha()
        )
        self._groups: dict[int, Group] = {}
        self._conditions: dict[int, tuple[Condition, tuple[Condition, ...]]] = {}
        self._index()

    @property
    def negators(self) -> tuple[Negator, ...]:
        return self._context.negators

    # What must be looked at ------------------------------------------------------------------------------------------

    def _index(self) -> None:
        """For each phrase the sets it is in, for each set its groups, for each group the rules it calls up."""
        self._sets_of_phrase: list[list[int]] = [[] for _ in self.phrases]
        self._sets_of_homophone: list[list[int]] = [[] for _ in self.homophones]
        for number, (phrases, homophones) in enumerate(self._sets):
            for phrase in phrases:
                self._sets_of_phrase[phrase].append(number)
            for homophone in homophones:
                self._sets_of_homophone[homophone].append(number)
        self._groups_of_set: list[list[int]] = [[] for _ in self._sets]
        self._open = 0  # bits of groups that something else than a phrase may satisfy
        self._groups_of_entity: dict[str, list[int]] = defaultdict(list)
        for number, (sets, entities, patterns) in enumerate(self._group_nodes):
            needed = [needs for _, needs in patterns]
            for member in {*sets, *(needs for needs in needed if needs is not None)}:
                self._groups_of_set[member].append(number)
            if None in needed and number < self._gating:
                self._open |= 1 << number
            for name in entities:
                self._groups_of_entity[name].append(number)
        self._clues: list[_Clue | None] = [None] * len(self.phrases)
        self._homophone_clues: list[_Clue | None] = [None] * len(self.homophones)
        self._entity_clues: dict[frozenset[str], _Clue] = {}
        self._needs = [0] * len(self.rules)  # known once a rule's condition is built
        self._called_by_group: dict[int, list[int]] = defaultdict(list)
        self.by_rule: dict[str, list[int]] = defaultdict(list)
        always: set[int] = set()
        for index, item in enumerate(self._compiled):
            if item["silenced"]:
                continue
            if item["triggers"] is None:
                always.add(index)
                continue
            for kind, value in item["triggers"]:
                if kind == "rule":
                    self.by_rule[value].append(index)
                    continue
                self._called_by_group[value].append(index)
                _, entities, patterns = self._group_nodes[value]
                if any(needs is None for _, needs in patterns) or any(not _is_disguise(name) for name in entities):
                    always.add(index)
        self.always = tuple(sorted(always))

    def _clue(self, groups: set[int]) -> _Clue:
        """Bits of the groups present, and the rules called up by one of them."""
        rules = {rule for group in groups for rule in self._called_by_group.get(group, ())}
        return sum(1 << group for group in groups if group < self._gating), tuple(sorted(rules))

    def _clue_of_sets(self, sets: Iterable[int]) -> _Clue:
        return self._clue({group for number in sets for group in self._groups_of_set[number]})

    def _group(self, number: int) -> Group:
        group = self._groups.get(number)
        if group is None:
            sets, entities, patterns = self._group_nodes[number]
            members = [self._sets[member] for member in sets]
            group = self._groups[number] = Group(
                frozenset(phrase for phrases, _ in members for phrase in phrases),
                frozenset(key for _, homophones in members for key in homophones),
                tuple(entities),
                tuple(
                    (text, frozenset() if needs is None else frozenset(self._sets[needs][0]))
                    for text, needs in patterns
                ),
            )
        return group

    def _condition(self, index: int) -> tuple[Condition, tuple[Condition, ...]]:
        """The condition of a rule and what takes it back, built when first asked for."""
        known = self._conditions.get(index)
        if known is None:
            item = self._compiled[index]
            when = condition_of(item["when"], self._group, self._gating)
            known = self._conditions[index] = (
                when,
                tuple(condition_of(node, self._group, self._gating) for node in item["unless"]),
            )
            self._needs[index] = when.needs
        return known

    # What holds ------------------------------------------------------------------------------------------------------

    def match(self, canonical: Canonical, places: dict[int, list[Hit]], homophones: Sequence[Hit]) -> Match:
        """What was found, ready for `fire`: places by pattern number (those of model terms do no harm), and homophone hits."""
        if not self._latin.isdisjoint(places):
            places = _whole_words(places, self._latin, canonical.text)
        return Match(canonical, places, places_of(homophones), self._context)

    def fire(self, match: Match) -> dict[str, Fired]:
        """Every rule that holds, by id, composites' parts included."""
        candidates = set(self.always)
        clues = self._open
        count = len(self._clues)
        for phrase in match.hits:
            if phrase < count:
                bits, rules = self._clues[phrase] or self._phrase_clue(phrase)
                clues |= bits
                if rules:
                    candidates.update(rules)
        for key in match.homophones:
            bits, rules = self._homophone_clues[key] or self._homophone_clue(key)
            clues |= bits
            candidates.update(rules)
        bits, rules = self._entity_clues.get(match.possible) or self._entity_clue(match.possible)
        clues |= bits
        candidates.update(rules)
        match.clues = clues
        missing = ~clues
        needs = self._needs
        queue = sorted([index for index in candidates if not needs[index] & missing])
        at = 0
        while at < len(queue):
            index = queue[at]
            at += 1
            spans = self._fires(index, match)
            if spans is None:
                continue
            rule = self.rules[index]
            weight = HOMOPHONE_WEIGHT if match.weakened and any(span in match.weakened for span in spans) else 1.0
            match.fired[rule.id] = Fired(rule, _shown(spans), weight)
            for further in self.by_rule.get(rule.id, ()):  # rules over rules come later in the order
                if further not in candidates:
                    candidates.add(further)
                    bisect.insort(queue, further, lo=at)
        return match.fired

    def _entity_clue(self, names: frozenset[str]) -> _Clue:
        clue = self._entity_clues[names] = self._clue(
            {group for name in names for group in self._groups_of_entity.get(name, ())}
        )
        return clue

    def _phrase_clue(self, phrase: int) -> _Clue:
        clue = self._clues[phrase] = self._clue_of_sets(self._sets_of_phrase[phrase])
        return clue

    def _homophone_clue(self, key: int) -> _Clue:
        clue = self._homophone_clues[key] = self._clue_of_sets(self._sets_of_homophone[key])
        return clue

    def _fires(self, index: int, match: Match) -> Found:
        when, refused = self._condition(index)
        if not when.possible(match):
            return None
        match.read(self.rules[index].negated)
        spans = when.find(match)
        if spans is None:
            return None
        match.read("count")
        for condition in refused:
            if refuses(condition, match):
                return None
        return spans


def _rule(index: int, item: Mapping[str, Any]) -> Rule:
    return Rule(
        index=index, id=item["id"], category=item["category"], title=item["title"], title_en=item["title_en"], phase=item["phase"],
        evidence=item["evidence"], level=item["level"], status=item["status"], group=item["group"], reason=item["reason"],
        supports=item["supports"], negated=item["negated"], absorbs=tuple(item["absorbs"]),
    )  # fmt: skip


def _context(compiled: Mapping[str, Any]) -> Context:
    negators = [
        Negator(
            frozenset(item["terms"]), item["reach"], item["direction"], item["stop"], tuple(item["except_after"]), tuple(item["except_before"])
        )
        for item in compiled["negation"]
    ]  # fmt: skip
    found = compiled["quotation"]
    quotation = found and Quotation(
        frozenset(found["terms"]), found["min_length"], tuple(found["except_after"]), tuple(found["except_before"])
    )
    return Context(negators, compiled["clause_words"], quotation)


def _is_disguise(name: str) -> bool:
    return name.startswith("disguise")


def _whole_words(places: dict[int, list[Hit]], latin: frozenset[int], text: str) -> dict[int, list[Hit]]:
    """`places` without the hits of Latin phrases inside longer Latin words: `line` in `online`."""
    result = {}
    for number, hits in places.items():
        kept = [hit for hit in hits if not _inside_word(text, hit[0], hit[1])] if number in latin else hits
        if kept:
            result[number] = kept
    return result


def _inside_word(text: str, start: int, end: int) -> bool:
    before, after = text[start - 1 : start], text[end : end + 1]
    return (before.isascii() and before.isalpha()) or (after.isascii() and after.isalpha())


def _shown(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Overlapping places merged (touching ones kept apart), the first few."""
    return tuple(merged(set(spans), touching=False)[:MAX_SPANS])
