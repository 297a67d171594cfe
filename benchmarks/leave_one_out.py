"""Recall, right script and false alarms on what the model has not seen: each author group, or each register, left out in turn.

For every part the term model is fitted on the rest and judges the part, one filling a template, beside the rules alone and itself
alone; rules, fusion and thresholds are the shipped ones. Those were fitted on the whole corpus (out of fold), so the tables tell
how the terms carry over, not how the thresholds do.

usage: python benchmarks/leave_one_out.py [group|register …] [--only NAME …] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np

from scamcheck.classifier import Classifier
from scamcheck.evaluation.measures import Measures, judge, measure
from scamcheck.model.corpus import expand_all, read_corpus, read_slots
from scamcheck.model.runtime import TermModel
from scamcheck.model.training import Settings, Trainer
from scamcheck.records import Labelled
from scamcheck.resources import load_compiled, models_directory, rules_directory

VARIANTS = ("fused", "rules alone", "model alone")


def part_measures(trainer: Trainer, held: list[bool], manifest: dict[str, object], rules: Classifier) -> list[Measures]:
    """Measures of the three variants on the held-out templates, by a model fitted on the others."""
    fitted = trainer.fit(~np.array(held))
    fused = Classifier(load_compiled(), TermModel(manifest, fitted.terms, fitted.arrays()))
    chosen = {
        message.record.template: message
        for message, out in zip(reversed(trainer.messages), reversed(held), strict=True)
        if out
    }
    rows = [
        Labelled(name, message.text, (message.record.label,), message.record.scam) for name, message in chosen.items()
    ]
    variants = zip(VARIANTS, (fused, rules, fused.without_rules()), strict=True)
    return [measure(name, judge(classifier, rows)) for name, classifier in variants]


def line(name: str, found: list[Measures]) -> str:
    fused = found[0]
    recalls = " ".join(f"{item.recall.share:7.3f}" if item.recall else f"{'–':>7}" for item in found)
    right = f"{fused.right_class.share:7.3f}" if fused.right_class else f"{'–':>7}"
    alarms = " ".join(
        f"{item.false_alarms.hits:>6} ({1e4 * item.false_alarms.share:3.0f})" if item.false_alarms else f"{'–':>12}"
        for item in found
    )
    return f"{name:12} {fused.scams:6} {recalls} {right}  {fused.benign:6} {alarms}"


def totals(parts: list[list[Measures]]) -> str:
    """All parts together, each judged by its own model: what the terms add to the rules."""
    scams = sum(found[0].scams for found in parts)
    benign = sum(found[0].benign for found in parts)
    cells = []
    for number, name in enumerate(VARIANTS):
        recall = sum(found[number].recall.hits for found in parts if found[number].recall)
        alarms = sum(found[number].false_alarms.hits for found in parts if found[number].false_alarms)
        cells.append(
            f"{name} {recall / max(scams, 1):.3f} at {alarms} ({1e4 * alarms / max(benign, 1):.0f} per 10,000)"
        )
    return f"all of them, {scams} scams and {benign} benign: recall at false alarms: {', '.join(cells)}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("by", nargs="*", default=["group", "register"], help="group, register, or both (the default)")
    parser.add_argument("--only", nargs="+", help="just these groups or registers")
    parser.add_argument("--json", type=Path, help="write every measure to this file")
    options = parser.parse_args()
    if unknown := set(options.by) - {"group", "register"}:
        parser.error(f"{', '.join(sorted(unknown))} is neither group nor register")
    corpus = rules_directory().parent / "corpus"
    manifest = json.loads((models_directory() / "manifest.json").read_text("utf-8"))
    settings = Settings(**manifest["settings"])
    trainer = Trainer(expand_all(read_corpus(corpus), read_slots(corpus), copies=settings.copies), settings)
    rules = Classifier(load_compiled())
    everything: dict[str, dict[str, list[dict[str, object]]]] = {}
    for by in options.by:
        of = [str(getattr(message.record, by)) for message in trainer.messages]
        print(f"\n{'left out':12} {'scams':>6} {'recall':>7} {'rules':>7} {'model':>7} {'script':>7}  {'benign':>6} "
              f"{'false alarms':>12} {'rules':>12} {'model':>12}   (per 10,000)")  # fmt: skip
        parts: list[list[Measures]] = []
        for name in sorted(set(of)):
            if options.only and name not in options.only:
                continue
            found = part_measures(trainer, [value == name for value in of], manifest, rules)
            print(line(name, found), flush=True)
            everything.setdefault(by, {})[name] = [item.to_dict() for item in found]
            parts.append(found)
        print(totals(parts))
    if options.json:
        options.json.write_text(json.dumps(everything, ensure_ascii=False), "utf-8")


if __name__ == "__main__":
    main()
