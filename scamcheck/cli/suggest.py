"""`scamcheck rules suggest`: draft rules from messages the rules do not yet explain."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from scamcheck.errors import InputError

if TYPE_CHECKING:
    from scamcheck.classifier import Classifier
    from scamcheck.model.labelled_table import Row


@click.command(
    "suggest",
    help="从诈骗与正常消息中找出规则尚未覆盖的短语, 写成规则草稿 / draft rules from phrases that tell scam from benign and that no rule covers",
)
@click.option("--scam", "scam_file", required=True, type=click.Path(), help=".csv, .jsonl, .xlsx (column text) or .txt")
@click.option("--benign", "benign_file", required=True, type=click.Path(), help="The same for ordinary messages.")
@click.option("--rules", "directories", multiple=True, type=click.Path(), help="Rule directory; repeat to layer.")
@click.option("--category", help="Of the draft; by the file's labels, else by the rules' own verdicts, if absent.")
@click.option("--text-column", default="text", show_default=True)
@click.option("--min-count", type=click.IntRange(2), default=3, show_default=True, help="Scam messages with a phrase.")
@click.option("--limit", type=click.IntRange(1), default=30, show_default=True, help="Rules drafted.")
def suggest_command(
    scam_file: str, benign_file: str, directories: tuple[str, ...], category: str | None, text_column: str, min_count: int, limit: int
) -> None:  # fmt: skip
    try:
        import jieba  # noqa: F401
    except ImportError:
        raise InputError("suggesting rules needs jieba; install it with: pip install 'scamcheck[train]'") from None
    from scamcheck.classifier import Classifier
    from scamcheck.model.labelled_table import read_table
    from scamcheck.resources import load_compiled, rules_directory
    from scamcheck.rules.draft import draft
    from scamcheck.rules.files import read_sources
    from scamcheck.rules.suggest import suggest

    rows = read_table(scam_file, text_column=text_column, label_column=None)
    benign = read_table(benign_file, text_column=text_column, label_column=None)
    classifier = Classifier(load_compiled(list(directories) or None))
    chosen = _category(category, rows, classifier)
    found = suggest(
        classifier, [row.text for row in rows], [row.text for row in benign], min_count=min_count, limit=limit
    )
    text = draft(found, read_sources(directories or (rules_directory(),)), chosen)
    click.echo(text, nl=False)
    count = text.count("  - id: ")
    click.echo(
        f"{len(rows)} scam and {len(benign)} benign messages ({found.scam_total} and {found.benign_total} without near-copies), {count} rule(s) drafted",
        err=True,
    )


def _category(given: str | None, rows: Sequence[Row], classifier: Classifier) -> str:
    """The category asked for, or the one label of the file, or what the rules say of most messages, or other."""
    from scamcheck.model.own_data import label_code
    from scamcheck.taxonomy import BENIGN, CODES

    if given is not None:
        code = label_code(given, classifier.taxonomy)
        if code not in CODES:
            raise InputError(f"unknown category {given}; use one of {', '.join(CODES)}")
        return code
    labels = Counter(label_code(row.label, classifier.taxonomy) for row in rows)
    if len(labels) > 1 or set(labels) <= {None, BENIGN}:
        labels = Counter(verdict.label for verdict in classifier.classify_many([row.text for row in rows]))
    best = next((label for label, _ in labels.most_common() if label in CODES), None)
    return best or "other"
