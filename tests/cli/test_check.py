"""`scamcheck check` as a user calls it: a real process, real files, real pipes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SCAM = "我是银监会的,请下载会议软件打开屏幕共享,把额度提出来转到监管账户"
PLAIN = "妈,周末回家吃饭,想吃你做的鱼"


def run(*arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "scamcheck.cli.main", *arguments],
        input=stdin,
        capture_output=True,
        timeout=60,
        check=False,
        env={**os.environ, "COLUMNS": "200"},
    )


def test_terminal_view_names_script_reason_and_advice() -> None:
    done = run("check", SCAM)
    out = done.stdout.decode()
    assert done.returncode == 0 and not done.stderr
    for words in ("高风险", "监管账户", "依据", "现在怎么做", "96110"):
        assert words in out
    assert "未见风险" in run("check", PLAIN).stdout.decode()


def test_english_view() -> None:
    out = run("check", "--lang", "en", SCAM).stdout.decode()
    assert "high risk" in out and "What to do now" in out and "Call 96110" in out


def test_json_lines_one_a_message() -> None:
    done = run("check", "--json", SCAM, PLAIN)
    first, second = (json.loads(line) for line in done.stdout.decode().splitlines())
    assert first["text"] == SCAM and first["is_scam"] and first["red_flags"][0]["quotes"]
    assert second["label"] == "benign" and second["schema"] == 1


def test_explain_reaches_the_prior_and_sums_up() -> None:
    out = run("check", "--explain", SCAM).stdout.decode()
    tail = out[out.index("每一分证据") :].splitlines()[1:]
    values = [float(line.split()[0]) for line in tail]
    assert "基础概率" in tail[0]
    assert sum(values[:-1]) == pytest.approx(values[-1], abs=1e-3 * len(values))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_file_in_any_usual_encoding(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "messages.txt"
    path.write_bytes(f"{SCAM}\r\n\r\n{PLAIN}\r\n第二行\r\n".encode(encoding))
    rows = [json.loads(line) for line in run("check", "--json", "-f", str(path)).stdout.decode().splitlines()]
    assert [row["text"] for row in rows] == [SCAM, f"{PLAIN}\n第二行"]


def test_stdin_lines_and_dash() -> None:
    piped = f"{SCAM}\n{PLAIN}\n".encode()
    assert len(run("check", "--json", "--lines", stdin=piped).stdout.splitlines()) == 2
    assert len(run("check", "--json", "-", stdin=piped).stdout.splitlines()) == 1


ERRORS = [
    (["check"], b"", "没有可判断的消息"),
    (["check", "--lang", "en", "  "], b"", "no message"),
    (["check", "-f", "/no/such/file"], b"", "cannot read /no/such/file"),
    (["check", "-"], b"\xff\x81\x20\xff", "neither UTF-8, UTF-16 nor GB18030"),
    (["check", "--rules", "/no/such/folder", "x"], b"", "no rule directory"),
    (["check", "--model", "/no/such/folder", "x"], b"", "no model folder"),
    (["check", "--no-model", "--model", "m", "x"], b"", "contradict"),
    (["check", "--lang", "fr", "x"], b"", "--lang"),
    (["nonsense"], b"", "nonsense"),
]


@pytest.mark.parametrize(("arguments", "stdin", "words"), ERRORS, ids=[" ".join(case[0]) for case in ERRORS])
def test_wrong_calls_exit_2_with_one_sentence(arguments: list[str], stdin: bytes, words: str) -> None:
    done = run(*arguments, stdin=stdin)
    assert done.returncode == 2
    assert words in done.stderr.decode()
    assert b"Traceback" not in done.stderr and not done.stdout


def test_control_and_bidi_characters_cannot_steer_the_terminal() -> None:
    out = run("check", f"\u202e{SCAM}\x1b[2J").stdout.decode()
    assert "\x1b[2J" not in out and "\u202e" not in out and "‹202E›" in out and "‹001B›" in out


def test_lone_surrogate_survives_json_and_view(tmp_path: Path) -> None:
    code = f"import sys; from scamcheck.cli.main import cli; cli.main(['check', *sys.argv[1:], {SCAM!r} + chr(0xd800)], standalone_mode=False)"
    for flag in ([], ["--json"]):
        done = subprocess.run([sys.executable, "-c", code, *flag], capture_output=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr.decode()


def test_head_closing_the_pipe_is_no_error() -> None:
    command = f"{sys.executable} -m scamcheck.cli.main check --json " + "x " * 3000 + "| head -n 1"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", command], capture_output=True, timeout=60, check=False)
    assert b"Traceback" not in done.stderr and done.returncode == 0
