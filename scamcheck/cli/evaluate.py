"""`scamcheck evaluate FILE…`: how well the classifier does on labelled messages."""

from __future__ import annotations

import json
from pathlib import Path

import click

from scamcheck.errors import InputError


@click.command(
    name="evaluate",
    help="在标注消息上评测: 召回、误报、精确率、校准 / recall, false alarms, precision, calibration on labelled messages (JSONL)",
)
@click.argument("files", nargs=-1, required=True, type=click.Path())
@click.option("--rules", "rules", multiple=True, type=click.Path())
@click.option("--model", type=click.Path())
@click.option("--ablate", is_flag=True, help="Also rules alone and model alone.")
@click.option("--details", "with_details", is_flag=True, help="Thresholds, categories, confusion, reliability too.")
@click.option("--json", "as_json", is_flag=True)
@click.option(
    "--html", "page_file", type=click.Path(dir_okay=False), help="Write a self-contained HTML page with plots."
)
def command(
    files: tuple[str, ...],
    rules: tuple[str, ...],
    model: str | None,
    ablate: bool,
    with_details: bool,
    as_json: bool,
    page_file: str | None,
) -> None:
    from scamcheck.classifier import Classifier
    from scamcheck.evaluation.measures import judge, measure
    from scamcheck.evaluation.text import details, summary
    from scamcheck.records import read_labelled

    fused = Classifier.load(rules=list(rules) or None, model=model)
    variants = {"": fused}
    if ablate:
        if fused.model is None:
            raise InputError("--ablate needs a model; train one with `scamcheck train` or name one with --model")
        variants |= {
            " (rules alone)": Classifier.load(rules=list(rules) or None, model=False),
            " (model alone)": fused.without_rules(),
        }
    results = []
    for file in files:
        rows = read_labelled(file)
        for suffix, classifier in variants.items():
            results.append(measure(Path(file).stem + suffix, judge(classifier, rows)))
    if page_file:
        from scamcheck.evaluation.page import page

        Path(page_file).write_text(page(results), "utf-8")
    if as_json:
        click.echo(json.dumps([item.to_dict() for item in results], ensure_ascii=False, indent=1))
        return
    click.echo(summary(results))
    if with_details:
        for item in results:
            click.echo(details(item))
