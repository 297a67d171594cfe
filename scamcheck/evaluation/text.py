"""Measures as plain text tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from scamcheck.evaluation.measures import PREVALENCES, Measures, Proportion


def share(item: Proportion | None) -> str:
    return "-" if item is None else f"{100 * item.share:.1f}% ({100 * item.low:.1f}-{100 * item.high:.1f})"


def per_10k(item: Proportion | None) -> str:
    return "-" if item is None else f"{1e4 * item.share:.0f} ({1e4 * item.low:.0f}-{1e4 * item.high:.0f})"


def summary(results: Sequence[Measures]) -> str:
    """One line a set: recall, false alarms per 10,000, class, calibration, each with 95 % intervals."""
    width = max(len(item.name) for item in results)
    head = f"{'set':{width}}  {'messages':>8}  {'recall %':>20}  {'false alarms/10k':>18}  {'right class %':>20}  {'macro-F1':>8}  {'ECE':>5}"
    lines = [head]
    for item in results:
        f1 = "-" if item.macro_f1 is None else f"{item.macro_f1:.3f}"
        lines.append(
            f"{item.name:{width}}  {item.messages:8,}  {share(item.recall):>20}  {per_10k(item.false_alarms):>18}"
            f"  {share(item.right_class):>20}  {f1:>8}  {item.ece:5.3f}"
        )
    return "\n".join(lines)


def details(item: Measures) -> str:
    """Thresholds, categories, confusion and reliability of one set."""
    return "\n".join(_details(item))


def _details(item: Measures) -> Iterator[str]:
    yield f"\n== {item.name}: {item.scams:,} scam, {item.benign:,} benign"
    yield f"high risk alone: recall {share(item.recall_high)}, false alarms per 10,000 {per_10k(item.false_alarms_high)}"
    for prevalence, precision in item.precision.items():
        yield f"precision where {100 * float(prevalence):g} % of messages are scams: {100 * precision:.1f} %"
    columns = "  ".join(f"precision at {100 * prevalence:g} %" for prevalence in PREVALENCES)
    yield f"\n{'score ≥':>7}  {'recall':>7}  {'false alarms/10k':>16}  {columns}"
    for at in item.thresholds:
        cells = "  ".join(
            f"{100 * value:>{len(f'precision at {100 * p:g} %')}.1f}"
            for value, p in zip(at.precision, PREVALENCES, strict=True)
        )
        yield f"{at.threshold:7.2f}  {at.recall:7.3f}  {at.false_alarms_per_10k:16.0f}  {cells}"
    if item.categories:
        yield f"\n{'category':22} {'rows':>5} {'prec.':>6} {'recall':>6} {'F1':>6}"
        for category in item.categories:
            yield f"{category.code:22} {category.support:5} {category.precision:6.3f} {category.recall:6.3f} {category.f1:6.3f}"
    yield "\nconfusion (truth: given × count)"
    for truth, row in item.confusion.items():
        yield f"  {truth}: " + ", ".join(
            f"{code} × {count}" for code, count in sorted(row.items(), key=lambda pair: -pair[1])
        )
    yield "\nreliability (score bin: messages, mean score, share of scams)"
    for bin_ in item.bins:
        yield f"  {bin_.low:.1f}-{bin_.high:.1f}: {bin_.count:6,}  {bin_.mean_score:.3f}  {bin_.scam_share:.3f}"
