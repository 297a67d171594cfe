"""`scamcheck corpus …`: what the training corpus holds, and what is wrong with it."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scamcheck.cli.main import EXIT_PROBLEMS
from scamcheck.errors import InputError

if TYPE_CHECKING:
    from scamcheck.model.corpus import Record

_CORPUS = click.option("--corpus", "folder", type=click.Path(), help="Corpus folder; the repository's own if absent.")
_JSON = click.option("--json", "as_json", is_flag=True)


@click.group(name="corpus", help="查看、检查训练语料 / inspect and lint the training corpus")
def command() -> None:
    pass


def corpus_folder(given: str | None) -> Path:
    """The folder named, or the checkout's own. Raises `InputError` where there is none."""
    from scamcheck.resources import shipped

    folder = Path(given) if given else shipped("rules").parent / "corpus"
    if not folder.is_dir():
        raise InputError(f"no corpus folder at {folder}; name one with --corpus, or run inside a checkout of scamcheck")
    return folder


def _read(given: str | None) -> list[Record]:
    from scamcheck.model.corpus import read_corpus

    return read_corpus(corpus_folder(given))


@command.command(
    "stats", help="各类别、语体、作者组的条数 / templates by category, register, author group; lengths; slots"
)
@_CORPUS
@_JSON
def stats_command(folder: str | None, as_json: bool) -> None:
    from scamcheck.model.corpus_report import QUANTILES, corpus_stats

    found = corpus_stats(_read(folder))
    if as_json:
        click.echo(json.dumps(found.to_dict(), ensure_ascii=False, indent=1))
        return
    from scamcheck.model.corpus import REGISTERS

    for title, table in (("scams", found.scams), ("benign twins", found.twins), ("other benign", found.ordinary)):
        click.echo(_table(title, table, REGISTERS) + "\n")
    click.echo(_table("author group", found.groups, ("scam", "twin", "ordinary")) + "\n")
    lengths = {
        kind: {f"{share:.0%}": value for share, value in zip(QUANTILES, values, strict=True)}
        for kind, values in found.lengths.items()
    }
    click.echo(_table("characters", lengths, [f"{share:.0%}" for share in QUANTILES], total=False) + "\n")
    click.echo("slots: " + (", ".join(f"{name} {count}" for name, count in found.slots.items()) or "none"))
    click.echo(f"{found.templates} templates", err=True)


@command.command(
    "lint",
    help="查找重复、跨组泄漏、缺项、露馅的套话 / find copies, leaks between author groups, gaps and tell-tale habits",
)
@_CORPUS
@_JSON
@click.option("--habits", "show_habits", is_flag=True, help="List every habit's shares by register, flagged or not.")
def lint_command(folder: str | None, as_json: bool, show_habits: bool) -> None:
    from dataclasses import asdict

    from scamcheck.model.corpus_report import corpus_findings

    records = _read(folder)
    if show_habits:
        from scamcheck.model.habits import habits

        click.echo(f"{'scam':>7} {'benign':>7} {'ratio':>7}  {'register':12} habit (* over the bound)")
        for item in habits(records):
            if item.frequent:
                mark = " *" if item.flagged else ""
                click.echo(
                    f"{item.scam_share:7.2%} {item.benign_share:7.2%} {item.ratio:7.1f}  {item.register:12} {item.name}{mark}"
                )
    findings = corpus_findings(records)
    for finding in findings:
        click.echo(json.dumps(asdict(finding), ensure_ascii=False) if as_json else str(finding))
    click.echo(f"{len(records)} templates, {len(findings)} finding(s)", err=True)
    if findings:
        sys.exit(EXIT_PROBLEMS)


def _table(
    title: str, rows: Mapping[str, Mapping[str, int]], columns: Sequence[str], *, total: bool = True
) -> str:  # fmt: skip
    """Plain text: a line a row, a column a name, and their sum."""
    widths = [max(len(column), 6) for column in columns]
    head = f"{title:22}" + "".join(f" {name:>{width}}" for name, width in zip(columns, widths, strict=True))
    lines = [head + (f" {'total':>6}" if total else "")]
    for name, row in rows.items():
        cells = "".join(f" {row.get(column, 0):>{width}}" for column, width in zip(columns, widths, strict=True))
        lines.append(f"{name:22}" + cells + (f" {sum(row.values()):>6}" if total else ""))
    return "\n".join(lines)
