"""Personal numbers hidden in text that leaves the house: phones, cards, identity cards, accounts."""

from __future__ import annotations

import re

# Seven or more digits, half- or full-width, single spaces or hyphens between them; hotlines and short codes are shorter.
_NUMBER = re.compile(r"(?<!\d)\d(?:[ \-\u3000]?\d){6,}[xX]?")
_LONG = 11


def mask_numbers(text: str) -> str:
    """`text` with the middle of every long number starred, character for character, so that spans still fit.

    >>> mask_numbers("打 138 0013 8000 找我, 或 96110")
    '打 138 **** 8000 找我, 或 96110'
    """
    return _NUMBER.sub(_starred, text)


def _starred(match: re.Match[str]) -> str:
    number = match.group()
    places = [at for at, char in enumerate(number) if char not in " -\u3000"]
    head, tail = (3, 4) if len(places) >= _LONG else (2, 2)
    hidden = set(places[head:-tail])
    return "".join("*" if at in hidden else char for at, char in enumerate(number))
