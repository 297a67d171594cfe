"""What `scamcheck batch` tells: how it understood the input, and the figures at the end."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.batch.conftest import command
from tests.conftest import RuleFolder

TABLE = "编号,短信内容\n1,我是银监会的,请下载会议软件打开屏幕共享\n2,妈周末回家吃饭\n3,我是银监会的；请下载会议软件打开屏幕共享 把额度提出来转到监管账户\n"


def test_what_it_says(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_bytes(TABLE.encode("gb18030"))
    done = command(tmp_path / "log.csv", tmp_path / "out.csv", "--workers", "1")
    err, out = done.stderr.decode(), done.stdout.decode()
    assert done.returncode == 0 and err == f"输入: {tmp_path}/log.csv (GB18030); 消息列: 短信内容 (按列名)\n", (
        "no bar without a terminal"
    )
    assert "读入 3 行, 写出 2 行" in out and "高风险 1" in out and "虚假征信" in out
    assert "读不了而搁置: 1 行" in out and "out.csv.rejects.jsonl" in out
    assert (tmp_path / "out.csv").read_bytes().startswith("\ufeff编号,短信内容,scam_label".encode())


def test_in_english_with_a_filter(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_bytes(TABLE.encode())
    done = command(
        tmp_path / "log.csv",
        tmp_path / "out.jsonl",
        "--workers",
        "1",
        "--lang",
        "en",
        "--top",
        "1",
        "--text",
        "短信内容",
    )
    out = done.stdout.decode()
    assert "messages: 短信内容 (as --text says)" in done.stderr.decode()
    assert "3 rows read, 1 written" in out and "high risk 1" in out and "left out by --min-risk / --top: 1" in out
    assert "fake credit" in (tmp_path / "out.jsonl").read_text()


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"], ids=["rows known", "rows unknown"])
def test_bar_on_a_terminal(tmp_path: Path, folder: RuleFolder, encoding: str) -> None:
    import pty

    folder.rules(("t.account", "    when: 安全账户"))

    (tmp_path / "log.csv").write_text("id,text\n" + "".join(f"{n},第{n}条\n" for n in range(30_000)), encoding)
    ours, theirs = pty.openpty()
    call = [sys.executable, "-m", "scamcheck.cli.main", "batch", tmp_path / "log.csv", tmp_path / "out.csv"]
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "100"}
    process = subprocess.Popen(
        [*call, "--rules", folder.path, "--no-model", "--workers", "1", "--part-rows", "500"], stdout=subprocess.PIPE, stderr=theirs, env=environment
    )  # fmt: skip
    os.close(theirs)
    shown = b""
    with contextlib.suppress(OSError):  # Linux says so when the other end is closed
        while block := os.read(ours, 4096):
            shown += block
    os.close(ours)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 0, shown.decode()
    assert ("/ 30,000" in shown.decode()) is (encoding == "utf-8") and re.search(r"[\d,]+/s", shown.decode())
    assert "读入 30,000 行" in out.decode()
