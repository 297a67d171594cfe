"""What normalisation returns, and the working copy its stages edit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Literal

Kind = Literal["invisible", "separator", "lookalike", "slang", "split", "homophone", "digits"]
Edit = tuple[int, int, str]
"""(start, end, replacement) in the text of a `Layer`; edits of one list are sorted and do not overlap."""


@dataclass(frozen=True, slots=True)
class Disguise:
    """A place where the text was written so that a filter would not read it.

    `start` and `end` are code-point indices into the text as given, `original` is that slice, and `restored` is
    what it stands for in canonical text. Spans of different kinds may overlap: 薇★信 is a separator and slang.
    """

    kind: Kind
    start: int
    end: int
    original: str
    restored: str


@dataclass(frozen=True, slots=True)
class Canonical:
    """Canonical text and the way back to the text as given.

    `offsets` is None where both texts have the same length and character i came from character i. Otherwise it
    holds 2·len(text) code-point indices: character i of the canonical text came from
    `given[offsets[2 * i]:offsets[2 * i + 1]]`, a slice that is never empty. Both the starts and the ends ascend.
    """

    text: str
    offsets: tuple[int, ...] | None
    disguises: tuple[Disguise, ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Map a canonical span to the span of its source characters in the text as given.

        What was dropped between two source characters is inside the span, what was dropped around them is not.
        An empty span maps to an empty one. `IndexError` where the span is outside the canonical text.
        """
        if not 0 <= start <= end <= len(self.text):
            raise IndexError(f"span ({start}, {end}) is outside the canonical text of length {len(self.text)}")
        offsets = self.offsets
        if offsets is None:
            return start, end
        if start == end:
            at = offsets[2 * start - 1] if start else 0
            return at, at
        return offsets[2 * start], offsets[2 * end - 1]


class Layer:
    """The text between two stages, with the source span of each of its characters."""

    __slots__ = ("_moved", "ends", "given", "starts", "text")

    def __init__(self, given: str) -> None:
        self.given = given
        self.text = given
        self.starts: Sequence[int] = range(len(given))
        self.ends: Sequence[int] = range(1, len(given) + 1)
        self._moved = False

    def apply(self, edits: Iterable[Edit]) -> None:
        """Carry out the edits. Every character of a replacement stands for the whole slice it replaces."""
        text, old_starts, old_ends = self.text, self.starts, self.ends
        pieces: list[str] = []
        starts: list[int] = []
        ends: list[int] = []
        at = 0
        for start, end, new in edits:
            pieces.append(text[at:start])
            starts += old_starts[at:start]
            ends += old_ends[at:start]
            if new:
                pieces.append(new)
                starts += [old_starts[start]] * len(new)
                ends += [old_ends[end - 1]] * len(new)
            if end - start != 1 or len(new) != 1:
                self._moved = True
            at = end
        if not pieces:
            return
        pieces.append(text[at:])
        starts += old_starts[at:]
        ends += old_ends[at:]
        self.starts, self.ends = starts, ends
        self.text = "".join(pieces)

    def disguise(self, kind: Kind, start: int, end: int, restored: str) -> Disguise:
        """A sign of disguise over [start, end) of this layer's text."""
        first, last = self.starts[start], self.ends[end - 1]
        return Disguise(kind, first, last, self.given[first:last], restored)

    def source(self, index: int) -> str:
        """The characters of the text as given behind one character of this layer."""
        return self.given[self.starts[index] : self.ends[index]]

    def freeze(self, disguises: list[Disguise]) -> Canonical:
        offsets = tuple(chain.from_iterable(zip(self.starts, self.ends, strict=True))) if self._moved else None
        return Canonical(self.text, offsets, tuple(sorted(disguises, key=lambda d: (d.start, d.end, d.kind))))
