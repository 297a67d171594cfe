"""What identifies people, hidden in text that leaves the house: phones, cards, accounts, links, chat ids.

Every function keeps the length, so that spans still fit, but `mask_value`, which shows a clue by itself.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scamcheck.clues import Clue

# Seven or more digits, half- or full-width, single spaces or hyphens between them; hotlines and short codes are shorter.
_NUMBER = re.compile(r"(?<!\d)\d(?:[ \-\u3000]?\d){6,}[xX]?")
_LONG = 11
_SCHEME = re.compile("https?:/*", re.IGNORECASE)
_KEPT = {
    "phone": (3, 4),
    "bank_card": (4, 4),
    "id_card": (3, 4),
    "contact_id": (2, 1),
    "url": (2, 0),
}  # characters kept at both ends


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


def mask_text(text: str, clues: Sequence[Clue]) -> str:
    """`text` with the middle of every clue that identifies somebody starred, disguised ones too, and of every other long number."""
    chars = list(text)
    for clue in clues:
        if clue.kind not in _KEPT:
            continue
        head, tail = _KEPT[clue.kind]
        for start, end in clue.spans:
            scheme = _SCHEME.match(text, start, end) if clue.kind == "url" else None
            places = [at for at in range(scheme.end() if scheme else start, end) if text[at].isalnum()]
            for at in places[head : len(places) - tail]:
                chars[at] = "*"
    return mask_numbers("".join(chars))


def mask_value(kind: str, value: str) -> str:
    """A clue's `value` with its identifying middle starred; apps and amounts identify nobody and stay."""
    if kind not in _KEPT:
        return value
    head, tail = _KEPT[kind]
    if kind != "url":
        return _shortened(value, head, tail)
    scheme = _SCHEME.match(value)
    begin = scheme.end() if scheme else 0
    host = re.split("[/?#:]", value[begin:], maxsplit=1)[0]
    labels = host.split(".")
    labels[0] = _shortened(labels[0], head, tail)
    if len(labels) > 2:
        labels[-2] = _shortened(labels[-2], head, tail)
    rest = "/…" if value.rstrip("/") != value[:begin] + host else ""
    return value[:begin] + ".".join(labels) + rest


def _shortened(value: str, head: int, tail: int) -> str:
    if len(value) <= head + tail:
        return value[:1] + "***"
    return value[:head] + "*" * min(len(value) - head - tail, 8) + value[len(value) - tail :]
