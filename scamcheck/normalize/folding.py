"""Character folding: the canonical form of each single character, and of a rule phrase.

Compatibility decomposition of each character by itself (Unicode TR15), lower case, Traditional to Simplified character
by character (OpenCC's table and `char_tables.VARIANTS`), white space. Tables are built at the first call, about 0.1 s.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from itertools import chain, starmap

from . import char_tables as tables
from .homophones import CLASSES

_BMP = 0x10000
_FOLDING_BLOCKS = (
    (0, 0x3400), (0xA000, 0xAC00), (0xF900, _BMP),  # all but unified ideographs, Hangul syllables, private use
    (0x10400, 0x12000), (0x16E40, 0x16F00), (0x1D100, 0x1D800), (0x1DF00, 0x1F300), (0x1FBF0, 0x1FC00),
    (0x2F800, 0x2FA20),
)  # fmt: skip
_SURROGATES = range(0xD800, 0xE000)


def _expand(ranges: Iterable[tuple[int, int]]) -> frozenset[int]:
    return frozenset(chain.from_iterable(range(first, last + 1) for first, last in ranges))


def class_body(characters: Iterable[str]) -> str:
    """A regex class body for the characters, as ranges."""
    codes = sorted(map(ord, characters))
    ranges: list[list[int]] = []
    for code in codes:
        if ranges and code - ranges[-1][1] <= 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return "".join(
        _literal(first) if first == last else f"{_literal(first)}-{_literal(last)}" for first, last in ranges
    )


def _literal(code: int) -> str:
    """A character as it stands in a class: written out, for `re` takes ten times as long over an escape."""
    return f"\\{chr(code)}" if chr(code) in "\\]^-[&~|" else chr(code)


@cache
def invisible() -> frozenset[str]:
    return frozenset(map(chr, _expand(tables.INVISIBLE)))


@cache
def _simplified() -> dict[str, str]:
    """Traditional to Simplified, single characters, from OpenCC's t2s and the project's own additions.

    Only the basic plane: no message writes the thousand pairs of rare characters beyond it.
    """
    from opencc import OpenCC

    blocks = ((0x2E80, 0x2FDF), (0x3400, 0x9FFF), (0xF900, 0xFAFF))
    ideographs = [chr(code) for first, last in blocks for code in range(first, last + 1)]
    converted = OpenCC("t2s").convert("\n".join(ideographs)).split("\n")
    table = {old: new for old, new in zip(ideographs, converted, strict=True) if old != new and len(new) == 1}
    table.update(tables.VARIANTS)
    return table


@cache
def fold_table() -> dict[str, str]:
    """Every character whose canonical form differs from it; "" for those dropped.

    Each value is made of fixed points of the table, which makes folding idempotent. The blocks left out hold no
    compatibility decomposition and no lower case (the tests look at every code point).
    """
    from unicodedata import normalize

    characters = [chr(code) for code in chain(*starmap(range, _FOLDING_BLOCKS)) if code != 0x0A]
    # A newline neither composes with nor reorders its neighbours, so one call decomposes each character alone.
    decomposed = normalize("NFKC", normalize("NFKC", "\n".join(characters)).lower()).split("\n")
    table = {old: new for old, new in zip(characters, decomposed, strict=True) if old != new}
    simplified = _simplified()
    table.update((old, new) for old, new in simplified.items() if old not in table)
    table.update(tables.ENCLOSED)
    table.update((character, " ") for character in tables.SPACES)
    table.update((character, "\n") for character in tables.LINE_BREAKS)
    table.update((chr(code), "\ufffd") for code in _SURROGATES)
    table.update((character, "") for character in invisible())
    table.update((old, new) for old, new in tables.VARIANTS.items())

    def settle(value: str) -> str:
        if table.keys().isdisjoint(value):
            return value
        while (further := "".join(table.get(character, character) for character in value)) != value:
            value = further
        return value

    return {old: settle(new) for old, new in table.items()}


@cache
def one_to_one() -> list[int]:
    """`str.translate` table over the basic plane: the folds that keep the length, identity for the rest.

    A list, because a dictionary raises and clears a KeyError for each character it lacks.
    """
    table = list(range(_BMP))
    for old, new in fold_table().items():
        if len(new) == 1 and ord(old) < _BMP:
            table[ord(old)] = ord(new)
    return table


@cache
def _fold_edits() -> re.Pattern[str]:
    """Line breaks of two characters, runs of invisible characters, and characters `one_to_one` does not fold."""
    rest = class_body(old for old, new in fold_table().items() if len(new) > 1 and ord(old) < _BMP)
    gone = class_body(character for character in invisible() if ord(character) < _BMP)
    return re.compile(f"\r\n|[{gone}{rest}]|[\U00010000-\U0010ffff]")


_WHITE = re.compile(" +")


@cache
def wide_character() -> re.Pattern[str]:
    return re.compile(f"[{tables.WIDE_RANGES}]")


def white_space(text: str) -> list[tuple[int, int, str]]:
    """Edits that tidy the spaces of folded text: none beside a CJK character or a line's end, else one."""
    if " " not in text:
        return []
    edits = []
    is_wide = wide_character().match
    last = len(text)
    for match in _WHITE.finditer(text):
        start, end = match.span()
        at_line_end = start == 0 or end == last or text[start - 1] == "\n" or text[end] == "\n"
        if at_line_end or is_wide(text, start - 1) or is_wide(text, end):
            edits.append((start, end, ""))
        elif end - start > 1:
            edits.append((start, end, " "))
    return edits


def fold(text: str) -> str:
    """The canonical form of a rule phrase or other text that is not disguised.

    Idempotent: `fold(fold(x)) == fold(x)`. Equal to `normalize(x).text` where `x` holds no disguise.
    """
    if text.isascii() and text.islower() and text.isalpha():
        return text
    table = fold_table()
    text = _fold_edits().sub(lambda m: "\n" if m[0] == "\r\n" else table.get(m[0], m[0]), text)
    text = text.translate(one_to_one())
    pieces: list[str] = []
    at = 0
    for start, end, new in white_space(text):
        pieces += (text[at:start], new)
        at = end
    return "".join(pieces) + text[at:] if pieces else text


@cache
def _homophone_table() -> list[int]:
    table = list(range(_BMP))
    for members in CLASSES:
        for member in members:
            table[ord(member)] = ord(members[0])
    return table


def homophone_key(text: str) -> str:
    """Canonical text with each character of a homophone class replaced by the class's first; same length.

    For a second look-up of long terms only: 转账 and 砖涨 share a key, and so do innocent short words.
    """
    return text.translate(_homophone_table())
