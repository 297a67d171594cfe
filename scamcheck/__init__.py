"""scamcheck labels a Chinese message with the scam script it follows and explains why.

>>> import scamcheck
>>> verdict = scamcheck.classify("有人在我微信上订购物资,说是部队的,但让我先垫付8万元")
>>> verdict.label
'military_procurement'

Importing this package loads neither rules nor model; the first verdict does.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scamcheck.classifier import Classifier, Score, classify, classify_many, score_many
    from scamcheck.errors import InputError, InputTypeError, ModelError, Problem, RuleError, ScamcheckError
    from scamcheck.verdict import Advice, Contribution, RedFlag, TermEvidence, Verdict

__version__ = "0.1.0"

_HOMES = {
    "Classifier": "classifier", "Score": "classifier", "classify": "classifier", "classify_many": "classifier", "score_many": "classifier",
    "InputError": "errors", "InputTypeError": "errors", "ModelError": "errors", "Problem": "errors", "RuleError": "errors", "ScamcheckError": "errors",
    "Advice": "verdict", "Contribution": "verdict", "RedFlag": "verdict", "TermEvidence": "verdict", "Verdict": "verdict",
}  # fmt: skip

__all__ = [
    "Advice", "Classifier", "Contribution", "InputError", "InputTypeError", "ModelError", "Problem", "RedFlag", "RuleError",
    "ScamcheckError", "Score", "TermEvidence", "Verdict", "__version__", "classify", "classify_many", "score_many",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'scamcheck' has no attribute {name!r}")
    return getattr(importlib.import_module(f"scamcheck.{home}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
