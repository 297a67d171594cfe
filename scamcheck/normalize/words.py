"""Last stages: split characters, slang for contact channels, pinyin for key terms."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from .canonical import Disguise, Edit, Kind, Layer
from .word_tables import SLANG, SPLITS, Reading


@dataclass(frozen=True, slots=True)
class _Lexicon:
    """One compiled pattern over all spellings; group i of a match belongs to readings[i]."""

    pattern: re.Pattern[str]
    readings: tuple[Reading | None, ...]


def _compile(table: tuple[Reading, ...]) -> _Lexicon:
    """A pattern whose branches each open with a literal, from which `re` builds the set of characters to skip to."""
    by_first: dict[str, list[tuple[str, Reading]]] = {}
    for reading in table:
        for spelling in reading.spellings.split():
            by_first.setdefault(spelling[0], []).append((spelling[1:], reading))
    readings: list[Reading | None] = [None]
    branches = []
    for first, rests in by_first.items():
        escaped = re.escape(first)
        options = []
        for rest, reading in sorted(rests, key=lambda pair: -len(pair[0])):
            context = f"(?<={reading.left}{escaped})" if reading.left else ""
            context += "".join(f"(?<!(?:{word}){escaped})" for word in reading.never_after.split())
            options.append(f"{context}({re.escape(rest)}){reading.right}")
            readings.append(reading)
        branches.append(f"{escaped}(?:{'|'.join(options)})")
    return _Lexicon(re.compile("|".join(branches)), tuple(readings))


@cache
def splits() -> _Lexicon:
    return _compile(SPLITS)


@cache
def slang() -> _Lexicon:
    return _compile(SLANG)


def _restore(layer: Layer, lexicon: _Lexicon, kind: Kind) -> list[Disguise]:
    edits: list[Edit] = []
    disguises: list[Disguise] = []
    for match in lexicon.pattern.finditer(layer.text):
        reading = lexicon.readings[match.lastindex or 0]
        assert reading is not None
        start, end = match.span()
        edits.append((start, end, reading.restored))
        if reading.odd:
            disguises.append(layer.disguise(kind, start, end, reading.restored))
    layer.apply(edits)
    return disguises


def join_splits(layer: Layer) -> list[Disguise]:
    """Join characters written as their parts: 马扁 is 骗."""
    return _restore(layer, splits(), "split")


def read_slang(layer: Layer) -> list[Disguise]:
    """Read slang for contact channels and pinyin for key terms."""
    return _restore(layer, slang(), "slang")
