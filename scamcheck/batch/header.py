"""Which row names the columns, and which above it are titles."""

from __future__ import annotations

from collections.abc import Sequence

MOST_TITLES = 10  # rows above a header
_LONG_NAME = 30  # characters a column name hardly exceeds


def looks_like_header(values: Sequence[str]) -> bool:
    """Names are short, no numbers, and differ."""
    named = _filled(values)
    return len(set(named)) == len(named) > len(values) // 2 and all(
        len(name) <= _LONG_NAME and not name.replace("-", "").replace(":", "").replace(" ", "").isdigit()
        for name in named
    )


def count_titles(rows: Sequence[Sequence[str]]) -> int:
    """How many of the first rows are titles: no numbers, and less than half as full as the header that follows them; 0 if none does."""
    for number, values in enumerate(rows[: MOST_TITLES + 1]):
        sparse = all(len(_filled(row)) * 2 < len(_filled(values)) for row in rows[:number])
        if number and sparse and looks_like_header(values):
            return number
        if not _filled(values) or _filled(values)[0].isdigit():
            return 0
    return 0


def _filled(values: Sequence[str]) -> list[str]:
    return [value.strip() for value in values if value.strip()]
