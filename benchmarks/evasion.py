"""Recall and false alarms on held-out messages, plain and under each disguise.

The model is fitted without some author groups (default c, j and l) and judges their messages, one filling a template; rules, fusion
and thresholds are the shipped ones. Each disguise touches a share of the places fit for it (default 0.3); `touched` is the share of
messages it changed at all. Homophones are undone for long phrases of rules only, and by design not for the model's short terms.

usage: python benchmarks/evasion.py [--groups c j l] [--strength 0.3] [--limit 1000]
"""

from __future__ import annotations

import argparse
import json
import random

import numpy as np

from scamcheck.classifier import Classifier
from scamcheck.disguising import TRANSFORMS
from scamcheck.model.corpus import Message, expand_all, read_corpus, read_slots
from scamcheck.model.runtime import TermModel
from scamcheck.model.training import Settings, Trainer
from scamcheck.resources import load_compiled, models_directory, rules_directory

SEED = 20240901


def held_out(messages: list[Message], groups: list[str], limit: int) -> tuple[list[str], list[str]]:
    """Up to `limit` scams and as many benign messages of the groups, drawn at random, one a template."""
    one = {message.record.template: message for message in reversed(messages) if message.record.group in groups}
    chosen = sorted(one.values(), key=lambda message: message.record.template)
    random.Random(SEED).shuffle(chosen)
    scams = [message.text for message in chosen if message.record.scam]
    benign = [message.text for message in chosen if not message.record.scam]
    return scams[:limit], benign[:limit]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--groups", nargs="+", default=["c", "j", "l"])
    parser.add_argument("--strength", type=float, default=0.3)
    parser.add_argument("--limit", type=int, default=1000, help="at most so many scams, and so many benign messages")
    options = parser.parse_args()
    corpus = rules_directory().parent / "corpus"
    manifest = json.loads((models_directory() / "manifest.json").read_text("utf-8"))
    settings = Settings(**manifest["settings"])
    messages = expand_all(read_corpus(corpus), read_slots(corpus), copies=settings.copies)
    scams, benign = held_out(messages, options.groups, options.limit)
    if not scams or not benign:
        parser.error(
            f"author groups {' '.join(options.groups)} have {len(scams)} scams and {len(benign)} benign messages"
        )
    fitted = Trainer(messages, settings).fit(
        np.array([message.record.group not in options.groups for message in messages])
    )
    classifier = Classifier(load_compiled(), TermModel(manifest, fitted.terms, fitted.arrays()))

    def flagged(texts: list[str]) -> int:
        return sum(verdict.is_scam for verdict in classifier.classify_many(texts))

    plain = (flagged(scams), flagged(benign))
    print(
        f"held out: author groups {' '.join(options.groups)}, {len(scams)} scams, {len(benign)} benign;"
        f" {options.strength:.0%} of places disguised"
    )
    print(f"{'disguise':14} {'touched':>7} {'recall':>7} {'change':>7}  {'false alarms':>12} {'change':>7}")
    print(f"{'none':14} {'':>7} {plain[0] / len(scams):7.3f} {'':>7}  {plain[1]:12} {'':>7}")
    for name, transform in TRANSFORMS.items():
        changed = [
            [transform(text, random.Random(f"{name}/{index}"), options.strength) for index, text in enumerate(texts)]
            for texts in (scams, benign)
        ]
        now = (flagged(changed[0]), flagged(changed[1]))
        touched = sum(old != new for old, new in zip(scams, changed[0], strict=True)) / len(scams)
        recall = (now[0] - plain[0]) / len(scams)
        print(
            f"{name:14} {touched:7.0%} {now[0] / len(scams):7.3f} {recall:+7.3f}  {now[1]:12} {now[1] - plain[1]:+7}",
            flush=True,
        )


if __name__ == "__main__":
    main()
