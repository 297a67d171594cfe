"""Ways to disguise a message, each the inverse of one the normaliser undoes.

For rule tests and the evasion benchmark: `normalize(transform(text)).text == normalize(text).text` for every transform
but "homophone", of which the normaliser restores most characters, and `homophone_key` long terms.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import cache

from scamcheck.normalize import char_tables as tables
from scamcheck.normalize import fold
from scamcheck.normalize.homophones import CLASSES

Transform = Callable[[str, random.Random, float], str]
"""(text, source of chance, share of the places fit for it that are disguised, 0 to 1) -> disguised text."""

_ZERO_WIDTH = "\u200b\u200c\u200d\u2060\ufeff\u00ad"
_SYMBOLS = "★☆◆◇■□▲△●※灬丶🔥⭐💰🍀"


def _is_ideograph(character: str) -> bool:
    return "\u3400" <= character <= "\u9fff" and character not in tables.HARD_FILLERS


def _between(text: str, rng: random.Random, share: float, fillers: str) -> str:
    """Put a filler between neighbouring ideographs."""
    pieces = []
    for left, right in zip(text, text[1:] + "\n", strict=True):
        pieces.append(left)
        if _is_ideograph(left) and _is_ideograph(right) and rng.random() < share:
            pieces.append(rng.choice(fillers))
    return "".join(pieces)


def _swap(text: str, rng: random.Random, share: float, table: dict[str, tuple[str, ...]]) -> str:
    """Replace characters by one of their alternatives."""
    return "".join(
        rng.choice(table[character]) if character in table and rng.random() < share else character for character in text
    )


def invisible(text: str, rng: random.Random, share: float) -> str:
    """Zero-width characters between ideographs."""
    return _between(text, rng, share, _ZERO_WIDTH)


def spaces(text: str, rng: random.Random, share: float) -> str:
    """Ordinary and ideographic spaces between ideographs."""
    return _between(text, rng, share, " \u3000\u00a0")


def symbols(text: str, rng: random.Random, share: float) -> str:
    """Stars, shapes and emoji between ideographs."""
    return _between(text, rng, share, _SYMBOLS)


@cache
def _traditional() -> dict[str, tuple[str, ...]]:
    from opencc import OpenCC

    simplified = [chr(code) for code in range(0x4E00, 0xA000)]
    converted = OpenCC("s2t").convert("\n".join(simplified)).split("\n")
    return {
        new: (old,) for new, old in zip(simplified, converted, strict=True) if old != new and fold(old) == fold(new)
    }


def traditional(text: str, rng: random.Random, share: float) -> str:
    """Traditional characters (OpenCC s2t, character by character)."""
    return _swap(text, rng, share, _traditional())


def fullwidth(text: str, rng: random.Random, share: float) -> str:
    """Full-width letters, digits and punctuation."""
    return _swap(text, rng, share, {chr(code): (chr(code + 0xFEE0),) for code in range(0x21, 0x7F)})


@cache
def _doubles() -> dict[str, tuple[str, ...]]:
    """Latin letters with their mathematical and, where drawn alike, Cyrillic forms; o, i and l can be digits too."""
    table: dict[str, tuple[str, ...]] = {}
    for i, letter in enumerate("abcdefghijklmnopqrstuvwxyz"):
        if letter in "oil":
            continue
        cyrillic = tuple(odd for odd, plain in tables.LOOKALIKES.items() if plain == letter and "а" <= odd <= "ӿ")
        table[letter] = (chr(0x1D5BA + i), chr(0x1D41A + i), *cyrillic)
        table[letter.upper()] = (chr(0x1D5A0 + i), chr(0x1D400 + i))
    return table


def lookalike(text: str, rng: random.Random, share: float) -> str:
    """Mathematical letters, and Cyrillic ones where a real Latin letter of the word stays before them."""
    pieces: list[str] = []
    for character in text:
        options = _doubles().get(character, ())
        if options and rng.random() < share:
            anchored = bool(pieces) and pieces[-1].isascii() and pieces[-1].isalpha()
            pieces.append(rng.choice(options if anchored else options[:2]))
        else:
            pieces.append(character)
    return "".join(pieces)


def circled(text: str, rng: random.Random, share: float) -> str:
    """Circled, keycap and other enclosed digits."""
    table: dict[str, tuple[str, ...]] = {"0": ("⓪", "⓿", "0\ufe0f\u20e3")}
    for digit in range(1, 10):
        shapes = tuple(chr(base + digit - 1) for base in (0x2460, 0x2776, 0x2780, 0x24F5))
        table[str(digit)] = (*shapes, f"{digit}\ufe0f\u20e3")
    return _swap(text, rng, share, table)


def _spell(text: str, rng: random.Random, share: float, table: dict[str, tuple[str, ...]]) -> str:
    """Replace words, longest first, at a share of their places."""
    for word in sorted(table, key=len, reverse=True):
        pieces = text.split(word)
        joined = pieces[0]
        for piece in pieces[1:]:
            joined += (rng.choice(table[word]) if rng.random() < share else word) + piece
        text = joined
    return text


_SLANG = {
    "微信": ("葳信", "薇芯", "v信", "V信", "溦信"),
    "支付宝": ("支fu宝", "支富宝", "吱付宝"),
    "银行卡": ("yin行卡",),
    "贷款": ("dai款",),
    "刷单": ("shua单",),
    "转账": ("zhuan账",),
    "提现": ("ti现",),
}
_SPLIT = {
    "骗": ("马扁", "馬扁"), "信": ("亻言",), "银": ("钅艮",), "证": ("讠正",), "法": ("氵去",), "付": ("亻寸",), "投": ("扌殳",),
    "提": ("扌是",), "红": ("纟工",), "结": ("纟吉",), "洗": ("氵先",), "借": ("亻昔",), "转账": ("车专贝长", "車專貝長"),
    "设": ("讠殳",), "注": ("氵主",), "代": ("亻弋",), "招": ("扌召",), "保": ("亻呆",), "佣": ("亻用",), "统": ("纟充",),
}  # fmt: skip


def slang(text: str, rng: random.Random, share: float) -> str:
    """Slang and half pinyin for contact channels and payments; not beside a Latin letter, where they would run on."""
    for word, options in _SLANG.items():
        joined, *rest = text.split(word)
        for part in rest:
            alone = not (joined[-1:].isascii() and joined) and not (part[:1].isascii() and part)
            joined += (rng.choice(options) if alone and rng.random() < share else word) + part
        text = joined
    return text


def split(text: str, rng: random.Random, share: float) -> str:
    """Characters written as their parts."""
    return _spell(text, rng, share, _SPLIT)


@cache
def _homophones() -> dict[str, tuple[str, ...]]:
    return {one: tuple(c for c in members if c != one) for members in CLASSES for one in members}


def homophone(text: str, rng: random.Random, share: float) -> str:
    """Other characters of the same homophone class."""
    return _swap(text, rng, share, _homophones())


TRANSFORMS: dict[str, Transform] = {
    "invisible": invisible,
    "spaces": spaces,
    "symbols": symbols,
    "traditional": traditional,
    "fullwidth": fullwidth,
    "lookalike": lookalike,
    "circled": circled,
    "slang": slang,
    "split": split,
    "homophone": homophone,
}
