"""Pictures of the desk for the README: a real server, Debian's Chromium, invented messages.

python tools/screenshots.py docs/images
"""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.web.serving import launch, server

DESKTOP, PHONE = (1280, 860), (390, 844)
MESSAGES = (
    "【京东】您的白条本月账单1280.50元，请前往京东APP查看。",
    "您好，我是京东客服，您的学生白条账户违规，不注销影响个人征信，请加微信kefu0000，转到监管账户清零。",
    "兼职点赞，一单5元当天结，先垫付50元做任务，返60元，联系QQ100000001。",
    "妈，晚上我加班，不回来吃饭了。",
)


def take(page: Page, address: str, folder: Path, suffix: str) -> None:
    def shot(name: str, *, whole: bool = False) -> None:
        page.wait_for_timeout(150)
        page.screenshot(path=folder / f"{name}-{suffix}.png", full_page=whole)

    page.goto(f"{address}/?example=1")
    shot("desk")
    page.get_by_role("button", name="研判", exact=True).click()
    page.wait_for_selector(".verdict")
    page.locator(".verdict").evaluate("element => element.scrollIntoView()")
    shot("verdict", whole=True)
    page.get_by_label("判断正确").check()
    page.get_by_label("备注").fill("商户来电咨询，尚未转账")
    page.get_by_role("button", name="存入历史").click()
    page.wait_for_url(re.compile("/history/"))
    page.get_by_role("link", name="一页报告").click()
    shot("report", whole=True)
    page.goto(address)
    page.locator("#text").fill("\n\n".join(MESSAGES))
    page.get_by_role("button", name="研判", exact=True).click()
    page.wait_for_url(re.compile("/batch/"))
    page.wait_for_timeout(300)
    shot("batch", whole=True)
    page.get_by_role("button", name="把可疑的存入历史").click()
    page.goto(f"{address}/history")
    shot("history", whole=True)
    page.goto(f"{address}/rules/category/military_procurement")
    page.locator(".list a").first.click()
    page.locator("#try-text").fill(MESSAGES[1])
    page.get_by_role("button", name="试一试").click()
    page.wait_for_selector("#h-trial")
    shot("workbench", whole=True)


def main() -> None:
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "docs/images")
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as data, server(Path(data)) as address, sync_playwright() as tool:
        browser = launch(tool)
        for name, (width, height) in (("desktop", DESKTOP), ("phone", PHONE)):
            for scheme in ("light", "dark"):
                page = browser.new_page(
                    viewport={"width": width, "height": height},
                    color_scheme=scheme,
                    locale="zh-CN",
                    has_touch=name == "phone",
                )
                take(page, address, folder, f"{name}-{scheme}")
                page.close()
        browser.close()


if __name__ == "__main__":
    main()
