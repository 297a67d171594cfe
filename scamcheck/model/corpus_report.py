"""What the corpus holds and what is wrong with it: coverage, copies, leaks between author groups, tell-tale habits."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from scamcheck.model.corpus import REGISTERS, Record, slots_of
from scamcheck.model.habits import OVERALL, habits, telling_ngrams
from scamcheck.model.near_duplicates import THRESHOLD, near_pairs
from scamcheck.taxonomy import CODES

MINIMUM = 200  # scams, and as many twins, a category
QUANTILES = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)
SCAM, TWIN, ORDINARY = "scam", "twin", "ordinary"


@dataclass(frozen=True, slots=True)
class CorpusStats:
    """Counts of templates.

    `scams` and `twins` are category → register → count; `ordinary` is topic → register → count; `groups` is author group → kind →
    count; `lengths` is kind → characters at `QUANTILES`; `slots` is slot → templates that use it.
    """

    templates: int
    scams: dict[str, dict[str, int]]
    twins: dict[str, dict[str, int]]
    ordinary: dict[str, dict[str, int]]
    groups: dict[str, dict[str, int]]
    lengths: dict[str, tuple[int, ...]]
    slots: dict[str, int]

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One thing to mend: a code, where (a template, category, register or habit), and a sentence."""

    code: str
    where: str
    message: str

    def __str__(self) -> str:
        return f"{self.where}: {self.message} [{self.code}]"


def kind_of(record: Record) -> str:
    """`scam`, `twin` (benign, resembling a scam) or `ordinary`."""
    if record.scam:
        return SCAM
    return TWIN if record.topic in CODES else ORDINARY


def corpus_stats(records: Sequence[Record]) -> CorpusStats:
    """Everything `corpus stats` prints."""
    tables: dict[str, dict[str, Counter[str]]] = {kind: defaultdict(Counter) for kind in (SCAM, TWIN, ORDINARY)}
    groups: dict[str, Counter[str]] = defaultdict(Counter)
    lengths: dict[str, list[int]] = defaultdict(list)
    slots: Counter[str] = Counter()
    for record in records:
        kind = kind_of(record)
        tables[kind][record.topic][record.register] += 1
        groups[record.group][kind] += 1
        lengths[kind].append(len(record.text))
        slots.update(set(slots_of(record.text)))

    def plain(table: dict[str, Counter[str]], order: Sequence[str]) -> dict[str, dict[str, int]]:
        return {name: dict(table[name]) for name in sorted(table, key=lambda name: (order.index(name) if name in order else 0, name))}  # fmt: skip

    return CorpusStats(
        templates=len(records),
        scams=plain(tables[SCAM], CODES),
        twins=plain(tables[TWIN], CODES),
        ordinary=plain(tables[ORDINARY], ()),
        groups=plain(groups, ()),
        lengths={
            kind: tuple(int(value) for value in np.quantile(values, QUANTILES, method="nearest"))
            for kind, values in sorted(lengths.items())
        },
        slots=dict(slots.most_common()),
    )


def corpus_findings(records: Sequence[Record]) -> list[Finding]:
    """Everything `corpus lint` reports: copies, leaks, coverage, habits, in this order."""
    return [*copies(records), *coverage(records), *habit_findings(records)]


def copies(records: Sequence[Record], threshold: float = THRESHOLD) -> Iterator[Finding]:
    """Exact and near-duplicate pairs.

    A pair in different author groups is a leak, for splits are made by author group. Within a group a scam and its benign twin may
    be near one another, that is what twins are for; equal texts with opposite labels are a contradiction.
    """
    for pair in near_pairs([record.text for record in records], threshold):
        one, other = records[pair.first], records[pair.second]
        what = "equals" if one.text == other.text else f"is {pair.similarity:.2f} like"
        texts = f"“{_shown(one.text)}” {what} {other.template} “{_shown(other.text)}”"
        if one.text == other.text and one.label != other.label:
            message = f"{texts}, yet they are labelled {one.label} and {other.label}; delete the wrong one"
            yield Finding("contradiction", one.template, message)
        elif one.group != other.group:
            yield Finding("leak", one.template, f"{texts} of another author group; reword or delete one")
        elif one.text == other.text:
            yield Finding("duplicate", one.template, f"{texts}; delete one")
        elif one.scam == other.scam:
            yield Finding("near-duplicate", one.template, f"{texts}; reword or delete one")


def coverage(records: Sequence[Record]) -> Iterator[Finding]:
    """Categories with too little text, a single author group, or registers nobody wrote."""
    counts: Counter[tuple[str, str]] = Counter((record.topic, kind_of(record)) for record in records)
    registers: dict[tuple[str, str], set[str]] = defaultdict(set)
    groups: dict[tuple[str, str], set[str]] = defaultdict(set)
    for record in records:
        registers[record.topic, kind_of(record)].add(record.register)
        groups[record.topic, kind_of(record)].add(record.group)
    for code in CODES:
        for kind in (SCAM, TWIN):
            key, name = (code, kind), f"{code}/{kind}"
            if counts[key] < MINIMUM:
                message = f"{counts[key]} templates; write {MINIMUM - counts[key]} more to reach {MINIMUM}"
                yield Finding(f"few-{kind}s", name, message)
            if len(groups[key]) == 1:
                message = f"all by author group {next(iter(groups[key]))}; let another group write some, or no split can test it"
                yield Finding("single-author", name, message)
            missing = [register for register in REGISTERS if register not in registers[key]]
            if counts[key] and missing:
                yield Finding("missing-register", name, f"nothing in the register {', '.join(missing)}; write some")


def habit_findings(records: Sequence[Record]) -> Iterator[Finding]:
    """Habits over the bound, over the corpus and a register, and n-grams of nothing but habits that one class lacks."""
    for code, found in (
        ("habit", [item for item in habits(records) if item.flagged]),
        ("telling-ngram", telling_ngrams(records)),
    ):
        for item in found:
            other = "benign" if item.gives_away == "scam" else "scam"
            where = f"{item.name!r}" + ("" if item.register == OVERALL else f" in {item.register}")
            message = (
                f"in {item.scam_share:.2%} of scam and {item.benign_share:.2%} of benign templates, {item.ratio:.1f} times as common in {item.gives_away};"
                f" use it in {other} texts too, or less in {item.gives_away}"
            )
            yield Finding(code, where, message)


def _shown(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 60 else line[:59] + "…"
