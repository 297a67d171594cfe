"""The message cut into pieces for display: which red flags cover each, where flags begin, what is left out of very long texts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

LONGEST = 1_600  # characters of one piece shown whole; of a longer one the ends
ENDS = 400
MOST = 2_000  # marked pieces; what comes after is shown unmarked
# Characters that could steer or hide in the page: controls, bidi and other format characters, lone surrogates.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff"
    "\U000e0000-\U000e007f]"
)


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the text. `flags` are the numbers (from 1) of the red flags that cover it, `labels` those written before it:
    each flag's number is written once, at one of its beginnings.

    `left_out` is the count of characters left out after `text`; the piece that follows goes on behind them.
    """

    text: str
    flags: tuple[int, ...] = ()
    labels: tuple[int, ...] = ()
    left_out: int = 0


def pieces(text: str, flags: Sequence[Sequence[tuple[int, int]]]) -> list[Piece]:
    """`text` in order, cut wherever a red flag begins or ends. `flags` holds each red flag's spans."""
    begins: dict[int, list[int]] = {}
    ends: dict[int, list[int]] = {}
    for number, spans in enumerate(flags, 1):
        for start, end in spans:
            begins.setdefault(start, []).append(number)
            ends.setdefault(end, []).append(number)
    labels = _labels(begins)
    covering: Counter[int] = Counter()
    found: list[Piece] = []
    at = 0
    for cut in sorted({*begins, *ends, len(text)}):
        if cut > at:
            marked = len(found) < MOST
            flags_here = tuple(sorted(covering)) if marked else ()
            found += _shortened(text[at:cut], flags_here, labels.get(at, ()) if marked else ())
            at = cut
        covering.update(begins.get(cut, ()))
        covering.subtract(ends.get(cut, ()))
        covering = +covering
    return found


def _labels(begins: Mapping[int, Sequence[int]]) -> dict[int, tuple[int, ...]]:
    """Where each flag's number is written: spread over their beginnings, so that few share a place."""
    places: dict[int, list[int]] = {}
    for at in sorted(begins):
        for number in dict.fromkeys(begins[at]):
            places.setdefault(number, []).append(at)
    written: dict[int, list[int]] = {}
    for number in sorted(places, key=lambda number: (len(places[number]), number)):
        chosen = min(places[number], key=lambda at: len(written.get(at, ())))
        written.setdefault(chosen, []).append(number)
    return {at: tuple(sorted(numbers)) for at, numbers in written.items()}


def _shortened(text: str, flags: tuple[int, ...], labels: tuple[int, ...]) -> list[Piece]:
    if len(text) <= LONGEST:
        return [Piece(visible(text), flags, labels)]
    head = Piece(visible(text[:ENDS]), flags, labels, left_out=len(text) - 2 * ENDS)
    return [head, Piece(visible(text[-ENDS:]), flags)]


def visible(text: str) -> str:
    """Characters that do not show, or that would turn the text around, as ‹code›."""
    return _HIDDEN.sub(lambda match: f"‹{ord(match[0]):04X}›", text.replace("\r\n", "\n").replace("\r", "\n"))
