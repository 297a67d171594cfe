"""Rule directories to one checked `RuleSet`: layers merged, every problem reported at once with file, line and column."""

from __future__ import annotations

import difflib
import functools
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any, cast

from pydantic import BaseModel, ValidationError

from scamcheck.errors import Problem, RuleError
from scamcheck.normalize import normalize
from scamcheck.rules import schema
from scamcheck.rules.files import Layer, digest_of, read_sources
from scamcheck.rules.source import Document, Path, read_document
from scamcheck.taxonomy import TAXONOMY_FILE, Taxonomy, load_taxonomy


@dataclass(frozen=True, slots=True)
class Place:
    """Where a rule or lexicon was written."""

    file: str
    line: int
    column: int = 1
    document: Document | None = field(default=None, repr=False, compare=False)
    path: Path = ()

    def problem(self, code: str, message: str, below: Path = ()) -> Problem:
        """A problem at this place, or at the value `below` it."""
        if self.document is None:
            return Problem(self.file, self.line, self.column, code, message)
        line, column = self.document.place((*self.path, *below))
        return Problem(self.file, line, column, code, message)


@dataclass(frozen=True, slots=True)
class LoadedRule:
    """A rule with the category of its file and its place."""

    category: str
    rule: schema.Rule
    place: Place


@dataclass(frozen=True, slots=True)
class Lexicon:
    name: str
    terms: tuple[str, ...]  # as written, `$name` included
    homophones: bool
    place: Place


@dataclass(frozen=True, slots=True)
class RuleSet:
    """Everything the rule directories say, checked. Immutable."""

    rules: tuple[LoadedRule, ...]
    lexicons: Mapping[str, Lexicon]
    exclusions: tuple[schema.Exclusion, ...]
    evidence: schema.EvidenceFile
    negation: tuple[schema.Negator, ...]
    clause_words: tuple[str, ...]
    quotation: schema.Quotation | None
    taxonomy: Taxonomy
    digest: str

    def terms(self, name: str) -> tuple[str, ...]:
        """The phrases of lexicon `name`, normalised, included lexicons resolved, without repeats."""
        seen: dict[str, None] = {}
        pending, done = [name], set()
        while pending:
            current = pending.pop()
            if current in done:
                continue
            done.add(current)
            for term in self.lexicons[current].terms:
                reference = schema.NAME_REFERENCE.match(term)
                if reference:
                    pending.append(reference[1])
                else:
                    seen[canonical_term(term)] = None
        return tuple(seen)


@functools.lru_cache(maxsize=200_000)
def canonical_term(term: str) -> str:
    """The form in which a phrase is looked for. Remembered: loading, compiling and the workbench's next trial ask for the same phrases."""
    return normalize(term).text


def load_rules(*directories: str | FilePath) -> RuleSet:
    """Load rule directories, later ones adding to and overriding earlier ones.

    Raises `RuleError` with every problem found, `InputError` when a directory cannot be read.
    """
    return build_rule_set(read_sources(directories))


class ParsedFiles:
    """Files as parsed last time, by name; one whose bytes have changed is parsed anew."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[bytes, Document, BaseModel | None]] = {}

    def parsed(self, name: str, raw: bytes) -> tuple[Document, BaseModel | None]:
        known = self._known.get(name)
        if known is None or known[0] != raw:
            document = read_document(name, raw)
            known = self._known[name] = (raw, document, _model(document))
        return known[1], known[2]

    def keep(self, names: Collection[str]) -> None:
        """Forget all other files."""
        self._known = {name: known for name, known in self._known.items() if name in names}


def build_rule_set(layers: Sequence[Layer], parsed: ParsedFiles | None = None) -> RuleSet:
    """As `load_rules`, from files already read; those in `parsed` need no parsing again."""
    builder = _Builder(parsed or ParsedFiles())
    for layer in layers:
        builder.add_layer(layer)
    builder.parsed.keep({name for layer in layers for name, _ in layer})
    return builder.finish(digest_of(layers))


def _model(document: Document) -> BaseModel | None:
    if document.problems:
        return None
    if not isinstance(document.data, dict):
        document.problem((), "file-shape", "a rule file is a mapping; start it with `category:` and `rules:`")
        return None
    kinds = [key for key in schema.MODELS if key in document.data]
    if len(kinds) != 1:
        choice = ", ".join(f"`{key}:`" for key in schema.MODELS)
        document.problem((), "file-shape", f"cannot tell what this file holds; it needs just one of {choice}")
        return None
    try:
        return schema.MODELS[kinds[0]].model_validate(document.data)
    except ValidationError as error:
        for problem in explain(error, document):
            document.problems.append(problem)
        return None


class _Builder:
    def __init__(self, parsed: ParsedFiles) -> None:
        self.parsed = parsed
        self.problems: list[Problem] = []
        self.rules: dict[str, LoadedRule] = {}
        self.lexicons: dict[str, Lexicon] = {}
        self.exclusions: list[tuple[schema.Exclusion, Place]] = []
        self.evidence: schema.EvidenceFile | None = None
        self.negation: tuple[schema.Negator, ...] = ()
        self.clause_words: tuple[str, ...] = ()
        self.quotation: schema.Quotation | None = None
        self.taxonomy: Taxonomy | None = None

    def add_layer(self, files: Sequence[tuple[str, bytes]]) -> None:
        rules: dict[str, LoadedRule] = {}
        lexicons: dict[str, Lexicon] = {}
        for name, raw in files:
            if FilePath(name).name == TAXONOMY_FILE:
                document = read_document(name, raw)
                self.taxonomy = load_taxonomy(document) or self.taxonomy
                self.problems += document.problems
                continue
            document, model = self.parsed.parsed(name, raw)
            self.problems += document.problems
            if isinstance(model, schema.RuleFile):
                self._add_rules(document, model, rules)
            elif isinstance(model, schema.LexiconFile):
                self._add_lexicons(document, model, lexicons)
            elif isinstance(model, schema.ExclusionFile):
                for index, exclusion in enumerate(model.exclude):
                    self.exclusions.append((exclusion, _place(document, ("exclude", index))))
            elif isinstance(model, schema.EvidenceFile):
                self.evidence = model
            elif isinstance(model, schema.ContextFile):
                self.negation = tuple(model.negation)
                self.clause_words = tuple(model.clause_words)
                self.quotation = model.quotation
        self.rules |= rules
        self.lexicons |= lexicons

    def _add_rules(self, document: Document, model: schema.RuleFile, rules: dict[str, LoadedRule]) -> None:
        for index, rule in enumerate(model.rules):
            place = _place(document, ("rules", index))
            if rule.id in rules:
                first = rules[rule.id].place
                self.problems.append(
                    place.problem(
                        "duplicate-rule",
                        f"the rule id {rule.id} stands already at {first.file}:{first.line}; rename one",
                        ("id",),
                    )
                )
                continue
            rules[rule.id] = LoadedRule(model.category, rule, place)

    def _add_lexicons(self, document: Document, model: schema.LexiconFile, lexicons: dict[str, Lexicon]) -> None:
        for name, entry in model.lexicons.items():
            place = _place(document, ("lexicons", name))
            if name in schema.ENTITIES:
                self.problems.append(
                    place.problem("reserved-name", f"${name} is a built-in entity; choose another lexicon name")
                )
            elif name in lexicons:
                first = lexicons[name].place
                self.problems.append(
                    place.problem(
                        "duplicate-lexicon",
                        f"the lexicon {name} stands already at {first.file}:{first.line}; merge them",
                    )
                )
            elif isinstance(entry, schema.LexiconEntry):
                lexicons[name] = Lexicon(name, tuple(entry.terms), entry.homophones, place)
            else:
                lexicons[name] = Lexicon(name, tuple(entry), False, place)

    def finish(self, digest: str) -> RuleSet:
        whole = Problem("rules", 0, 0, "missing-file", "")
        for value, name, key in (
            (self.evidence, "evidence.yaml", "levels"),
            (self.taxonomy, TAXONOMY_FILE, "categories"),
        ):
            if value is None and not self.problems:
                message = f"no file with `{key}:`; the first rule directory needs a {name} (copy the shipped one)"
                self.problems.append(Problem(whole.file, 0, 0, whole.code, message))
        if self.evidence is None or self.taxonomy is None:
            raise RuleError(self.problems)
        self._check_lexicons()
        if not self.rules and not self.problems:
            self.problems.append(
                Problem("rules", 0, 0, "no-rules", "no rule in any file; add a file with `category:` and `rules:`")
            )
        self._check_rules(self.taxonomy)
        for exclusion, place in self.exclusions:
            if exclusion.rule not in self.rules:
                message = f"the exclusion names the rule {exclusion.rule}, which does not exist{_hint(exclusion.rule, self.rules)}"
                self.problems.append(place.problem("unknown-rule", message, ("rule",)))
            if exclusion.when is not None:
                self._check_condition(exclusion.when, place, ("when",))
        if self.problems:
            raise RuleError(self.problems)
        return RuleSet(
            rules=tuple(self.rules.values()),
            lexicons=self.lexicons,
            exclusions=tuple(exclusion for exclusion, _ in self.exclusions),
            evidence=self.evidence,
            negation=self.negation,
            clause_words=self.clause_words,
            quotation=self.quotation,
            taxonomy=self.taxonomy,
            digest=digest,
        )

    def _check_lexicons(self) -> None:
        for lexicon in self.lexicons.values():
            for index, term in enumerate(lexicon.terms):
                reference = schema.NAME_REFERENCE.match(term)
                if reference and reference[1] not in self.lexicons:
                    message = f"unknown lexicon {term}{_hint(reference[1], self.lexicons)}"
                    self.problems.append(lexicon.place.problem("unknown-lexicon", message, ("terms", index)))
                elif not reference and not canonical_term(term).strip():
                    message = f"the phrase “{term}” is empty once normalised; delete it"
                    self.problems.append(lexicon.place.problem("empty-phrase", message, ("terms", index)))
        if self.problems:
            return
        for name, lexicon in self.lexicons.items():
            if _reaches(name, self.lexicons):
                self.problems.append(
                    lexicon.place.problem("lexicon-cycle", f"the lexicon {name} includes itself; break the circle")
                )

    def _check_rules(self, taxonomy: Taxonomy) -> None:
        categories = (*taxonomy.codes, *schema.SPECIAL_CATEGORIES)
        for loaded in self.rules.values():
            rule, place = loaded.rule, loaded.place
            if loaded.category not in categories:
                message = f"unknown category {loaded.category}{_hint(loaded.category, categories)}"
                self.problems.append(Problem(place.file, *_top(place), "unknown-category", message))
            for code in rule.supports:
                if code not in taxonomy.codes:
                    message = f"unknown category {code}{_hint(code, taxonomy.codes)}"
                    self.problems.append(place.problem("unknown-category", message, ("supports", code)))
            positive = rule.evidence in schema.POSITIVE_LEVELS
            if positive and loaded.category == "counter":
                message = f"a counter-evidence rule needs a counter level, not {rule.evidence}; choose counter_weak … counter_decisive"
                self.problems.append(place.problem("wrong-level", message, ("evidence",)))
            if not positive and loaded.category != "counter":
                message = f"the level {rule.evidence} is for rules of the category `counter`; move the rule or choose weak … decisive"
                self.problems.append(place.problem("wrong-level", message, ("evidence",)))
            if positive and loaded.category == "shared" and not rule.supports:
                message = "a shared tactic must say which scripts use it; add `supports: {category: share}`"
                self.problems.append(place.problem("no-support", message))
            self._check_condition(rule.when, place, ("when",))
            if not yields_span(rule.when):
                message = "the condition can hold with nothing found in the text, so there would be no place to show; require a phrase beside `none`"
                self.problems.append(place.problem("no-evidence", message, ("when",)))
            for index, condition in enumerate(rule.unless):
                self._check_condition(condition, place, ("unless", index))
                if condition == rule.when:
                    message = "`unless` repeats `when`, so the rule can never fire; remove one"
                    self.problems.append(place.problem("impossible", message, ("unless", index)))
        if not any(problem.code == "unknown-rule" for problem in self.problems):
            self._check_rule_cycles()

    def _check_condition(self, condition: Any, place: Place, path: Path) -> None:
        for where, node in walk(condition, path):
            if isinstance(node, str):
                self._check_term(node, place, where)
            elif isinstance(node, schema.RuleRef) and node.rule not in self.rules:
                message = f"unknown rule {node.rule}{_hint(node.rule, self.rules)}"
                self.problems.append(place.problem("unknown-rule", message, (*where, "rule")))
            elif isinstance(node, schema.Regex):
                for index, term in enumerate(node.needs):
                    if term.startswith("$"):
                        message = f"`needs` takes phrases, not the lexicon {term}; write the phrases out"
                        self.problems.append(place.problem("unknown-lexicon", message, (*where, "needs", index)))
            elif isinstance(node, schema.All):
                for index, child in enumerate(node.all):
                    refused = child.none if isinstance(child, schema.NoneOf) else []
                    if any(other in refused for other in node.all):
                        message = "`none` refuses what `all` asks for, so this can never hold; remove one"
                        self.problems.append(place.problem("impossible", message, (*where, "all", index)))

    def _check_term(self, term: str, place: Place, path: Path) -> None:
        reference = schema.NAME_REFERENCE.match(term)
        if reference:
            known = [*self.lexicons, *schema.ENTITIES]
            if reference[1] not in known:
                self.problems.append(
                    place.problem("unknown-lexicon", f"unknown lexicon {term}{_hint(reference[1], known)}", path)
                )
        elif term.startswith("$"):
            message = f"“{term}” is not a lexicon name; names are lower-case letters, digits and _"
            self.problems.append(place.problem("unknown-lexicon", message, path))
        elif not canonical_term(term).strip():
            self.problems.append(
                place.problem("empty-phrase", f"the phrase “{term}” is empty once normalised; delete it", path)
            )

    def _check_rule_cycles(self) -> None:
        state: dict[str, int] = {}
        for start in self.rules:
            stack = [(start, iter(references(self.rules[start].rule)))]
            if state.get(start):
                continue
            state[start] = 1
            while stack:
                current, children = stack[-1]
                child = next(children, None)
                if child is None:
                    state[current] = 2
                    stack.pop()
                elif child in self.rules and state.get(child, 0) == 1:
                    place = self.rules[current].place
                    self.problems.append(
                        place.problem(
                            "rule-cycle",
                            f"the rule {current} refers to {child}, which refers back to it; break the circle",
                        )
                    )
                elif child in self.rules and not state.get(child):
                    state[child] = 1
                    stack.append((child, iter(references(self.rules[child].rule))))


def walk(condition: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every node of a condition with its path, parents first."""
    yield path, condition
    for key, children in _children(condition):
        for index, child in enumerate(children):
            yield from walk(child, (*path, *key, index))


def _children(node: Any) -> list[tuple[Path, list[Any]]]:
    if isinstance(node, schema.AnyOf):
        return [(("any",), node.any)]
    if isinstance(node, schema.All):
        return [(("all",), node.all)]
    if isinstance(node, schema.NoneOf):
        return [(("none",), node.none)]
    if isinstance(node, schema.AtLeast):
        return [(("at_least", "of"), node.at_least.of)]
    if isinstance(node, schema.Near):
        return [(("near", "terms"), node.near.terms)]
    if isinstance(node, schema.Ordered):
        return [(("ordered", "terms"), node.ordered.terms)]
    return []


def references(rule: schema.Rule) -> list[str]:
    """Ids of the rules a rule's conditions name."""
    nodes = [node for part in (rule.when, *rule.unless) for _, node in walk(part)]
    return [node.rule for node in nodes if isinstance(node, schema.RuleRef)]


def yields_span(condition: Any) -> bool:
    """Whether the condition, when it holds, always points at a place in the text."""
    if isinstance(condition, schema.NoneOf):
        return False
    if isinstance(condition, schema.All):
        return any(yields_span(child) for child in condition.all)
    if isinstance(condition, schema.AnyOf):
        return all(yields_span(child) for child in condition.any)
    if isinstance(condition, schema.AtLeast):
        return sum(not yields_span(child) for child in condition.at_least.of) < condition.at_least.n
    if isinstance(condition, (schema.Near, schema.Ordered)):
        return all(yields_span(child) for _, children in _children(condition) for child in children)
    return True


def _reaches(name: str, lexicons: Mapping[str, Lexicon]) -> bool:
    pending = list(lexicons[name].terms)
    seen: set[str] = set()
    while pending:
        reference = schema.NAME_REFERENCE.match(pending.pop())
        if reference and reference[1] == name:
            return True
        if reference and reference[1] not in seen:
            seen.add(reference[1])
            pending += lexicons[reference[1]].terms
    return False


def _place(document: Document, path: Path) -> Place:
    line, column = document.place(path)
    return Place(document.file, line, column, document, path)


def _top(place: Place) -> tuple[int, int]:
    return place.document.place(("category",)) if place.document else (place.line, place.column)


def _hint(name: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f"; did you mean {close[0]}?" if close else "; define it or correct the name"


def explain(error: ValidationError, document: Document) -> list[Problem]:
    found = []
    for item in error.errors(include_url=False):
        path = _data_path(item["loc"], document)
        line, column = document.place(path)
        found.append(Problem(document.file, line, column, item["type"].replace("_", "-"), _sentence(dict(item), path)))
    return found


def _data_path(location: tuple[str | int, ...], document: Document) -> Path:
    """The part of a pydantic location that exists in the data (union tags left out)."""
    path: Path = ()
    for part in location:
        if (*path, part) in document.positions:
            path = (*path, part)
    if location and location[-1] not in path and isinstance(location[-1], str):
        return path
    return path


def _sentence(item: dict[str, Any], path: Path) -> str:
    kind, value = item["type"], item.get("input")
    shown = f"“{value}”" if isinstance(value, (str, int, float, bool)) else ""
    name = next((str(part) for part in reversed(path) if isinstance(part, str)), "this")
    if kind == "extra_forbidden":
        key = str(item["loc"][-1])
        fields = {field for model in _all_models() for field in model.model_fields}
        return f"unknown key `{key}`{_hint(key, fields)}"
    if kind == "missing":
        return f"the key `{item['loc'][-1]}` is missing; add it"
    if kind == "too_short":
        return f"`{name}` is empty; add at least {item['ctx'].get('min_length', 1)}"
    if kind == "literal_error":
        expected = str(item["ctx"]["expected"]).replace("'", "")
        return f"`{name}` cannot be {shown}; choose {expected}{_close(value, expected)}"
    if kind == "string_pattern_mismatch":
        return f"`{name}` cannot be {shown}; it must look like {item['ctx']['pattern']}"
    if kind == "value_error":
        return str(item["ctx"]["error"])
    if isinstance(value, (int, float)) and kind in ("string_type", "condition"):
        return f"“{value}” is read as a number here; put it in quotes: '{value}'"
    if kind == "condition":
        return cast(str, item["msg"]) + (f"; got {shown or type(value).__name__}")
    return f"`{name}`: {item['msg']}" + (f", not {shown}" if shown else "")


def _close(value: Any, expected: str) -> str:
    names = [part.strip() for part in expected.replace(" or ", ", ").split(",")]
    close = difflib.get_close_matches(str(value), names, n=1, cutoff=0.6)
    return f" (did you mean {close[0]}?)" if close else ""


def _all_models() -> list[type[BaseModel]]:
    return [value for value in vars(schema).values() if isinstance(value, type) and issubclass(value, BaseModel)]
