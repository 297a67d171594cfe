"""A department's own messages: labels understood, faults of the data named, the classifier cross-validated, records for a model.

Nothing here writes or logs a message: warnings name rows by number.
"""

from __future__ import annotations

import difflib
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from scamcheck.errors import InputError
from scamcheck.model.corpus import Record
from scamcheck.model.cross_validation import CrossValidation, cross_validate, grouped_folds
from scamcheck.model.labelled_table import Row
from scamcheck.model.near_duplicates import clusters
from scamcheck.taxonomy import BENIGN, CODES, Taxonomy

OWN_GROUP = "own"
FEW_ROWS = 10
IMBALANCE = 50.0  # rows of the commonest label to one of the rarest
_SHOWN = 5  # row numbers a warning lists


@dataclass(frozen=True, slots=True)
class Warned:
    """Something about the data that makes the figures less than they seem; `code` is stable, `message` says what to change."""

    code: str
    message: str

    def __str__(self) -> str:
        return f"{self.message} [{self.code}]"


@dataclass(frozen=True, slots=True)
class OwnData:
    """Rows that can be used, in file order.

    `labels` are taxonomy codes or benign when `known`, else as the file has them. `clusters` gives rows that are copies or
    near-copies of one another the same number.
    """

    texts: tuple[str, ...]
    labels: tuple[str, ...]
    clusters: tuple[int, ...]
    known: bool
    warnings: tuple[Warned, ...]

    def records(self) -> list[Record]:
        """As an author group of its own, for `build_model`."""
        return as_records(zip(self.texts, self.labels, strict=True))


def prepare(rows: Sequence[Row], taxonomy: Taxonomy) -> OwnData:
    """Check rows and understand their labels. Raises `InputError` when no usable row is left."""
    used = [row for row in rows if row.text.strip() and row.label.strip()]
    found: list[Warned] = []
    if len(used) < len(rows):
        empty = [row.number for row in rows if not (row.text.strip() and row.label.strip())]
        found.append(Warned("empty-row", f"{len(empty)} of {len(rows)} rows lack text or label and are left out ({_rows(empty)}); fill or delete them"))  # fmt: skip
    if not used:
        raise InputError("no row has both a text and a label; check that the columns are the right ones")
    codes = {label: label_code(label, taxonomy) for label in dict.fromkeys(row.label.strip() for row in used)}
    known = all(codes.values())
    if not known and any(codes.values()):
        found += _unknown(used, codes, taxonomy)
    labels = tuple((codes[row.label.strip()] or "") if known else row.label.strip() for row in used)
    texts = tuple(row.text for row in used)
    groups = tuple(clusters(texts).tolist())
    found += _copies(texts, labels, groups, [row.number for row in used])
    found += _imbalance(labels)
    return OwnData(texts, labels, groups, known, tuple(found))


def label_code(label: str, taxonomy: Taxonomy) -> str | None:
    """The code a label stands for: a code or a name of the taxonomy, benign or 正常, whatever its case; else None."""
    names = {code.casefold(): code for code in (*CODES, BENIGN)} | {"正常": BENIGN}
    names |= {taxonomy.benign_name.casefold(): BENIGN, taxonomy.benign_name_en.casefold(): BENIGN}
    for category in taxonomy.categories:
        names |= {category.name.casefold(): category.code, category.name_en.casefold(): category.code}
    return names.get(label.strip().casefold())


def nearest_code(label: str, taxonomy: Taxonomy) -> str | None:
    """The code whose own spelling or name is most like a label, or shares the most of it; None if none is like it."""
    names = {code: code for code in (*CODES, BENIGN)} | {
        category.name: category.code for category in taxonomy.categories
    }
    wanted = label.strip().casefold()
    close = difflib.get_close_matches(wanted, names, n=1, cutoff=0.6)
    if close:
        return names[close[0]]
    wanted = wanted.replace("诈骗", "")  # says nothing of which
    pairs = {wanted[at : at + 2] for at in range(len(wanted) - 1)}
    shared = {name: sum(pair in name for pair in pairs) for name in names if not name.isascii()}
    best = max(shared, key=lambda name: (shared[name], -len(name)))
    return names[best] if shared[best] else None


def evaluate_own(data: OwnData) -> CrossValidation:
    """Five-fold cross-validation of the text classifier, near-copies kept in one fold. Raises `InputError` on too little data."""
    import numpy as np

    groups = np.array(data.clusters, dtype=np.intp)
    folds = grouped_folds(data.texts, data.labels, groups=groups)
    return cross_validate(data.texts, data.labels, folds)


def as_records(pairs: Iterable[tuple[str, str]]) -> list[Record]:
    """(text, label) pairs as records of the author group `own`: a table's rows, or a desk's corrected verdicts.

    Near-copies with one label share a template, so that together they weigh as much as one message. Raises `InputError` for a label
    that is neither a code nor benign.
    """
    listed = list(pairs)
    for _, label in listed:
        if label not in (*CODES, BENIGN):
            raise InputError(f"{label} is no code of the taxonomy; a model is trained on codes and benign alone")
    groups = clusters([text for text, _ in listed])
    return [
        Record(
            text=text, label=label, topic="general" if label == BENIGN else label, register=OWN_GROUP, group=OWN_GROUP,
            template=f"{OWN_GROUP}/{label}#{int(group) + 1}",
        )
        for (text, label), group in zip(listed, groups, strict=True)
    ]  # fmt: skip


def _unknown(rows: Sequence[Row], codes: dict[str, str | None], taxonomy: Taxonomy) -> Iterable[Warned]:
    counts = Counter(row.label.strip() for row in rows)
    for label, code in codes.items():
        if code is None:
            near = nearest_code(label, taxonomy)
            hint = (
                f"write {near} if you mean {taxonomy.name(near)}"
                if near
                else f"use one of {', '.join(CODES)} or {BENIGN}"
            )
            yield Warned(
                "unknown-label", f"the label {label} ({counts[label]} rows) is no category of the taxonomy; {hint}"
            )


def _copies(
    texts: Sequence[str], labels: Sequence[str], groups: Sequence[int], numbers: Sequence[int]
) -> Iterable[Warned]:  # fmt: skip
    first: dict[str, int] = {}
    exact = [numbers[at] for at, text in enumerate(texts) if first.setdefault(text, at) != at]
    members: dict[int, list[int]] = defaultdict(list)
    for at, group in enumerate(groups):
        members[group].append(at)
    near = len(texts) - len(members) - len(exact)
    if exact:
        yield Warned("duplicates", f"{len(exact)} rows ({len(exact) / len(texts):.1%}) repeat an earlier one ({_rows(exact)}); they stay in one fold, delete them to be sure")  # fmt: skip
    if near > 0:
        yield Warned("near-duplicates", f"{near} rows ({near / len(texts):.1%}) nearly repeat another; a random split would leak them into training, here they stay in one fold")  # fmt: skip
    torn = [numbers[group[0]] for group in members.values() if len({labels[at] for at in group}) > 1]
    if torn:
        yield Warned(
            "contradictions",
            f"{len(torn)} messages have near-copies with another label ({_rows(torn)}); decide on one label",
        )


def _imbalance(labels: Sequence[str]) -> Iterable[Warned]:
    counts = Counter(labels)
    few = [f"{label} {count}" for label, count in counts.most_common() if count < FEW_ROWS]
    if few:
        yield Warned("few-rows", f"labels with under {FEW_ROWS} rows, whose figures mean little: {', '.join(few)}; add rows or merge labels")  # fmt: skip
    (most, high), (least, low) = counts.most_common()[0], counts.most_common()[-1]
    if high / low > IMBALANCE:
        yield Warned("imbalance", f"{most} has {high / low:.0f} times the rows of {least}; look at macro-F1, not accuracy, and add rows of {least}")  # fmt: skip


def _rows(numbers: Sequence[int]) -> str:
    shown = ", ".join(map(str, numbers[:_SHOWN]))
    return ("rows " if len(numbers) > 1 else "row ") + shown + (" …" if len(numbers) > _SHOWN else "")
