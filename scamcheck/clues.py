"""Clues an officer follows up: phones, accounts, links, chat ids, apps and amounts named in a message, whole and masked."""

from __future__ import annotations

import re
from dataclasses import dataclass

from scamcheck.entities import find_entities
from scamcheck.masking import mask_value
from scamcheck.normalize import Canonical, normalize
from scamcheck.verdict import Spans

Span = tuple[int, int]

# In order of precedence: a stretch of text is one clue only, the first kind that claims it.
_KINDS = ("id_card", "bank_card", "url", "contact_id", "phone", "app_name", "amount")
NAMES = {
    "id_card": "身份证号", "bank_card": "账号", "url": "链接", "contact_id": "社交账号", "phone": "电话", "app_name": "应用",
    "amount": "金额",
}  # fmt: skip
_CHAT = (("qq群", "QQ群"), ("qq", "QQ"), ("微信群", "微信群"), ("微信", "微信"), ("telegram", "Telegram"), ("纸飞机", "Telegram"),
         ("蝙蝠", "蝙蝠"), ("whatsapp", "WhatsApp"), ("skype", "Skype"), ("line", "LINE"))  # fmt: skip
_CHAT_ID = re.compile(r"[a-z0-9_*@][a-z0-9_*\-]{4,23}\Z")
_ACCOUNT = re.compile(r"[0-9x*][0-9x* -]*\Z")
_PLACEHOLDERS = ("wechat", "qqnum")  # what logs put in place of an id
_EDGES = " .,-:"
_DIGIT = re.compile(r"[0-9]")
_NUMERAL = re.compile(r"[0-9〇零一二两三四五六七八九十百千万亿]")
_QUOTED_APP = re.compile(r"[“”\"'「『《【‘]([^“”\"'「」『』《》【】‘’]+)")
_BEFORE_APP = re.compile(
    r".*(?:下载|下|安装|打开|登录|登陆|使用|注册|点击|进入|名叫|叫做|一个|一款|这个|那个|用|叫|在|到|的)"
)


@dataclass(frozen=True, slots=True)
class Clue:
    """One number, account, link, app or amount. `spans` are its places in the text as given."""

    kind: str
    name: str  # what it is, in Chinese
    value: str
    masked: str
    note: str
    spans: Spans

    def to_dict(self, *, masked: bool) -> dict[str, str | int]:
        value = self.masked if masked else self.value
        return {"kind": self.kind, "name": self.name, "value": value, "note": self.note, "count": len(self.spans)}


def find_clues(text: str) -> tuple[Clue, ...]:
    """The clues of a message, each once, kinds in a fixed order and values in order of appearance.

    Disguised spellings are undone: a number written ①③⑧… is returned in digits. Placeholders such as `xxx元` are no clue.
    """
    canonical = normalize(text)
    taken = bytearray(len(canonical.text))
    found: dict[tuple[str, str], tuple[str, str, list[Span]]] = {}
    for kind in _KINDS:
        notes = _link_notes(canonical.text) if kind == "url" else {}
        for span in find_entities(kind, canonical.text):
            start, end = span
            while start < end and taken[start]:
                start += 1
            if any(taken[start:end]) or start == end:
                continue
            taken[start:end] = b"\1" * (end - start)
            name, start, end = _narrowed(kind, canonical.text, start, end)
            value = _value(kind, text, canonical, start, end)
            if value:
                entry = found.setdefault((kind, value), (name, notes.get(span, ""), []))
                entry[2].append(canonical.span(start, end))
    return tuple(
        Clue(kind, name, value, mask_value(kind, value), note, tuple(spans))
        for (kind, value), (name, note, spans) in found.items()
    )


def _narrowed(kind: str, text: str, start: int, end: int) -> tuple[str, int, int]:
    """The clue's name and its own stretch, the words around it (“微信号是”, “下载”) left out."""
    found = text[start:end]
    if kind == "contact_id":
        match = _CHAT_ID.search(found)
        if match is None:
            return NAMES[kind], end, end
        name = next((shown for word, shown in _CHAT if word in found[: match.start()]), NAMES[kind])
        return name, start + match.start(), end
    if kind == "bank_card":
        match = _ACCOUNT.search(found)
        return NAMES[kind], start + match.start() if match else start, end
    if kind == "app_name":
        quoted = _QUOTED_APP.match(found)
        if quoted:
            return NAMES[kind], start + quoted.start(1), start + quoted.end(1)
        before = _BEFORE_APP.match(found)
        return NAMES[kind], start + before.end() if before and found[before.end() :] != "app" else start, end
    return NAMES[kind], start, end


def _value(kind: str, text: str, canonical: Canonical, start: int, end: int) -> str:
    """The clue in full; empty for a placeholder (`phone`, `xxx元`), and for the host of an e-mail address."""
    value = canonical.text[start:end].strip(_EDGES)
    if kind in ("phone", "bank_card", "id_card"):
        return re.sub(r"[ -]", "", value) if _DIGIT.search(value) else ""
    if kind == "amount":
        return value if _NUMERAL.search(value) else ""
    if value in _PLACEHOLDERS:
        return ""
    if kind == "url" and ("." not in value or canonical.text[max(0, start - 1) : start] == "@"):
        return ""
    given_start, given_end = canonical.span(start, end)
    given = text[given_start:given_end].strip(_EDGES)
    return given if given.lower() == value else value  # links keep their letter case


def _link_notes(text: str) -> dict[Span, str]:
    notes = dict.fromkeys(find_entities("short_link", text), "短链接，看不出真实网址")
    return notes | dict.fromkeys(find_entities("lookalike_domain", text), "冒用机构或品牌名的域名")
