"""One pass over canonical text finds every rule phrase and every model term.

A double-array Aho-Corasick automaton (daachorse; Kanda, Akabe and Oda 2023, doi:10.1002/spe.3190) reports all overlapping
occurrences in time linear in the text plus the occurrences. A second, smaller automaton looks homophone spellings up.
"""

from __future__ import annotations

from collections.abc import Sequence

from daachorse import CharwiseDoubleArrayAhoCorasick

from scamcheck.normalize import homophone_key

Hit = tuple[int, int, int]  # start, end (in canonical characters), pattern number


class Matcher:
    """Finds `patterns` (distinct, folded) and `homophones` (distinct homophone keys) in canonical text."""

    def __init__(self, patterns: Sequence[str], homophones: Sequence[str] = ()) -> None:
        self._automaton = CharwiseDoubleArrayAhoCorasick(list(patterns)) if patterns else None
        self._homophones = CharwiseDoubleArrayAhoCorasick(list(homophones)) if homophones else None

    def find(self, text: str) -> list[Hit]:
        """Every occurrence of every pattern, in order of its end."""
        if self._automaton is None:
            return []
        hits: list[Hit] = self._automaton.find_overlapping(text)
        return hits

    def find_homophones(self, text: str) -> list[Hit]:
        """Every stretch that sounds like a long lexicon term, the term itself included."""
        if self._homophones is None:
            return []
        hits: list[Hit] = self._homophones.find_overlapping(homophone_key(text))
        return hits


def places_of(hits: Sequence[Hit]) -> dict[int, list[Hit]]:
    """Hits by pattern number, in the order in which patterns first occurred."""
    places: dict[int, list[Hit]] = {}
    for hit in hits:
        number = hit[2]
        if number in places:
            places[number].append(hit)
        else:
            places[number] = [hit]
    return places
