"""Write scamcheck/normalize/pairs.txt: how often Chinese characters follow each other, for reading homophones.

Counted in the corpus, in the phrases and near misses of the rules, and in jieba's dictionary (MIT), whose frequencies stand for
Chinese at large. One line a character: it, its level, then each character that follows it with the level of the pair. Level n stands for a count of about
2^(n/2), in base 36; `^` is the edge of a run of Chinese. Nothing else of a message can be read from the file.

usage: python tools/character_pairs.py [--without GROUP …] [--to FILE]
"""

from __future__ import annotations

import argparse
import math
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from scamcheck.model.corpus import expand_all, read_corpus, read_slots
from scamcheck.model.training import jieba_tokenizer
from scamcheck.normalize import fold
from scamcheck.normalize.respelling import EDGE, LEVELS, PAIRS
from scamcheck.resources import load_compiled, rules_directory
from scamcheck.rules.files import read_sources
from scamcheck.rules.load import build_rule_set

RUN = re.compile("[\u3400-\u9fff]+")
MIN_COUNT = 1.5  # what is met once is left out
JIEBA_SHARE = 0.5  # of the characters counted in the corpus
MIN_WORDS = 1.0  # count, by that share, from which a pair of jieba's alone is kept


class Counts:
    """Single characters and pairs, framed by the edges of their runs unless told otherwise."""

    def __init__(self) -> None:
        self.singles: Counter[str] = Counter()
        self.pairs: Counter[str] = Counter()

    def add(self, run: str, times: float = 1.0, *, edges: bool) -> None:
        framed = EDGE + run + EDGE if edges else run
        for at in range(len(framed) - 1):
            self.pairs[framed[at : at + 2]] += times  # type: ignore[assignment]
        for character in framed[: -1 if edges else None]:
            self.singles[character] += times  # type: ignore[assignment]

    def lines(self) -> Iterable[str]:
        followers: dict[str, list[str]] = {}
        for pair, count in sorted(self.pairs.items()):
            followers.setdefault(pair[0], []).append(pair[1] + level(count))
        for first in sorted(self.singles.keys() | followers.keys()):
            yield first + level(self.singles[first]) + "".join(followers.get(first, ()))


def level(count: float) -> str:
    return LEVELS[max(0, round(2 * math.log2(max(count, 1.0))))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--without", nargs="+", default=[], metavar="GROUP", help="author groups to leave out, for measuring"
    )
    parser.add_argument("--to", type=Path, default=PAIRS)
    options = parser.parse_args()
    corpus = rules_directory().parent / "corpus"
    records = [record for record in read_corpus(corpus) if record.group not in options.without]
    seen = Counts()
    for message in expand_all(records, read_slots(corpus), copies=1):
        if message.record.register != "disguised":
            for run in RUN.findall(fold(message.text)):
                seen.add(run, edges=True)
    rules = build_rule_set(read_sources([rules_directory()])).rules
    examples = [example for loaded in rules for example in loaded.rule.examples.miss]
    for text in (*load_compiled()["phrases"], *examples):
        for run in RUN.findall(fold(text)):
            seen.add(run, edges=False)
    for pair in [pair for pair, count in seen.pairs.items() if count < MIN_COUNT]:
        del seen.pairs[pair]
    words = Counts()
    tokenizer = jieba_tokenizer()
    tokenizer.initialize()
    for word, frequency in tokenizer.FREQ.items():
        if frequency and RUN.fullmatch(word):
            words.add(word, frequency, edges=False)
    scale = JIEBA_SHARE * seen.singles.total() / words.singles.total()
    for total, added, least in ((seen.pairs, words.pairs, MIN_WORDS), (seen.singles, words.singles, 0.5)):
        for key, count in added.items():
            if key in total or count * scale >= least:
                total[key] += count * scale  # type: ignore[assignment]
    options.to.write_text("\n".join(seen.lines()) + "\n", "utf-8")


if __name__ == "__main__":
    main()
