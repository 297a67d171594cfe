"""From the text as given to canonical text: the fast path for plain messages and the stages for the others."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from threading import Lock

from . import char_tables as tables
from .canonical import Canonical, Layer
from .characters import fold_characters, styled
from .fillers import drop_fillers, soft_filler_gate, soft_fillers
from .folding import class_body, fold_table, invisible, one_to_one, white_space
from .numbers import ODD_NUMERALS, SPACED_PHONE_GATE, number_gate, restore_digits
from .respelling import respell
from .words import join_splits, read_slang, slang, splits

_BUILDING = Lock()
_ASTRAL = "\U00010000"
_PUNCTUATION = tuple(zip("，！：；？（）", ",!:;?()", strict=True))
"""The full-width marks nearly every message has: folded by `str.replace`, which spares most messages the table."""


@dataclass(frozen=True, slots=True)
class _Gates:
    """What decides that a text needs no stages: about 4 µs for a message of 80 characters."""

    special: re.Pattern[str]  # characters that need the stages wherever they stand
    changed: re.Pattern[str]  # characters that fold one to one, but for _PUNCTUATION
    table: list[int]
    folded: tuple[re.Pattern[str], ...]  # contexts that need the stages, on folded text


@cache
def _gates() -> _Gates:
    with _BUILDING:  # of threads that start together one builds, the others find its tables cached
        fold = fold_table()
        special = {
            old for old, new in fold.items() if len(new) != 1 or new in " \n" or (new.isdigit() and old < "\uff00")
        }
        special |= {" ", "\r"} | invisible() | tables.HARD_FILLERS | tables.LOOKALIKES.keys() | styled()
        special |= {chr(code) for first, last in tables.COMBINING for code in range(first, last + 1)}
        changed = fold.keys() - special - dict(_PUNCTUATION).keys()
        return _Gates(
            re.compile(f"[{class_body(c for c in special if c < _ASTRAL)}{_ASTRAL}-\U0010ffff]"),
            re.compile(f"[{class_body(c for c in changed if c < _ASTRAL)}]"),
            one_to_one(),
            (
                re.compile(f"[{soft_fillers()}]{soft_filler_gate()}"),
                re.compile(f"[{ODD_NUMERALS}]{number_gate()}"),
                SPACED_PHONE_GATE,
            ),
        )


def _plain(text: str) -> str | None:
    """The canonical form of a text that folds one to one and holds nothing to undo, else None."""
    gates = _gates()
    if gates.special.search(text) is not None:
        return None
    for full, half in _PUNCTUATION:
        text = text.replace(full, half)
    if gates.changed.search(text) is not None:
        text = text.translate(gates.table)
    for pattern in gates.folded:
        if pattern.search(text) is not None:
            return None
    return None if splits().occurs(text) or slang().occurs(text) else text


def normalize(text: str) -> Canonical:
    """Canonical text, the way back to the text as given, and the signs of disguise.

    Any `str` is accepted, lone surrogates included; time is linear in the length. `fold` gives the same text where
    nothing is disguised.
    """
    plain = _plain(text)
    return respell(Canonical(plain, None, ()) if plain is not None else _undone(text), text)


def _undone(text: str) -> Canonical:
    """The stages for a text that is not plain."""
    layer = Layer(text)
    disguises = fold_characters(layer)
    disguises += join_splits(layer)  # before fillers, which are judged by the words they break: 氵主★册
    disguises += drop_fillers(layer)
    layer.apply(white_space(layer.text))
    disguises += restore_digits(layer)
    disguises += join_splits(layer)  # parts that were themselves kept apart: 亻★言
    disguises += read_slang(layer)
    layer.apply(white_space(layer.text))  # beside a word that was Latin: +v abc
    return layer.freeze(disguises)
