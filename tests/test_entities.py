"""Entities by form: what counts, what only looks like it."""

from __future__ import annotations

import pytest

from scamcheck.entities import find_entities, id_checksum, is_lookalike
from scamcheck.normalize import normalize

FOUND = [
    ("phone", "请拨打138****0000联系", ["138****0000"]),
    ("phone", "座机0991-0000000", ["0991-0000000"]),
    ("phone", "回电+00852 0000 1234", None),
    ("phone", "400-000-0000客服", ["400-000-0000"]),
    ("phone", "請撥0900-000-000", ["0900-000-000"]),
    ("phone", "订单号20241120138000", []),
    ("phone", "请电 CELLPHONE 联系", ["cellphone"]),
    ("bank_card", "打到6222000000000000008", []),  # wrong check digit
    ("bank_card", "卡号是1234 5678 9012 3456", ["卡号是1234 5678 9012 3456"]),
    ("url", "点http://a1b2.example/x领取", ["http://a1b2.example/x"]),
    ("url", "登录ab12.example.xyz认证", ["ab12.example.xyz"]),
    ("url", "版本3.11.7已发布", []),
    ("url", "详情登录 URL 查询", ["url"]),
    ("short_link", "点t.cn/Rxxx看", ["t.cn/rxxx"]),
    ("short_link", "点example.com/Rxxx看", []),
    ("contact_id", "加我微信abc0000xx", ["微信abc0000xx"]),
    ("contact_id", "用微信支付", []),
    ("amount", "先垫付8万元", ["8万元"]),
    ("amount", "转了三万五千块", ["三万五千块"]),
    ("amount", "三号楼二单元", []),
    ("amount", "一共¥1,280.50", ["¥1,280.50"]),
    ("amount", "交xxx元", ["xxx元"]),
    ("verification_code", "验证码482913,5分钟内有效", ["验证码482913"]),
    ("verification_code", "编号482913", []),
    ("app_name", "下载“云会议”软件", ["“云会议”软件"]),
    ("deadline", "请在24小时内处理", None),
]


@pytest.mark.parametrize(("name", "text", "wanted"), FOUND, ids=[f"{n}|{t}" for n, t, _ in FOUND])
def test_entity(name: str, text: str, wanted: list[str] | None) -> None:
    canonical = normalize(text).text
    found = [canonical[start:end] for start, end in find_entities(name, canonical)]
    if wanted is None:
        assert found
    else:
        assert found == wanted


def test_luhn_decides_on_bare_card_numbers() -> None:
    def luhn(body: str) -> str:
        total = sum(int(d) if i % 2 else sum(divmod(2 * int(d), 10)) for i, d in enumerate(reversed(body)))
        return body + str(-total % 10)

    card = luhn("622200000000000000")
    assert find_entities("bank_card", f"转到{card}") == [(2, 2 + len(card))]
    wrong = card[:-1] + str((int(card[-1]) + 1) % 10)
    assert find_entities("bank_card", f"转到{wrong}") == []
    assert find_entities("bank_card", f"转到1{card}") == []  # inside a longer number


def test_id_card_checksum() -> None:
    body = "11010119000307123"  # 1900-03-07, nobody's
    good = next(body + last for last in "0123456789x" if id_checksum(body + last))
    assert find_entities("id_card", f"身份证{good}") == [(3, 21)]
    bad = good[:-1] + ("0" if good[-1] != "0" else "1")
    assert find_entities("id_card", f"身份证{bad}") == []


GENUINE = [
    "www.bankofchina.com",
    "bankcomm.com",
    "creditcard.cmbchina.com",
    "bank.pingan.com",
    "creditchina.gov.cn",
    "unionpayintl.com",
    "postman.com",
    "gov.uk",
    "jdk.org",
    "etcd.io",
    "item.jd.com",
    "localhost",
]
FAKE = [
    "ccb-safe.top",
    "icbc-pay.top",
    "95588vip.cc",
    "yto-pay.vip",
    "www.10086-jf.cn",
    "etc-renew.top",
    "icbc.com.cn.abc.top",
    "jdpay8.xyz",
    "weixin110.cc",
]


@pytest.mark.parametrize("host", GENUINE)
def test_genuine_host(host: str) -> None:
    assert not is_lookalike(host)


@pytest.mark.parametrize("host", FAKE)
def test_lookalike_host(host: str) -> None:
    assert is_lookalike(host)
