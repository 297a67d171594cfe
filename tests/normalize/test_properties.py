"""Properties that hold for any text, and cost."""

from __future__ import annotations

import random
import subprocess
import sys
import time
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scamcheck.disguising import TRANSFORMS
from scamcheck.normalize import Canonical, fold, homophone_key, normalize
from scamcheck.normalize.folding import fold_table
from scamcheck.normalize.homophones import CLASSES

_TRICKY = (
    "加微信转账薇威vxVX❤️★.*/ \n\r\u200b\u0301①⓪一三八零〇oOlI马扁亻言十+qQ裙1380З а𝐕,，\ud800🔥👨\u200d扣企鹅号:：@"
)
tricky = st.text(st.sampled_from(_TRICKY), max_size=40)
anything = st.text(st.characters(exclude_categories=()), max_size=60)
hanzi = st.text(st.sampled_from("您好的快递已到请取件老师学校今天明天开会吃饭看书,。!12 ab\n"), max_size=60)


def check_offsets(text: str, canonical: Canonical) -> None:
    size = len(canonical.text)
    if canonical.offsets is None:
        assert size == len(text)
    else:
        assert len(canonical.offsets) == 2 * size
    previous = (0, 0)
    for i in range(size):
        start, end = canonical.span(i, i + 1)
        assert 0 <= start < end <= len(text)
        assert start >= previous[0]
        assert end >= previous[1]
        previous = (start, end)
    if size:
        assert canonical.span(0, size) == (canonical.span(0, 1)[0], canonical.span(size - 1, size)[1])


@given(st.one_of(anything, tricky))
@settings(max_examples=600, deadline=None)
def test_any_text_is_normalised_with_spans_in_range(text: str) -> None:
    canonical = normalize(text)
    check_offsets(text, canonical)
    canonical.text.encode()  # no lone surrogates are left
    for disguise in canonical.disguises:
        assert text[disguise.start : disguise.end] == disguise.original != ""
    assert [d.start for d in canonical.disguises] == sorted(d.start for d in canonical.disguises)


@given(st.one_of(anything, tricky))
@settings(max_examples=600, deadline=None)
def test_fold_is_idempotent(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(hanzi)
@settings(max_examples=300, deadline=None)
def test_plain_text_folds_and_normalises_alike(text: str) -> None:
    canonical = normalize(text)
    assert canonical.text == fold(text) or {item.kind for item in canonical.disguises} == {"homophone"}
    assert canonical.disguises or canonical.text == fold(text)


@given(st.one_of(anything, tricky))
@settings(deadline=None)
def test_homophone_key_keeps_length_and_is_idempotent(text: str) -> None:
    key = homophone_key(text)
    assert len(key) == len(text)
    assert homophone_key(key) == key


MESSAGES = [
    "您好，我是客服，请加微信 abc123 办理退款，验证码482913不要告诉别人。",
    "兼职刷单日结，佣金当天提现，支付宝或银行卡转账都可以，详情联系 Manager Wang 13800138000",
    "法院通知：您的贷款逾期，请投资理财前先核实，谨防诈骗，红包结清后再借。",
    "明天下午三点开家长会，请各位家长准时参加，谢谢配合！",
]


@pytest.mark.parametrize("name", [name for name in TRANSFORMS if name != "homophone"])
@pytest.mark.parametrize("text", MESSAGES)
def test_transforms_are_undone(name: str, text: str) -> None:
    for seed in range(20):
        for share in (0.0, 0.2, 0.6, 1.0):
            disguised = TRANSFORMS[name](text, random.Random(seed), share)
            assert normalize(disguised).text == normalize(text).text, disguised
            if share == 0:
                assert disguised == text


@pytest.mark.parametrize("text", MESSAGES)
def test_homophones_share_a_key(text: str) -> None:
    for seed in range(20):
        disguised = TRANSFORMS["homophone"](text, random.Random(seed), 0.7)
        assert disguised != text
        assert homophone_key(fold(disguised)) == homophone_key(fold(text))


@pytest.mark.parametrize("name", sorted(TRANSFORMS))
def test_transforms_change_something_and_repeat(name: str) -> None:
    changed = [TRANSFORMS[name](text, random.Random(7), 1.0) for text in MESSAGES]
    assert changed != MESSAGES
    assert changed == [TRANSFORMS[name](text, random.Random(7), 1.0) for text in MESSAGES]


def test_every_code_point_folds_to_a_fixed_point() -> None:
    table = fold_table()
    for code in range(0x110000):
        character = chr(code)
        folded = fold("a" + character + "a")
        assert fold(folded) == folded
        if not 0xD800 <= code < 0xE000 and character not in table:
            lowered = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", character).lower())
            assert lowered == character, f"U+{code:04X} is missing from the fold table"


def test_the_fast_path_and_the_stages_agree_on_every_code_point() -> None:
    """One character between ideographs, by `normalize` in one long text (all stages) and by itself."""
    for first in range(0, 0x110000, 0x1000):
        for code in range(first, first + 0x1000, 37):
            alone = normalize(f"你{chr(code)}好")
            staged = normalize(f"👍。你{chr(code)}好")
            assert staged.text == "👍。" + alone.text, f"U+{code:04X}"


def test_homophone_classes_are_disjoint_and_canonical() -> None:
    members = "".join(CLASSES)
    assert len(members) == len(set(members))
    assert len(CLASSES) >= 120
    assert all(len(c) >= 2 for c in CLASSES)
    assert [c for c in members if fold(c) != c] == []


@pytest.mark.parametrize(
    "unit",
    [
        "a",
        "好",
        "★",
        "一",
        "\u200b",
        "v",
        "加",
        "0",
        "o",
        "́",
        "а",
        "马扁",
        "加.",
        "+v",
        "加★",
        "转\u200b",
        "\r",
        "l0",
        "😀",
        "/",
        "𝐕",
        "❤v",
        ".",
        "加,微,",
        "v:a",
    ],
)
@pytest.mark.parametrize("spaced", ["", " "])
def test_time_is_linear(unit: str, spaced: str) -> None:
    unit += spaced

    def seconds(size: int) -> float:
        text = unit * (size // len(unit))
        begun = time.perf_counter()
        normalize(text)
        fold(text)
        return time.perf_counter() - begun

    seconds(1000)
    assert seconds(200_000) < 10.0  # a quadratic step would take minutes


def test_import_builds_no_tables() -> None:
    code = "import sys, scamcheck.normalize, scamcheck.disguising; print('opencc' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_first_use_from_many_threads() -> None:
    code = (
        "from concurrent.futures import ThreadPoolExecutor as Pool\n"
        "from scamcheck.normalize import normalize\n"
        "with Pool(16) as pool: print(len(set(pool.map(lambda _: normalize('加★微信轉帳,薇信abc'), range(64)))))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "1"
