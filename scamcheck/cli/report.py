"""`scamcheck report`: one file of messages judged and summed up as one HTML page that stands alone."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from scamcheck.errors import InputError

MOST_ROWS = 100_000
SHOWN = 100


@click.command(name="report", help="把一个文件的研判汇总成一页 HTML / summary of a file of messages as one HTML page")
@click.argument("source", metavar="INPUT", type=click.Path(path_type=Path, dir_okay=False))
@click.argument("output", metavar="OUTPUT.html", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--rules", multiple=True, type=click.Path(), help="规则目录, 可叠加 / rule directory; repeat to layer")
@click.option(
    "--shown", type=click.IntRange(0), default=SHOWN, show_default=True, help="列出最可疑的多少条 / messages listed"
)
def command(source: Path, output: Path, rules: tuple[str, ...], shown: int) -> None:
    """Read INPUT (.txt with one message a line, .csv, .xlsx), write OUTPUT.html with charts by category, risk and day."""
    try:
        from scamcheck.web.templating import static_text, templates
    except ImportError as error:
        raise InputError(f"the report needs {error.name}; install it with: pip install 'scamcheck[web]'") from None
    from scamcheck.classifier import Classifier
    from scamcheck.clues import find_clues
    from scamcheck.masking import mask_text
    from scamcheck.web.batches import judge_batch
    from scamcheck.web.intake import read_file

    try:
        raw = source.read_bytes()
    except OSError as error:
        raise InputError(f"cannot read {source}: {error.strerror}; check the path and its permissions") from None
    messages = read_file(source.name, raw, most=MOST_ROWS)
    classifier = Classifier.load(rules=list(rules) or None)
    batch = judge_batch(classifier, source.name, messages)
    worst = sorted((item for item in batch.items if item.is_scam), key=lambda item: (-item.score, item.number))[:shown]
    html = templates().get_template("summary.html").render(
        batch=batch, charts=batch.charts(classifier.taxonomy), taxonomy=classifier.taxonomy, made=datetime.now(UTC),
        shown=[(item, mask_text(item.text, find_clues(item.text))) for item in worst], css=static_text("desk.css"),
        scripts=[static_text("vendor/chart.umd.min.js"), static_text("charts.js")],
    )  # fmt: skip
    try:
        output.write_text(html, "utf-8", errors="replace")
    except OSError as error:
        raise InputError(f"cannot write {output}: {error.strerror}; check the folder and its permissions") from None
    click.echo(
        f"{output}: {len(batch.items)} 条消息, {batch.scams} 条像诈骗 / messages, {batch.scams} suspicious", err=True
    )
