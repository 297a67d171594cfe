"""Measures as one self-contained HTML page with plots (matplotlib, SVG inline)."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Sequence
from typing import Any

from scamcheck.errors import InputError
from scamcheck.evaluation.measures import Measures
from scamcheck.evaluation.text import details, per_10k, share

_STYLE = """
:root { color-scheme: light dark }
body { font: 15px/1.6 system-ui, "Noto Sans SC", "PingFang SC", "Microsoft YaHei", sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse; margin: 1rem 0; display: block; overflow-x: auto } th, td { padding: .3rem .7rem; border-bottom: 1px solid #8884; text-align: right; white-space: nowrap }
th:first-child, td:first-child { text-align: left } pre { overflow-x: auto; background: #8881; padding: 1rem } figure { display: inline-block; margin: .5rem; background: #fff }
"""


def page(results: Sequence[Measures]) -> str:
    """The report as HTML. Raises `InputError` where matplotlib is not installed."""
    rows = "".join(
        f"<tr><td>{html.escape(item.name)}</td><td>{item.messages:,}</td><td>{share(item.recall)}</td><td>{per_10k(item.false_alarms)}</td>"
        f"<td>{share(item.right_class)}</td><td>{item.ece:.3f}</td></tr>"
        for item in results
    )
    sections = "".join(
        f"<h2>{html.escape(item.name)}</h2>{_reliability(item)}{_trade_off(item)}<pre>{html.escape(details(item))}</pre>"
        for item in results
    )
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>scamcheck evaluation</title>'
        f"<style>{_STYLE}</style><h1>scamcheck evaluation</h1><p>95 % Wilson intervals in brackets. Recall over scam rows, false alarms over benign rows.</p>"
        f"<table><tr><th>set</th><th>messages</th><th>recall</th><th>false alarms per 10,000</th><th>right class</th><th>ECE</th></tr>{rows}</table>{sections}</html>\n"
    )


def _reliability(item: Measures) -> str:
    figure, axes = _figure()
    axes.plot([0, 1], [0, 1], color="0.7", linewidth=1)
    axes.plot([b.mean_score for b in item.bins], [b.scam_share for b in item.bins], marker="o", color="#b5342b")
    for b in item.bins:
        axes.annotate(
            f"{b.count:,}", (b.mean_score, b.scam_share), fontsize=7, xytext=(4, -8), textcoords="offset points"
        )
    axes.set(
        xlabel="mean score",
        ylabel="share of scams",
        title=f"Reliability (ECE {item.ece:.3f})",
        xlim=(0, 1),
        ylim=(-0.02, 1.02),
    )
    return _svg(figure, f"reliability diagram of {item.name}")


def _trade_off(item: Measures) -> str:
    figure, axes = _figure()
    axes.plot(
        [at.false_alarms_per_10k for at in item.thresholds],
        [at.recall for at in item.thresholds],
        marker=".",
        color="#1f6f8b",
    )
    for at in item.thresholds[::3]:
        axes.annotate(
            f"{at.threshold:g}",
            (at.false_alarms_per_10k, at.recall),
            fontsize=7,
            xytext=(4, 4),
            textcoords="offset points",
        )
    axes.set(
        xlabel="false alarms per 10,000",
        ylabel="recall",
        title="Recall against false alarms, by threshold",
        ylim=(-0.02, 1.02),
    )
    axes.set_xscale("symlog", linthresh=10)
    return _svg(figure, f"recall against false alarms of {item.name}")


def _figure() -> tuple[Any, Any]:
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise InputError(
            "the HTML report draws with matplotlib; install it with: pip install 'scamcheck[report]'"
        ) from None
    figure = Figure(figsize=(4.6, 3.6), layout="constrained")
    return figure, figure.subplots()


def _svg(figure: Any, title: str) -> str:
    stream = io.StringIO()
    figure.savefig(stream, format="svg", metadata={"Date": None, "Creator": None})
    svg = stream.getvalue()
    svg = re.sub(r"^.*?(?=<svg)", "", svg, count=1, flags=re.DOTALL)
    return f'<figure role="img" aria-label="{html.escape(title)}">{svg}</figure>'
