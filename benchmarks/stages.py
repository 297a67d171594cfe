"""Where the time of a message goes, by stage, as the Markdown table of docs/performance.md.

python benchmarks/stages.py                                print
python benchmarks/stages.py --write docs/performance.md    put it between the file's `stages` marks
"""

from __future__ import annotations

import argparse
import re
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from inbox import messages

from scamcheck.classifier import Classifier
from scamcheck.fusion import counted
from scamcheck.matcher import places_of
from scamcheck.normalize import normalize

Stage = Callable[[Sequence[str]], Any]
CHUNK, ROUNDS = 100, 7
_MARKS = re.compile(r"(<!-- stages -->\n).*?(<!-- /stages -->)", re.DOTALL)


def least(stages: Sequence[Stage], chunks: Sequence[Sequence[str]]) -> list[float]:
    """Microseconds a message of each stage.

    The stages take turns on a chunk, and of each the quickest round counts: that leaves out what other programs did meanwhile.
    """
    totals = [0.0] * len(stages)
    for chunk in chunks:
        times: list[list[float]] = [[] for _ in stages]
        for _ in range(ROUNDS):
            for stage, spent in zip(stages, times, strict=True):
                start = time.process_time()
                stage(chunk)
                spent.append(time.process_time() - start)
        totals = [total + min(spent) for total, spent in zip(totals, times, strict=True)]
    return [1e6 * total / sum(map(len, chunks)) for total in totals]


def table(texts: Sequence[str]) -> str:
    classifier = Classifier.load()
    matcher, engine = classifier._matcher, classifier.engine
    classifier.score_many(texts)

    def normalised(chunk: Sequence[str]) -> None:
        for text in chunk:
            normalize(text)

    def matched(chunk: Sequence[str]) -> None:
        for text in chunk:
            canonical = normalize(text).text
            places_of(matcher.find(canonical))
            matcher.find_homophones(canonical)

    def fired(chunk: Sequence[str]) -> None:
        for text in chunk:
            canonical = normalize(text)
            places = places_of(matcher.find(canonical.text))
            match = engine.match(canonical, places, matcher.find_homophones(canonical.text))
            counted(classifier.fusion, engine.fire(match))

    def explained(chunk: Sequence[str]) -> None:
        for verdict in classifier.classify_many(chunk):
            if verdict.is_scam:
                _ = verdict.evidence

    def read(chunk: Sequence[str]) -> None:
        for text in chunk:
            classifier.classify(text).to_dict()

    stages: list[tuple[str, Stage]] = [
        ("normalisation", normalised),
        ("automata: phrases, terms, homophones", matched),
        ("rules: gating, conditions, caps", fired),
        ("model, fusion, label: `score_many`", classifier.score_many),
        ("verdicts, flagged ones explained: `classify_many`", explained),
        ("everything read of every message: `to_dict`", read),
    ]
    chunks = [texts[first : first + CHUNK] for first in range(0, len(texts), CHUNK)]
    lines = ["| up to and with | µs a message | this stage |", "|---|---:|---:|"]
    before = 0.0
    for (name, _), spent in zip(stages, least([stage for _, stage in stages], chunks), strict=True):
        lines.append(f"| {name} | {spent:.0f} | {max(spent - before, 0.0):.0f} |")
        before = spent
    flagged = sum(score.risk in ("medium", "high") for score in classifier.score_many(texts)) / len(texts)
    characters = sum(map(len, texts)) / len(texts)
    lines.append(
        f"\n{len(texts):,} different messages, {characters:.0f} characters on average, {flagged:.1%} flagged; "
        f"{len(engine.rules):,} rules, {len(engine.phrases):,} phrases."
    )
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", type=Path, help="Markdown file with the marks")
    parser.add_argument("--messages", type=int, default=3000)
    options = parser.parse_args()
    found = table(messages(options.messages))
    if options.write is None:
        print(found, end="")
        return
    text = options.write.read_text("utf-8")
    if not _MARKS.search(text):
        raise SystemExit(f"{options.write} has no <!-- stages --> … <!-- /stages --> to write between")
    options.write.write_text(_MARKS.sub(lambda match: match[1] + found + match[2], text), "utf-8")


if __name__ == "__main__":
    main()
