"""`scamcheck rules …`: work with rule files."""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path

import click

from scamcheck.cli.main import EXIT_PROBLEMS
from scamcheck.errors import InputError, RuleError

_DIRECTORIES = click.option(
    "--rules", "directories", multiple=True, type=click.Path(), help="Rule directory; repeat to layer. The shipped rules if absent."
)
_ONLY = click.option("--only", multiple=True, type=click.Path(exists=True), help="Look at this category file alone, with shared, counter and lexicons.")


@click.group(name="rules", help="检查、测试、查看规则 / lint, test and browse rules")
def command() -> None:
    pass


def _load(directories: tuple[str, ...], only: tuple[str, ...] = ()):  # type: ignore[no-untyped-def]
    from scamcheck.resources import rules_directory
    from scamcheck.rules.files import read_sources, restrict
    from scamcheck.rules.load import build_rule_set

    layers = read_sources(directories or (rules_directory(),))
    if only:
        layers = restrict(layers, only)
    try:
        return build_rule_set(layers)
    except RuleError as error:
        for problem in error.problems:
            click.echo(str(problem))
        click.echo(f"{len(error.problems)} problem(s)", err=True)
        sys.exit(EXIT_PROBLEMS)


@command.command("lint", help="查找重复、冲突、未用、未测的规则 / find duplicate, unreachable, unused and untested rules")
@_DIRECTORIES
@_ONLY
def lint_command(directories: tuple[str, ...], only: tuple[str, ...]) -> None:
    from scamcheck.rules.lint import lint

    rules = _load(directories, only)
    findings = lint(rules)
    if only:
        chosen = {Path(name).resolve() for name in only}
        findings = [finding for finding in findings if Path(finding.file).resolve() in chosen]
    for finding in findings:
        click.echo(str(finding))
    click.echo(f"{len(rules.rules)} rules, {len(rules.lexicons)} lexicons, {len(findings)} finding(s)", err=True)
    if findings:
        sys.exit(EXIT_PROBLEMS)


@command.command("test", help="运行每条规则的正反例, 正例再逐一伪装 / run every example, and every hit again in disguise")
@_DIRECTORIES
@_ONLY
@click.option("--plain", is_flag=True, help="Without the disguises.")
def test_command(directories: tuple[str, ...], only: tuple[str, ...], plain: bool) -> None:
    from scamcheck.classifier import Classifier
    from scamcheck.rules.compiled import compile_rules
    from scamcheck.rules.examples import run_examples

    rules = _load(directories, only)
    classifier = Classifier(compile_rules(rules))
    chosen = rules.rules
    if only:
        names = {Path(name).resolve() for name in only}
        chosen = tuple(loaded for loaded in rules.rules if Path(loaded.place.file).resolve() in names)
    failures = list(run_examples(chosen, classifier, disguises={} if plain else None))
    for failure in failures:
        click.echo(str(failure))
    examples = sum(len(loaded.rule.examples.hit) + len(loaded.rule.examples.miss) for loaded in chosen)
    click.echo(f"{len(chosen)} rules, {examples} examples, {len(failures)} failure(s)", err=True)
    if failures:
        sys.exit(EXIT_PROBLEMS)


@command.command("list", help="列出规则 / list rules")
@_DIRECTORIES
@click.option("--category", help="Only this category, shared or counter.")
@click.option("--json", "as_json", is_flag=True)
def list_command(directories: tuple[str, ...], category: str | None, as_json: bool) -> None:
    rules = _load(directories)
    chosen = [loaded for loaded in rules.rules if category is None or loaded.category == category]
    if not chosen:
        known = ", ".join(sorted({loaded.category for loaded in rules.rules}))
        raise InputError(f"no rule of the category {category}; there are {known}")
    for loaded in chosen:
        rule = loaded.rule
        if as_json:
            click.echo(json.dumps({"category": loaded.category, **rule.model_dump(mode="json", exclude={"examples", "when", "unless"})}, ensure_ascii=False))
        else:
            click.echo(f"{rule.id:44} {rule.evidence:16} {rule.status:10} {rule.title}")
    if not as_json:
        counts = Counter(loaded.category for loaded in chosen)
        click.echo(f"{len(chosen)} rules: " + ", ".join(f"{name} {count}" for name, count in counts.items()), err=True)


@command.command("show", help="显示一条规则 / show one rule")
@_DIRECTORIES
@click.argument("rule_id")
def show_command(directories: tuple[str, ...], rule_id: str) -> None:
    import difflib

    import yaml

    rules = _load(directories)
    known = {loaded.rule.id: loaded for loaded in rules.rules}
    if rule_id not in known:
        close = difflib.get_close_matches(rule_id, known, n=3)
        raise InputError(f"no rule {rule_id}; " + (f"did you mean {', '.join(close)}?" if close else "see `scamcheck rules list`"))
    loaded = known[rule_id]
    click.echo(f"# {loaded.place.file}:{loaded.place.line}")
    data = {"category": loaded.category, **loaded.rule.model_dump(mode="json", exclude_defaults=True)}
    click.echo(yaml.safe_dump(data, allow_unicode=True, sort_keys=False, width=120), nl=False)
