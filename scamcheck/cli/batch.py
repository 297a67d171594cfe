"""`scamcheck batch`: files of messages in, the same rows with verdicts out."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scamcheck.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scamcheck.batch.run import Job, Plan, Summary

_RISKS = ("high", "medium", "low", "none")
_HOW = {
    "zh": {"given": "按 --text", "name": "按列名", "content": "按内容"},
    "en": {"given": "as --text says", "name": "by its name", "content": "by its content"},
}


@click.command(
    name="batch",
    help="批量判断: CSV、Excel、JSON Lines、Parquet 文件或文件夹, 结果附在原有各列之后。\n\n"
    "INPUT 可以是文件、文件夹、通配符或 - (标准输入); OUTPUT 以 .csv .xlsx .parquet 或 .jsonl 结尾。"
    "中断后再运行同一命令即可继续。\n\n"
    "Scores files of messages: the rows of INPUT… (files, folders, patterns or -) with the verdicts as further columns. "
    "The same command again takes up an interrupted run.",
)
@click.argument("inputs", metavar="INPUT...", nargs=-1, required=True)
@click.argument("output", metavar="OUTPUT", type=click.Path(path_type=Path))
@click.option("--text", metavar="COLUMN", help="消息所在的列; 不写则自动找 / column of the messages; found if absent")
@click.option(
    "--min-risk",
    type=click.Choice(["low", "medium", "high"]),
    help="只输出不低于此风险的行 / keep rows at or above this risk",
)
@click.option(
    "--top",
    type=click.IntRange(min=1),
    metavar="N",
    help="只输出最可疑的 N 行, 从高到低 / keep the N most certain rows, highest first",
)
@click.option(
    "--mask", type=click.Choice(["none", "quotes", "text"]), default="quotes", show_default=True,
    help="遮住引文 (quotes) 或连同消息原文 (text) 里的长号码 / star long numbers in quotes, or in the messages too",
)  # fmt: skip
@click.option(
    "--encoding",
    type=click.Choice(["utf-8-sig", "utf-8", "gb18030"]),
    default="utf-8-sig",
    show_default=True,
    help="输出 CSV 的编码 / encoding of CSV output",
)
@click.option(
    "--input-encoding", metavar="NAME", help="输入的编码; 不写则自动识别 / encoding of the input; found if absent"
)
@click.option(
    "--delimiter", metavar="CHAR", help="输入的分隔符; 不写则自动识别 / delimiter of the input; found if absent"
)
@click.option(
    "--header/--no-header",
    default=None,
    help="首行是否列名; 不写则自动判断 / whether the first line names the columns; found if absent",
)
@click.option("--sheet", metavar="NAME", help="只读这张工作表 / read this sheet alone")
@click.option(
    "--workers", type=click.IntRange(min=1), help="进程数; 默认用满所有核 / worker processes; every core if absent"
)
@click.option(
    "--restart", is_flag=True, help="丢弃上次没做完的部分, 从头开始 / throw an unfinished run away and begin anew"
)
@click.option(
    "--prefix", default="scam_", show_default=True, help="结果列名的前缀 / put before the names of the new columns"
)
@click.option(
    "--part-rows", type=click.IntRange(min=1), default=10_000, show_default=True, help="每部分的行数 / rows of a part"
)
@click.option(
    "--rules", "rules", multiple=True, type=click.Path(), help="规则目录, 可叠加 / rule directory; repeat to layer"
)
@click.option("--model", type=click.Path(), help="模型目录 / model directory")
@click.option("--no-model", is_flag=True, help="只用规则 / rules alone")
@click.option(
    "--lang",
    type=click.Choice(["zh", "en"]),
    default="zh",
    show_default=True,
    help="界面与结果的语言 / language of messages and results",
)
def command(
    inputs: tuple[str, ...], output: Path, text: str | None, min_risk: str | None, top: int | None, mask: str, encoding: str,
    input_encoding: str | None, delimiter: str | None, header: bool | None, sheet: str | None, workers: int | None, restart: bool,
    prefix: str, part_rows: int, rules: tuple[str, ...], model: str | None, no_model: bool, lang: str,
) -> None:  # fmt: skip
    zh = lang == "zh"
    try:
        import pyarrow

        from scamcheck.batch.errors import BatchError
        from scamcheck.batch.inputs import STDIN, Reading
        from scamcheck.batch.run import Job
    except ImportError as error:
        raise InputError(
            f"批量判断需要 {error.name or 'pyarrow'}, 请安装: pip install 'scamcheck[batch]'"
            if zh
            else f"batch needs {error.name or 'pyarrow'}; install it with: pip install 'scamcheck[batch]'"
        ) from None
    if no_model and model:
        raise InputError(
            "--no-model 与 --model 不能同时用" if zh else "--no-model and --model contradict each other; give one"
        )
    if STDIN in inputs and inputs != (STDIN,):
        raise InputError("标准输入 (-) 不能和文件一起用" if zh else "standard input (-) cannot be mixed with files")
    job = Job(
        inputs, output, text=text, reading=Reading(_codec(input_encoding, zh), _delimiter(delimiter, zh), header, sheet), rules=rules,
        model=False if no_model else model, prefix=prefix, lang=lang, mask=mask, min_risk=min_risk or "none", top=top, encoding=encoding,
        workers=workers or _cores(), restart=restart, part_rows=part_rows,
    )  # fmt: skip
    pyarrow.set_memory_pool(pyarrow.system_memory_pool())  # it gives back what the others keep
    try:
        summary = _run(job, zh)
    except BatchError as error:
        raise InputError(error.zh if zh else error.en) from None
    except KeyboardInterrupt:
        click.echo("已停下; 再运行同一命令即可继续" if zh else "stopped; the same command again takes it up", err=True)
        raise click.Abort from None
    click.echo(_told(job, summary, zh))


def _codec(name: str | None, zh: bool) -> str | None:
    import codecs

    try:
        return codecs.lookup(name).name if name else None
    except LookupError:
        raise InputError(f"没有叫 {name} 的编码" if zh else f"there is no encoding {name}") from None


def _delimiter(mark: str | None, zh: bool) -> str | None:
    mark = {"\\t": "\t", "tab": "\t", "TAB": "\t"}.get(mark or "", mark)
    if mark is not None and len(mark) != 1:
        raise InputError("--delimiter 只能是一个字符" if zh else "--delimiter is a single character")
    return mark


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _run(job: Job, zh: bool) -> Summary:
    from scamcheck.batch.run import run

    with _bar() as (start, progress):

        def planned(plan: Plan) -> None:
            _announce(plan, zh)
            start(plan.rows)

        return run(job, planned=planned, progress=progress)


def _announce(plan: Plan, zh: bool) -> None:
    how = _HOW["zh" if zh else "en"][plan.text.how]
    first = plan.sources[0]
    read_as = f" ({first.describe()})" if first.describe() else ""
    more = "" if len(plan.sources) == 1 else f" … {len(plan.sources)} {'个文件' if zh else 'files'}"
    if zh:
        click.echo(f"输入: {first.name}{read_as}{more}; 消息列: {plan.text.name} ({how})", err=True)
    else:
        click.echo(f"input: {first.name}{read_as}{more}; messages: {plan.text.name} ({how})", err=True)
    for source in plan.sources:
        for note in source.notes:
            click.echo(note[0] if zh else note[1], err=True)
    if plan.resumed:
        click.echo("接着上次没做完的部分" if zh else "taking up the unfinished run", err=True)


@contextmanager
def _bar() -> Iterator[tuple[Callable[[int | None], None], Callable[[int], None]]]:
    """A progress bar with rate and time left on a terminal; nothing elsewhere."""
    if not sys.stderr.isatty():
        yield lambda _: None, lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, ProgressColumn, Task, TimeRemainingColumn
    from rich.text import Text

    class Rows(ProgressColumn):
        def render(self, task: Task) -> Text:
            return Text(
                f"{task.completed:,.0f}" if task.total is None else f"{task.completed:,.0f} / {task.total:,.0f}"
            )

    class Rate(ProgressColumn):
        def render(self, task: Task) -> Text:
            return Text(f"{task.speed:,.0f}/s" if task.speed else "")

    columns = (BarColumn(), Rows(), Rate(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task("", total=None, start=False)

        def start(rows: int | None) -> None:
            shown.update(task, total=rows)
            shown.start_task(task)

        yield start, lambda done: shown.update(task, completed=done)


def _told(job: Job, summary: Summary, zh: bool) -> str:
    from scamcheck.resources import load_compiled
    from scamcheck.taxonomy import Taxonomy
    from scamcheck.verdict import RISK_NAMES

    taxonomy = Taxonomy.from_dict(load_compiled(list(job.rules) or None)["taxonomy"])
    risks: Counter[str] = Counter()
    labels: Counter[str] = Counter()
    for key, count in summary.counts.items():
        label, risk = key.split(" ")
        risks[risk] += count
        if risk in ("high", "medium"):
            labels[label] += count
    rate = summary.rows / summary.seconds if summary.seconds else 0.0
    if zh:
        lines = [
            f"{job.output}: 读入 {summary.rows:,} 行, 写出 {summary.written:,} 行; 用时 {summary.seconds:,.1f} 秒, 每秒 {rate:,.0f} 行"
        ]
        without, left_out = f"没有消息内容: {risks['-']:,} 行", f"按 --min-risk / --top 未写出: {summary.left_out:,} 行"
        aside = f"读不了而搁置: {summary.rejected:,} 行, 行号、原因和内容见 {job.output}.rejects.jsonl"
        odd = f"含无法识别字节 (�) 的消息: {summary.odd:,} 行"
        cut = f"超过 Excel 单元格上限而截短: {summary.cut:,} 格"
    else:
        lines = [
            f"{job.output}: {summary.rows:,} rows read, {summary.written:,} written, {summary.seconds:,.1f} s, {rate:,.0f} rows/s"
        ]
        without, left_out = (
            f"without a message: {risks['-']:,}",
            f"left out by --min-risk / --top: {summary.left_out:,}",
        )
        aside = f"set aside: {summary.rejected:,}, lines, reasons and rows in {job.output}.rejects.jsonl"
        odd = f"messages with bytes outside the encoding (�): {summary.odd:,}"
        cut = f"cells shortened to Excel's limit: {summary.cut:,}"
    lang = "zh" if zh else "en"
    lines.append("  " + "  ".join(f"{RISK_NAMES[lang][risk]} {risks[risk]:,}" for risk in _RISKS))
    lines += [f"  {count:>9,}  {taxonomy.name(label, lang=lang)}" for label, count in labels.most_common()]
    shown = (
        (without, risks["-"]),
        (left_out, summary.left_out),
        (aside, summary.rejected),
        (odd, summary.odd),
        (cut, summary.cut),
    )
    lines += [text for text, count in shown if count]
    return "\n".join(lines)
