"""Errors scamcheck raises. Every message says what is wrong, where, and what would mend it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class ScamcheckError(Exception):
    """Base of every error this package raises on purpose."""


class InputError(ScamcheckError, ValueError):
    """The call or its input was wrong; the sentence says what to change."""


class InputTypeError(ScamcheckError, TypeError):
    """A value of a type that is never accepted, such as bytes where text belongs."""


class ModelError(ScamcheckError):
    """A model artefact that is missing, corrupted, foreign or newer than this version."""


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing wrong in a rule file. Lines and columns count from 1; 0 stands for the whole file."""

    file: str
    line: int
    column: int
    code: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.message} [{self.code}]"


class RuleError(ScamcheckError):
    """Rule files that cannot be used. `problems` holds every problem found, in file order."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(sorted(problems))
        count = len(self.problems)
        head = "1 problem in the rules" if count == 1 else f"{count} problems in the rules"
        super().__init__(head + ":\n" + "\n".join(str(problem) for problem in self.problems))
