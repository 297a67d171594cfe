"""The terminal view of a verdict: the text with its red flags in place, evidence bars, what to do now."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence

from rich.cells import cell_len
from rich.console import Console
from rich.padding import Padding
from rich.rule import Rule
from rich.text import Text

from scamcheck.verdict import RISK_NAMES, RedFlag, Verdict, advice_for

_RISK_STYLE = {"none": "bold green", "low": "bold cyan", "medium": "bold yellow", "high": "bold white on red"}
_RISK_SIGN = {"none": "○", "low": "△", "medium": "▲", "high": "■"}
_MARKS = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
_FULL_BAR = 6.0  # log-odds that fill the bar
_BAR_CELLS = 12
SHOWN_FLAGS = 6  # the strongest; the rest with --explain
_WORDS = {
    "zh": {
        "score": "诈骗概率", "flags": "依据", "terms": "用词", "none": "没有发现诈骗话术的迹象。仍不放心, 可拨打 96110 咨询。",
        "low": "有一点可疑, 还不足以下结论。涉及转账、验证码时先核实。", "advice": "现在怎么做", "paid": "已经转了钱", "verify": "怎么核实", "never": "真的不会这样",
        "hotlines": "电话", "other": "也像", "evidence": "每一分证据 (自然对数几率)", "total": "合计", "more": "另有", "items": "项",
        "negative": "减轻嫌疑的依据",
    },
    "en": {
        "score": "P(scam)", "flags": "Why", "terms": "Words", "none": "No sign of a scam script. If in doubt, call 96110.",
        "low": "Slightly suspicious, not enough to conclude. Verify before any transfer or code.", "advice": "What to do now", "paid": "If money was sent",
        "verify": "How to verify", "never": "The real one never", "hotlines": "Call", "other": "Also like", "evidence": "Every contribution (natural log-odds)",
        "total": "total", "more": "and", "items": "more", "negative": "Signs of innocence",
    },
}  # fmt: skip


def show(
    verdict: Verdict, *, lang: str = "zh", explain: bool = False, console: Console | None = None, reasons: Mapping[str, str] | None = None
) -> None:  # fmt: skip
    """Print a verdict. `lang` is zh or en; `reasons` are the English ones by rule id, those of the shipped rules if None."""
    console = console or Console(highlight=False, soft_wrap=False)
    words = _WORDS[lang]
    console.print(_headline(verdict, lang, words))
    flags = verdict.red_flags if explain else verdict.red_flags[:SHOWN_FLAGS]
    console.print(Padding(_marked(verdict.text, flags), (0, 0, 0, 2)))
    if flags:
        console.print(Text(f"\n{words['flags']}", style="bold"))
        for number, flag in enumerate(flags):
            _print_flag(console, flag, number, lang, reasons)
        if len(flags) < len(verdict.red_flags):
            console.print(
                Text(
                    f"  {words['more']} {len(verdict.red_flags) - len(flags)} {words['items']} (--explain)", style="dim"
                )
            )
    eased = [item for item in verdict.evidence if item.kind == "rule" and item.value < 0]
    if eased:
        console.print(Text(f"\n{words['negative']}", style="bold"))
        for item in eased:
            console.print(
                Text.assemble(
                    "  ",
                    (_bar(-item.value), "green"),
                    f" {item.value:+.1f} ",
                    item.title if lang == "zh" else item.title_en,
                )
            )
    if verdict.is_scam:
        _print_advice(console, verdict, lang, words)
    else:
        console.print(Text(f"\n  {words['low' if verdict.risk == 'low' else 'none']}", style="dim"))
    if explain:
        _print_evidence(console, verdict, lang, words)


def _headline(verdict: Verdict, lang: str, words: dict[str, str]) -> Text:
    name = verdict.taxonomy.name(verdict.label, lang=lang)
    line = Text.assemble(
        (f" {_RISK_SIGN[verdict.risk]} {RISK_NAMES[lang][verdict.risk]} ", _RISK_STYLE[verdict.risk]),
        " ", (name, "bold"), f"  {words['score']} {_percent(verdict.score)}",
    )  # fmt: skip
    if verdict.is_scam and len(verdict.ranking) > 1 and verdict.ranking[1][1] >= 0.15:
        code, share = verdict.ranking[1]
        line.append(f"  ({words['other']} {verdict.taxonomy.name(code, lang=lang)} {share:.0%})", style="dim")
    return line


def _percent(score: float) -> str:
    if score > 0.999:
        return ">99.9%"
    return "<0.1%" if score < 0.001 else f"{100 * score:.1f}%"


def _marked(text: str, flags: Sequence[RedFlag]) -> Text:
    """The message, each red flag's places highlighted and numbered like the list below it."""
    owner: list[int] = [-1] * len(text)
    for number, flag in reversed(list(enumerate(flags))):
        for start, end in flag.spans:
            owner[start:end] = [number] * (end - start)
    result = Text(style="default")
    at = 0
    while at < len(text):
        end = at
        while end < len(text) and owner[end] == owner[at]:
            end += 1
        piece = printable(text[at:end])
        if owner[at] >= 0:
            result.append(_mark(owner[at]), style="red")
            result.append(piece, style="bold red underline")
        else:
            result.append(piece)
        at = end
    return result


def printable(text: str) -> str:
    """Control, bidi and other unprintable characters made visible, so that a message cannot steer the terminal."""
    return "".join(
        char
        if char == "\n" or unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co", "Cn")
        else f"‹{ord(char):04X}›"
        for char in text
    )


def _mark(number: int) -> str:
    return _MARKS[number] if number < len(_MARKS) else f"({number + 1})"


def _print_flag(console: Console, flag: RedFlag, number: int, lang: str, reasons: Mapping[str, str] | None) -> None:
    title = flag.title if lang == "zh" else flag.title_en
    quotes = "…".join(dict.fromkeys(printable(quote) for quote in flag.quotes))
    head = Text.assemble(
        "  ", (_bar(flag.evidence), "red"), f" {flag.evidence:+.1f} ", (f"{_mark(number)} {title}", "bold")
    )
    if cell_len(quotes) > 60:
        quotes = quotes[:30] + "…"
    head.append(f"  “{quotes}”", style="red")
    console.print(head)
    if lang == "zh":
        reason = flag.reason
    else:
        reason = flag.reason_en if reasons is None else reasons.get(flag.rule_id, "")
    if reason and reason != title:
        console.print(Padding(Text(reason, style="dim"), (0, 0, 0, _BAR_CELLS + 9)))


def _bar(value: float) -> str:
    cells = max(1, round(min(value, _FULL_BAR) / _FULL_BAR * _BAR_CELLS))
    return "█" * cells + "·" * (_BAR_CELLS - cells)


def _print_advice(console: Console, verdict: Verdict, lang: str, words: dict[str, str]) -> None:
    advice = advice_for(verdict.label, verdict.taxonomy, lang=lang)
    console.print()
    if cell_len(advice.warning) + 4 <= console.width:
        console.print(Rule(Text(advice.warning, style="bold yellow"), style="yellow"))
    else:  # a rule would cut its title
        console.print(Rule(style="yellow"), Text(advice.warning, style="bold yellow"))
    for key, lines in (
        ("advice", advice.now),
        ("paid", advice.if_paid),
        ("verify", advice.verify),
        ("never", advice.never),
    ):
        if not lines:
            continue
        console.print(Text(words[key], style="bold"))
        for line in lines:
            console.print(Padding(Text(f"· {line}"), (0, 0, 0, 2)))
    numbers = "  ".join(f"{number} {name}" if lang == "zh" else number for number, name in advice.hotlines)
    console.print(Text.assemble((f"{words['hotlines']} ", "bold"), numbers))


def _print_evidence(console: Console, verdict: Verdict, lang: str, words: dict[str, str]) -> None:
    console.print(Text(f"\n{words['evidence']}", style="bold"))
    for item in verdict.evidence:
        title = item.title if lang == "zh" else item.title_en
        name = f"{title} [{item.id}]" if item.kind == "rule" else title
        console.print(Text(f"  {item.value:+9.4f}  {printable(name)}"))
    console.print(
        Text(f"  {verdict.logit:+9.4f}  {words['total']} → {words['score']} {verdict.score:.6f}", style="bold")
    )
