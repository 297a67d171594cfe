"""Why each rule is a sign, in English: `lang/en.yaml` beside the rule files, read only when English is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import Field, ValidationError

from scamcheck.errors import InputError, Problem, RuleError
from scamcheck.resources import rules_directory
from scamcheck.rules.files import REASONS_FOLDER
from scamcheck.rules.schema import RuleId, Text, _Model

if TYPE_CHECKING:
    from scamcheck.rules.load import RuleSet
    from scamcheck.rules.source import Document

ENGLISH = f"{REASONS_FOLDER}/en.yaml"
_OWN = {
    "model.terms": "No single rule applies, but several words together resemble known scams; look at the marked words and check through "
    "official channels."
}


class ReasonFile(_Model):
    """English reasons by rule id."""

    reasons: dict[RuleId, Text] = Field(min_length=1)


def english_reasons(directories: Sequence[str | Path] | None = None) -> Mapping[str, str]:
    """Reasons by rule id, of later directories before earlier ones; of the shipped rules if None.

    A directory without `lang/en.yaml` has none, and a rule without one is known by its English title alone. Raises `RuleError`.
    """
    return _english(tuple(map(str, [rules_directory()] if directories is None else directories)))


@cache
def _english(directories: tuple[str, ...]) -> Mapping[str, str]:
    found = dict(_OWN)
    problems: list[Problem] = []
    for document, model in _files(directories):
        problems += document.problems
        found |= model.reasons if model else {}
    if problems:
        raise RuleError(problems)
    return found


def lint_reasons(rules: RuleSet, directories: Sequence[str | Path]) -> list[Problem]:
    """Reasons of rules that do not exist; and, where a directory has English reasons at all, its stable rules without one."""
    problems: list[Problem] = []
    known = {loaded.rule.id for loaded in rules.rules}
    reasons: set[str] = set()
    translated: set[str] = set()
    for document, model in _files(directories):
        problems += document.problems
        if model is None:
            continue
        translated.add(Path(document.file).parent.parent.as_posix())
        reasons |= model.reasons.keys()
        for name in model.reasons.keys() - known:
            line, column = document.place(("reasons", name))
            message = f"a reason for the rule {name}, which does not exist; correct the id or delete the line"
            problems.append(Problem(document.file, line, column, "unknown-rule", message))
    for loaded in rules.rules:
        home = {parent.as_posix() for parent in Path(loaded.place.file).parents}
        if loaded.rule.status == "stable" and loaded.rule.id not in reasons and home & translated:
            message = f"{loaded.rule.id} has no English reason; add it to {ENGLISH}"
            problems.append(loaded.place.problem("no-english-reason", message, ("reason",)))
    return sorted(problems)


def _files(directories: Iterable[str | Path]) -> Iterator[tuple[Document, ReasonFile | None]]:
    from scamcheck.rules.load import explain
    from scamcheck.rules.source import read_document

    for directory in directories:
        path = Path(directory) / ENGLISH
        if not path.is_file():
            continue
        try:
            document = read_document(path.as_posix(), path.read_bytes())
        except OSError as error:
            raise InputError(f"cannot read {path}: {error.strerror}; check its permissions") from None
        model = None
        if not document.problems:
            try:
                model = ReasonFile.model_validate(document.data)
            except ValidationError as error:
                document.problems.extend(explain(error, document))
        yield document, model
