"""Undoing homophones: a message with many characters swapped for others of the same sound is read by its sound.

Ordinary text pays for the first of three questions only: does an uncommon character stand between two it is never seen beside; what is
the likeliest reading of the text; is it so much likelier than what stands there that this cannot be chance. The reading is the most
probable path (Viterbi) through the homophone classes under a bigram model of characters, as in pinyin input (Chen and Lee,
“A new statistical approach to Chinese pinyin input”, ACL 2000). `tools/character_pairs.py` writes the model's counts.
"""

from __future__ import annotations

import math
import re
from functools import cache, lru_cache
from pathlib import Path

from .canonical import Canonical, Disguise
from .folding import class_body
from .homophones import CLASSES

PAIRS = Path(__file__).with_name("pairs.txt")
EDGE = "^"
LEVELS = "0123456789abcdefghijklmnopqrstuvwxyz"

_RUN = re.compile("[\u3400-\u9fff]{1,32}")  # a longer run is read in pieces
_LONGEST = 20_000  # characters; a longer text is left as it is
_UNCOMMON = 1e-3  # share of all characters below which a homophone draws a look
_DENSITY = 0.033  # strangers a Chinese character, or the text is taken as it stands
_GLANCE = 24  # Chinese characters after which a text that has gained little is left
_FIRST_GAIN = 0.15  # is little
_PAIR_SHARE = 0.95  # of a character's probability; the rest is its own frequency
_UNSEEN = 0.2  # counts a character that the table does not hold
_SWAP = -3.0  # log-probability of a swap against none
_GAIN = 0.3  # log-likelihood that the reading must gain for each Chinese character,
_LEAST_GAIN = 8.0  # and in all
_LEAST_PAIRS = 2  # known that were not before; without them it is the rarity of a character that was gained
_KNOWN_AFTER = 0.67  # share of all pairs that must be known then: interleaved or masked writing is another riddle
_LEAST_SWAPS = 2  # one is a name or a slip
_SHORTEST = 5  # Chinese characters; fewer may be a rule's phrase, which keeps the spelling it was given

Link = tuple[int, int, float]  # member of the class before, member of the class, log-probability


class _Language:
    """A bigram model of characters. Nothing is worked out before it is asked for: most processes only ask who stands beside whom."""

    def __init__(self, lines: list[str]) -> None:
        self.followers = {line[0]: line[2:] for line in lines}  # each with its level after it
        counts = {line[0]: _count(line[1]) for line in lines}
        total = math.fsum(counts.values())
        self.unseen = (1 - _PAIR_SHARE) * _UNSEEN / total
        self.shares = {character: (1 - _PAIR_SHARE) * (count + _UNSEEN) / total for character, count in counts.items()}
        self.members = {character: members for members in CLASSES for character in members}
        limit = (1 - _PAIR_SHARE) * _UNCOMMON
        uncommon = [character for character in self.members if self.shares.get(character, 0.0) < limit]
        self.uncommon = re.compile(f"[{class_body(uncommon)}]")
        self.links = lru_cache(maxsize=8_000)(self._links)
        self.pair = lru_cache(maxsize=8_000)(self._pair)
        self.alone = lru_cache(maxsize=8_000)(self._alone)
        self.after = cache(self._after)

    def strangers(self, text: str) -> list[int]:
        """Where uncommon members of homophone classes stand that are seen neither after the one before nor before the one after."""
        followers = self.followers
        places = []
        last = len(text) - 1
        for found in self.uncommon.finditer(text):
            at = found.start()
            if at and found[0] in followers.get(text[at - 1], ""):
                continue
            following = "" if at == last else text[at + 1]
            if found[0] in (following, text[at - 1 : at]):
                continue  # said twice, as in 六六六
            if not following or following not in followers.get(found[0], ""):
                places.append(at)
        return places

    def known(self, run: str) -> int:
        """Pairs of a run that the table holds, its edges included."""
        followers = self.followers
        return sum(second in followers.get(first, "") for first, second in zip(EDGE + run, run + EDGE, strict=True))

    def read(self, run: str) -> tuple[str, float]:
        """The likeliest reading of a run of Chinese characters, and by how much its log-probability exceeds that of the run."""
        members, alone, links = self.members, self.alone, self.links
        last, before, scores = EDGE, EDGE, [0.0]
        steps: list[list[int]] = []
        written = 0.0  # log-probability of the run less what the readings are spared below
        for character in run + EDGE:
            choices = members.get(character, character)
            top = max(scores)
            ahead = [top + value for value in alone(choices)]
            step = [scores.index(top)] * len(ahead)
            for origin, goal, value in links(before, choices):
                if scores[origin] + value > ahead[goal]:
                    ahead[goal] = scores[origin] + value
                    step[goal] = origin
            if len(ahead) > 1:  # to keep the character is spared a swap
                ahead[choices.index(character)] -= _SWAP
                written -= _SWAP
            written += self.pair(last, character)
            steps.append(step)
            last, before, scores = character, choices, ahead
        at = 0  # the edge has one member
        reading = []
        for character, step in zip(reversed(run), reversed(steps), strict=False):
            at = step[at]
            reading.append(members.get(character, character)[at])
        return "".join(reversed(reading)), scores[0] - written

    def _pair(self, first: str, second: str) -> float:
        """Log-probability of a character after another."""
        known = self.after(first).get(second)
        return self.alone(second)[0] if known is None else known

    def _alone(self, choices: str) -> list[float]:
        return [math.log(self.shares.get(character, self.unseen)) for character in choices]

    def _links(self, before: str, choices: str) -> list[Link]:
        """The pairs of these members that the table holds."""
        found = []
        for origin, first in enumerate(before):
            after = self.after(first)
            for goal, second in enumerate(choices):
                value = after.get(second)
                if value is not None:
                    found.append((origin, goal, value))
        return found

    def _after(self, first: str) -> dict[str, float]:
        """Log-probabilities of the characters that the table holds after one."""
        line = self.followers.get(first, "")
        counts = {line[at]: _count(line[at + 1]) for at in range(0, len(line), 2)}
        scale = _PAIR_SHARE / (math.fsum(counts.values()) + 5.0)
        return {
            second: math.log(scale * count + self.shares.get(second, self.unseen)) for second, count in counts.items()
        }


def _count(level: str) -> float:
    return float(2.0 ** (LEVELS.index(level) / 2))


@cache
def _language() -> _Language:
    return _Language(PAIRS.read_text("utf-8").splitlines())


def respell(canonical: Canonical, given: str) -> Canonical:
    """`canonical` with homophones undone if the text is disguised by them, else itself. One character stays one character."""
    text = canonical.text
    language = _language()
    strangers = language.strangers(text)
    if not strangers or len(text) > _LONGEST:
        return canonical
    runs = [found.span() for found in _RUN.finditer(text)]
    size = sum(end - start for start, end in runs)
    if size < _SHORTEST or len(strangers) < 0.5 + _DENSITY * size:
        return canonical
    readings = []
    done, gained = 0, 0.0
    for start, end in runs:
        reading, gain = language.read(text[start:end])
        readings.append(reading)
        done += end - start
        gained += gain
        if done >= _GLANCE and gained < _FIRST_GAIN * done:
            return canonical
    if gained < max(_LEAST_GAIN, _GAIN * size):
        return canonical
    before = sum(language.known(text[start:end]) for start, end in runs)
    after = sum(map(language.known, readings))
    if after < before + _LEAST_PAIRS or after < _KNOWN_AFTER * (size + len(runs)):
        return canonical
    pieces: list[str] = []
    swaps: list[Disguise] = []
    at = 0
    for (start, end), reading in zip(runs, readings, strict=True):
        pieces += (text[at:start], reading)
        at = end
        swaps += _swaps(canonical, given, start, text[start:end], reading)
    pieces.append(text[at:])
    if len(swaps) < _LEAST_SWAPS:
        return canonical
    disguises = sorted([*canonical.disguises, *swaps], key=lambda item: (item.start, item.end, item.kind))
    return Canonical("".join(pieces), canonical.offsets, tuple(disguises))


def _swaps(canonical: Canonical, given: str, offset: int, run: str, reading: str) -> list[Disguise]:
    found = []
    for at, (written, read) in enumerate(zip(run, reading, strict=True), offset):
        if written != read:
            start, end = canonical.span(at, at + 1)
            found.append(Disguise("homophone", start, end, given[start:end], read))
    return found
