"""An officer's day in a real browser against the real server: paste, read, judge, find again, print, edit a rule."""

import re
from pathlib import Path

import pytest

from tests.web.serving import CHROMIUM, launch, server

playwright = pytest.importorskip("playwright.sync_api")
expect = playwright.expect
expect.set_options(timeout=20_000)
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not CHROMIUM.exists(), reason="needs Debian's chromium: apt-get install chromium fonts-noto-cjk"
    ),
]

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text("utf-8")
SCAM = (
    "老板你好，我是消防大队的采购员，单位要订牛肉两百斤，另外急要五十箱自热米饭，你那没有我推个厂家，"
    "加他微信abc_00012，你先把8万元货款垫上，明天一起结，电话13800001111"
)
FIRST_PAINT = """() => new Promise(done => new PerformanceObserver(list => {
    for (const entry of list.getEntries()) if (entry.name === "first-contentful-paint") done(entry.startTime);
}).observe({type: "paint", buffered: true}))"""
PLAIN = "妈，我晚上加班不回来吃饭"


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    with server(tmp_path_factory.mktemp("desk")) as address:
        yield address


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as tool:
        browser = launch(tool)
        yield browser
        browser.close()


@pytest.fixture
def page(browser):
    """A page whose errors, those of the content security policy included, fail the test."""
    context = browser.new_context(locale="zh-CN", permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.set_default_timeout(20_000)
    errors = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert errors == []


def judge(page, address, text):
    page.goto(address)
    page.locator("#text").fill(text)
    page.get_by_role("button", name="研判", exact=True).click()
    page.wait_for_selector(".verdict")


def test_the_main_job_works_without_javascript(browser, address):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    judge(page, address, SCAM)
    expect(page.locator("#verdict")).to_have_text("冒充军警购物")
    assert page.locator("#text").input_value() == SCAM
    page.locator(".message .number").first.click()
    assert re.search(r"#r\d+$", page.url)
    page.get_by_label("判断正确").check()
    page.get_by_role("button", name="存入历史").click()
    expect(page.get_by_text("研判：判断正确")).to_be_visible()
    context.close()


def test_marks_and_reasons_light_each_other_by_pointer_and_by_keyboard(page, address):
    judge(page, address, SCAM)
    expect(page.locator("#verdict")).to_be_focused()  # a screen reader starts at the verdict
    page.locator("#r1").hover()
    lit = page.locator("mark.lit")
    assert lit.count() > 0
    assert all("1" in flags.split() for flags in lit.evaluate_all("marks => marks.map(mark => mark.dataset.flags)"))
    mark = page.locator("mark:not(:has(.number))").first
    numbers = mark.get_attribute("data-flags").split()
    mark.hover()
    assert page.locator(".reason.lit").evaluate_all("items => items.map(item => item.id)") == [
        f"r{number}" for number in numbers
    ]
    number = page.locator("#m1")
    number.focus()
    expect(page.locator("#r1")).to_have_class(re.compile("lit"))
    page.keyboard.press("Enter")
    assert page.url.endswith("#r1")


def test_the_reply_is_copied_and_numbers_show_when_asked(page, address):
    judge(page, address, SCAM)
    page.locator(".reply .copy").click()
    assert page.evaluate("navigator.clipboard.readText()") == page.locator("#reply").inner_text()
    assert "96110" in page.locator("#reply").inner_text()
    expect(page.locator(".clues").first).to_contain_text("138****1111")
    full = page.locator(".full")
    expect(full.get_by_text("13800001111")).to_be_hidden()
    full.locator("summary").click()
    expect(full.get_by_text("13800001111")).to_be_visible()
    full.get_by_role("row", name="电话").get_by_role("button").click()
    assert page.evaluate("navigator.clipboard.readText()") == "13800001111"


def test_a_judgement_is_found_again_printed_on_one_sheet_and_deleted(page, address):
    judge(page, address, SCAM)
    page.get_by_label("不是诈骗").check()
    page.get_by_label("备注").fill("已当面核实身份")
    page.get_by_role("button", name="存入历史").click()
    page.wait_for_url(re.compile(r"/history/\d+"))
    page.get_by_role("link", name="历史", exact=True).first.click()
    page.get_by_label("消息或备注里有").fill("当面核实")
    page.get_by_label("研判").select_option(label="不是诈骗")
    page.get_by_role("button", name="查找").click()
    expect(page.get_by_text("共 1 条")).to_be_visible()
    assert "核实" not in page.url
    page.locator(".list .text a").click()
    page.get_by_role("link", name="一页报告").click()
    expect(page.get_by_text("号码已打码")).to_be_visible()
    sheet = page.pdf(format="A4", prefer_css_page_size=True, print_background=True)
    assert len(re.findall(rb"/Type\s*/Page\b", sheet)) == 1
    page.get_by_role("link", name="返回").click()
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="删除").click()
    page.wait_for_url(re.compile(r"/history$"))
    expect(page.get_by_text("已当面核实身份")).to_have_count(0)


def test_a_dropped_file_becomes_a_summary_with_charts(page, address):
    page.goto(address)
    rows = "".join(f"{text},2024-05-0{day}\n" for day in (1, 2, 3) for text in (SCAM, PLAIN))
    page.evaluate(
        """content => {
            const data = new DataTransfer();
            data.items.add(new File([content], "日报.csv", {type: "text/csv"}));
            document.getElementById("text").dispatchEvent(new DragEvent("drop", {dataTransfer: data, bubbles: true, cancelable: true}));
        }""",
        "短信内容,日期\n" + rows,
    )
    page.wait_for_url(re.compile("/batch/"))
    expect(page.get_by_text("共 6 条，其中 3 条像诈骗")).to_be_visible()
    assert page.evaluate("[...document.querySelectorAll('canvas')].map(canvas => Chart.getChart(canvas).data.datasets[0].data)") == [
        [3], [3, 0, 0, 3], [1, 1, 1],
    ]  # fmt: skip
    page.locator(".list .text a").first.click()
    expect(page.locator("#verdict")).to_have_text("冒充军警购物")


def test_a_rule_is_edited_tried_mended_and_saved(page, address):
    text = "月球土要不要，先垫付，加我微信转账"
    judge(page, address, text)
    page.get_by_role("button", name="存入历史").click()
    page.goto(f"{address}/rules/new?category=shopping")
    editor = page.locator("#source")
    rule = editor.input_value()
    for old, new in (
        ("any: [甲说法, 甲的另一种说法]", "any: [月球土]"), ("any: [乙说法]", "any: [先垫付]"), ("对方用甲说法，又说了乙说法", "月球土要不要，先垫付"),
        ("只有甲说法的正常消息", "月球土在博物馆里"), ("evidence: moderate", "evidence: decisive"), ("phase: payment ", "phase: paying "),
    ):  # fmt: skip
        assert old in rule
        rule = rule.replace(old, new)
    editor.fill(rule)
    page.locator("#try-text").fill(text)
    page.get_by_label("也在历史记录上试").check()
    page.get_by_role("button", name="试一试").click()
    page.get_by_role("link", name="第 6 行").click()
    assert "phase: paying" in page.evaluate(
        "document.getSelection().toString() || source.value.slice(source.selectionStart, source.selectionEnd)"
    )
    editor.fill(rule.replace("phase: paying", "phase: payment"))
    page.get_by_role("button", name="试一试").click()
    expect(page.get_by_text("写法无误，例句全部相符")).to_be_visible()
    expect(page.get_by_text("新报警 1 条")).to_be_visible()
    page.get_by_role("button", name="保存到本机").click()
    expect(page.get_by_text("已保存，立即生效")).to_be_visible()
    judge(page, address, text)
    expect(page.locator(".reasons")).to_contain_text("一句话说明这条依据")


def addresses(page, address):
    """Every kind of page, each with something on it."""
    yield address
    judge(page, address, SCAM)
    yield None
    page.get_by_role("button", name="存入历史").click()
    page.wait_for_url(re.compile(r"/history/\d+"))
    entry = page.url
    yield None
    yield f"{entry}/report"
    yield f"{address}/history"
    page.goto(address)
    page.locator("#text").fill(f"{SCAM}\n\n{PLAIN}")
    page.get_by_role("button", name="研判", exact=True).click()
    page.wait_for_url(re.compile("/batch/"))
    yield None
    yield f"{page.url}/report"
    yield f"{address}/rules"
    yield f"{address}/rules/category/loan"
    yield f"{address}/rules/new?kind=lexicon"
    yield f"{address}/rules/new"
    page.locator("#try-text").fill(SCAM)
    page.get_by_role("button", name="试一试").click()
    page.wait_for_selector("#trial h2")
    yield None


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1280, 900), (390, 844)], ids=["desktop", "phone"])
def test_axe_finds_nothing_serious_and_no_page_scrolls_sideways(page, address, scheme, size):
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.emulate_media(color_scheme=scheme)
    for place in addresses(page, address):
        if place:
            page.goto(place)
        for details in page.locator("details").all():
            details.evaluate("element => { element.open = true; }")
        page.evaluate(AXE)
        found = page.evaluate("axe.run({resultTypes: ['violations']})")
        serious = [
            (item["id"], [node["target"] for node in item["nodes"]][:3])
            for item in found["violations"]
            if item["impact"] in ("serious", "critical")
        ]
        assert serious == [], page.url
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url


def test_first_paint_and_verdict_are_quick(page, address):
    paints, verdicts = [], []
    for _ in range(5):
        page.goto(address)
        paints.append(page.evaluate(FIRST_PAINT))
        verdicts.append(
            page.evaluate(
                """async text => {
                    const fields = new FormData(document.getElementById("paste"));
                    fields.set("text", text);
                    const begun = performance.now();
                    await (await fetch("/", {method: "POST", body: fields, headers: {"HX-Request": "true"}})).text();
                    return performance.now() - begun;
                }""",
                SCAM,
            )
        )
    print(f"first paint {min(paints):.0f} ms, verdict {min(verdicts):.0f} ms")
    assert min(paints) < 300
    assert min(verdicts) < 100
