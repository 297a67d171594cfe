import time

import pytest

from scamcheck.clues import find_clues
from scamcheck.masking import mask_value

CASES = [
    # text, kind, name, value, masked
    ("加微信号:abc_00012领取", "contact_id", "微信", "abc_00012", "ab******2"),
    ("QQ群 123450000 里有老师带", "contact_id", "QQ群", "123450000", "12******0"),
    ("打13800001111找我", "phone", "电话", "13800001111", "138****1111"),
    ("打①③⑧00001111找我", "phone", "电话", "13800001111", "138****1111"),  # the disguise is undone
    ("打 138 0000 1111 找我", "phone", "电话", "13800001111", "138****1111"),
    ("热线400-000-0000", "phone", "电话", "4000000000", "400***0000"),
    ("卡号6222 0000 0000 0000 123", "bank_card", "账号", "6222000000000000123", "6222********0123"),
    ("登录http://ETC-pay.example.top/Q1w办理", "url", "链接", "http://ETC-pay.example.top/Q1w", "http://ET*****.ex*****.top/…"),
    ("下载云会议通APP再说", "app_name", "应用", "云会议通APP", "云会议通APP"),
    ("在“优享汇”平台做单", "app_name", "应用", "优享汇", "优享汇"),
    ("先垫8万元", "amount", "金额", "8万元", "8万元"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "kind", "name", "value", "masked"), CASES)
def test_a_clue_is_found_whole_and_masked(text, kind, name, value, masked):
    (clue,) = [clue for clue in find_clues(text) if clue.kind == kind]
    assert (clue.name, clue.value, clue.masked) == (name, value, masked)
    assert all(text[start:end] for start, end in clue.spans)


@pytest.mark.parametrize(
    "text", ["请回电 phone", "加wechat", "转xxx元", "点击链接: url", "信箱 a@example.com", "今天天气好", ""]
)
def test_placeholders_and_plain_text_give_no_clue(text):
    assert find_clues(text) == ()


def test_one_number_written_twice_is_one_clue_with_two_places():
    text = "打13800001111，就是138-0000-1111"
    (clue,) = find_clues(text)
    assert [text[start:end] for start, end in clue.spans] == ["13800001111", "138-0000-1111"]


def test_a_number_inside_a_chat_id_is_not_a_phone_too():
    assert [clue.kind for clue in find_clues("加微信13800001111")] == ["contact_id"]


def test_an_identity_number_called_an_account_is_one_clue():
    assert [clue.kind for clue in find_clues("账号是110101190001010006")] == ["id_card"]


def test_links_say_what_is_odd_about_them():
    notes = {clue.value: clue.note for clue in find_clues("看 t.cn/xxxx 和 icbc-pay.example.top 和 www.example.com")}
    assert "短链接" in notes["t.cn/xxxx"]
    assert "冒用" in notes["icbc-pay.example.top"]
    assert notes["www.example.com"] == ""


def test_short_values_are_masked_too():
    assert mask_value("contact_id", "ab1") == "a***"


def test_time_is_linear_in_the_number_of_clues():
    def seconds(count):
        text = "".join(f"138{number:08d}，" for number in range(count))
        begun = time.process_time()
        assert len(find_clues(text)) == count
        return time.process_time() - begun

    seconds(100)
    assert min(seconds(8_000) for _ in range(3)) < 16 * min(seconds(2_000) for _ in range(3))
