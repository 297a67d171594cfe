"""Reading rule directories as bytes, and the digest that names their content. Imports no parser."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path

from scamcheck.errors import InputError

Layer = list[tuple[str, bytes]]  # (file name as shown in messages, content)
REASONS_FOLDER = "lang"  # in a rule directory: reasons in other languages, no rules


def rule_files(directory: Path) -> list[Path]:
    """The YAML files of a rule directory, sorted by path, without the reasons in other languages."""
    return sorted(
        path
        for path in directory.rglob("*")
        if path.suffix in (".yaml", ".yml")
        and path.is_file()
        and path.relative_to(directory).parts[0] != REASONS_FOLDER
    )


def read_sources(directories: Sequence[str | Path]) -> list[Layer]:
    """The raw files of each directory.

    Raises `InputError` for a directory that is missing, unreadable or without YAML files.
    """
    layers = []
    for given in directories:
        directory = Path(given)
        if not directory.is_dir():
            raise InputError(f"no rule directory at {given}; give a folder that holds .yaml rule files")
        try:
            files = [(path.as_posix(), path.read_bytes()) for path in rule_files(directory)]
        except OSError as error:
            raise InputError(f"cannot read {error.filename}: {error.strerror}; check its permissions") from None
        if not files:
            raise InputError(f"the rule directory {given} holds no .yaml file; point --rules at a folder with rules")
        layers.append(files)
    return layers


def digest_of(layers: Sequence[Layer]) -> str:
    """SHA-256 over the layers' file names and bytes: changes when any rule text changes."""
    total = hashlib.sha256()
    for index, layer in enumerate(layers):
        for name, raw in layer:
            total.update(f"{index}:{Path(name).name}:{len(raw)}\n".encode())
            total.update(raw)
    return total.hexdigest()


_CATEGORY = re.compile(rb"^category:\s*([a-z_]+)", re.MULTILINE)
_DEFINED = re.compile(rb"^\s*-?\s*id:\s*['\"]?([\w.-]+)", re.MULTILINE)
_NAMED = re.compile(rb"\brule:\s*['\"]?([\w.-]+)")


def restrict(layers: Sequence[Layer], only: Sequence[str | Path]) -> list[Layer]:
    """The layers without the category files that are neither named in `only` nor define a rule that a kept file refers to.

    Shared and counter rules, lexicons and settings stay.
    """
    wanted = {Path(name).resolve() for name in only}
    kept: dict[str, bytes] = {}
    left: dict[str, bytes] = {}
    for name, raw in (file for layer in layers for file in layer):
        found = _CATEGORY.search(raw)
        stays = found is None or found[1] in (b"shared", b"counter") or Path(name).resolve() in wanted
        (kept if stays else left)[name] = raw
    pending = list(kept.values())
    while pending:
        named = set(_NAMED.findall(pending.pop()))
        for name in [name for name, raw in left.items() if named.intersection(_DEFINED.findall(raw))]:
            kept[name] = left.pop(name)
            pending.append(kept[name])
    return [[(name, raw) for name, raw in layer if name in kept] for layer in layers]
