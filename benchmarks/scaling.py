"""How time grows: with the length of a text, the number of rules, the number of messages. Each should be linear.

python benchmarks/scaling.py                     length, rules, up to 10^5 messages
python benchmarks/scaling.py --messages 7        up to 10^7 messages, which takes half an hour or more
"""

from __future__ import annotations

import argparse
import itertools
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from contenders import memory
from inbox import messages

from scamcheck.classifier import Classifier
from scamcheck.resources import rules_directory

BATCH = 1000
RULES_A_FILE = 5000


def seconds(call: Callable[[], object], runs: int = 3) -> float:
    """Least processor time of several calls."""
    times = []
    for _ in range(runs):
        start = time.process_time()
        call()
        times.append(time.process_time() - start)
    return min(times)


def by_length(classifier: Classifier) -> None:
    mixed = "".join(messages(30_000, seed=2))
    texts = {"mixed messages": mixed, "one character": "转" * 1_000_000, "ordinary prose": messages_without_scams()}
    print("characters   " + "".join(f"{name:>28}" for name in texts))
    print(f"{'':13}" + f"{'ms':>17} {'µs/char':>10}" * len(texts))
    for power in range(2, 7):
        size = 10**power
        row = ""
        for text in texts.values():
            part = text[:size]
            time_ = seconds(lambda part=part: classifier.classify(part).evidence, 1 if power == 6 else 3)
            row += f"{1e3 * time_:17.2f} {1e6 * time_ / size:10.3f}"
        print(f"{size:12,} {row}", flush=True)


def messages_without_scams() -> str:
    piece = "周末我和室友去看电影,下周回家带点你爱吃的糕点,天气预报说后天降温,你们也多穿点别感冒。"
    return piece * (1_000_000 // len(piece) + 1)


RULE = """  - id: invented.rule-{number}
    title: 量出来的规则
    title_en: a rule to measure
    phase: contact
    evidence: weak
    reason: 只用来量时间
    when: {{near: {{within: 20, terms: [{{any: [{first}]}}, {{any: [{second}]}}]}}}}
    examples: {{hit: [甲], miss: [乙]}}
"""


def by_rules() -> None:
    """Rules over phrases cut out of messages, so that phrases hit as those of real rules do."""
    chance = random.Random(3)
    source = messages(5000, seed=4)
    sample = messages(2000, seed=5)

    def phrase() -> str:
        while True:
            text = chance.choice(source)
            at = chance.randrange(len(text) - 3)
            found = text[at : at + chance.randint(2, 4)]
            if all("\u4e00" <= character <= "\u9fff" for character in found):
                return found

    print(f"\n{'rules':>8} {'load s':>8} {'µs/message':>12}")
    for power in (2.0, 2.5, 3.0, 3.5, 4.0):
        count = round(10**power)
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            for file in ("evidence.yaml", "taxonomy.yaml"):
                (folder / file).write_bytes((rules_directory() / file).read_bytes())
            rules = [
                RULE.format(number=number, first=", ".join({phrase() for _ in range(8)}), second=", ".join({phrase() for _ in range(8)}))
                for number in range(count)
            ]  # fmt: skip
            for first in range(0, count, RULES_A_FILE):
                text = "category: other\nrules:\n" + "".join(rules[first : first + RULES_A_FILE])
                (folder / f"invented-{first}.yaml").write_text(text, "utf-8")
            Classifier.load(rules=folder, model=False)  # parsed and cached
            start = time.process_time()
            classifier = Classifier.load(rules=folder, model=False)
            load = time.process_time() - start
            classifier.score_many(sample)
            print(f"{count:8,} {load:8.2f} {1e6 * seconds(lambda c=classifier: c.score_many(sample)) / len(sample):12.1f}", flush=True)  # fmt: skip


def by_messages(classifier: Classifier, powers: int) -> None:
    """A stream in batches of a thousand: time and memory."""
    print(f"\n{'messages':>12} {'seconds':>9} {'µs/message':>11} {'memory MB':>10}")
    pool = messages(20_000, seed=6)
    for power in range(3, powers + 1):
        count = 10**power
        start = time.process_time()
        for batch in batches(stream(pool, count)):
            classifier.classify_many(batch)
        spent = time.process_time() - start
        print(f"{count:12,} {spent:9.1f} {1e6 * spent / count:11.1f} {memory('VmRSS') / 1024:10.0f}", flush=True)


def stream(pool: list[str], count: int) -> Iterator[str]:
    """`count` messages, no two the same."""
    for number in range(count):
        yield f"{pool[number % len(pool)]} {number}"


def batches(texts: Iterator[str]) -> Iterator[list[str]]:
    while batch := list(itertools.islice(texts, BATCH)):
        yield batch


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=5, help="power of ten of the longest stream")
    options = parser.parse_args()
    classifier = Classifier.load()
    classifier.score_many(messages(5000))
    by_length(classifier)
    by_rules()
    by_messages(classifier, options.messages)


if __name__ == "__main__":
    main()
