"""Messages as an operator's log holds them, made from the corpus: 20 to 200 characters, 97 % benign, most of them SMS.

Each template is filled at random; amounts, codes, times and numbers get digits of their own, so that hardly two are the same.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator

from scamcheck.model.corpus import Record, expand, read_corpus, read_slots
from scamcheck.resources import rules_directory

CORPUS = rules_directory().parent / "corpus"
SCAM_SHARE = 0.03
REGISTERS = {"sms": 8, "fbs": 2, "chat": 3, "polite": 1, "traditional": 1}  # parts of the mix
LENGTHS = (20, 200)
COPIES = 40
_DIGIT = re.compile("[0-9]")


def messages(count: int, *, duplicates: float = 0.0, seed: int = 1) -> list[str]:
    """`count` messages, a share of them exact copies of earlier ones; all different if `duplicates` is 0."""
    chance = random.Random(seed)
    fresh = _different(chance)
    texts: list[str] = []
    for _ in range(count):
        texts.append(chance.choice(texts) if texts and chance.random() < duplicates else next(fresh))
    return texts


def _different(chance: random.Random) -> Iterator[str]:
    records = [record for record in read_corpus(CORPUS) if record.register in REGISTERS]
    slots = read_slots(CORPUS)
    filled: dict[str, list[str]] = {}
    pools = []
    for scam in (False, True):
        pool = [record for record in records if record.scam == scam]
        pools.append((pool, [REGISTERS[record.register] for record in pool]))

    def filling(record: Record) -> str:
        if record.template not in filled:
            filled[record.template] = [message.text for message in expand(record, slots, copies=COPIES)]
        return _DIGIT.sub(lambda _: str(chance.randrange(10)), chance.choice(filled[record.template]))

    seen: set[str] = set()
    while True:
        pool, weights = pools[chance.random() < SCAM_SHARE]
        text = filling(chance.choices(pool, weights)[0])
        while len(text) < LENGTHS[0] or text in seen:
            text = f"{text} {filling(chance.choices(pool, weights)[0])}"
        if len(text) <= LENGTHS[1]:
            seen.add(text)
            yield text
