"""`scamcheck train`: the shipped model from the corpus, or a department's own classifier and model from its messages."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from scamcheck.errors import InputError

if TYPE_CHECKING:
    from scamcheck.model.corpus import Record
    from scamcheck.model.cross_validation import CrossValidation
    from scamcheck.model.own_data import OwnData


@click.command(
    name="train",
    help="用语料训练模型; 加 --data 则用本单位的消息 / train the model from the corpus, or with --data from your own messages too",
)
@click.option(
    "--data",
    type=click.Path(),
    help="本单位的标注消息 / your labelled messages: .csv, .jsonl or .xlsx with columns text and label",
)
@click.option(
    "--feedback",
    type=click.Path(),
    help="研判数据库: 已判断的消息加入训练 / desk database whose judged messages join the training",
)
@click.option("--text-column", default="text", show_default=True)
@click.option("--label-column", default="label", show_default=True)
@click.option("--corpus", type=click.Path(), help="Corpus folder; the repository's own if absent.")
@click.option("--rules", "rules", multiple=True, type=click.Path())
@click.option(
    "--output", type=click.Path(file_okay=False), help="Folder for the model; with --data and without it, report only."
)
@click.option(
    "--export-sklearn",
    type=click.Path(dir_okay=False),
    help="Also write the fitted scikit-learn pipeline (joblib); with --data the one the report is about.",
)
def command(
    data: str | None, feedback: str | None, text_column: str, label_column: str, corpus: str | None, rules: tuple[str, ...], output: str | None,
    export_sklearn: str | None,
) -> None:  # fmt: skip
    try:
        import jieba  # noqa: F401
        import joblib
        import sklearn  # noqa: F401
    except ImportError as error:
        raise InputError(f"training needs {error.name}; install it with: pip install 'scamcheck[train]'") from None
    judged = _judged(feedback) if feedback else []
    if data is None:
        if output is None:
            raise InputError("no folder for the model; name one with --output")
        pipeline = _build(corpus, rules, output, judged)
        if export_sklearn:
            joblib.dump(pipeline, export_sklearn)
            click.echo(f"scikit-learn pipeline: {export_sklearn}")
        return
    own = _report_on(data, text_column, label_column)
    if export_sklearn:
        from scamcheck.model.cross_validation import fit_text_classifier

        joblib.dump(fit_text_classifier(own.texts, own.labels), export_sklearn)
        click.echo(f"scikit-learn pipeline, fitted on all {len(own.texts):,} rows: {export_sklearn}")
    if output is None:
        click.echo("no model written; name a folder with --output" if own.known else _FREE_LABELS, err=True)
        return
    if not own.known:
        raise InputError(_FREE_LABELS)
    _build(corpus, rules, output, [*own.records(), *judged])


_FREE_LABELS = (
    "no model written: scamcheck models know the taxonomy's labels alone, and this file has others; rename the labels to codes, "
    "or keep this classifier with --export-sklearn"
)


def _judged(feedback: str) -> list[Record]:
    from scamcheck.feedback import judged_messages
    from scamcheck.model.own_data import as_records

    messages = judged_messages(feedback)
    click.echo(
        f"{len(messages):,} judged messages ({sum(message.scam for message in messages):,} scam) from {feedback}"
    )
    return as_records((message.text, message.labels[0]) for message in messages)


def _report_on(file: str, text_column: str, label_column: str) -> OwnData:
    from scamcheck.model.labelled_table import read_table
    from scamcheck.model.own_data import evaluate_own, prepare
    from scamcheck.resources import load_compiled
    from scamcheck.taxonomy import Taxonomy

    rows = read_table(file, text_column=text_column, label_column=label_column)
    own = prepare(rows, Taxonomy.from_dict(load_compiled()["taxonomy"]))
    kind = "labels of the taxonomy" if own.known else "labels of your own"
    click.echo(
        f"{len(own.texts):,} messages, {len(set(own.clusters)):,} without near-copies, {len(set(own.labels))} {kind}"
    )
    for warned in own.warnings:
        click.echo(f"warning: {warned}")
    _print_figures(evaluate_own(own))
    return own


def _print_figures(result: CrossValidation) -> None:
    click.echo(f"\n{'fold':28} {'rows':>7} {'accuracy':>9} {'macro-F1':>9}")
    for number, fold in enumerate(result.folds, 1):
        click.echo(f"{number:<28} {fold.rows:>7} {fold.accuracy:>9.4f} {fold.macro_f1:>9.4f}")
    rows = sum(fold.rows for fold in result.folds)
    click.echo(f"{'mean':28} {rows:>7} {result.accuracy:>9.4f} {result.macro_f1:>9.4f}")
    click.echo(f"\n{'label':28} {'rows':>7} {'precision':>9} {'recall':>9} {'F1':>9}")
    for score in result.labels:
        click.echo(f"{score.label:28} {score.rows:>7} {score.precision:>9.4f} {score.recall:>9.4f} {score.f1:>9.4f}")
    click.echo()


def _build(corpus: str | None, rules: tuple[str, ...], output: str, extra: Sequence[Record]) -> object:
    """Train, save and sum up; the fitted pipeline of the scam-or-not half."""
    from scamcheck.cli.corpus import corpus_folder
    from scamcheck.model.build import build_model
    from scamcheck.resources import load_compiled

    folder = corpus_folder(corpus)
    start = time.perf_counter()
    built = build_model(folder, load_compiled(list(rules) or None), extra=extra)
    built.save(output)
    figures = built.manifest["figures"]
    fusion = built.manifest["fusion"]
    click.echo(
        f"{len(built.terms):,} terms, {len(built.trainer.messages):,} messages, {time.perf_counter() - start:.0f} s → {output}"
    )
    click.echo("fusion: " + ", ".join(f"{name} {value:g}" for name, value in fusion.items()))
    for name, entry in figures.items():
        click.echo(
            f"out of fold, {name} ({entry['templates']:,} templates): medium+ {entry['medium']['share']:.2%}, high {entry['high']['share']:.2%}"
        )
    return built.sklearn_pipeline
