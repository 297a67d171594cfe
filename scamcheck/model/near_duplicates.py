"""Near-duplicate messages: MinHash over character 3-grams with banding, then the exact Jaccard of every candidate pair.

Broder, “On the resemblance and containment of documents” (1997, doi:10.1109/SEQUEN.1997.666900); banding after Leskovec, Rajaraman
and Ullman, “Mining of Massive Datasets”, chapter 3. With 25 bands of 5 rows a pair at Jaccard 0.8 becomes a candidate with
probability 1 - (1 - 0.8^5)^25 > 0.9999.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from scamcheck.normalize import normalize

THRESHOLD = 0.8
SHINGLE = 3  # characters
BANDS, ROWS = 25, 5
_NEIGHBOURS = 64  # of a bucket's members, each is compared with this many before it: keeps mass mailings linear
_SLACK = 0.2  # the estimate's standard error is at most 0.045; pairs further below the threshold are not worth the exact count
_SEED = 20240901

Shingles = npt.NDArray[np.uint64]
_DIGITS = re.compile(r"\d+")
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True, order=True)
class Pair:
    """Two positions, `first < second`, and the Jaccard similarity of their texts."""

    first: int
    second: int
    similarity: float


def shingles(text: str) -> Shingles:
    """Sorted distinct 3-grams of the canonical text, as integers that stand for them one to one, shape (n,).

    White space is left out and a run of digits counts as one 0, so that copies that differ in a number or a line break are equal.
    A text of fewer than three characters is one shingle.
    """
    folded = _DIGITS.sub("0", _SPACE.sub("", normalize(text).text))
    points = np.array([ord(char) for char in folded.ljust(SHINGLE, "\0")], dtype=np.uint64)
    grams = points[:-2] | points[1:-1] << np.uint64(21) | points[2:] << np.uint64(42)  # a code point has 21 bits
    return np.unique(grams)


def near_pairs(texts: Sequence[str], threshold: float = THRESHOLD) -> list[Pair]:
    """Pairs of texts whose Jaccard similarity is at least `threshold`, in order; equal texts have similarity 1.

    Of a large crowd of near-equal texts not every pair is listed, but every member is listed with some other.
    """
    sets: dict[bytes, int] = {}
    distinct: list[Shingles] = []
    members: list[list[int]] = []
    for position, text in enumerate(texts):
        found = shingles(text)
        number = sets.setdefault(found.tobytes(), len(distinct))
        if number == len(distinct):
            distinct.append(found)
            members.append([])
        members[number].append(position)
    pairs = []
    for same in members:
        for at, second in enumerate(same):
            pairs += [Pair(first, second, 1.0) for first in same[max(0, at - _NEIGHBOURS) : at]]
    for left, right in _candidates(_signatures(distinct), threshold):
        similarity = _jaccard(distinct[left], distinct[right])
        if similarity >= threshold:
            first, second = sorted((members[left][0], members[right][0]))
            pairs.append(Pair(first, second, similarity))
    return sorted(pairs)


def clusters(texts: Sequence[str], threshold: float = THRESHOLD) -> npt.NDArray[np.intp]:
    """For each text the position of the first text it hangs together with by near-duplicate pairs, shape (texts,)."""
    root = list(range(len(texts)))

    def find(item: int) -> int:
        while root[item] != item:
            root[item] = root[root[item]]
            item = root[item]
        return item

    for pair in near_pairs(texts, threshold):
        one, other = sorted((find(pair.first), find(pair.second)))
        root[other] = one
    return np.array([find(item) for item in range(len(texts))], dtype=np.intp)


def _signatures(sets: Sequence[Shingles]) -> npt.NDArray[np.uint32]:
    """MinHash signatures, shape (sets, BANDS * ROWS): the least of each of that many random hashes over a set."""
    chance = np.random.default_rng(_SEED)
    factors = chance.integers(1, 2**63, BANDS * ROWS, dtype=np.uint64) * np.uint64(2) + np.uint64(1)
    offsets = chance.integers(0, 2**63, BANDS * ROWS, dtype=np.uint64)
    signatures = np.empty((len(sets), BANDS * ROWS), dtype=np.uint32)
    for row, values in enumerate(sets):
        hashed = _mixed(values)[:, None] * factors + offsets
        signatures[row] = (hashed >> np.uint64(32)).min(axis=0)
    return signatures


def _mixed(values: Shingles) -> Shingles:
    """SplitMix64's finaliser: neighbouring code points get unrelated hashes."""
    values = (values ^ values >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ values >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
    return values ^ values >> np.uint64(31)


def _candidates(signatures: npt.NDArray[np.uint32], threshold: float) -> list[tuple[int, int]]:
    """Pairs that agree in a whole band and whose estimated similarity is not far below the threshold."""
    found: set[tuple[int, int]] = set()
    for band in range(BANDS):
        buckets: dict[bytes, list[int]] = {}
        part = np.ascontiguousarray(signatures[:, band * ROWS : (band + 1) * ROWS])
        for row in range(len(part)):
            buckets.setdefault(part[row].tobytes(), []).append(row)
        for bucket in buckets.values():
            for at, right in enumerate(bucket):
                found.update((left, right) for left in bucket[max(0, at - _NEIGHBOURS) : at])
    if not found:
        return []
    pairs = np.array(sorted(found))
    agreement = np.concatenate(
        [(signatures[part[:, 0]] == signatures[part[:, 1]]).mean(axis=1) for part in np.array_split(pairs, len(pairs) // 10_000 + 1)]
    )  # fmt: skip
    return [(int(left), int(right)) for left, right in pairs[agreement >= threshold - _SLACK]]


def _jaccard(one: Shingles, other: Shingles) -> float:
    shared = len(np.intersect1d(one, other, assume_unique=True))
    return shared / (len(one) + len(other) - shared)
