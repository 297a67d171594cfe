"""Second stage: fillers and spaces between the characters of a word.

Two questions are kept apart. What is dropped from the canonical text is decided by the filler: an emoji or a star
between two ideographs is never part of a Chinese word, so it goes; a slash, hyphen or full stop often has a meaning
(苹果/香蕉, 买买提·艾力), so it goes only where it breaks a word a filter looks for, or (a full stop) parts single
characters in a row. What counts as a disguise is decided by the word: 兼*职 breaks one, 生★日★快★乐 decorates a
greeting. Counting mere regularity as a disguise would flag festive messages.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from . import char_tables as tables
from .canonical import Disguise, Edit, Layer
from .folding import class_body

_LONGEST_HARD_RUN = 4


@dataclass(frozen=True, slots=True)
class _Gap:
    """One filler run [start, end) with a solid character directly on both sides."""

    start: int
    end: int
    sort: str  # space, hard, mark, dot, link, stop; "latin " in front where a side is no ideograph
    spaced: bool
    pair: str  # the two characters it parts


_SORTS = {
    **dict.fromkeys(tables.MARKS, "mark"),
    **dict.fromkeys(tables.DOTS, "dot"),
    **dict.fromkeys(tables.LINKS, "link"),
    **dict.fromkeys(tables.STOPS, "stop"),
}


@cache
def fillers() -> re.Pattern[str]:
    """Runs of fillers, but for the single stop with no other one character away: most of ordinary punctuation."""
    every = " " + class_body(tables.HARD_FILLERS | _SORTS.keys())
    stop = class_body(tables.STOPS)
    firm = " " + class_body((tables.HARD_FILLERS | _SORTS.keys()) - set(tables.STOPS))
    return re.compile(f"(?s:[{firm}][{every}]*|[{stop}](?:[{every}]+|(?=.[{stop}])|(?<=[{stop}].[{stop}])))")


def soft_filler_gate() -> str:
    """A regex alternative, after one character has been consumed, true where a soft filler may need undoing."""
    cjk, stops = tables.CJK_RANGES, class_body(tables.STOPS)
    return f"(?=[{cjk}])(?:(?<![{stops}])|(?=.[{stops}][{cjk}]))(?<=[{cjk}].)"


def soft_fillers() -> str:
    return class_body(_SORTS)


_IDEOGRAPH = re.compile(f"[{tables.CJK_RANGES}]")
_ALPHANUMERIC = frozenset("abcdefghijklmnopqrstuvwxyz0123456789")


def drop_fillers(layer: Layer) -> list[Disguise]:
    """Drop fillers that part the characters of a word; runs of gaps over single characters are judged as one."""
    text = layer.text
    runs: list[list[_Gap]] = []
    for match in fillers().finditer(text):
        gap = _gap(text, match)
        if gap is None:
            continue
        if runs and runs[-1][-1].end + 1 == gap.start and runs[-1][-1].sort == gap.sort:
            runs[-1].append(gap)
        else:
            runs.append([gap])
    edits: list[Edit] = []
    disguises: list[Disguise] = []
    for gaps in runs:
        run = _inner(text, gaps) if gaps[0].sort in ("link", "stop") else gaps
        dropped, disguised = _judge(text, run, regular=len(gaps) >= 2)
        edits += [(gap.start, gap.end, "") for gap in dropped]
        if disguised:
            first, last = run[0].start - 1, run[-1].end + 1
            restored = "".join(text[gap.end] for gap in run)
            disguises.append(layer.disguise("separator", first, last, text[first] + restored))
    layer.apply(edits)
    return disguises


def _gap(text: str, match: re.Match[str]) -> _Gap | None:
    """The gap of a filler run, or None where the run parts nothing or is ordinary wherever it stands."""
    start, end = match.span()
    if start == 0 or end == len(text):
        return None
    left, right = text[start - 1], text[end]
    ideographs = (_IDEOGRAPH.match(left) is not None) + (_IDEOGRAPH.match(right) is not None)
    if ideographs < 2 and not all(c in _ALPHANUMERIC or _IDEOGRAPH.match(c) for c in (left, right)):
        return None
    core = match[0].strip(" ")
    if not core:
        sort = "space" if end - start <= 2 else ""
    elif len(core) <= _LONGEST_HARD_RUN and all(c in tables.HARD_FILLERS for c in core):
        sort = "" if _is_zero_or_mask(core, left, right) or _is_heart_for_xin(core, left, right) else "hard"
    else:
        sort = _SORTS.get(core, "")
    if ideographs < 2:
        sort = "latin hard" if sort == "hard" else ""
    return _Gap(start, end, sort, len(core) < end - start, left + right) if sort else None


def _is_zero_or_mask(core: str, left: str, right: str) -> bool:
    if not tables.CIRCLES.issuperset(core):
        return False
    return len(core) > 1 or left in tables.NUMERALS or right in tables.NUMERALS


def _is_heart_for_xin(core: str, left: str, right: str) -> bool:
    """A heart after 微 and its doubles is left for the slang stage, which reads v❤ as 微信."""
    return core in tables.HEARTS and left in "微威薇徽v" and right not in "信x"


def _inner(text: str, run: list[_Gap]) -> list[_Gap]:
    """The run without an end gap that parts clauses: of 您好,加,微,信,请联系 the gaps in 加,微,信."""
    first, last = run[0], run[-1]
    clause_before = first.start >= 2 and _IDEOGRAPH.match(text, first.start - 2)
    clause_after = _IDEOGRAPH.match(text, last.end + 1)
    if clause_before and len(run) > 1 and not _breaks_a_word(first):
        run = run[1:]
    if clause_after and len(run) > 1 and not _breaks_a_word(last):
        run = run[:-1]
    return run


def _judge(text: str, run: list[_Gap], *, regular: bool) -> tuple[list[_Gap], bool]:
    """(gaps to drop, whether they are a disguise) for a run of gaps of one sort over single characters."""
    sort = run[0].sort
    broken = any(_breaks_a_word(gap) for gap in run)
    if sort in ("space", "stop"):  # spaces beside ideographs go in any case, see `white_space`
        return (run, True) if regular and broken else ([], False)
    if sort == "latin hard":
        digits = len(run) >= 4 and sum(gap.pair.isdigit() and gap.pair.isascii() for gap in run) >= 4
        return (run, True) if broken or digits else ([], False)
    if not regular and run[0].spaced:  # 优惠 ★ 新品, 微信 / 支付宝
        return [], False
    if sort == "hard":
        together = broken and all(gap.spaced for gap in run)
        return [gap for gap in run if together or not gap.spaced or _breaks_a_word(gap)], broken
    if sort == "mark":
        return run, broken or (len(run) >= 3 and "~" not in text[run[0].start : run[0].end])
    if sort == "dot":
        words = {c for gap in run for c in gap.pair if c not in tables.NUMERALS}
        disguised = broken or (len(run) >= 3 and len(words) >= 3)
        return (run if disguised or (regular and len(words) >= 2) else []), disguised
    return (run, True) if broken else ([], False)


def _breaks_a_word(gap: _Gap) -> bool:
    if gap.sort == "latin hard":
        return gap.pair in tables.BROKEN_LATIN
    return gap.pair in tables.BROKEN_WORDS or (gap.sort != "space" and gap.pair in tables.BROKEN_UNLESS_SPACED)
