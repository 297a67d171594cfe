"""Findings about rules that load but could be better: duplicates, shadowed and unused phrases, untested phrases, slow patterns."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from scamcheck.errors import Problem
from scamcheck.normalize import normalize
from scamcheck.rules import schema
from scamcheck.rules.load import LoadedRule, RuleSet, canonical_term, walk

MIN_HITS = MIN_MISSES = 3
SLOW_REGEX_SECONDS = 0.05  # on 100,000 characters
_PROBE = "您好这里是客服请点击链接http://a.example转账5000元123456加微信abc" * 2000


def lint(rules: RuleSet) -> list[Problem]:
    """Every finding, in file order."""
    found: list[Problem] = []
    for check in (
        _examples,
        _duplicate_conditions,
        _duplicate_terms,
        _shadowed,
        _unreachable,
        _unused_lexicons,
        _untested,
        _ungated,
        _slow,
    ):
        found += check(rules)
    return sorted(set(found))


def _examples(rules: RuleSet) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for loaded in rules.rules:
        rule, place = loaded.rule, loaded.place
        for kind, texts, wanted in (("hit", rule.examples.hit, MIN_HITS), ("miss", rule.examples.miss, MIN_MISSES)):
            if len(set(texts)) < wanted:
                yield (
                    place.problem(
                        "few-examples",
                        f"{rule.id} has {len(set(texts))} different {kind} examples; write at least {wanted}",
                        ("examples", kind),
                    )
                )
            for index, text in enumerate(texts):
                key = f"{rule.id}/{kind}/{text}"
                if key in seen:
                    yield (
                        place.problem(
                            "repeated-example", "this example stands twice; write another", ("examples", kind, index)
                        )
                    )
                seen[key] = rule.id


def _duplicate_conditions(rules: RuleSet) -> Iterator[Problem]:
    seen: dict[str, LoadedRule] = {}
    for loaded in rules.rules:
        key = repr((loaded.rule.when, loaded.rule.unless, loaded.rule.negated))
        if key in seen:
            message = f"{loaded.rule.id} has the same condition as {seen[key].rule.id}; merge them"
            yield (loaded.place.problem("duplicate-condition", message, ("when",)))
        seen.setdefault(key, loaded)


def _duplicate_terms(rules: RuleSet) -> Iterator[Problem]:
    for lexicon in rules.lexicons.values():
        seen: dict[str, str] = {}
        for index, term in enumerate(lexicon.terms):
            key = canonical_term(term)
            if key in seen:
                message = f"“{term}” repeats “{seen[key]}” of the same lexicon once normalised; delete one"
                yield (lexicon.place.problem("duplicate-phrase", message, ("terms", index)))
            seen.setdefault(key, term)


def _shadowed(rules: RuleSet) -> Iterator[Problem]:
    """Phrases that contain another phrase of the same list can never matter."""
    for lexicon in rules.lexicons.values():
        own = [canonical_term(term) for term in lexicon.terms if not term.startswith("$")]
        for index, term in enumerate(lexicon.terms):
            shorter = next(
                (other for other in own if other != canonical_term(term) and other in canonical_term(term)), None
            )
            if shorter and not term.startswith("$"):
                message = f"“{term}” contains “{shorter}” of the same lexicon, which matches wherever it does; delete the longer"
                yield (lexicon.place.problem("shadowed-phrase", message, ("terms", index)))
    for loaded in rules.rules:
        for path, node in walk(loaded.rule.when, ("when",)):
            children = node.any if isinstance(node, schema.AnyOf) else []
            own = [canonical_term(child) for child in children if isinstance(child, str) and not child.startswith("$")]
            for index, child in enumerate(children):
                if not isinstance(child, str) or child.startswith("$"):
                    continue
                shorter = next(
                    (other for other in own if other != canonical_term(child) and other in canonical_term(child)), None
                )
                if shorter:
                    message = f"“{child}” contains “{shorter}” of the same list, which matches wherever it does; delete the longer"
                    yield (loaded.place.problem("shadowed-phrase", message, (*path, "any", index)))


def _unreachable(rules: RuleSet) -> Iterator[Problem]:
    """Rules that can never count: what they need is refused by their own `unless`."""
    for loaded in rules.rules:
        needed = {repr(node) for node in _required(loaded.rule.when)}
        for index, condition in enumerate(loaded.rule.unless):
            if repr(condition) in needed:
                message = f"{loaded.rule.id} requires what its `unless` refuses, so it can never fire; remove one"
                yield (loaded.place.problem("unreachable", message, ("unless", index)))


def _required(condition: Any) -> Iterator[Any]:
    yield condition
    children = condition.all if isinstance(condition, schema.All) else []
    if isinstance(condition, (schema.Near, schema.Ordered)):
        children = (condition.near if isinstance(condition, schema.Near) else condition.ordered).terms
    for child in children:
        yield from _required(child)


def _unused_lexicons(rules: RuleSet) -> Iterator[Problem]:
    used: set[str] = set()
    for loaded in rules.rules:
        for part in (loaded.rule.when, *loaded.rule.unless):
            used |= {node[1:] for _, node in walk(part) if isinstance(node, str) and node.startswith("$")}
    for exclusion in rules.exclusions:
        used |= {node[1:] for _, node in walk(exclusion.when) if isinstance(node, str) and node.startswith("$")}
    used |= {term[1:] for lexicon in rules.lexicons.values() for term in lexicon.terms if term.startswith("$")}
    for name, lexicon in rules.lexicons.items():
        if name not in used:
            yield (lexicon.place.problem("unused-lexicon", f"no rule uses the lexicon {name}; use or delete it"))


def _untested(rules: RuleSet) -> Iterator[Problem]:
    """Phrases written in a rule itself that none of its hits contains."""
    for loaded in rules.rules:
        texts = [normalize(text).text for text in loaded.rule.examples.hit]
        inline = [
            (path, node)
            for path, node in walk(loaded.rule.when, ("when",))
            if isinstance(node, str) and not node.startswith("$")
        ]
        refused = {
            id(node)
            for _, outer in walk(loaded.rule.when)
            if isinstance(outer, schema.NoneOf)
            for _, node in walk(outer)
        }
        if len(inline) > 12:  # long lists are lexicons in all but name: sampled, not listed one by one
            continue
        untested = [
            (path, node)
            for path, node in inline
            if id(node) not in refused and not any(canonical_term(node) in text for text in texts)
        ]
        if len(untested) > len(inline) // 2:
            path = untested[0][0]
            shown = "、".join(node for _, node in untested[:4])
            message = f"{loaded.rule.id}: most phrases of the condition occur in no hit example ({shown}); write examples with them"
            yield (loaded.place.problem("untested-phrase", message, path))


def _ungated(rules: RuleSet) -> Iterator[Problem]:
    """Rules that must be looked at in every message, because nothing they need is a phrase."""
    from scamcheck.rules.compiled import compile_rules
    from scamcheck.rules.evaluate import RuleEngine

    engine = RuleEngine(compile_rules(rules))
    places = {loaded.rule.id: loaded.place for loaded in rules.rules}
    for index in engine.always:
        name = engine.rules[index].id
        message = f"{name} searches every message for a pattern or entity; require a phrase too, or give the pattern `needs: [phrases]`"
        yield (places[name].problem("ungated", message, ("when",)))


def _slow(rules: RuleSet) -> Iterator[Problem]:
    from scamcheck.patterns import compiled as compiled_pattern
    from scamcheck.patterns import find_all

    for loaded in rules.rules:
        for path, node in walk(loaded.rule.when, ("when",)):
            if not isinstance(node, schema.Regex):
                continue
            pattern = compiled_pattern(node.regex)
            start = time.perf_counter()
            find_all(pattern, _PROBE.encode())
            if time.perf_counter() - start > SLOW_REGEX_SECONDS:
                message = (
                    f"this pattern is slow on long texts; start it with fixed text or narrow its classes: {node.regex}"
                )
                yield (loaded.place.problem("slow-regex", message, (*path, "regex")))
