"""Rules exchanged while the desk runs."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from scamcheck.web.app import create_app
from scamcheck.web.settings import Settings

RULE = """category: other
rules:
  - id: other.local-test
    title: 本地试用规则
    title_en: local rule
    phase: payment
    evidence: decisive
    reason: 测试
    when: {any: [紫色大象代币]}
    examples: {hit: [紫色大象代币, 买紫色大象代币, 收紫色大象代币], miss: [大象, 紫色, 代币]}
"""


def waiting(true: Callable[[], bool], seconds: float = 30) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.1)
    return False


@pytest.mark.parametrize("made_later", [False, True])
def test_edits_are_taken_up_and_broken_files_leave_the_old_rules(tmp_path: Path, made_later: bool) -> None:
    overlay = tmp_path / "rules"
    if not made_later:
        overlay.mkdir()
    app = create_app(Settings(database=tmp_path / "desk.db", overlay=overlay))
    with TestClient(app, base_url="http://127.0.0.1:8000", client=("127.0.0.1", 50000)) as client:

        def fires() -> bool:
            flags = client.post("/v1/classify", json={"text": "买紫色大象代币"}).json()["red_flags"]
            return any(flag["rule_id"] == "other.local-test" for flag in flags)

        def problems() -> list[dict[str, object]]:
            found: list[dict[str, object]] = client.get("/v1/rules").json()["problems"]
            return found

        assert not fires()
        overlay.mkdir(exist_ok=True)
        (overlay / "local.yaml").write_text(RULE, "utf-8")
        assert waiting(fires)
        (overlay / "local.yaml").write_text(RULE.replace("evidence: decisive", "evidence: enormous"), "utf-8")
        assert waiting(lambda: bool(problems()))
        assert fires()
        assert problems()[0]["line"] == 7 and str(problems()[0]["file"]).endswith("local.yaml")
        assert client.get("/readyz").json()["rule_problems"] == 1
        (overlay / "local.yaml").unlink()
        assert waiting(lambda: not fires()) and problems() == []
