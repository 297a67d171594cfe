"""YAML with positions: a small, strict subset read event by event, every value's line and column kept.

Refused, each with its place: anchors and aliases (so no expansion bombs), tags, duplicate keys, keys that are not text, nesting
deeper than 40, invisible characters, files over 4 MB. Plain `no`, `on` and dates stay text: only true/false, null and numbers
are typed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from scamcheck.errors import Problem

MAX_BYTES = 4_000_000
MAX_DEPTH = 40

Path = tuple[str | int, ...]

# Format characters that do not show: zero width, bidi controls, soft hyphen, BOM, variation selectors, tags, other C0/C1 controls.
INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00a0\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f"
    "\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
_INT = re.compile(r"[-+]?[0-9]+\Z")
_FLOAT = re.compile(r"[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?\Z")
_PLAIN = {"true": True, "false": False, "null": None, "~": None, "": None}

# PyYAML's own parser in C where the wheel has it; same events either way.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(slots=True)
class Document:
    """One parsed file: plain Python data, and where each value stands."""

    file: str
    data: Any = None
    positions: dict[Path, tuple[int, int]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def place(self, path: Path) -> tuple[int, int]:
        """Line and column of `path`, or of the nearest enclosing value that has one."""
        while path and path not in self.positions:
            path = path[:-1]
        return self.positions.get(path, (1, 1))

    def problem(self, path: Path, code: str, message: str) -> None:
        line, column = self.place(path)
        self.problems.append(Problem(self.file, line, column, code, message))


def read_document(file: str, raw: bytes) -> Document:
    """Parse `raw`; what is wrong lands in `problems`, never as an exception."""
    document = Document(file)
    if len(raw) > MAX_BYTES:
        document.problem(
            (), "too-large", f"the file has {len(raw):,} bytes; split it into files of at most {MAX_BYTES:,}"
        )
        return document
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        message = f"byte {error.start} is not UTF-8; save the file as UTF-8"
        document.problems.append(Problem(file, line, 1, "not-utf8", message))
        return document
    for match in INVISIBLE.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        column = match.start() - (text.rfind("\n", 0, match.start()) + 1) + 1
        message = (
            f"invisible character U+{ord(match[0]):04X}; delete it (it would make the phrase match nothing you can see)"
        )
        document.problems.append(Problem(file, line, column, "invisible-character", message))
    if document.problems:
        return document
    try:
        _Builder(document).build(yaml.parse(text, Loader=_LOADER))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        message = f"not valid YAML: {error.problem or error.context}; check indentation, quotes and colons here"
        document.problems.append(Problem(file, line, column, "yaml-syntax", message))
    except yaml.YAMLError as error:
        document.problems.append(Problem(file, 1, 1, "yaml-syntax", f"not valid YAML: {error}"))
    except _Stop:
        pass
    return document


class _Stop(Exception):
    """Parsing cannot usefully go on; the problem is already recorded."""


@dataclass(slots=True)
class _Frame:
    container: Any
    path: Path
    key: str | None = None
    skip_value: bool = False


class _Builder:
    """Builds data from YAML events with an explicit stack, so that depth is bounded and nothing recurses."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.stack: list[_Frame] = []
        self.documents = 0

    def build(self, events: Iterator[Any]) -> None:
        for event in events:
            name = type(event).__name__
            if name == "DocumentStartEvent":
                self.documents += 1
                if self.documents > 1:
                    self._fail(event, "many-documents", "a second document (---) starts here; keep one document a file")
            elif name == "AliasEvent" or getattr(event, "anchor", None) is not None:
                self._fail(
                    event,
                    "anchor",
                    "anchors (&) and aliases (*) are not used in rule files; write the value out, or use a lexicon",
                )
            elif getattr(event, "tag", None) not in (None, "!") and not name.endswith("EndEvent"):
                self._fail(event, "tag", f"the tag {event.tag} is not used in rule files; remove it")
            elif name == "ScalarEvent":
                self._scalar(event)
            elif name in ("MappingStartEvent", "SequenceStartEvent"):
                self._open(event, {} if name == "MappingStartEvent" else [])
            elif name in ("MappingEndEvent", "SequenceEndEvent"):
                self.stack.pop()

    def _fail(self, event: Any, code: str, message: str) -> None:
        mark = event.start_mark
        self.document.problems.append(Problem(self.document.file, mark.line + 1, mark.column + 1, code, message))
        raise _Stop

    def _scalar(self, event: Any) -> None:
        frame = self.stack[-1] if self.stack else None
        if frame is not None and isinstance(frame.container, dict) and frame.key is None:
            key = str(event.value)
            frame.skip_value = key in frame.container
            if frame.skip_value:
                mark = event.start_mark
                first = self.document.positions.get((*frame.path, key), (0, 0))[0]
                message = f"the key “{key}” stands twice (first on line {first}); keep one"
                self.document.problems.append(
                    Problem(self.document.file, mark.line + 1, mark.column + 1, "duplicate-key", message)
                )
            frame.key = key
            return
        value: Any = event.value
        if event.style is None or event.style == "":
            value = _typed(value)
        self._store(event, value)

    def _open(self, event: Any, container: Any) -> None:
        frame = self.stack[-1] if self.stack else None
        if frame is not None and isinstance(frame.container, dict) and frame.key is None:
            self._fail(event, "key-type", "a key must be plain text; quote it or restructure")
        if len(self.stack) >= MAX_DEPTH:
            self._fail(event, "too-deep", f"nested deeper than {MAX_DEPTH} levels; flatten it")
        path = self._store(event, container)
        self.stack.append(_Frame(container, path))

    def _store(self, event: Any, value: Any) -> Path:
        mark = event.start_mark
        place = (mark.line + 1, mark.column + 1)
        if not self.stack:
            self.document.data = value
            self.document.positions[()] = place
            return ()
        frame = self.stack[-1]
        if isinstance(frame.container, dict):
            key = frame.key or ""
            path: Path = (*frame.path, key)
            frame.key = None
            if frame.skip_value:
                return path
            frame.container[key] = value
        else:
            path = (*frame.path, len(frame.container))
            frame.container.append(value)
        self.document.positions[path] = place
        return path


def _typed(value: str) -> Any:
    if value in _PLAIN:
        return _PLAIN[value]
    if _INT.match(value):
        return int(value) if len(value) < 19 else value
    if _FLOAT.match(value):
        return float(value)
    return value
