"""The pages as a browser without JavaScript meets them."""

import csv
import io
import re
from datetime import datetime
from html.parser import HTMLParser

import pytest
from starlette.testclient import TestClient

from scamcheck.web.app import create_app
from scamcheck.web.settings import Limits, Settings

SCAM = "我是部队司务长，要订牛肉，另外请您先垫付8万元货款买自热米饭，联系13800001111"
PLAIN = "妈，我晚上加班不回来吃饭"


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    folder = tmp_path_factory.mktemp("desk")
    return create_app(
        Settings(database=folder / "desk.db", overlay=folder / "rules", watch=False, limits=Limits(upload_rows=50))
    )


@pytest.fixture(scope="module")
def client(app):
    with TestClient(app, base_url="http://127.0.0.1:8000", client=("127.0.0.1", 50000)) as client:
        client.headers["accept"] = "text/html"
        yield client


def token(client, address="/"):
    return re.search(r'name="csrf_token" value="(\w+)"', client.get(address).text)[1]


def post(client, address, fields, **options):
    return client.post(address, data={"csrf_token": token(client), **fields}, **options)


def test_the_first_page_has_a_plain_form(client):
    page = client.get("/").text
    assert '<form class="paste" id="paste" method="post" action="/" enctype="multipart/form-data"' in page
    assert "武警" in client.get("/?example=1").text


def test_one_message_gets_its_verdict_below_the_form(client):
    page = post(client, "/", {"text": SCAM}).text
    for words in (
        "冒充军警购物",
        "高风险",
        "现在怎么做",
        "发给当事人的一句话",
        "怎么核实",
        "真的从不这样",
        "相近的已知话术",
        "走到了哪一步",
    ):
        assert words in page
    assert SCAM in page  # still in the form
    assert '<mark class="' in page
    marks, reasons = set(re.findall(r'id="m(\d+)"', page)), set(re.findall(r'id="r(\d+)"', page))
    assert marks == reasons != set()  # each mark's number leads to a reason and back
    assert all(f'href="#r{number}"' in page and f'href="#m{number}"' in page for number in marks)


def test_an_ordinary_message_is_left_alone(client):
    page = post(client, "/", {"text": PLAIN}).text
    assert "没有发现诈骗话术" in page
    assert "发给当事人的一句话" not in page


def test_clues_are_masked_until_asked_for(client):
    page = post(client, "/", {"text": SCAM}).text
    shown, _, folded = page.partition('<details class="full">')
    assert "138****1111" in shown
    assert 'data-copy="13800001111"' not in shown
    assert 'data-copy="13800001111"' in folded
    masked = post(client, "/clues.csv", {"text": SCAM})
    assert "13800001111" not in masked.text
    assert "13800001111" in post(client, "/clues.csv", {"text": SCAM, "full": "1"}).text


def test_htmx_gets_the_result_alone(client):
    found = post(client, "/", {"text": SCAM}, headers={"hx-request": "true"})
    assert "<!doctype" not in found.text
    assert "冒充军警购物" in found.text


HOSTILE = [
    "<script>alert(1)</script><img src=x onerror=alert(1)>\"'><b>",
    "{{ 7*7 }}{% raw %}",
    "\u202e反转\u2066文字\u200b",
    "</textarea></form><script>x</script>",
]


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


@pytest.mark.parametrize("text", HOSTILE)
def test_every_text_is_escaped_everywhere(client, text):
    kept = post(client, "/keep", {"text": text + SCAM, "note": text, "judgement": "agree"}, follow_redirects=True)
    pages = [
        post(client, "/", {"text": text + SCAM}).text, kept.text, client.get("/history").text, client.get(f"{kept.url.path}/report").text,
        post(client, "/", {"text": f"{text}{SCAM}\n\n{text}"}, follow_redirects=True).text,
        post(client, "/rules/try", {"source": text, "text": text}).text,
        post(client, "/history", {"q": text}).text,
    ]  # fmt: skip
    plain = Tags()
    plain.feed(client.get("/").text)
    for page in pages:
        tags = Tags()
        tags.feed(page)
        assert not [
            attrs for tag, attrs in tags.found if tag == "script" and not attrs.get("src", "").startswith("/static/")
        ]
        assert not [tag for tag, attrs in tags.found if tag == "img" and "onerror" in attrs]
        assert not [
            attrs for _, attrs in tags.found if "style" in attrs or any(name.startswith("on") for name in attrs)
        ]
        assert "49" not in re.findall(r"<bdi>(\d+)</bdi>", page)
        outside_fields = re.sub(r'value="[^"]*"|<textarea.*?</textarea>', "", page, flags=re.DOTALL)
        assert "\u202e" not in outside_fields


def test_a_megabyte_line_is_judged_and_shown_in_short(client):
    text = SCAM + "很长的一行" * 190_000
    found = post(client, "/", {"text": text})
    assert found.status_code == 200
    assert "略 " in found.text
    too_long = post(client, "/", {"text": "字" * (2**20 + 1)})
    assert too_long.status_code == 413
    assert "1,048,576" in too_long.text


def test_nothing_to_judge_is_said_so(client):
    found = post(client, "/", {"text": " \n\n "})
    assert found.status_code == 422
    assert "还没有文字" in found.text


def test_a_form_without_the_token_changes_nothing(client):
    assert client.post("/keep", data={"text": SCAM}).status_code == 403


def test_several_messages_make_a_summary(client):
    page = post(client, "/", {"text": f"{SCAM}\n\n{PLAIN}"}, follow_redirects=True)
    assert page.url.path.startswith("/batch/")
    assert "共 2 条，其中 <strong>1</strong> 条像诈骗" in page.text
    assert post(client, "/", {"text": f"{SCAM}\n\n{PLAIN}", "as": "one"}, follow_redirects=False).status_code == 200
    key = page.url.path
    assert "冒充军警购物" in client.get(f"{key}/1").text
    assert "汇总" in client.get(f"{key}/report").text
    assert client.get(f"{key}/3").status_code == 404
    rows = list(csv.reader(io.StringIO(client.get(f"{key}/result.csv").content.decode("utf-8-sig"))))
    assert [row[3] for row in rows] == ["类别", "冒充军警购物", "正常"]
    assert "13800001111" not in rows[1][2]
    assert "13800001111" in client.get(f"{key}/result.csv?full=true").text
    kept = post(client, f"{key}/keep", {}, follow_redirects=True).text
    assert "共 1 条" in kept
    assert client.get("/batch/unknown").status_code == 404


def test_files_are_read_and_refused_in_words(client):
    files = {"file": ("a.csv", "消息,日期\n=垫付返利,2024-05-01\n今天开会,2024-05-02\n".encode())}
    page = client.post("/", data={"csrf_token": token(client)}, files=files, follow_redirects=True)
    assert "2024-05-01" in page.text
    assert "a.csv" in page.text
    assert "'=垫付返利" in client.get(f"{page.url.path}/result.csv").text  # no formula for the spreadsheet
    bad = client.post("/", data={"csrf_token": token(client)}, files={"file": ("a.exe", b"MZ")})
    assert bad.status_code == 422
    assert ".xlsx" in bad.text
    many = client.post("/", data={"csrf_token": token(client)}, files={"file": ("a.txt", b"x\n" * 51)})
    assert "50 行" in many.text


def test_a_judgement_is_kept_found_exported_and_deleted(client):
    kept = post(
        client,
        "/keep",
        {"text": SCAM, "judgement": "wrong_category", "label": "shopping", "note": "独特的备注"},
        follow_redirects=True,
    )
    assert "认定为“虚假购物、服务”" in kept.text
    number = kept.url.path.rpartition("/")[2]
    again = post(
        client, f"/history/{number}/judge", {"judgement": "not_scam", "note": "独特的备注"}, follow_redirects=True
    )
    assert "不是诈骗" in again.text
    assert "认定为“正常”" in again.text
    report = client.get(f"/history/{number}/report").text
    assert set(re.findall(r'id="m(\d+)"', report)) == set(re.findall(r'id="r(\d+)"', report))
    assert "138****1111" in report
    assert "13800001111" not in report
    assert "13800001111" in client.get(f"/history/{number}/report?full=true").text

    def listed(**fields):
        return f'href="/history/{number}"' in post(client, "/history", fields).text

    assert listed(q="独特的备注")
    assert not listed(q="找不到的字")
    assert listed(judgement="not_scam", risk="high")
    assert not listed(judgement="agree")
    assert not listed(until="2000-01-01")
    today = datetime.now().astimezone().date().isoformat()
    assert listed(since=today, until=today)  # days as the officer's clock has them
    assert listed(since="no day")
    rows = list(
        csv.DictReader(
            io.StringIO(post(client, "/history/export.csv", {"q": "独特的备注"}).content.decode("utf-8-sig"))
        )
    )
    assert [(row["认定类别"], row["备注"]) for row in rows] == [("正常", "独特的备注")]
    assert "13800001111" not in rows[0]["消息"]

    post(client, "/history/delete", {"id": number})
    assert client.get(f"/history/{number}").status_code == 404
    assert not listed(q="独特的备注")


@pytest.mark.parametrize("fields", [{"judgement": "wrong_category"}, {"judgement": "agree", "note": "长" * 2001}])
def test_a_judgement_that_makes_no_sense_keeps_nothing(app, client, fields):
    before = app.state.desk.store.search().total
    assert post(client, "/keep", {"text": SCAM, **fields}).status_code == 422
    assert app.state.desk.store.search().total == before


def test_long_histories_come_in_pages(app, client):
    verdict = app.state.desk.classifier.current.classify(PLAIN).to_dict()
    for number in range(60):
        app.state.desk.store.add_entry(f"分页试验 {number}", verdict)
    first = post(client, "/history", {"q": "分页试验"}).text
    assert "共 60 条，第 1 页，共 2 页" in first
    second = post(client, "/history", {"q": "分页试验", "page": "2"}).text
    assert "分页试验 0<" in second
    assert "分页试验 59<" not in second


def test_message_text_never_gets_into_an_address(client):
    page = client.get("/history").text
    assert re.findall(r'<form method="(\w+)"', page) == ["post"] * page.count("<form ")
