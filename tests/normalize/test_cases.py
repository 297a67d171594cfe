"""Disguises undone, with spans; and ordinary texts that must stay as they are."""

from __future__ import annotations

import pytest

from scamcheck.normalize import fold, normalize

from .ordinary import ORDINARY

UNDONE = [
    # (text as given, canonical text, kinds reported in order, why)
    ("转★账", "转账", ["separator"], "a hard filler in a word"),
    ("刷🔥单", "刷单", ["separator"], "an emoji in a word"),
    ("刷🔥\ufe0f单", "刷单", ["separator"], "an emoji with a selector"),
    ("加.微.信", "加微信", ["separator"], "full stops in a row"),
    ("八.年.老.店", "八年老店", ["separator"], "full stops in a row, no listed word"),
    ("兼*职*刷*单", "兼职刷单", ["separator"], "asterisks in a row"),
    ("贷/款", "贷款", ["separator"], "a slash in a word"),
    ("加，微，信", "加微信", ["separator"], "commas in a row"),
    ("加 微 信", "加微信", ["separator"], "spaces in a row"),
    ("转 账 到", "转账到", ["separator"], "spaces in a row"),
    ("加 ★ 微 ★ 信", "加微信", ["separator"], "spaced stars in a row"),
    ("征丶信", "征信", ["separator"], "an ideograph as a dot"),
    ("V★信", "微信", ["separator"], "a filler beside a Latin letter"),
    ("1★3★8★0★0", "13800", ["separator"], "fillers between digits"),
    ("1 3 8 0 0 1 3 8 0 0 0", "13800138000", ["separator"], "a phone number spaced digit by digit"),
    ("1.3.8.0.0.1.3.8.0.0.0", "13800138000", ["separator"], "a phone number dotted digit by digit"),
    ("转\u200b账\u200b到", "转账到", ["invisible"], "zero width spaces"),
    ("转\U000e0041账", "转账", ["invisible"], "a tag character"),
    ("转\u00ad账", "转账", ["invisible"], "a soft hyphen between ideographs"),
    ("转\x00账", "转账", ["invisible"], "a control character"),
    ("转̶账̶", "转账", ["invisible"], "struck-through text"),
    ("v\u200bx", "微信", ["invisible"], "zero width inside Latin letters"),
    ("轉帳到銀行", "转账到银行", [], "Traditional characters"),
    ("転売の銭", "转卖の钱", [], "Japanese variants"),
    ("⼀⻋⻔", "一车门", [], "radicals"),
    ("ⓥⓧ：abc", "微信:abc", [], "circled letters alone"),
    ("加ⓥⓧ", "加微信", ["lookalike"], "circled letters beside an ideograph"),
    ("加🅥🅧", "加微信", ["lookalike"], "negative circled letters"),
    ("加ѵх", "加微信", ["lookalike"], "Cyrillic letters beside an ideograph"),
    ("pаypаl", "paypal", ["lookalike"], "Cyrillic letters in a Latin word"),
    ("加𝐯𝐱", "加微信", ["lookalike"], "mathematical letters"),
    ("加ᴠx", "加微信", ["lookalike"], "a small capital"),
    ("①③⑧⓪⓪", "13800", ["digits"], "circled digits forming a number"),
    ("1️⃣3️⃣8️⃣0️⃣0️⃣", "13800", ["digits"], "keycaps forming a number"),
    ("❶❸❽00138000", "13800138000", ["digits"], "circled and plain digits"),
    ("一三八零零一三八零零零", "13800138000", ["digits"], "a phone number in numerals"),
    ("壹叁捌零零", "13800", ["digits"], "financial numerals"),
    ("幺三八零零幺三八零零零", "13800138000", ["digits"], "spoken numerals"),
    ("138零零一三八000", "13800138000", ["digits"], "numerals and digits"),
    ("1З8OO", "13800", ["digits"], "a Cyrillic letter and capital O"),
    ("l38OOl38OOO".replace("OOO", "000"), "13800138000", ["digits"], "l and O as digits"),
    ("加薇信abc123", "加微信abc123", ["slang"], "slang for a channel"),
    ("徽信：abc123", "微信:abc123", ["slang"], "slang for a channel"),
    ("威信：abc123", "微信:abc123", ["slang"], "威信 before an identifier"),
    ("加威信", "加微信", ["slang"], "威信 after 加"),
    ("加V❤️138", "加微信138", ["slang"], "a heart read 心"),
    ("vx：abc", "微信:abc", [], "a mere abbreviation"),
    ("加WX", "加微信", [], "a mere abbreviation"),
    ("V信同号", "微信同号", [], "a mere abbreviation"),
    ("+v 13800138000", "加微信13800138000", [], "plus for 加"),
    ("➕薇：abcd", "加微信:abcd", ["slang"], "plus and slang"),
    ("扣扣群", "qq群", ["slang"], "slang for QQ"),
    ("加企鹅号123456", "加qq号123456", ["slang"], "slang for QQ"),
    ("进裙领红包", "进群领红包", ["slang"], "a skirt for a group"),
    ("q裙", "qq群", ["slang"], "a skirt for a group"),
    ("加我v：abc123", "加我微信:abc123", [], "a mere abbreviation"),
    ("➕我薇：abc123", "加我微信:abc123", ["slang"], "slang after 加我"),
    ("v：abc1234", "微信:abc1234", [], "a letter before an account"),
    ("薇abc1234", "微信abc1234", ["slang"], "slang before an account"),
    ("公,安,局", "公安局", ["separator"], "commas in a word"),
    ("飞机号：@abcd", "telegram:@abcd", ["slang"], "a plane before a handle"),
    ("TG：@abc", "telegram:@abc", [], "a mere abbreviation"),
    ("加賴聊", "加line聊", ["slang"], "slang for LINE"),
    ("支fu宝", "支付宝", ["slang"], "half pinyin"),
    ("支付寶", "支付宝", [], "Traditional characters"),
    ("白tiao注xiao", "白条注销", ["slang", "slang"], "half pinyin"),
    ("请zhuanzhang到yhk", "请转账到银行卡", ["slang", "slang"], "pinyin and initials"),
    ("马扁子", "骗子", ["split"], "a split character"),
    ("車專貝長", "转账", ["split"], "split Traditional characters"),
    ("钅艮彳亍卡", "银行卡", ["split", "split"], "split characters in a word"),
    ("微亻言", "微信", ["split"], "a split character in a word"),
    ("微🔥亻★言", "微信", ["split"], "layers, no listed word broken"),
    ("薇🔥信", "微信", ["separator", "slang"], "layers"),
    ("二維石马", "二维码", ["split"], "石马 in the company of its word"),
]


@pytest.mark.parametrize(
    ("given", "canonical", "kinds", "why"), UNDONE, ids=[case[3] + "-" + case[1] for case in UNDONE]
)
def test_disguises_are_undone(given: str, canonical: str, kinds: list[str], why: str) -> None:
    result = normalize(given)
    assert result.text == canonical, why
    assert sorted(d.kind for d in result.disguises) == sorted(kinds), why
    for disguise in result.disguises:
        assert given[disguise.start : disguise.end] == disguise.original
        assert disguise.original != disguise.restored


@pytest.mark.parametrize("wrap", ["{}", "您好，{}。", "请看\n{}\n谢谢"])
@pytest.mark.parametrize(("given", "canonical"), [case[:2] for case in UNDONE if case[0] != "扣扣群"])
def test_disguises_are_undone_in_context(given: str, canonical: str, wrap: str) -> None:
    assert normalize(wrap.format(given)).text == fold(wrap.format(canonical))


@pytest.mark.parametrize(("text", "why"), ORDINARY)
def test_ordinary_text_shows_no_disguise(text: str, why: str) -> None:
    assert normalize(text).disguises == (), why


@pytest.mark.parametrize(("text", "why"), ORDINARY)
def test_ordinary_text_only_loses_decoration(text: str, why: str) -> None:
    """Where canonical text differs from the folded text, only fillers between ideographs are gone."""
    gone = "★*~○🎉😄❤"
    drop = str.maketrans("", "", gone)
    assert normalize(text).text.translate(drop) == fold(text).translate(drop), why


SPANS = [
    # (text, canonical words, slices of the text as given)
    ("请加★微★信：abc", "加微信", "加★微★信"),
    ("点V❤️：abc", "微信", "V❤"),
    ("十㎡的房", "m2", "㎡"),
    ("转\u200b\u200b账\u200b了", "账", "账"),
    ("a\r\nb", "\n", "\r\n"),
    ("車專貝長到卡", "转账", "車專貝長"),
    ("1️⃣3️⃣8️⃣0️⃣0️⃣", "38", "3️⃣8️⃣"),
    ("你好  世界", "世界", "世界"),
]


@pytest.mark.parametrize(("given", "word", "quote"), SPANS)
def test_spans_lead_back_to_the_text_as_given(given: str, word: str, quote: str) -> None:
    canonical = normalize(given)
    at = canonical.text.index(word)
    start, end = canonical.span(at, at + len(word))
    assert given[start:end] == quote


def test_span_outside_the_text_is_refused() -> None:
    canonical = normalize("转★账")
    for start, end in ((0, 3), (-1, 1), (2, 1)):
        with pytest.raises(IndexError, match="outside the canonical text of length 2"):
            canonical.span(start, end)


def test_empty_span_stays_empty() -> None:
    assert normalize("转★账").span(1, 1) == (1, 1)
    assert normalize("").span(0, 0) == (0, 0)


FOLDS = [
    ("ＶＸ：１２３！", "vx:123!"),
    ("銀行卡。【】《》", "银行卡。【】《》"),
    ("臺灣帳戶喫飯覌衆籌賬爲", "台湾账户吃饭观众筹账为"),
    ("a \t b\u3000 c", "a b c"),
    ("你 好 a b", "你好a b"),
    (" 前后 ", "前后"),
    ("一\r\n二\r三\n\n四", "一\n二\n三\n\n四"),
    ("\ud800x", "\ufffdx"),
    ("…㈱㎏", "...(株)kg"),
    ("豈\U0002f800", "岂丽"),
    ("İ", "i̇"),
    ("加vx", "加vx"),
    ("薇信", "薇信"),
]


@pytest.mark.parametrize(("text", "folded"), FOLDS)
def test_fold(text: str, folded: str) -> None:
    assert fold(text) == folded
    assert fold(folded) == folded
