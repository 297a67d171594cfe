"""Last stages: split characters, slang for contact channels, pinyin for key terms."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from .canonical import Disguise, Edit, Kind, Layer
from .folding import class_body
from .word_tables import SLANG, SPLITS, Reading


class Lexicon:
    """Spellings by their first character; what may follow one is compiled when the character is first met."""

    def __init__(self, table: tuple[Reading, ...]) -> None:
        self._rests: dict[str, list[tuple[str, Reading]]] = {}
        for reading in table:
            for spelling in reading.spellings.split():
                self._rests.setdefault(spelling[0], []).append((spelling[1:], reading))
        self._starts = re.compile(f"[{class_body(self._rests)}]")
        self._branches: dict[str, tuple[re.Pattern[str], tuple[Reading, ...]]] = {}

    def find(self, text: str) -> Iterator[tuple[int, int, Reading]]:
        """Start, end and reading of the spellings in a text, from left to right."""
        at = 0
        for start in self._starts.finditer(text):
            first = start.start()
            if first < at:
                continue
            pattern, readings = self._branches.get(start[0]) or self._branch(start[0])
            match = pattern.match(text, first)
            if match is not None and match.lastindex is not None:
                at = match.end()
                yield first, at, readings[match.lastindex - 1]

    def occurs(self, text: str) -> bool:
        return next(self.find(text), None) is not None

    def _branch(self, first: str) -> tuple[re.Pattern[str], tuple[Reading, ...]]:
        """The spellings with this first character, the longest first; group i of a match belongs to reading i - 1."""
        options = []
        readings = []
        escaped = re.escape(first)
        for rest, reading in sorted(self._rests[first], key=lambda pair: -len(pair[0])):
            context = f"(?<={reading.left}{escaped})" if reading.left else ""
            context += "".join(f"(?<!(?:{word}){escaped})" for word in reading.never_after.split())
            options.append(f"{context}({re.escape(rest)}){reading.right}")
            readings.append(reading)
        branch = self._branches[first] = (re.compile(f"{escaped}(?:{'|'.join(options)})"), tuple(readings))
        return branch


@cache
def splits() -> Lexicon:
    return Lexicon(SPLITS)


@cache
def slang() -> Lexicon:
    return Lexicon(SLANG)


def _restore(layer: Layer, lexicon: Lexicon, kind: Kind) -> list[Disguise]:
    edits: list[Edit] = []
    disguises: list[Disguise] = []
    for start, end, reading in lexicon.find(layer.text):
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
