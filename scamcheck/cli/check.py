"""`scamcheck check`: verdicts on messages given as arguments, in a file, or on standard input."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from scamcheck.decoding import decode
from scamcheck.errors import InputError

_BLANK_LINE = re.compile(r"\n[ \t\u3000]*\n")


@click.command(
    name="check",
    help="判断一条或多条消息, 指出照的是哪种骗局、依据在哪、现在该怎么做。\n\n"
    "TEXT 为消息本身; 写 - 则从标准输入读取。Labels messages and says why; - reads standard input.",
)
@click.argument("texts", metavar="[TEXT|-]...", nargs=-1)
@click.option(
    "-f",
    "--file",
    "files",
    multiple=True,
    type=click.Path(),
    help="从文件读取, 空行分隔多条 / read from a file, blank lines between messages",
)
@click.option("--lines", is_flag=True, help="文件或标准输入每行一条 / one message a line")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON Lines / JSON Lines output")
@click.option(
    "--explain", is_flag=True, help="列出每一分证据, 直到基础概率 / print every contribution down to the prior"
)
@click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", help="界面语言 / language of the view")
@click.option(
    "--rules", "rules", multiple=True, type=click.Path(), help="规则目录, 可叠加 / rule directory; repeat to layer"
)
@click.option("--model", type=click.Path(), help="模型目录 / model directory")
@click.option("--no-model", is_flag=True, help="只用规则 / rules alone")
def command(
    texts: tuple[str, ...], files: tuple[str, ...], lines: bool, as_json: bool, explain: bool, lang: str,
    rules: tuple[str, ...], model: str | None, no_model: bool,
) -> None:  # fmt: skip
    from scamcheck.classifier import Classifier, default_classifier

    if no_model and model:
        raise InputError("--no-model and --model contradict each other; give one")
    messages = list(_messages(texts, files, lines))
    if not messages:
        raise InputError(
            "没有可判断的消息: 请把消息写在命令后面, 或用 -f 指定文件, 或用管道传入"
            if lang == "zh"
            else "no message to check; write it after the command, name a file with -f, or pipe it in"
        )
    if rules or model or no_model:
        classifier = Classifier.load(rules=list(rules) or None, model=False if no_model else model)
    else:
        classifier = default_classifier()
    verdicts = classifier.classify_many(messages)
    if as_json:
        for text, verdict in zip(messages, verdicts, strict=True):
            click.echo(
                json.dumps({"text": text, **verdict.to_dict()}, ensure_ascii=False)
                .encode("utf-8", "backslashreplace")
                .decode()
            )
        return
    from scamcheck.cli.view import show
    from scamcheck.rules.reasons import english_reasons

    reasons = english_reasons(rules or None) if lang == "en" else None
    for index, verdict in enumerate(verdicts):
        if index:
            click.echo()
        show(verdict, lang=lang, explain=explain, reasons=reasons)


def _messages(texts: tuple[str, ...], files: tuple[str, ...], lines: bool) -> Iterator[str]:
    for text in texts:
        if text == "-":
            yield from _split(_stdin(), lines)
        elif text.strip():
            yield text
    for name in files:
        yield from _split(_file(name), lines)
    if not texts and not files and not sys.stdin.isatty():
        yield from _split(_stdin(), lines)


def _split(content: str, lines: bool) -> Iterator[str]:
    content = content.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    for part in content.split("\n") if lines else _BLANK_LINE.split(content):
        if part.strip():
            yield part.strip("\n")


def _stdin() -> str:
    return decode(sys.stdin.buffer.read(), "standard input")


def _file(name: str) -> str:
    try:
        return decode(Path(name).read_bytes(), name)
    except OSError as error:
        raise InputError(f"cannot read {name}: {error.strerror}; check the path and its permissions") from None
