"""`scamcheck rules …`: work with rule files."""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path

import click

from scamcheck.cli.main import EXIT_PROBLEMS
from scamcheck.cli.suggest import suggest_command
from scamcheck.errors import InputError, RuleError

_DIRECTORIES = click.option(
    "--rules",
    "directories",
    multiple=True,
    type=click.Path(),
    help="Rule directory; repeat to layer. The shipped rules if absent.",
)
_ONLY = click.option(
    "--only",
    multiple=True,
    type=click.Path(exists=True),
    help="Look at this category file alone, with shared, counter and lexicons.",
)


@click.group(name="rules", help="检查、测试、查看规则 / lint, test and browse rules")
def command() -> None:
    pass


command.add_command(suggest_command)


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


@command.command(
    "lint", help="查找重复、冲突、未用、未测的规则 / find duplicate, unreachable, unused and untested rules"
)
@_DIRECTORIES
@_ONLY
def lint_command(directories: tuple[str, ...], only: tuple[str, ...]) -> None:
    from scamcheck.resources import rules_directory
    from scamcheck.rules.lint import lint
    from scamcheck.rules.reasons import lint_reasons

    rules = _load(directories, only)
    findings = lint(rules)
    if not only:
        findings = sorted(findings + lint_reasons(rules, directories or (rules_directory(),)))
    if only:
        chosen = {Path(name).resolve() for name in only}
        findings = [finding for finding in findings if Path(finding.file).resolve() in chosen]
    for finding in findings:
        click.echo(str(finding))
    click.echo(f"{len(rules.rules)} rules, {len(rules.lexicons)} lexicons, {len(findings)} finding(s)", err=True)
    if findings:
        sys.exit(EXIT_PROBLEMS)


@command.command(
    "test", help="运行每条规则的正反例, 正例再逐一伪装 / run every example, and every hit again in disguise"
)
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
            click.echo(
                json.dumps(
                    {
                        "category": loaded.category,
                        **rule.model_dump(mode="json", exclude={"examples", "when", "unless"}),
                    },
                    ensure_ascii=False,
                )
            )
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
        raise InputError(
            f"no rule {rule_id}; " + (f"did you mean {', '.join(close)}?" if close else "see `scamcheck rules list`")
        )
    loaded = known[rule_id]
    click.echo(f"# {loaded.place.file}:{loaded.place.line}")
    data = {"category": loaded.category, **loaded.rule.model_dump(mode="json", exclude_defaults=True)}
    click.echo(yaml.safe_dump(data, allow_unicode=True, sort_keys=False, width=120), nl=False)


@command.command("schema", help="打印规则文件的 JSON Schema / print the JSON Schema of the rule files")
@click.option(
    "--kind",
    type=click.Choice(["rules", "lexicons", "exclude", "levels", "negation", "taxonomy", "reasons"]),
    default="rules",
)
@click.option("--write", type=click.Path(file_okay=False), help="Write all of them into this folder instead.")
def schema_command(kind: str, write: str | None) -> None:
    from scamcheck.rules.json_schema import schema_files, schema_text

    if write is None:
        click.echo(schema_text(kind), nl=False)
        return
    folder = Path(write)
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in schema_files().items():
        (folder / name).write_text(text, "utf-8")
        click.echo(str(folder / name))


@command.command(
    "stats",
    help="每条规则在一组标注消息上的命中率、精确率、提升度 / hit frequencies of every rule on labelled messages",
)
@click.argument("file", type=click.Path(), required=False)
@_DIRECTORIES
@click.option(
    "--desk", type=click.Path(), help="研判数据库, 用其中已判断的消息 / the judged messages of a desk database"
)
@click.option("--all", "everything", is_flag=True, help="Also rules that never fired.")
@click.option("--json", "as_json", is_flag=True)
def stats_command(
    file: str | None, directories: tuple[str, ...], desk: str | None, everything: bool, as_json: bool
) -> None:
    from dataclasses import asdict

    from scamcheck.classifier import Classifier
    from scamcheck.feedback import judged_messages
    from scamcheck.records import read_labelled
    from scamcheck.rules.report import rule_statistics

    if file is None and desk is None:
        raise InputError("no messages; give a JSON Lines file, or a desk database with --desk")
    rows = (read_labelled(file) if file else []) + (judged_messages(desk) if desk else [])
    found = rule_statistics(Classifier.load(rules=list(directories) or None, model=False), rows)
    shown = [item for item in found if everything or item.scam_hits or item.benign_hits]
    if as_json:
        for item in shown:
            click.echo(json.dumps(asdict(item), ensure_ascii=False))
        return
    click.echo(f"{'rank':>4} {'scam':>7} {'benign':>7} {'prec.':>6} {'lift':>8} {'overlap':>7}  {'level':16} rule")
    for item in shown:
        click.echo(
            f"{item.rank:4} {item.scam_share:7.2%} {item.benign_share:7.2%} {item.precision:6.3f} {item.lift:8.1f} {item.overlap:7.2f}"
            f"  {item.level:16} {item.rule_id}"
        )
    scams = sum(row.scam for row in rows)
    click.echo(f"{len(rows)} messages ({scams} scam), {len(shown)} rules fired", err=True)


@command.command(
    "profile", help="哪些规则最费时间 / the slowest rules, on labelled messages or on the rules' own examples"
)
@click.argument("file", type=click.Path(), required=False)
@_DIRECTORIES
@click.option("--top", default=25, show_default=True, help="How many rules to show.")
@click.option("--json", "as_json", is_flag=True)
def profile_command(file: str | None, directories: tuple[str, ...], top: int, as_json: bool) -> None:
    from dataclasses import asdict

    from scamcheck.records import read_labelled
    from scamcheck.rules.compiled import compile_rules
    from scamcheck.rules.profile import rule_costs

    rules = _load(directories)
    if file is None:
        texts = [text for loaded in rules.rules for text in (*loaded.rule.examples.hit, *loaded.rule.examples.miss)]
    else:
        texts = [row.text for row in read_labelled(file)]
    costs = rule_costs(compile_rules(rules), texts)
    if as_json:
        for cost in costs[:top]:
            click.echo(json.dumps(asdict(cost)))
        return
    whole = sum(cost.seconds for cost in costs)
    click.echo(f"{'share':>6} {'µs/message':>10} {'asked':>7} {'held':>7} {'µs each':>8}  rule")
    for cost in costs[:top]:
        click.echo(
            f"{cost.seconds / whole:6.1%} {1e6 * cost.seconds / len(texts):10.2f} {cost.asked / len(texts):7.2%} {cost.held / len(texts):7.2%} "
            f"{1e6 * cost.seconds / cost.asked:8.1f}  {cost.rule_id}"
        )
    asked = sum(cost.asked for cost in costs)
    click.echo(
        f"{len(texts)} messages, {1e6 * whole / len(texts):.0f} µs a message in conditions; of {len(rules.rules)} rules {asked / len(texts):.1f} looked at",
        err=True,
    )


@command.command(
    "diff", help="新旧规则在一组消息上的差别: 新增告警、解除告警 / alerts raised and cleared by a change of rules"
)
@click.argument("old", type=click.Path())
@click.argument("new", type=click.Path())
@click.option("--on", "file", required=True, type=click.Path(), help="JSONL file of messages")
@click.option("--json", "as_json", is_flag=True)
def diff_command(old: str, new: str, file: str, as_json: bool) -> None:
    from scamcheck.classifier import Classifier
    from scamcheck.records import read_labelled
    from scamcheck.rules.report import rule_changes

    rows = read_labelled(file)
    changes = rule_changes(Classifier.load(rules=old), Classifier.load(rules=new), rows)
    by_rule: Counter[str] = Counter()
    for change in changes:
        by_rule.update([f"+{name}" for name in change.added] + [f"-{name}" for name in change.removed])
        if as_json:
            click.echo(
                json.dumps(
                    {
                        "id": change.row.id, "text": change.row.text, "labels": list(change.row.labels), "change": "flagged" if change.flagged else "cleared",
                        "before": change.before.score, "after": change.after.score, "added": list(change.added), "removed": list(change.removed),
                    },
                    ensure_ascii=False,
                )
            )  # fmt: skip
        else:
            sign = "+ newly flagged" if change.flagged else "- cleared"
            rules = " ".join([f"+{name}" for name in change.added] + [f"-{name}" for name in change.removed])
            right = "right" if change.flagged == change.row.scam else "WRONG"
            click.echo(
                f"{sign} ({right}) {change.before.score:.3f} → {change.after.score:.3f} [{rules}] {change.row.id}: {change.row.text[:120]!r}"
            )
    raised = sum(change.flagged for change in changes)
    click.echo(f"{len(rows)} messages: {raised} newly flagged, {len(changes) - raised} cleared", err=True)
    for name, count in by_rule.most_common(20):
        click.echo(f"  {count:5} {name}", err=True)
