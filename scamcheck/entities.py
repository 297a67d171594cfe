"""Entities found by form: phone numbers, cards, links, account ids, amounts, deadlines, app names.

All patterns run on canonical text (half-width, lower case, simplified) and take time linear in its length: RE2 finds the
candidates, short fixed-size checks follow. Masked forms (138****0000, `xxx元`, the tokens `url`, `phone`, `digit` that logs put in
place of the real thing) count as the entity they stand for. Checksums: Luhn (ISO/IEC 7812-1), ISO 7064 MOD 11-2 (GB 11643-1999).
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import Any

from scamcheck.patterns import Span, compiled, find_all

_MEGABYTES = 64  # the patterns below are long alternatives of wide classes

_NUM = r"[0-9〇零一二两三四五六七八九十百千万亿几数]"
_PATTERNS = {
    "phone": (
        r"(?:(?:\+|00)(?:86[- ]?)?)?1[3-9][0-9*x][- ]?[0-9*x]{4}[- ]?[0-9*x]{4}|(?:\+|00)[1-9][0-9]{0,2}[- ]?[0-9][0-9 -]{5,13}[0-9]"
        r"|\b09[0-9]{2}[- ]?[0-9*x]{3}[- ]?[0-9*x]{3}\b|400[- ]?[0-9*x]{3}[- ]?[0-9*x]{4}|0[1-9][0-9]{1,2}[- ][0-9*x]{7,8}|\b(?:cell)?phone\b|\bhotline\b|\bmobile\b"
    ),
    "bank_card": r"(?:[3-6][0-9]{3}[- ]?[0-9]{4}[- ]?[0-9]{4}[- ]?[0-9]{3,4}(?:[- ]?[0-9]{1,3})?)",
    "account_word": r"(?:卡号|账号|账户|尾号)(?:是|为|:)?\s*[0-9*x][0-9*x -]{7,24}[0-9*x]",
    "id_card": r"[1-9][0-9]{5}(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9x]",
    "url": (
        r"https?://?[^\s\p{Han}，。,;!?()<>《》【】“”]+|www\.[a-z0-9.\-/_?=&%]+"
        r"|(?:[a-z0-9][a-z0-9-]{0,40}\.){1,5}(?:com|cn|net|org|gov|top|xyz|vip|cc|info|club|shop|site|online|tw|hk|me|io|app|live|link|ink|"
        r"icu|wang|work|fun|pro|biz|co|ltd|tk|ml|life|world|store|icp|example|asia|mobi|la|im|ly|gd|pw|in|us|ru)(?:[:/?][a-z0-9.\-/_?=&%#]*)?"
        r"|\burl[a-z0-9]{0,12}|网址链接|\[链接\]|【链接】|\[网址[^\]]{0,8}\]|点击链接:"
    ),
    "contact_id": (
        r"(?:qq号?码?|微信号?|telegram|line(?:id)?|whatsapp|skype|纸飞机|蝙蝠)(?:号|id|号码|群|是|为|账号|客服|:|@|\+|-|\s|加|联系)*"
        r"[a-z0-9_*@][a-z0-9_*\-]{4,23}|\bwechat\b|\bqqnum\b"
    ),
    "amount": (
        rf"{_NUM}{{1,12}}(?:[.,][0-9]{{1,3}}){{0,4}}{_NUM}{{0,6}}\s?(?:万|千|百)?(?:多|余|来)?\s?(?:元|块钱?|圆|美金|美元|港币|港元|台币|人民币|刀|大洋)"
        r"|[一二两三四五六七八九十几0-9.]{1,8}(?:万|千)(?:[一二三四五六七八九0-9]{1,4})?(?:多|余|左右|块|元)?"
        r"|[¥$]\s?[0-9][0-9.,]{0,12}|[0-9][0-9,.]{0,12}(?:w|k)\b|\b(?:x{2,6}|digit)\s?(?:万|千|百)?元|\*{2,6}元"
    ),
    "verification_code": r"(?:验证码|校验码|动态码|动态密码|确认码|认证码|激活码)(?:是|为|:|\s|[【\[(「<])*[0-9*x]{4,8}|[【\[(][0-9]{4,8}[】\])]\D{0,8}(?:验证码|校验码)",
    "app_name": r"[“”\"'「『《【‘][^“”\"'「」『』《》【】‘’\s,。]{1,16}[“”\"'」』》】’]\s?(?:app|软件|平台|应用|小程序|客户端)|[a-z0-9\p{Han}]{2,8}app",
    "deadline": (
        rf"{_NUM}{{1,3}}(?:个)?(?:小时|分钟|天|日|个工作日|工作日)(?:之)?(?:内|以内|后)|(?:今天|今日|今晚|明天|明日|当天|本日|月底|本周)[^,。!?;\n]{{0,10}}?(?:前|之前|截止|到期|内)"
        r"|(?:仅剩|只剩|最后|还剩|剩余)[0-9一二两三四五六七八九十]{1,3}(?:小时|分钟|天|个名额|单)|立即|马上|立刻|尽快|逾期|过期|超时|限时"
    ),
}
# Short-link hosts in use in China and abroad.
_SHORT_HOSTS = (
    "t.cn", "url.cn", "dwz.cn", "suo.im", "suo.nz", "bit.ly", "goo.gl", "tinyurl.com", "is.gd", "reurl.cc", "pse.is", "lihi", "mrw.so", "rrd.me",
    "c-n.cc", "u.nu", "sourl.cn", "s.yam.com", "ppt.cc", "u3v.cn", "985.so", "dwz.example", "t.ly", "a.f.cn", "0x9.me", "w.url.cn",
)  # fmt: skip
# Brand or agency words whose appearance in a host outside these official suffixes marks a look-alike.
_BRANDS = {
    "icbc": ("icbc.com.cn", "icbc.com"), "ccb": ("ccb.com", "ccb.cn"), "abchina": ("abchina.com", "abchina.com.cn"), "95588": ("95588.com",), "95533": ("95533.com", "95533.cn"), "95599": (), "95566": (),
    "boc": ("boc.cn", "bochk.com", "bankofchina.com", "bocichina.com"), "cmbchina": ("cmbchina.com",), "cmb": ("cmbchina.com", "cmbt.cn"), "bankcomm": ("bankcomm.com", "bankcomm.com.cn", "95559.com.cn"),
    "psbc": ("psbc.com",), "spdb": ("spdb.com.cn",), "cebbank": ("cebbank.com",), "pingan": ("pingan.com", "pingan.com.cn"), "unionpay": ("unionpay.com", "95516.com", "unionpayintl.com", "chinaums.com"),
    "alipay": ("alipay.com", "alipay.cn", "alipayobjects.com"), "taobao": ("taobao.com",), "jd": ("jd.com", "jd.hk", "jdpay.com"), "tmall": ("tmall.com",),
    "wechat": ("wechat.com",), "weixin": ("weixin.qq.com", "qq.com"), "10086": ("10086.cn",), "10010": ("10010.com", "10010.cn"), "189": ("189.cn",),
    "etc": ("etcjz.cn", "etc.cn", "fetc.net.tw"), "12306": ("12306.cn",), "12123": ("122.gov.cn",), "gov": ("gov.cn", "gov.tw", "gov.hk"), "police": ("gov.cn", "gov.tw"),
    "yto": ("yto.net.cn",), "sto": ("sto.cn",), "zto": ("zto.com",), "sf-express": ("sf-express.com",), "shunfeng": (), "ems": ("ems.com.cn",), "douyin": ("douyin.com",),
    "apple": ("apple.com", "apple.com.cn"), "icloud": ("icloud.com", "icloud.com.cn"), "fetc": ("fetc.net.tw",), "chinapost": ("chinapost.com.cn", "chinapost.gov.tw"),
    "shebao": (), "yibao": (), "95508": (), "95561": (),
}  # fmt: skip


_OFFICIAL = frozenset(domain for domains in _BRANDS.values() for domain in domains)
_OFFICIAL_GOVERNMENT = re.compile(r"(?:^|\.)(?:gov|mil|edu)(?:\.[a-z]{2})?$")
_TAIL = re.compile(r"(?:pay|vip|app|bank|card|safe|online|login|service|kefu|cn|hk|tw)?[0-9]{0,5}")
_LONG_TAIL = re.compile(
    _TAIL.pattern + r"|[a-z]{1,3}[0-9]{0,5}"
)  # a name of five letters or more is no other word's beginning


@functools.cache
def _compiled(name: str) -> Any:
    return compiled(_PATTERNS[name], _MEGABYTES)


def find_entities(name: str, text: str, encoded: bytes | None = None) -> list[Span]:
    """Spans of entity `name` in canonical text, in order, not overlapping. `encoded` is the text in UTF-8, where it is known."""
    return _FINDERS[name](text, text.encode() if encoded is None else encoded)


def possible_entities(text: str) -> frozenset[str]:
    """Names of the entities that are not ruled out at a glance: most need a Latin letter or digit, and one of a few words."""
    signs = 0
    for bit, words in _SIGNS:
        for word in words:
            if word in text:
                signs |= bit
                break
    return _possible(_ASCII.search(text) is not None, signs)


@functools.cache
def _possible(ascii_: bool, signs: int) -> frozenset[str]:
    """Entities a text may hold by whether it has a Latin letter or digit, and by the bits of the signs in it."""
    dot, link, code, contact = (bool(signs & bit) for bit, _ in _SIGNS)
    found = {"amount", "app_name", "deadline"}
    found |= {"url"} if link or (dot and ascii_) else set()
    if ascii_:
        found |= {"phone", "bank_card", "id_card"}
        found |= {"short_link", "lookalike_domain"} if dot or link else set()
        found |= {"verification_code"} if code else set()
        found |= {"contact_id"} if contact else set()
    return frozenset(found)


def _plain(name: str) -> Callable[[str, bytes], list[Span]]:
    return lambda _, encoded: find_all(_compiled(name), encoded)


def _find_cards(text: str, encoded: bytes) -> list[Span]:
    spans = [
        span for span in _plain("bank_card")(text, encoded) if _luhn(text[span[0] : span[1]]) and _isolated(text, span)
    ]
    return sorted({*spans, *_plain("account_word")(text, encoded)})


def _find_ids(text: str, encoded: bytes) -> list[Span]:
    found = _plain("id_card")(text, encoded)
    return [span for span in found if id_checksum(text[span[0] : span[1]]) and _isolated(text, span)]


def _find_short_links(text: str, encoded: bytes) -> list[Span]:
    return [(start, end) for start, end in _plain("url")(text, encoded) if _host(text[start:end]) in _SHORT_HOSTS]


def _find_lookalikes(text: str, encoded: bytes) -> list[Span]:
    return [(start, end) for start, end in _plain("url")(text, encoded) if is_lookalike(_host(text[start:end]))]


def is_lookalike(host: str) -> bool:
    """Whether `host` carries a bank's, platform's or agency's name outside every official domain known here.

    A name counts as a whole label or hyphenated part, or with a tail such as `pay`, `vip` or digits (icbc-pay.top, 95588vip.cc).
    """
    if "." not in host or _OFFICIAL_GOVERNMENT.search(host):
        return False
    if any(host == domain or host.endswith("." + domain) for domain in _OFFICIAL):
        return False
    parts = [part for label in host.split(".")[:-1] for part in label.split("-") if part]
    return any(
        part.startswith(brand) and (_LONG_TAIL if len(brand) > 4 else _TAIL).fullmatch(part[len(brand) :])
        for part in parts
        for brand in _BRANDS
    )


def _host(url: str) -> str:
    url = url.split("//", 1)[-1] if "//" in url[:9] else url
    for mark in "/?#:":
        url = url.split(mark, 1)[0]
    return url.rstrip(".")


def _isolated(text: str, span: Span) -> bool:
    before = text[span[0] - 1 : span[0]]
    after = text[span[1] : span[1] + 1]
    return not (before.isdigit() or after.isdigit())


def _luhn(digits: str) -> bool:
    numbers = [int(char) for char in reversed(digits) if char.isdigit()]
    doubled = sum(numbers[0::2]) + sum(n * 2 - 9 if n > 4 else n * 2 for n in numbers[1::2])
    return len(numbers) >= 15 and doubled % 10 == 0


def id_checksum(number: str) -> bool:
    """ISO 7064 MOD 11-2 over the first 17 digits, as GB 11643 prescribes."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    remainder = sum(int(digit) * weight for digit, weight in zip(number[:17], weights, strict=True)) % 11
    return "10x98765432"[remainder] == number[17].lower()


_FINDERS: dict[str, Callable[[str, bytes], list[Span]]] = {
    **{
        name: _plain(name)
        for name in ("phone", "url", "contact_id", "amount", "verification_code", "app_name", "deadline")
    },
    "bank_card": _find_cards,
    "id_card": _find_ids,
    "short_link": _find_short_links,
    "lookalike_domain": _find_lookalikes,
}

# What `possible_entities` looks at.
_ASCII = re.compile("[0-9a-z]")
_SIGNS = (
    (1, (".",)),
    (2, ("链接", "http", "网址", "url")),
    (4, ("码",)),
    (8, ("qq", "微信", "wechat", "telegram", "line", "whatsapp", "skype", "纸飞机", "蝙蝠")),
)
