"""First stage: character folding with offsets, invisible characters, letters of other alphabets drawn like Latin ones."""

from __future__ import annotations

import re
from functools import cache

from . import char_tables as tables
from .canonical import Disguise, Edit, Layer
from .folding import class_body, fold_table, invisible, one_to_one

_LETTER_WORD_NEIGHBOURS = "/[]ˈˌ"
"""Marks around a phonetic transcription: /bɪɡ/ is not a disguise."""


@cache
def styled() -> frozenset[str]:
    """Mathematical, enclosed and superscript letters: they fold to one Latin letter but are not keyboard letters.

    Full-width letters (an input method's) and Roman numerals are ordinary.
    """
    return frozenset(
        odd
        for odd, plain in fold_table().items()
        if len(plain) == 1
        and plain.isascii()
        and plain.isalpha()
        and not odd.isascii()
        and not "\uff00" <= odd <= "\uffef"
        and not "\u2160" <= odd <= "\u217f"
    )


@cache
def _hiding_marks() -> frozenset[str]:
    """Characters that may be dropped where they hide: the invisible ones and combining marks."""
    return invisible() | frozenset(chr(c) for first, last in tables.COMBINING for c in range(first, last + 1))


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    hiding = class_body(_hiding_marks())
    longer = class_body(old for old, new in fold_table().items() if len(new) > 1 and old < "\U00010000")
    odd = class_body(styled() | tables.LOOKALIKES.keys())
    edits = re.compile(
        f"\r\n|([{hiding}]+)|[0-9]\ufe0f?\u20e3|[{longer}{class_body(tables.LOOKALIKES)}]|[\U00010000-\U0010ffff]"
    )
    return edits, re.compile(f"[{odd}]"), re.compile(f"[{tables.LETTER_RANGES}{odd}]+")


_SOLID = re.compile(f"[0-9A-Za-z{tables.CJK_RANGES}]")
_IDEOGRAPH = re.compile(f"[{tables.CJK_RANGES}]")


def fold_characters(layer: Layer) -> list[Disguise]:
    """Fold every character of the text as given; return the signs of disguise met on the way."""
    text = layer.text
    table = fold_table()
    edits_pattern, odd, _ = _patterns()
    replacements: dict[int, str] = {}
    disguises: list[Disguise] = []
    if odd.search(text):
        replacements, disguises = _lookalikes(layer)
    edits: list[Edit] = []
    hidden: list[tuple[int, int]] = []
    for match in edits_pattern.finditer(text):
        start, end = match.span()
        if match[1]:
            edits += _drop_hidden(text, start, end, hidden)
        elif end - start > 1:  # a line break of two characters, a keycap digit
            edits.append((start, end, "\n" if match[0] == "\r\n" else match[0][0]))
        else:
            new = replacements.get(start)
            if new is None:
                new = table.get(match[0], match[0])
            if new != match[0]:
                edits.append((start, end, new))
    translate = one_to_one()
    for start, end in hidden:
        written = text[start:end]
        visible = "".join(table.get(c, c) for c in written if c not in _hiding_marks())
        disguises.append(Disguise("invisible", start, end, written, visible))
    layer.apply(edits)
    layer.text = layer.text.translate(translate)
    return disguises


def _drop_hidden(text: str, start: int, end: int, hidden: list[tuple[int, int]]) -> list[Edit]:
    """Edits that drop one run of invisible characters, and of marks where they sit on an ideograph.

    Adds the span with both neighbours to `hidden` where the run parts two characters of a word. Joiners and
    selectors in emoji, keycaps, a soft hyphen in a Latin word and joiners in other scripts have their proper use there.
    """
    run = text[start:end]
    on_ideograph = start > 0 and _IDEOGRAPH.match(text, start - 1) is not None
    gone = invisible()
    if on_ideograph or all(c in gone for c in run):
        edits: list[Edit] = [(start, end, "")]
        marked = on_ideograph and not all(c in gone for c in run)
    else:
        edits = [(start + i, start + i + 1, "") for i, c in enumerate(run) if c in gone]
        marked = False
    inside = start > 0 and end < len(text) and _SOLID.match(text, start - 1) and _SOLID.match(text, end)
    if inside and ("\u20e3" in run or (not set(run) - {"\xad"} and text[start - 1].isascii() and text[end].isascii())):
        inside = None
    if inside or marked:
        first, last = start - 1, (end + 1 if inside else end)
        if hidden and hidden[-1][1] > first:
            hidden[-1] = (hidden[-1][0], last)
        else:
            hidden.append((first, last))
    return edits


def _lookalikes(layer: Layer) -> tuple[dict[int, str], list[Disguise]]:
    """Latin readings of look-alike letters, by position, judged word by word.

    A word is read as Latin where every foreign letter in it has a Latin double and it also holds a real Latin letter
    or stands beside an ideograph. Москва and β测试 stay as they are: к has no double, a lone small Greek letter is a
    symbol. Mathematical and enclosed letters fold in any case; two or more in a word are a disguise in such a place.
    """
    text = layer.text
    table = fold_table()
    doubles, style = tables.LOOKALIKES, styled()
    replacements: dict[int, str] = {}
    disguises: list[Disguise] = []
    for match in _patterns()[2].finditer(text):
        word = match[0]
        if word.isascii():
            continue
        start, end = match.span()
        before, after = text[start - 1 : start], text[end : end + 1]
        if before in _LETTER_WORD_NEIGHBOURS and after in _LETTER_WORD_NEIGHBOURS and before and after:
            continue
        foreign = [c for c in word if c in doubles]
        fancy = sum(c in style for c in word)
        latin = any(table.get(c, c).isascii() for c in word if c not in style and c not in doubles)
        beside = bool((before and _IDEOGRAPH.match(before)) or (after and _IDEOGRAPH.match(after)))
        if not (latin or beside):
            continue
        read = "".join(doubles.get(c, c) for c in word)
        plain = "".join(table.get(c, c) for c in read)
        if foreign and plain.isascii() and not (len(word) == 1 and word in tables.GREEK_SMALL):
            replacements.update((start + i, doubles[c]) for i, c in enumerate(word) if c in doubles)
            disguises.append(Disguise("lookalike", start, end, word, plain))
        elif not foreign and fancy and len(word) > 1 and plain.isascii():
            disguises.append(Disguise("lookalike", start, end, word, plain))
    return replacements, disguises
