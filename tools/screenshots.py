"""Pictures of the desk for the README: a real server, Debian's Chromium, invented messages.

python -m tools.screenshots docs/images
python -m tools.screenshots FOLDER --all    every page, whole, to look at
"""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.web.serving import launch, server

DESKTOP, PHONE = (1280, 860), (390, 844)
README = ("verdict-desktop", "verdict-phone", "batch-desktop")
MESSAGES = (
    "【京东】您的白条本月账单1280.50元，请前往京东APP查看。",
    "您好，我是京东客服，您的学生白条账户违规，不注销影响个人征信，请加微信kefu0000，转到监管账户清零。",
    "兼职点赞，一单5元当天结，先垫付50元做任务，返60元，联系QQ100000001。",
    "妈，晚上我加班，不回来吃饭了。",
)
WEEK = (
    *MESSAGES,
    "内部消息，跟着老师买这只票稳赚不赔，加群领代码，今晚开盘前入金翻倍。",
    "无抵押秒批二十万，先交一笔解冻金，到账就退给您。",
    "您的ETC已失效，请点击http://etc-a1b2.example.top重新认证并填写银行卡号。",
    "【物业】明日上午九点停水，请提前储水。",
    "我是张总，换了新微信，你先给客户转五万，回头补手续。",
    "收购银行卡、对公账户，一张三千，日结，懂的来。",
)


def take(page: Page, address: str, folder: Path, suffix: str, *, all_pages: bool) -> None:
    def shot(name: str) -> None:
        if all_pages or f"{name}-{suffix}".startswith(README):
            page.mouse.move(0, 0)
            page.wait_for_timeout(200)
            page.screenshot(path=folder / f"{name}-{suffix}.png", full_page=all_pages)

    page.goto(f"{address}/?example=1")
    shot("desk")
    page.get_by_role("button", name="研判", exact=True).click()
    page.wait_for_selector(".verdict")
    page.locator(".verdict").evaluate("element => scrollTo({top: element.offsetTop - 8, behavior: 'instant'})")
    shot("verdict")
    page.get_by_label("判断正确").check()
    page.get_by_label("备注").fill("商户来电咨询，尚未转账")
    page.get_by_role("button", name="存入历史").click()
    page.wait_for_url(re.compile("/history/"))
    page.get_by_role("link", name="一页报告").click()
    shot("report")
    page.goto(address)
    page.locator("#file").set_input_files({"name": "一周短信.csv", "mimeType": "text/csv", "buffer": week().encode()})
    page.get_by_role("button", name="研判", exact=True).click()
    page.wait_for_url(re.compile("/batch/"))
    shot("batch")
    page.get_by_role("button", name="把可疑的存入历史").click()
    page.goto(f"{address}/history")
    shot("history")
    page.goto(f"{address}/rules/category/military_procurement")
    page.locator(".list a").first.click()
    page.locator("#try-text").fill(MESSAGES[1])
    page.get_by_role("button", name="试一试").click()
    page.wait_for_selector("#h-trial")
    shot("workbench")


def week() -> str:
    """A week's messages as a table."""
    days = ((day, at, text) for day in range(6, 13) for at, text in enumerate(WEEK))
    rows = [f"{text},2024-05-{day:02d}" for day, at, text in days if (day * 7 + at * 5) % (at + 3) < 3]
    return "短信内容,日期\n" + "\n".join(rows) + "\n"


def main() -> None:
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    all_pages = "--all" in sys.argv
    for name, (width, height) in (("desktop", DESKTOP), ("phone", PHONE)):
        for scheme in ("light", "dark"):
            with tempfile.TemporaryDirectory() as data, server(Path(data)) as address, sync_playwright() as tool:
                browser = launch(tool)
                page = browser.new_page(
                    viewport={"width": width, "height": height}, color_scheme=scheme, locale="zh-CN"
                )
                take(page, address, folder, f"{name}-{scheme}", all_pages=all_pages)
                browser.close()


if __name__ == "__main__":
    main()
