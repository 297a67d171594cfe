"""Regular expressions over canonical text, in linear time: RE2 behind one function.

RE2 works on UTF-8. A message is encoded once for all patterns, and byte offsets are turned into character offsets only where
something matched, which most patterns of most messages do not.
"""

from __future__ import annotations

import functools
from typing import Any

Span = tuple[int, int]


@functools.lru_cache(maxsize=4096)
def compiled(pattern: str, megabytes: int = 8) -> Any:
    """`pattern` made ready; `megabytes` bounds the automaton RE2 may cache for it."""
    import re2

    options = re2.Options()
    options.never_capture = True
    options.max_mem = megabytes << 20
    return re2.compile(pattern.encode(), options)


def find_all(pattern: Any, encoded: bytes) -> list[Span]:
    """Character spans of the matches of a `compiled` pattern in UTF-8 text, in order, not overlapping."""
    spans: list[Span] = []
    at = characters = 0
    for match in pattern.finditer(encoded):
        first, last = match.span()
        start = characters + len(encoded[at:first].decode())
        at, characters = last, start + len(encoded[first:last].decode())
        spans.append((start, characters))
    return spans
