"""Recall and false alarms on held-out messages, plain and under each disguise.

The model is fitted without one author group (default c) and judges that group's messages; rules, fusion and thresholds are the
shipped ones. Each disguise touches a share of the characters (default 0.3). Homophones are undone for long lexicon terms only.

usage: python benchmarks/evasion.py [--group c] [--strength 0.3] [--limit 1500]
"""

from __future__ import annotations

import argparse
import json
import random

import numpy as np

from scamcheck.classifier import Classifier
from scamcheck.disguising import TRANSFORMS
from scamcheck.model.corpus import expand_all, read_corpus, read_slots
from scamcheck.model.runtime import TermModel
from scamcheck.model.training import Settings, Trainer
from scamcheck.resources import load_compiled, models_directory, rules_directory


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--group", default="c")
    parser.add_argument("--strength", type=float, default=0.3)
    parser.add_argument("--limit", type=int, default=1500)
    options = parser.parse_args()
    corpus = rules_directory().parent / "corpus"
    manifest = json.loads((models_directory() / "manifest.json").read_text("utf-8"))
    settings = Settings(**manifest["settings"])
    messages = expand_all(read_corpus(corpus), read_slots(corpus), copies=settings.copies)
    trainer = Trainer(messages, settings)
    held = np.array([message.record.group == options.group for message in messages])
    fitted = trainer.fit(~held)
    classifier = Classifier(load_compiled(), TermModel(manifest, fitted.terms, fitted.arrays()))
    seen: set[str] = set()
    chosen = []
    for message in messages:
        if message.record.group == options.group and message.record.template not in seen:
            seen.add(message.record.template)
            chosen.append(message)
    chosen = chosen[: options.limit]
    scams = [message.text for message in chosen if message.record.scam]
    benign = [message.text for message in chosen if not message.record.scam]

    def flagged(texts: list[str]) -> int:
        return sum(verdict.is_scam for verdict in classifier.classify_many(texts))

    plain = (flagged(scams), flagged(benign))
    print(
        f"held out: author group {options.group}, {len(scams)} scam, {len(benign)} benign; {options.strength:.0%} of characters disguised"
    )
    print(f"{'disguise':14} {'recall':>7} {'change':>7}  {'false alarms':>12} {'change':>7}")
    print(f"{'none':14} {plain[0] / len(scams):7.3f} {'':>7}  {plain[1]:12} {'':>7}")
    for name, transform in TRANSFORMS.items():
        changed = [
            [transform(text, random.Random(f"{name}/{index}"), options.strength) for index, text in enumerate(texts)]
            for texts in (scams, benign)
        ]
        now = (flagged(changed[0]), flagged(changed[1]))
        recall = now[0] / len(scams)
        print(f"{name:14} {recall:7.3f} {recall - plain[0] / len(scams):+7.3f}  {now[1]:12} {now[1] - plain[1]:+7}")


if __name__ == "__main__":
    main()
