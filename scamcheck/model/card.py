"""The model card, written from the manifest so that it cannot disagree with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def model_card(manifest: Mapping[str, Any]) -> str:
    """Markdown after Mitchell et al., “Model Cards for Model Reporting” (2019, doi:10.1145/3287560.3287596)."""
    fusion, figures = manifest["fusion"], manifest["figures"]
    rows = []
    for name, title in (
        ("scam", "scam"),
        ("notice", "codes, bank, courier, government and other notices"),
        ("chat", "private and work chat"),
        ("advert", "adverts"),
        ("text", "service calls, general text, news"),
        ("twin", "benign twins of scams"),
        ("publicity", "warnings, bulletins, citizens' stories"),
    ):
        entry = figures[name]
        cells = [
            f"{100 * entry[risk]['share']:.2f} % ({100 * entry[risk]['low']:.2f}-{100 * entry[risk]['high']:.2f})"
            for risk in ("medium", "high")
        ]
        rows.append(f"| {title} | {entry['templates']:,} | {cells[0]} | {cells[1]} |")
    table = "\n".join(rows)
    own = manifest.get("own_data")
    corpus = f"SHA-256 `{manifest['corpus_sha256'][:16]}…`"
    if own:
        own_text = f"{own['messages']:,} messages of a department's own (SHA-256 `{own['sha256'][:16]}…`)"
        sources = f"`corpus/` of this repository ({corpus}) and {own_text}"
    else:
        sources = f"`corpus/` of this repository, nothing else ({corpus})"
    return f"""# Model card: scamcheck term model

Written by `scamcheck train`; do not edit.

- **What it is**: TF-IDF over {manifest["settings"]["size"]:,} terms (jieba words and character 2-4-grams; single characters for the script alone) and two L2-regularised logistic
  regressions: scam or not, and which of 16 scripts. It adds to the rules' evidence; alone it never raises the risk above medium.
- **Trained on**: {sources}, beside the rules with SHA-256
  `{manifest["rules_sha256"][:16]}…`. Licence {manifest["licence"]}.
- **Fusion** (log-odds): prior {fusion["prior"]}, rules × {fusion["rule_weight"]}, model × {fusion["model_weight"]} held to +{fusion["model_cap"]} and −{fusion["model_floor"]}.
  Fitted by logistic regression on predictions for author groups the model had not seen, then moved to a prevalence of
  {100 * manifest["prevalence"]:g} %.
- **Thresholds** on the score: low {fusion["low"]}, medium {fusion["medium"]}, high {fusion["high"]}; the false-alarm budgets are
  {1e4 * manifest["budgets"]["medium"]:g} (medium) and {1e4 * manifest["budgets"]["high"]:g} (high) in 10,000 ordinary messages.
- **Not for**: languages other than Chinese, images and voice, judging a person. A score is a reason to look, not proof.

Share of messages at or above each risk, out of fold (no message judged by a model that saw its author group), with 95 % Wilson
intervals over templates:

| messages | templates | medium or high | high |
|---|---|---|---|
{table}

The budget for `high` cannot be shown to hold on this many benign messages: with none flagged the upper bound is the figure in brackets.
"""
