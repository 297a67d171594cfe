"""Suggested phrases as a YAML rule file on trial, tried against the rules it will join before it is shown."""

from __future__ import annotations

from collections.abc import Sequence

from scamcheck.classifier import Classifier
from scamcheck.rules.compiled import compile_rules
from scamcheck.rules.files import Layer
from scamcheck.rules.load import build_rule_set
from scamcheck.rules.source import INVISIBLE
from scamcheck.rules.suggest import Group, Suggestions

EXAMPLES = 3
_BLANK = "''"


def draft(suggestions: Suggestions, layers: Sequence[Layer], category: str) -> str:
    """A rule file of `category` with one rule a group, `status: test`; empty text if no group stands the trial.

    Titles and reasons are blank and must be written before the file loads. Each rule is loaded beside `layers` with stand-in texts,
    keeps the examples that behave, and is left out if none of its hits makes it fire (its phrases stand under negations, say).
    """
    rules = build_rule_set(layers)
    taken = {loaded.rule.id for loaded in rules.rules}
    prefix = category.split("_")[0]
    names: list[str] = []
    for number in range(1, len(suggestions.groups) + len(taken) + 1):
        name = f"{prefix}.suggested-{number}"
        if name not in taken and len(names) < len(suggestions.groups):
            names.append(name)
    if not names:
        return ""
    drafts = [
        (name, group, _clean(group.hits), _clean(group.misses))
        for name, group in zip(names, suggestions.groups, strict=True)
    ]
    trial = _file(category, [_rule(name, group, hit or ["-"], ["-"], "x") for name, group, hit, _ in drafts])
    classifier = Classifier(compile_rules(build_rule_set([*layers, [("draft.yaml", trial.encode())]])))
    written = []
    for name, group, hit, miss in drafts:
        firing = [text for text in hit if name in classifier.fire(text)[2]][:EXAMPLES]
        silent = [text for text in miss if name not in classifier.fire(text)[2]][:EXAMPLES]
        if firing:
            written.append(_counts(group, suggestions) + _rule(name, group, firing, silent or ["-"], ""))
    return _file(category, written) if written else ""


def _file(category: str, rules: Sequence[str]) -> str:
    return (
        "# A draft by `scamcheck rules suggest`: choose phrases, phase and evidence, write title, title_en and reason, add near misses,\n"
        "# then run `scamcheck rules lint` and `rules test`. Examples are cut from the messages; reword them, keep no one's numbers.\n"
        f"category: {category}\nrules:\n" + "".join(rules)
    )  # fmt: skip


def _counts(group: Group, suggestions: Suggestions) -> str:
    head = f"  # in {group.scam} of {suggestions.scam_total} scam and {group.benign} of {suggestions.benign_total} benign messages\n"
    lines = [
        f"  #   {phrase.text}: {phrase.scam} scam, {phrase.benign} benign, log-likelihood ratio {phrase.score:.1f}\n"
        for phrase in group.phrases
    ]
    return head + "".join(lines)


def _rule(name: str, group: Group, hits: Sequence[str], misses: Sequence[str], text: str) -> str:
    filled = _quoted(text) if text else _BLANK
    phrases = ", ".join(_quoted(phrase.text) for phrase in group.phrases)
    return (
        f"  - id: {name}\n    title: {filled}\n    title_en: {filled}\n"
        "    phase: pretext  # contact identity pretext pressure isolation control payment\n"
        "    evidence: weak  # weak moderate strong decisive\n    status: test\n"
        f"    reason: {filled}\n    when:\n      any: [{phrases}]\n    examples:\n      hit:\n"
        + "".join(f"        - {_quoted(hit)}\n" for hit in hits)
        + "      miss:\n"
        + "".join(f"        - {_quoted(miss)}\n" for miss in misses)
    )


def _quoted(text: str) -> str:
    """A YAML single-quoted scalar."""
    return "'" + text.replace("'", "''") + "'"


def _clean(texts: Sequence[str]) -> list[str]:
    """Texts on one line without the characters rule files refuse; the empty ones left out."""
    shown = ("".join(char if char.isprintable() else " " for char in INVISIBLE.sub("", text)) for text in texts)
    return [line for line in (" ".join(text.split()) for text in shown) if line]
