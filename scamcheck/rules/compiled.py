"""Rules made ready to run: phrases numbered for the automaton, conditions reduced to groups of phrases, all plain JSON.

The compiled form carries no examples or positions. It can be stored beside the sources with their digest, so that a process
that starts with unchanged rules parses no YAML; it is data only.
"""

from __future__ import annotations

import math
from collections.abc import Sequence, Set
from typing import Any

from scamcheck.normalize import homophone_key
from scamcheck.rules import schema
from scamcheck.rules.load import LoadedRule, RuleSet, canonical_term

FORMAT = 2
HOMOPHONE_MIN_LENGTH = 3  # shorter terms have too many innocent homophones
DISGUISES = ("invisible", "separator", "lookalike", "slang", "split", "digits")


def compile_rules(rules: RuleSet) -> dict[str, Any]:
    """The JSON-able compiled form of a rule set."""
    return _Compiler(rules).run()


class _Compiler:
    def __init__(self, rules: RuleSet) -> None:
        self.rules = rules
        self.phrases: dict[str, int] = {}
        self.homophones: dict[str, int] = {}
        self.groups: dict[tuple[Any, ...], int] = {}
        self.sets: dict[tuple[tuple[int, ...], tuple[int, ...]], int] = {}
        self.lexicons: dict[str, int] = {}

    def run(self) -> dict[str, Any]:
        order = self._order()
        negation = []
        for negator in self.rules.negation:
            entry = negator.model_dump()
            entry["terms"] = [self._phrase(term) for term in negator.terms]
            entry["except_after"] = [canonical_term(term) for term in negator.except_after]
            entry["except_before"] = [canonical_term(term) for term in negator.except_before]
            negation.append(entry)
        quotation = self._quotation()
        conditions = [self._node(loaded.rule.when) for loaded in order]
        gating = len(self.groups)  # groups numbered below this are needed for some rule to fire
        excluded: dict[str, list[Any]] = {}
        for exclusion in self.rules.exclusions:
            node = None if exclusion.when is None else self._node(exclusion.when)
            excluded.setdefault(exclusion.rule, []).append(node)
        compiled = [
            self._rule(loaded, when, excluded.get(loaded.rule.id, []))
            for loaded, when in zip(order, conditions, strict=True)
        ]
        sets = [list(map(list, key)) for key in self.sets]
        groups = [[list(sets_), list(entities), list(map(list, patterns))] for sets_, entities, patterns in self.groups]
        rarity = Rarity(list(self.phrases), sets, groups)
        for item in compiled:
            item["triggers"] = rarity.triggers(item["when"])
        evidence = self.rules.evidence
        return {
            "format": FORMAT,
            "digest": self.rules.digest,
            "phrases": list(self.phrases),
            "homophones": list(self.homophones),
            "sets": sets,
            "groups": groups,
            "gating": gating,
            "rules": compiled,
            "negation": negation,
            "clause_words": [canonical_term(word) for word in self.rules.clause_words],
            "quotation": quotation,
            "prior": evidence.prior,
            "caps": {name: group.cap for name, group in evidence.groups.items()},
            "default_cap": evidence.default_cap,
            "total_cap": evidence.total_cap,
            "thresholds": evidence.thresholds.model_dump(),
            "taxonomy": self.rules.taxonomy.to_dict(),
        }

    def _quotation(self) -> dict[str, Any] | None:
        quotation = self.rules.quotation
        if quotation is None:
            return None
        return {
            "terms": [self._phrase(term) for term in quotation.cues],
            "min_length": quotation.min_length,
            "except_after": [canonical_term(term) for term in quotation.except_after],
            "except_before": [canonical_term(term) for term in quotation.except_before],
        }

    def _order(self) -> list[LoadedRule]:
        """Rules sorted so that a rule comes after those it refers to; file order otherwise."""
        by_id = {loaded.rule.id: loaded for loaded in self.rules.rules}
        done: dict[str, LoadedRule] = {}

        def visit(loaded: LoadedRule) -> None:
            from scamcheck.rules.load import references

            for other in references(loaded.rule):
                if other not in done:
                    visit(by_id[other])
            done[loaded.rule.id] = loaded

        for loaded in self.rules.rules:
            if loaded.rule.id not in done:
                visit(loaded)
        return list(done.values())

    def _rule(self, loaded: LoadedRule, when: list[Any], exclusions: list[Any]) -> dict[str, Any]:
        rule = loaded.rule
        silenced = rule.status == "deprecated" or None in exclusions
        unless = [self._node(schema.AnyOf(any=list(rule.unless)))] if rule.unless else []
        return {
            "id": rule.id, "category": loaded.category, "title": rule.title, "title_en": rule.title_en, "phase": rule.phase,
            "evidence": self.rules.evidence.levels[rule.evidence], "level": rule.evidence, "status": rule.status,
            "group": rule.group or loaded.category, "reason": rule.reason, "supports": dict(rule.supports), "negated": rule.negated,
            "when": when, "unless": unless + [node for node in exclusions if node is not None],
            "silenced": silenced,
            "absorbs": _absorbed(rule.when),
        }  # fmt: skip

    def _phrase(self, term: str) -> int:
        return self.phrases.setdefault(canonical_term(term), len(self.phrases))

    def _node(self, condition: Any) -> list[Any]:
        if isinstance(condition, (str, schema.Regex)):
            return ["g", self._group([condition])]
        if isinstance(condition, schema.AnyOf):
            leaves = [child for child in condition.any if isinstance(child, (str, schema.Regex))]
            others = [child for child in condition.any if not isinstance(child, (str, schema.Regex))]
            nodes = [["g", self._group(leaves)]] if leaves else []
            nodes += [self._node(child) for child in others]
            return nodes[0] if len(nodes) == 1 else ["any", nodes]
        if isinstance(condition, schema.All):
            return ["all", [self._node(child) for child in condition.all]]
        if isinstance(condition, schema.NoneOf):
            return ["none", [self._node(child) for child in condition.none]]
        if isinstance(condition, schema.AtLeast):
            return ["at_least", condition.at_least.n, [self._node(child) for child in condition.at_least.of]]
        if isinstance(condition, schema.Near):
            return ["near", condition.near.within, [self._node(child) for child in condition.near.terms]]
        if isinstance(condition, schema.Ordered):
            return ["ordered", condition.ordered.within, [self._node(child) for child in condition.ordered.terms]]
        if isinstance(condition, schema.RuleRef):
            return ["rule", condition.rule]
        raise AssertionError(condition)

    def _group(self, leaves: list[Any]) -> int:
        """Number of the group that holds all `leaves`: sets of phrases and homophone keys, entities, patterns."""
        sets: set[int] = set()
        phrases: list[str] = []
        entities: set[str] = set()
        patterns: set[tuple[str, int | None]] = set()
        for leaf in leaves:
            if isinstance(leaf, schema.Regex):
                patterns.add((leaf.regex, self._set(leaf.needs) if leaf.needs else None))
                continue
            reference = schema.NAME_REFERENCE.match(leaf)
            if reference is None:
                phrases.append(leaf)
            elif reference[1] in schema.ENTITIES:
                entities.add(reference[1])
            else:
                sets.add(self._lexicon(reference[1]))
        if phrases:
            sets.add(self._set(phrases))
        key = (tuple(sorted(sets)), tuple(sorted(entities)), tuple(sorted(patterns, key=str)))
        return self.groups.setdefault(key, len(self.groups))

    def _set(self, terms: Sequence[str], homophones: Sequence[str] = ()) -> int:
        """Number of the set of these phrases, with the keys of those that are also looked for by sound."""
        keys = {self.homophones.setdefault(homophone_key(term), len(self.homophones)) for term in homophones}
        key = (tuple(sorted({self._phrase(term) for term in terms})), tuple(sorted(keys)))
        return self.sets.setdefault(key, len(self.sets))

    def _lexicon(self, name: str) -> int:
        if name not in self.lexicons:
            terms = list(self.rules.terms(name))
            sounded = terms if self.rules.lexicons[name].homophones else []
            self.lexicons[name] = self._set(terms, [term for term in sounded if len(term) >= HOMOPHONE_MIN_LENGTH])
        return self.lexicons[name]


class Rarity:
    """Picks, for each rule, the atoms that are least often present of those it cannot do without."""

    def __init__(self, phrases: Sequence[str], sets: Sequence[Any], groups: Sequence[Any]) -> None:
        self._of_set = [sum(10.0 ** -len(phrases[phrase]) for phrase in members) for members, _ in sets]
        self._of_group = [self._commonness(group) for group in groups]

    def triggers(self, when: Sequence[Any]) -> list[list[Any]] | None:
        """Atoms one of which must be present for the condition to hold; None where there are no such atoms."""
        found = min(self._needs(when), key=self._total, default=None)
        return None if found is None else sorted(map(list, found), key=str)

    def _needs(self, node: Sequence[Any]) -> list[set[tuple[str, Any]]]:
        """Sets of atoms of each of which at least one must be present for `node` to hold."""
        kind = node[0]
        if kind == "g":
            return [{("group", node[1])}]
        if kind == "rule":
            return [{("rule", node[1])}]
        if kind in ("all", "near", "ordered"):
            return [need for child in node[-1] for need in self._needs(child)]
        if kind in ("any", "at_least"):
            children = node[1] if kind == "any" else node[2][: len(node[2]) - node[1] + 1]
            union: set[tuple[str, Any]] = set()
            for child in children:
                needs = self._needs(child)
                if not needs:
                    return []
                union |= min(needs, key=self._total)
            return [union]
        return []

    def _total(self, atoms: Set[tuple[str, Any]]) -> float:
        return math.fsum(1e-3 if kind == "rule" else self._of_group[value] for kind, value in atoms)

    def _commonness(self, group: Sequence[Any]) -> float:
        """A guess at how often a group occurs: short phrases, entities and patterns without phrases are common."""
        sets, entities, patterns = group
        gates = {*sets, *(needs for _, needs in patterns if needs is not None)}
        total = math.fsum(self._of_set[number] for number in gates) + 10.0 * sum(needs is None for _, needs in patterns)
        return total + math.fsum(1e-3 if name.startswith("disguise") else 10.0 for name in entities)


def _absorbed(condition: Any) -> list[str]:
    """Ids of the rules that `condition` takes the place of when it holds."""
    from scamcheck.rules.load import walk

    refused = {id(node) for _, outer in walk(condition) if isinstance(outer, schema.NoneOf) for _, node in walk(outer)}
    return [node.rule for _, node in walk(condition) if isinstance(node, schema.RuleRef) and id(node) not in refused]
