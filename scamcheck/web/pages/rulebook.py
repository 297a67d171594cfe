"""The rules as written, and an edited rule on trial: loaded beside the rules in use, tested by its own examples, saved to the overlay."""

from __future__ import annotations

import os
import re
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scamcheck.classifier import Classifier
from scamcheck.errors import InputError, Problem, RuleError
from scamcheck.resources import cache_directory, store_compiled
from scamcheck.rules.compiled import compile_rules
from scamcheck.rules.examples import ExampleFailure, run_examples
from scamcheck.rules.files import Layer, digest_of, read_sources
from scamcheck.rules.load import LoadedRule, RuleSet, build_rule_set
from scamcheck.rules.source import read_document
from scamcheck.web.reload import LiveClassifier

MAX_CHARS = 100_000
_ID = re.compile(r"^\s*-?\s*id:\s*['\"]?([a-z][a-z0-9_.-]*)", re.MULTILINE)
# What the loader's findings mean to someone who edits a rule; the loader's own sentence is shown beside.
_MEANING = {
    "yaml-syntax": "这一行的写法不对，多半是缩进、引号或冒号", "duplicate-key": "同一个字段写了两遍", "invisible-character": "有看不见的字符，请删掉",
    "not-utf8": "不是 UTF-8 文字", "too-large": "内容太长", "file-shape": "开头要有 category: 和 rules:", "unknown-category": "没有这个类别",
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
    """An edited file beside the rules in use: problems, or a classifier with the examples that fail."""

    problems: tuple[Found, ...] = ()
    classifier: Classifier | None = None
    rule_ids: tuple[str, ...] = ()
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

    def rules(self) -> RuleSet:
        """Takes about a second after a change. Without the overlay where that kept the rules from loading at start."""
        with self._lock:
            layers = self._layers()
            digest = digest_of(layers)
            if self._rules is None or digest != self._digest:
                try:
                    self._rules = build_rule_set(layers)
                except RuleError:
                    if self._rules is None:
                        self._rules = build_rule_set(layers[:-1] if self._has_overlay_layer(layers) else layers)
                self._digest = digest
            return self._rules

    def rule(self, rule_id: str) -> LoadedRule:
        """Raises `KeyError` for no such rule."""
        for loaded in self.rules().rules:
            if loaded.rule.id == rule_id:
                return loaded
        raise KeyError(rule_id)

    def is_local(self, loaded: LoadedRule) -> bool:
        """Whether a rule comes from the overlay."""
        return Path(loaded.place.file).is_relative_to(self.overlay)

    def source(self, loaded: LoadedRule) -> str:
        """The rule as a file of its own, as it is written; a rule of the overlay with its whole file."""
        path = Path(loaded.place.file)
        text = path.read_text("utf-8-sig")
        if self.is_local(loaded):
            return text
        lines = text.splitlines()
        first = loaded.place.line - 1
        document = read_document(path.as_posix(), path.read_bytes())
        starts = sorted(
            position[0] - 1 for where, position in document.positions.items() if len(where) == 2 and where[0] == "rules"
        )
        last = next((start for start in starts if start > first), len(lines))
        body = lines[first:last]
        while body and (not body[-1].strip() or body[-1].lstrip().startswith("#")):
            body.pop()
        return f"category: {loaded.category}\nrules:\n" + "\n".join(body) + "\n"

    def try_out(self, edited: str, file_name: str) -> Trial:
        """Load an edited file in the place it would be saved to, and run its rules' examples. Takes a second or two."""
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
            rules = build_rule_set(layers)
        except RuleError as error:
            return Trial(_explained(error.problems, path, edited))
        mine = [loaded for loaded in rules.rules if loaded.place.file == path]
        compiled = compile_rules(rules)
        classifier = Classifier(compiled, self._live.current.model)
        failures = tuple(run_examples(mine, classifier, disguises={}))
        return Trial((), classifier, tuple(loaded.rule.id for loaded in mine), failures, rules, compiled)

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

    def drop(self, loaded: LoadedRule) -> None:
        """Delete the overlay file of a rule, so that the shipped one counts again."""
        assert self.is_local(loaded)
        Path(loaded.place.file).unlink(missing_ok=True)
        self._live.reload()

    def _layers(self, without: str = "") -> list[Layer]:
        layers = read_sources(self._live.directories())
        return [[(name, raw) for name, raw in layer if name != without] for layer in layers]

    def _has_overlay_layer(self, layers: Sequence[Layer]) -> bool:
        return len(self._live.directories()) == len(layers) and self.overlay in self._live.directories()


def file_name_of(edited: str) -> str:
    """The overlay file for an edited rule: its id. Raises `InputError` where it has none."""
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
