"""One verdict as the officer reads it: numbered reasons, steps of the script, evidence that adds up, a reply to send."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scamcheck.clues import Clue, find_clues
from scamcheck.masking import mask_text
from scamcheck.taxonomy import BENIGN, Taxonomy
from scamcheck.verdict import HOTLINES, RISK_NAMES
from scamcheck.web.marking import Piece, pieces, visible

PHASES = {
    "contact": "接触", "identity": "身份", "pretext": "借口", "pressure": "施压", "isolation": "隔离", "control": "操控", "payment": "付款",
}  # fmt: skip
RISK_SIGNS = {"none": "○", "low": "△", "medium": "▲", "high": "■"}
RISK_WORDS = {
    "none": "没有发现诈骗话术",
    "low": "有一点可疑，还不足以下结论",
    "medium": "很可能是诈骗",
    "high": "是诈骗话术",
}
JUDGEMENT_NAMES = {"agree": "判断正确", "wrong_category": "类别不对", "not_scam": "不是诈骗"}
TERMS_SHOWN = 6
RUNNER_UP = 0.15  # share from which a second category is worth a word


@dataclass(frozen=True, slots=True)
class Flag:
    """A red flag with its number on the page and the share of the longest bar."""

    number: int
    title: str
    reason: str
    phase: str | None
    category: str
    value: float
    quotes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """A phase of the script: what happens in it, and the flags that show it in the message."""

    phase: str
    name: str
    texts: tuple[str, ...]
    flags: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the evidence table. `value` is rounded so that the lines add up to the total shown; `width` is 0 to 100."""

    kind: str
    title: str
    value: float
    width: float
    flag: int | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """Everything the verdict page and the report show."""

    text: str
    label: str
    name: str
    risk: str
    score: float
    pieces: tuple[Piece, ...]
    flags: tuple[Flag, ...]
    steps: tuple[Step, ...]
    rows: tuple[Row, ...]
    total: float
    runner_up: tuple[str, float] | None
    nearest: str | None  # where no scam is stated: the script the signs are nearest to
    warning: str
    advice: Mapping[str, Sequence[str]]
    hotlines: Sequence[tuple[str, str]]
    reply: str
    clues: tuple[Clue, ...]
    rules_version: str
    model_version: str | None

    @property
    def risk_name(self) -> str:
        return RISK_NAMES["zh"][self.risk]

    @property
    def sign(self) -> str:
        return RISK_SIGNS[self.risk]

    @property
    def words(self) -> str:
        return RISK_WORDS[self.risk]

    @property
    def is_scam(self) -> bool:
        return self.risk in ("medium", "high")


def case_of(text: str, verdict: Mapping[str, Any], taxonomy: Taxonomy, *, hide_numbers: bool = False) -> Case:
    """The case of a text and `Verdict.to_dict()`, fresh or as it was kept. `hide_numbers` stars numbers in text and quotes."""
    clues = find_clues(text)
    shown = mask_text(text, clues) if hide_numbers else text
    flags = tuple(
        Flag(
            number, item["title"], item["reason"], item["phase"], item["category"], item["evidence"],
            tuple(dict.fromkeys(visible(shown[start:end]) for start, end in item["spans"])),
        )
        for number, item in enumerate(verdict["red_flags"], 1)
    )  # fmt: skip
    spans = [[(start, end) for start, end in item["spans"]] for item in verdict["red_flags"]]
    label = verdict["label"]
    ranking = [(item["label"], item["share"]) for item in verdict["ranking"]]
    script = label if label != BENIGN else ranking[0][0] if flags and ranking else None
    advice = verdict["advice"]
    rows, total = evidence_rows(verdict["evidence"], [item["rule_id"] for item in verdict["red_flags"]])
    second = ranking[1] if label != BENIGN and len(ranking) > 1 and ranking[1][1] >= RUNNER_UP else None
    return Case(
        text=text, label=label, name=taxonomy.name(label), risk=verdict["risk"], score=verdict["score"],
        pieces=tuple(pieces(shown, spans)), flags=flags, steps=script_steps(script, flags, taxonomy), rows=rows, total=total,
        runner_up=(taxonomy.name(second[0]), second[1]) if second else None,
        nearest=taxonomy.name(script) if label == BENIGN and script else None,
        warning=advice["warning"], advice=advice,
        hotlines=[(item["number"], item["name"]) for item in advice["hotlines"]] or HOTLINES,
        reply=reply_for(label, taxonomy), clues=clues,
        rules_version=verdict["versions"]["rules"], model_version=verdict["versions"]["model"],
    )  # fmt: skip


def script_steps(label: str | None, flags: Sequence[Flag], taxonomy: Taxonomy) -> tuple[Step, ...]:
    """The phases of a category's script in their usual order, and those phases the flags show beyond it."""
    if label is None:
        return ()
    told: dict[str, list[str]] = {}
    for phase, text in taxonomy[label].steps:
        told.setdefault(phase, []).append(text)
    seen = {phase: tuple(flag.number for flag in flags if flag.phase == phase) for phase in PHASES}
    return tuple(
        Step(phase, name, tuple(told.get(phase, ())), seen[phase])
        for phase, name in PHASES.items()
        if phase in told or seen[phase]
    )


def evidence_rows(evidence: Sequence[Mapping[str, Any]], flags: Sequence[str]) -> tuple[tuple[Row, ...], float]:
    """Prior, rules and the strongest words one by one, the other words together; and the total in log-odds."""
    numbers = {rule_id: number for number, rule_id in enumerate(flags, 1)}
    lines: list[tuple[str, str, float, int | None]] = []
    terms = sorted((item for item in evidence if item["kind"] == "term"), key=lambda item: -abs(item["value"]))
    lines += [("prior", "起点：还没看内容时", item["value"], None) for item in evidence if item["kind"] == "prior"]
    rules = sorted(
        (item for item in evidence if item["kind"] == "rule"),
        key=lambda item: (item["value"] <= 0, -abs(item["value"])),
    )
    lines += [("rule", item["title"], item["value"], numbers.get(item["id"])) for item in rules]
    lines += [("term", f"用词“{item['title']}”", item["value"], None) for item in terms[:TERMS_SHOWN]]
    if terms[TERMS_SHOWN:]:
        rest = sum(item["value"] for item in terms[TERMS_SHOWN:])
        lines.append(("term", f"另外 {len(terms) - TERMS_SHOWN} 处用词合计", rest, None))
    lines += [
        (item["kind"], item["title"], item["value"], None) for item in evidence if item["kind"] in ("model", "limit")
    ]
    values = rounded([line[2] for line in lines])
    longest = max((abs(value) for value in values), default=0.0) or 1.0
    rows = tuple(
        Row(kind, title, value, round(abs(value) / longest * 100, 1), flag)
        for (kind, title, _, flag), value in zip(lines, values, strict=True)
    )
    return rows, sum(round(value * 100) for value in values) / 100


def rounded(values: Sequence[float]) -> list[float]:
    """Values to two decimals, each up or down so that they add up to the rounded sum (largest remainders)."""
    floors = [int(value * 100 // 1) for value in values]
    missing = round(sum(values) * 100) - sum(floors)
    order = sorted(range(len(values)), key=lambda at: floors[at] - values[at] * 100)
    for at in order[:missing]:
        floors[at] += 1
    return [floor / 100 for floor in floors]


def reply_for(label: str, taxonomy: Taxonomy) -> str:
    """A few sentences to send to the person, from the taxonomy; empty for a benign verdict."""
    if label == BENIGN:
        return ""
    category = taxonomy[label]
    return f"先别转账！这很像“{category.name}”骗局。{category.warning}{category.before_paying[0]}拿不准就打96110问一问，钱已经转了马上打110。"
