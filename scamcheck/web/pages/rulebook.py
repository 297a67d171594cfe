"""Rules and lexicons as written, and an edited one on trial: loaded beside those in use, tested by examples, saved to the overlay."""

from __future__ import annotations

import contextlib
import gc
import os
import re
import tempfile
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scamcheck.classifier import Classifier
from scamcheck.errors import InputError, Problem, RuleError
from scamcheck.resources import cache_directory, store_compiled
from scamcheck.rules.compiled import compile_rules
from scamcheck.rules.examples import ExampleFailure, run_examples
from scamcheck.rules.files import Layer, digest_of, read_sources
from scamcheck.rules.load import Lexicon, LoadedRule, ParsedFiles, RuleSet, build_rule_set, walk
from scamcheck.rules.schema import ENTITIES, NAME_REFERENCE
from scamcheck.rules.source import read_document
from scamcheck.web.reload import LiveClassifier

MAX_CHARS = 100_000
_ID = re.compile(r"^\s*-?\s*id:\s*['\"]?([a-z][a-z0-9_.-]*)", re.MULTILINE)
_LEXICON = re.compile(r"^lexicons:[ \t]*(?:#.*)?\n(?:[ \t]*(?:#.*)?\n)*[ \t]+([a-z][a-z0-9_]*)[ \t]*:", re.MULTILINE)
_PLAIN = re.compile(r"(?!(?:true|false|null)\Z)[$a-z\u3400-\u9fff][a-z0-9_\u3400-\u9fff]*")  # needs no quotes in YAML
Entry = LoadedRule | Lexicon
# What the loader's findings mean to someone who edits a rule; the loader's own sentence is shown beside.
_MEANING = {
    "no-rules": "没有规则", "yaml-syntax": "这一行的写法不对，多半是缩进、引号或冒号", "duplicate-key": "同一个字段写了两遍", "invisible-character": "有看不见的字符，请删掉",
    "not-utf8": "不是 UTF-8 文字", "too-large": "内容太长", "file-shape": "开头要有 category: 和 rules:，词表则是 lexicons:", "unknown-category": "没有这个类别",
    "unknown-lexicon": "没有这个词表", "unknown-rule": "没有这条规则", "wrong-level": "证据级别与规则种类不符", "no-support": "通用手法要写 supports，说明支持哪些类别",
    "no-evidence": "条件可能不靠任何原文就成立，请加一个必须出现的词", "impossible": "条件自相矛盾，永远不会命中", "empty-phrase": "词语为空",
    "duplicate-rule": "规则编号重复", "duplicate-lexicon": "词表重名", "rule-cycle": "规则互相引用成了圈", "lexicon-cycle": "词表互相引用成了圈",
    "reserved-name": "这个名字是内置的", "missing": "缺一个必填字段", "extra-forbidden": "有不认识的字段", "literal-error": "不在可选的值里",
    "string-pattern-mismatch": "格式不对", "too-short": "内容不能为空", "string-too-short": "内容不能为空", "string-too-long": "内容太长", "value-error": "写法有误",
    "condition": "条件的写法不对", "string-type": "这里要写文字", "list-type": "这里要写成列表",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Found:
    """A problem in an edited rule, at its line in the editor."""

    line: int
    meaning: str
    detail: str
    source: str


@dataclass(frozen=True, slots=True)
class Trial:
    """An edited file beside the rules in use: problems, or a classifier with the examples that fail.

    `rule_ids` and `lexicons` are what the file holds, `tested` counts the rules whose examples were run: those of the file, or those
    that use its lexicons. A failure in another file than `path` is an example of such a rule.
    """

    problems: tuple[Found, ...] = ()
    path: str = ""
    classifier: Classifier | None = None
    rule_ids: tuple[str, ...] = ()
    lexicons: tuple[str, ...] = ()
    tested: int = 0
    failures: tuple[ExampleFailure, ...] = ()
    rules: RuleSet | None = None
    compiled: dict[str, Any] | None = None


class Rulebook:
    """The rules in use as written. Read again when a file changed; a broken file leaves the last sound ones."""

    def __init__(self, live: LiveClassifier, overlay: Path) -> None:
        self._live = live
        self.overlay = overlay
        self._lock = threading.Lock()
        self._digest = ""
        self._rules: RuleSet | None = None
        self._parsed = ParsedFiles()

    def rules(self) -> RuleSet:
        """Takes about a second after a change. Without the overlay where that kept the rules from loading at start."""
        with self._lock:
            layers = self._layers()
            digest = digest_of(layers)
            if self._rules is None or digest != self._digest:
                try:
                    self._rules = build_rule_set(layers, self._parsed)
                except RuleError:
                    if self._rules is None:
                        self._rules = build_rule_set(
                            layers[:-1] if self._has_overlay_layer(layers) else layers, self._parsed
                        )
                self._digest = digest
            return self._rules

    def rule(self, rule_id: str) -> LoadedRule:
        """Raises `KeyError` for no such rule."""
        for loaded in self.rules().rules:
            if loaded.rule.id == rule_id:
                return loaded
        raise KeyError(rule_id)

    def lexicon(self, name: str) -> Lexicon:
        """Raises `KeyError` for no such lexicon."""
        return self.rules().lexicons[name]

    def is_local(self, entry: Entry) -> bool:
        """Whether a rule or lexicon comes from the overlay."""
        return Path(entry.place.file).is_relative_to(self.overlay)

    def source(self, entry: Entry) -> str:
        """A rule as a file of its own, as it is written, or a lexicon, a phrase a line; one of the overlay with its whole file."""
        path = Path(entry.place.file)
        text = path.read_text("utf-8-sig")
        if self.is_local(entry):
            return text
        if isinstance(entry, Lexicon):
            return _listed(entry)
        lines = text.splitlines()
        first = entry.place.line - 1
        document = read_document(path.as_posix(), path.read_bytes())
        starts = sorted(
            position[0] - 1 for where, position in document.positions.items() if len(where) == 2 and where[0] == "rules"
        )
        last = next((start for start in starts if start > first), len(lines))
        body = lines[first:last]
        while body and (not body[-1].strip() or body[-1].lstrip().startswith("#")):
            body.pop()
        return f"category: {entry.category}\nrules:\n" + "\n".join(body) + "\n"

    def try_out(self, edited: str, file_name: str) -> Trial:
        """Load an edited file in the place it would be saved to, and run the examples of the rules it bears on.

        Takes about half a second: files that are as they were need no parsing, phrases seen before no normalising.
        """
        with _collecting_later():
            return self._try_out(edited, file_name)

    def _try_out(self, edited: str, file_name: str) -> Trial:
        if len(edited) > MAX_CHARS:
            return Trial((Found(1, f"规则文件最多 {MAX_CHARS:,} 个字", "", ""),))
        path = (self.overlay / file_name).as_posix()
        layers = self._layers(without=path)
        edited_file = (path, edited.encode("utf-8", "replace"))
        if self._has_overlay_layer(layers):
            layers[-1] = [*layers[-1], edited_file]
        else:
            layers.append([edited_file])
        try:
            rules = build_rule_set(layers, self._parsed)
        except RuleError as error:
            return Trial(_explained(error.problems, path, edited))
        rule_ids = tuple(loaded.rule.id for loaded in rules.rules if loaded.place.file == path)
        lexicons = tuple(name for name, lexicon in rules.lexicons.items() if lexicon.place.file == path)
        if not rule_ids and not lexicons:
            return Trial((Found(1, "这里写规则（rules:）或词表（lexicons:）", "", ""),))
        concerned = [loaded for loaded in rules.rules if loaded.place.file == path] or users_of(rules, lexicons)
        compiled = compile_rules(rules)
        classifier = Classifier(compiled, self._live.current.model)
        failures = tuple(run_examples(concerned, classifier, disguises={}))
        return Trial((), path, classifier, rule_ids, lexicons, len(concerned), failures, rules, compiled)

    def save(self, edited: str, file_name: str, trial: Trial) -> None:
        """Write an edited file that stood its trial to the overlay, whole or not at all, and use it.

        Raises `InputError` where it cannot be written.
        """
        assert trial.rules is not None and trial.compiled is not None
        try:
            self.overlay.mkdir(parents=True, exist_ok=True)
            handle, temporary = tempfile.mkstemp(dir=self.overlay, suffix=".tmp")
            with os.fdopen(handle, "w", encoding="utf-8") as stream:
                stream.write(edited)
                stream.flush()
                os.fsync(stream.fileno())
            os.replace(temporary, self.overlay / file_name)
        except OSError as error:
            raise InputError(f"规则没能存进 {self.overlay}：{error.strerror}。请检查这个文件夹能不能写。") from None
        store_compiled(trial.compiled, cache_directory())  # what was tried need not be parsed and compiled again
        with self._lock:
            self._rules, self._digest = trial.rules, trial.rules.digest
        self._live.reload()

    def drop(self, entry: Entry) -> None:
        """Delete the overlay file of a rule or lexicon, so that the shipped one counts again."""
        assert self.is_local(entry)
        Path(entry.place.file).unlink(missing_ok=True)
        self._live.reload()

    def _layers(self, without: str = "") -> list[Layer]:
        layers = read_sources(self._live.directories())
        return [[(name, raw) for name, raw in layer if name != without] for layer in layers]

    def _has_overlay_layer(self, layers: Sequence[Layer]) -> bool:
        return len(self._live.directories()) == len(layers) and self.overlay in self._live.directories()


@contextlib.contextmanager
def _collecting_later() -> Iterator[None]:
    """Without the garbage collector, which would go through a hundred thousand new rule parts again and again and find nothing."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def _listed(lexicon: Lexicon) -> str:
    terms = (term if _PLAIN.fullmatch(term) else "'" + term.replace("'", "''") + "'" for term in lexicon.terms)
    if lexicon.homophones:
        return f"lexicons:\n  {lexicon.name}:\n    homophones: true\n    terms:\n" + "".join(
            f"      - {term}\n" for term in terms
        )
    return f"lexicons:\n  {lexicon.name}:\n" + "".join(f"    - {term}\n" for term in terms)


def lexicons_of(loaded: LoadedRule) -> tuple[str, ...]:
    """The lexicons a rule names."""
    parts = (loaded.rule.when, *loaded.rule.unless)
    named = (NAME_REFERENCE.match(node) for part in parts for _, node in walk(part) if isinstance(node, str))
    return tuple(dict.fromkeys(match[1] for match in named if match and match[1] not in ENTITIES))


def users_of(rules: RuleSet, lexicons: Sequence[str]) -> list[LoadedRule]:
    """The rules that use one of these lexicons, or one that includes it."""
    reached = set(lexicons)
    size = 0
    while size != len(reached):
        size = len(reached)
        reached |= {
            name
            for name, lexicon in rules.lexicons.items()
            if any(term[1:] in reached for term in lexicon.terms if term[0] == "$")
        }
    return [loaded for loaded in rules.rules if reached.intersection(lexicons_of(loaded))]


def file_name_of(edited: str) -> str:
    """The overlay file for an edited rule or lexicon: its id or name. Raises `InputError` where it has none."""
    lexicon = _LEXICON.search(edited)
    if lexicon:
        return f"lexicon-{lexicon[1][:80]}.yaml"
    match = _ID.search(edited)
    if match is None:
        raise InputError("没有找到规则编号：请在规则里写 id，例如 id: military.my-rule。")
    return f"{match[1].strip('.')[:80]}.yaml"


def _explained(problems: Sequence[Problem], path: str, edited: str) -> tuple[Found, ...]:
    lines = edited.splitlines()
    found = []
    for problem in problems:
        here = problem.file == path
        line = min(max(problem.line, 1), max(len(lines), 1)) if here else 0
        meaning = (
            _MEANING.get(problem.code, "写法有误")
            if here
            else f"改动让别处出错（{Path(problem.file).name} 第 {problem.line} 行）"
        )
        found.append(Found(line, meaning, problem.message, lines[line - 1].strip() if here and lines else ""))
    return tuple(found)
