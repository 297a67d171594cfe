"""Habits of writing that give a class away though they say nothing of its content: greetings, politeness, particles, tags, marks.

A model trained where every swindler says 您好 and no bank does learns the greeting, not the swindle. What is counted is the canonical
text, for that is what the model sees; a template counts once.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from scamcheck.model.corpus import Record
from scamcheck.normalize import normalize

RATIO = 3.0  # above it a habit is flagged
SHARE = 0.01  # of one class's templates: rarer habits cannot teach much
COUNT = 5  # templates of that class: in a small register a share of 1 % would be one text
NGRAMS = (2, 3, 4)
NEARLY_ABSENT = 10.0  # ratio above which an n-gram made of nothing but habits is named on its own
OVERALL = "all"

_EMOJI = "[\U0001f300-\U0001faff\u2600-\u27bf]"
_WORDS = (
    "您好", "你好", "早上好", "晚上好", "大家好", "请问", "尊敬的", "亲爱的", "先生", "女士", "老板", "同志", "宝贝", "家人们",
    "谢谢", "感谢", "麻烦", "请您", "请你", "请尽快", "请及时", "敬请", "辛苦", "不好意思", "打扰", "抱歉", "祝您", "再见", "拜拜", "收到",
    "是的", "对的", "是吗", "真的吗", "可以吗", "好吗", "您", "喂", "哦", "啊", "呢", "吧", "吗", "嘛", "呀", "啦", "哈", "嗯", "诶", "哎", "噢",
    "温馨提示", "特此通知", "退订回t", "回t退订", "详询", "此致", "敬礼", "为您服务", "工作人员",
)  # fmt: skip
_PATTERNS = {
    "好的": "(?<![最更])好的(?![一-龥])",  # the answer, not 最好的老师
    "亲": "(?<![一-龥])亲(?![一-龥])|亲,|亲亲",  # the seller's greeting, not 父亲
    "tag at the start 【…】": r"\A【[^】]{1,20}】",
    "tag at the end 【…】": r"【[^】]{1,20}】\s*\Z",
    "emoji": _EMOJI,
    "!": "!",
    "~": "~",
    "...": r"\.\.\.|。。|…",
    "?": r"\?",
    "“”": "[“”「」]",
    "no mark at the end": r"[^。!?,.;:~)】”」…\s]\Z",
    "。 at the end": r"。\Z",
    "no mark at all": r"\A[^。!?,.;:~()【】“”「」…、]+\Z",
    "several lines": "\n",
    "speaker: at the start": r"\A[^\s:,。]{1,4}:",
}
HABITS: dict[str, re.Pattern[str]] = {word: re.compile(re.escape(word)) for word in _WORDS} | {
    name: re.compile(pattern) for name, pattern in _PATTERNS.items()
}
_SLOT = re.compile(r"\{[a-z][a-z0-9]*\}")
_NOTHING_ELSE = re.compile("|".join([*sorted(map(re.escape, _WORDS), key=len, reverse=True), r"[^\w{}]", "的", "了"]))


@dataclass(frozen=True, slots=True)
class Habit:
    """One habit in one register (`all` for the whole corpus): templates that have it, and shares of scam and benign templates.

    `ratio` is how many times commoner it is in the class that has more of it, with half a template added to either side (so that
    absence gives a finite number); `gives_away` names that class.
    """

    name: str
    register: str
    scam_count: int
    benign_count: int
    scam_share: float
    benign_share: float
    ratio: float
    gives_away: str

    @property
    def frequent(self) -> bool:
        """Often enough in one class to be learnt."""
        return (self.scam_share >= SHARE and self.scam_count >= COUNT) or (
            self.benign_share >= SHARE and self.benign_count >= COUNT
        )

    @property
    def flagged(self) -> bool:
        return self.frequent and self.ratio > RATIO


def habits(records: Sequence[Record]) -> list[Habit]:
    """Every listed habit over the corpus and in each register that has both classes, most telling first."""
    counts: dict[str, tuple[Counter[str], Counter[str]]] = {}
    totals: dict[str, list[int]] = {}
    for record in records:
        text = _visible(record.text)
        present = [name for name, pattern in HABITS.items() if pattern.search(text)]
        for register in (OVERALL, record.register):
            counts.setdefault(register, (Counter(), Counter()))[not record.scam].update(present)
            totals.setdefault(register, [0, 0])[not record.scam] += 1
    found = [
        _habit(name, register, scam[name], benign[name], *totals[register])
        for register, (scam, benign) in counts.items()
        for name in HABITS
        if all(totals[register]) and (scam[name] or benign[name])
    ]
    return sorted(found, key=lambda item: (item.register != OVERALL, -item.ratio, item.register, item.name))


def telling_ngrams(records: Sequence[Record]) -> list[Habit]:
    """2-4-character n-grams made of habits alone (words of the list, particles, marks) that one class has and the other nearly lacks.

    They show combinations the list does not name, such as 您好! beside 您好,. A word of the list itself is not repeated.
    """
    scam: Counter[str] = Counter()
    benign: Counter[str] = Counter()
    total = [0, 0]
    for record in records:
        (scam if record.scam else benign).update(set(_ngrams(_visible(record.text))))
        total[not record.scam] += 1
    if not all(total):
        return []
    floors = [max(COUNT, SHARE * size) for size in total]
    found = []
    for term in {**scam, **benign}:
        if scam[term] < floors[0] and benign[term] < floors[1]:
            continue
        if term in HABITS or _NOTHING_ELSE.sub("", term).strip():
            continue
        item = _habit(term, OVERALL, scam[term], benign[term], *total)
        if item.ratio > NEARLY_ABSENT:
            found.append(item)
    return sorted(found, key=lambda item: (-item.ratio, item.name))


def _visible(text: str) -> str:
    """Canonical text with every slot as one digit, which no habit contains."""
    return normalize(_SLOT.sub("0", text)).text


def _ngrams(text: str) -> Iterable[str]:
    return (text[at : at + size] for size in NGRAMS for at in range(len(text) - size + 1))


def _habit(name: str, register: str, scam: int, benign: int, scams: int, benigns: int) -> Habit:
    lift = ((scam + 0.5) / (scams + 1)) / ((benign + 0.5) / (benigns + 1))
    return Habit(
        name, register, scam, benign, scam / scams, benign / benigns, max(lift, 1 / lift), "scam" if lift >= 1 else "benign"
    )  # fmt: skip
