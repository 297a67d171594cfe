"""Third stage: phone, account and contact numbers written so that a filter does not see digits."""

from __future__ import annotations

import re
from itertools import pairwise

from . import char_tables as tables
from .canonical import Disguise, Edit, Layer

_SHORTEST = 5  # the shortest QQ number
_PHONE = 11
_MARKERS = "".join(map(str, range(1, 51)))
_NUMERALS = "".join(tables.NUMERALS)
_LETTERS = "oоοl|iіιӏзʒ"  # canonical (lower-case) forms of DIGIT_LOOKALIKES
_RUN = re.compile(f"[0-9{_NUMERALS}{_LETTERS}]{{{_SHORTEST},}}")
_SPACED_PHONE = re.compile(r"(?<![0-9])1(?:([ .\-_*/])[0-9])(?:\1[0-9]){9}(?![0-9])")
SPACED_PHONE_GATE = re.compile(r"1[.\-_*/][0-9][.\-_*/][0-9][.\-_*/]")
_CODE_NEIGHBOUR = re.compile(r"[0-9A-Za-z_./\\@=&%?#:\-]")

ODD_NUMERALS = _NUMERALS + _LETTERS


def number_gate() -> str:
    """A regex alternative, after an odd numeral has been consumed, true inside a run of five numerals or more."""
    numeral = f"[0-9{ODD_NUMERALS}]"
    return f"(?:(?={numeral}{{2}})|(?<={numeral}{{2}}.))"


def restore_digits(layer: Layer) -> list[Disguise]:
    """Write disguised numbers with plain digits, digit by digit; amounts, dates and counting stay as they are."""
    disguises = _close_up_phones(layer)
    text = layer.text
    edits: list[Edit] = []
    for match in _RUN.finditer(text):
        start, end = match.span()
        if (
            match[0].isascii()
            and layer.given[layer.starts[start] : layer.ends[end - 1]] == match[0]
            and match[0].isdigit()
        ):
            continue  # written plainly
        start, end = _trim(text, start, end)
        if end - start < _SHORTEST:
            continue
        read = _read(layer, start, end)
        if read is None:
            continue
        disguises.append(layer.disguise("digits", start, end, read))
        edits += [(start + i, start + i + 1, c) for i, c in enumerate(read) if text[start + i] != c]
    layer.apply(edits)
    return disguises


def _close_up_phones(layer: Layer) -> list[Disguise]:
    """1 3 8 0 0 … with one separator between all eleven digits of a mobile number."""
    edits: list[Edit] = []
    disguises: list[Disguise] = []
    for match in _SPACED_PHONE.finditer(layer.text):
        start, end = match.span()
        disguises.append(layer.disguise("separator", start, end, match[0][::2]))
        edits += [(i, i + 1, "") for i in range(start + 1, end, 2)]
    layer.apply(edits)
    return disguises


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    """Leave out a single Chinese numeral at either end of plain digits: 12345一网通办, 第一12315."""
    if end - start == _PHONE and text[start] in "1一壹幺":
        return start, end
    if text[end - 1] in tables.NUMERALS and text[end - 2].isascii():
        end -= 1
    if text[start] in tables.NUMERALS and text[start + 1].isascii():
        start += 1
    return start, end


def _read(layer: Layer, start: int, end: int) -> str | None:
    """The digits a run stands for, or None where the run is ordinary."""
    text = layer.text
    read: list[str] = []
    plain = chinese = fancy = letters = foreign = 0
    for i in range(start, end):
        character = text[i]
        if character in tables.NUMERALS:
            read.append(tables.NUMERALS[character])
            chinese += 1
        elif character.isdigit():
            read.append(character)
            source = layer.source(i)
            ordinary = len(source) == 1 and (source.isascii() or "\uff10" <= source <= "\uff19")
            fancy += not ordinary
            plain += ordinary
        else:
            source = layer.source(i)
            digit = tables.DIGIT_LOOKALIKES.get(source)
            if digit is None:
                return None
            read.append(digit)
            letters += 1
            foreign += not source.isascii()
    digits = "".join(read)
    length = end - start
    before, after = text[start - 1 : start], text[end : end + 1]
    if letters:
        real = length - letters
        enough = real >= 2 if foreign else length >= 7 and real >= 4
        return digits if enough and not _CODE_NEIGHBOUR.match(before) and not _CODE_NEIGHBOUR.match(after) else None
    phone = length == _PHONE and digits[0] == "1"
    if chinese and not fancy:
        if plain:
            return digits if phone or (chinese >= 2 and plain >= 2) else None
        if _is_amount(before, after) or _is_counting(digits):
            return None
        return digits
    if fancy + chinese >= 3 and (phone or not _is_list_of_markers(digits)):
        return digits
    return None


def _is_amount(before: str, after: str) -> bool:
    return bool(before and before in tables.NUMERAL_UNITS) or bool(after and after in tables.NUMERAL_UNITS + "年届")


def _is_counting(digits: str) -> bool:
    """Nursery counting, 六六六六六, 一二一二一: digits that never turn back (a last 0 is ten), or only two of them."""
    steps = digits.removesuffix("0")
    ascending = all(a <= b for a, b in pairwise(steps))
    descending = all(a >= b for a, b in pairwise(digits))
    return ascending or descending or len(set(digits)) <= 2


def _is_list_of_markers(digits: str) -> bool:
    """①②③④⑤ side by side."""
    return digits in _MARKERS or digits == "0" + _MARKERS[: len(digits) - 1]
