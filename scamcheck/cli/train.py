"""`scamcheck train`: the shipped model from the corpus, or a department's own model from its messages."""

from __future__ import annotations

import time
from pathlib import Path

import click

from scamcheck.errors import InputError


@click.command(name="train", help="用语料训练模型 / train the model from the corpus")
@click.option("--corpus", type=click.Path(), help="Corpus folder; the repository's own if absent.")
@click.option("--rules", "rules", multiple=True, type=click.Path())
@click.option("--output", required=True, type=click.Path(file_okay=False), help="Folder for the model.")
@click.option(
    "--export-sklearn", type=click.Path(dir_okay=False), help="Also write the fitted scikit-learn pipeline (joblib)."
)
def command(corpus: str | None, rules: tuple[str, ...], output: str, export_sklearn: str | None) -> None:
    from scamcheck.resources import load_compiled, shipped

    try:
        import joblib
        import sklearn  # noqa: F401

        from scamcheck.model.build import build_model
    except ImportError as error:
        raise InputError(f"training needs {error.name}; install it with: pip install 'scamcheck[train]'") from None
    folder = Path(corpus) if corpus else shipped("rules").parent / "corpus"
    if not folder.is_dir():
        raise InputError(f"no corpus folder at {folder}; name one with --corpus, or run inside a checkout of scamcheck")
    start = time.perf_counter()
    built = build_model(folder, load_compiled(list(rules) or None))
    built.save(output)
    if export_sklearn:
        joblib.dump(built.sklearn_pipeline, export_sklearn)
        click.echo(f"scikit-learn pipeline: {export_sklearn}")
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
