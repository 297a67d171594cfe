"""Where the shipped rules and model are, and a cache of compiled rules so that unchanged YAML is parsed once.

The cache holds plain JSON named by the SHA-256 of the rule files. It is looked for in the wheel, then in the user's cache folder;
a cache that is missing, unreadable or from another version is simply not used.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scamcheck.errors import InputError

if TYPE_CHECKING:
    from scamcheck.model.runtime import TermModel

_PACKAGE = Path(__file__).resolve().parent
COMPILED_FORMAT = 5  # raise when the compiled form or the normaliser's foldings change
KEPT = 16  # compiled rule sets in the user's cache, about 2 MB each


def shipped(name: str) -> Path:
    """The folder `rules` or `models`: inside the wheel, or at the top of a checkout."""
    inside = _PACKAGE / "_shipped" / name
    return inside if inside.is_dir() else _PACKAGE.parent / name


def rules_directory() -> Path:
    return shipped("rules")


def models_directory() -> Path:
    return shipped("models")


def verdict_schema() -> dict[str, Any]:
    """The JSON Schema of `Verdict.to_dict()`."""
    name = "verdict.schema.json"
    inside = _PACKAGE / "_shipped" / name
    path = inside if inside.is_file() else _PACKAGE.parent / "docs" / name
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return found


def load_compiled(rules: str | Path | Sequence[str | Path] | None = None) -> dict[str, Any]:
    """Compiled rules of a directory, of several layered ones, or the shipped ones."""
    from scamcheck.rules.files import digest_of, read_sources

    if rules is None:
        directories: Sequence[str | Path] = [rules_directory()]
    elif isinstance(rules, (str, Path)):
        directories = [rules]
    else:
        directories = list(rules)
        if not directories:
            raise InputError("no rule directory given; pass at least one, or None for the shipped rules")
    layers = read_sources(directories)
    digest = digest_of(layers)
    known = _cached(digest)
    if known is not None:
        return known
    from scamcheck.rules.compiled import compile_rules
    from scamcheck.rules.load import build_rule_set

    compiled = compile_rules(build_rule_set(layers))
    store_compiled(compiled, cache_directory())
    _forget_old(cache_directory())
    return compiled


def load_model(model: str | Path | bool | None = None) -> TermModel | None:
    """The model in a directory, the shipped one if None, none if False. A checkout without a trained model has none either."""
    if model is False:
        return None
    directory = models_directory() if model is None or model is True else Path(model)
    if model in (None, True) and not (directory / "manifest.json").exists():
        return None
    from scamcheck.model.runtime import TermModel

    return TermModel.load(directory)


def cache_directory() -> Path:
    base = (
        os.environ.get("XDG_CACHE_HOME")
        or os.environ.get("LOCALAPPDATA")
        or os.path.join(os.path.expanduser("~"), ".cache")
    )
    return Path(base) / "scamcheck"


def store_compiled(compiled: dict[str, Any], directory: Path) -> Path | None:
    """Write compiled rules to `directory`, atomically; None where it cannot be written."""
    path = directory / _cache_name(compiled["digest"])
    with contextlib.suppress(OSError):
        directory.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=directory, suffix=".tmp")
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            json.dump(compiled, stream, ensure_ascii=False, separators=(",", ":"))
        os.replace(temporary, path)
        return path
    return None


def _forget_old(directory: Path) -> None:
    """Delete all but the newest few compiled rule sets: each edit of a rule leaves one behind."""
    with contextlib.suppress(OSError):
        stored = sorted(directory.glob("rules-*.json"), key=lambda path: path.stat().st_mtime, reverse=True)
        for path in stored[KEPT:]:
            path.unlink(missing_ok=True)


def _cached(digest: str) -> dict[str, Any] | None:
    for directory in (_PACKAGE / "_shipped", cache_directory()):
        with contextlib.suppress(OSError, ValueError):
            found = json.loads((directory / _cache_name(digest)).read_text("utf-8"))
            if isinstance(found, dict) and found.get("digest") == digest:
                return found
    return None


def _cache_name(digest: str) -> str:
    from scamcheck import __version__

    return f"rules-{__version__}-{COMPILED_FORMAT}-{digest[:32]}.json"
