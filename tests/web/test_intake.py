import io
from datetime import date, datetime

import pytest

from scamcheck.errors import InputError
from scamcheck.web.intake import Incoming, read_file, split_messages

SPLITS = [
    ("一条", ["一条"]),
    ("一条\n两行", ["一条\n两行"]),
    ("第一条\n\n第二条\r\n \u3000\r\n第三条", ["第一条", "第二条", "第三条"]),
    ("【京东】账单已出\n\n【京东】白条还款日到了", ["【京东】账单已出", "【京东】白条还款日到了"]),  # tags of senders are no speakers
    ("通知：明天停水\n\n提醒：记得关阀门", ["通知：明天停水", "提醒：记得关阀门"]),
    ("来电：你好\n用户：你好\n\n来电：我是客服\n\n用户：什么事", None),  # a call is one message
    ("【坐席】您好\n\n【客户】您好\n\n【坐席】您的白条", None),
    ("张三 10:24\n在吗\n\n李四 10:25\n在的", None),
    ("张三 2024年5月1日 10:24\n在吗\n\n李四 2024年5月1日 10:25\n在的", None),
    ("A: 在吗\n\nB: 在\n\nA: 借点钱", None),
    ("  \n\n \n", []),
]  # fmt: skip


@pytest.mark.parametrize(("text", "parts"), SPLITS)
def test_messages_part_at_blank_lines_and_conversations_stay_whole(text, parts):
    assert split_messages(text) == ([text] if parts is None else parts)


def table(rows):
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


FILES = [
    ("a.txt", "一\n\n二\n".encode(), [Incoming("一"), Incoming("二")]),
    ("a.txt", "一\n二\n".encode("gb18030"), [Incoming("一"), Incoming("二")]),
    ("a.txt", "来电：喂\n用户：你好\n来电：我是客服\n用户：哦".encode(), [Incoming("来电：喂\n用户：你好\n来电：我是客服\n用户：哦")]),
    ("a.csv", "\ufeff编号,短信内容,接收时间\n1,垫付返利,2024-05-01 10:00\n2,\"两\n行\",\n".encode(), [Incoming("垫付返利", date(2024, 5, 1)), Incoming("两\n行")]),
    ("a.csv", "id;text\n1;你好\n".encode(), [Incoming("你好")]),
    ("a.txt", "一\n二\n".encode("utf-16"), [Incoming("一"), Incoming("二")]),
    ("a.csv", "案情描述,登记日期\n对方让我垫付,2024-5-2\n".encode(), [Incoming("对方让我垫付", date(2024, 5, 2))]),
    ("a.csv", "收到一条短信说我中奖了要先交税,1\n让我把验证码告诉他,2\n".encode(), [Incoming("收到一条短信说我中奖了要先交税"), Incoming("让我把验证码告诉他")]),
    ("a.CSV", "1,这一列最长所以是消息\n2,没有表头也可以读\n".encode(), [Incoming("这一列最长所以是消息"), Incoming("没有表头也可以读")]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "raw", "messages"), FILES)
def test_files_give_their_messages(name, raw, messages):
    assert read_file(name, raw, most=10) == messages


def test_a_spreadsheet_gives_messages_and_days():
    raw = table([("日期", "消息"), (datetime(2024, 5, 1, 9), "垫付返利"), (None, None), ("2024/5/2", 13800001111)])
    assert read_file("a.xlsx", raw, most=10) == [
        Incoming("垫付返利", date(2024, 5, 1)),
        Incoming("13800001111", date(2024, 5, 2)),
    ]


@pytest.mark.parametrize(
    ("name", "raw", "words"),
    [
        ("a.doc", b"x", "另存"),
        ("a.txt", b"", "没有文字"),
        ("a.txt", b"\xff\xff\xff\xff", "UTF-8"),
        ("a.xlsx", b"not a zip", "打不开"),
        ("a.txt", "\n".join(["一"] * 11).encode(), "10 行"),
        ("a.csv", "\n".join(["text", *["一"] * 11]).encode(), "10 行"),
    ],
)
def test_what_cannot_be_read_is_refused_with_what_to_do(name, raw, words):
    with pytest.raises(InputError, match=words):
        read_file(name, raw, most=10)


def test_one_cell_may_be_a_megabyte():
    long = "转账" * 500_000
    assert read_file("a.csv", f"text\n{long}\n".encode(), most=10) == [Incoming(long)]
