"""The command group: help, lazy loading, exit codes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

import scamcheck
from scamcheck.cli import main as main_module
from scamcheck.cli.main import cli, main

COMMANDS = ["check", "serve", "batch", "report", "evaluate", "train", "corpus", "rules"]
SCAM = "我是银监会的,请下载会议软件打开屏幕共享,把额度提出来转到监管账户"


def call(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """Exit code of the entry point; 0 where it just returns."""
    monkeypatch.setattr(sys, "argv", ["scamcheck", *arguments])
    try:
        main()
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else 0 if stop.code is None else -1
    return 0


@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_help_lists_every_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], flag: str
) -> None:
    assert call(monkeypatch, flag) == 0
    out = capsys.readouterr().out
    section = out[out.index("Commands") :].splitlines()[1:]
    assert [line.split()[0] for line in section if line.startswith("  ") and line[2] != " "] == COMMANDS


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(name: str) -> None:
    done = CliRunner().invoke(cli, [name, "--help"])
    assert done.exit_code == 0 and "Usage:" in done.output and name in done.output


def test_version(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(monkeypatch, "--version") == 0
    assert scamcheck.__version__ in capsys.readouterr().out


def test_help_loads_neither_commands_nor_numpy() -> None:
    code = (
        "import sys\nfrom scamcheck.cli.main import cli\ncli.main(['--help'], standalone_mode=False)\n"
        "print([name for name in sys.modules if name in ('numpy', 'yaml', 'pydantic', 'rich') or name.startswith('scamcheck.cli.') "
        "and name != 'scamcheck.cli.main'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_check_through_the_entry_point(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(monkeypatch, "check", "--json", SCAM) == 0
    assert json.loads(capsys.readouterr().out)["is_scam"] is True
    assert call(monkeypatch, "check", SCAM, "妈,周末回家吃饭") == 0
    out = capsys.readouterr().out
    assert out.index("高风险") < out.index("未见风险")
    assert call(monkeypatch, "check", "--no-model", "--explain", SCAM) == 0
    assert "每一分证据" in capsys.readouterr().out


USAGE = [
    # (arguments, words on standard error)
    (["nonsense"], "nonsense"),
    (["check", "--nonsense"], "--nonsense"),
    (["check", "--lang", "fr", "x"], "--lang"),
    (["check", " "], "没有可判断的消息"),
    (["check", "--lang", "en", " "], "no message to check"),
    (["check", "--no-model", "--model", "m", "x"], "contradict"),
    (["check", "-f", "/no/such/file"], "cannot read /no/such/file"),
    (["check", "--rules", "/no/such/folder", "x"], "/no/such/folder"),
    (["evaluate"], "FILES"),
    (["evaluate", "/no/such/file"], "cannot read /no/such/file"),
]


@pytest.mark.parametrize(("arguments", "words"), USAGE, ids=[" ".join(case[0]) for case in USAGE])
def test_wrong_calls_exit_2_and_say_why(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    assert call(monkeypatch, *arguments) == 2
    out, err = capsys.readouterr()
    assert words in err and not out and "Traceback" not in err


def test_check_reads_files_and_standard_input(tmp_path: Path) -> None:
    path = tmp_path / "messages.txt"
    path.write_bytes(f"{SCAM}\r\n\r\n乙\r\n丙\r\n".encode("gb18030"))
    texts = [
        json.loads(line)["text"]
        for line in CliRunner().invoke(cli, ["check", "--json", "-f", str(path)]).stdout.splitlines()
    ]
    assert texts == [SCAM, "乙\n丙"]
    for arguments in (["--lines"], ["--lines", "-"]):
        done = CliRunner().invoke(cli, ["check", "--json", *arguments], input=f"\ufeff{SCAM}\n乙\n\n".encode())
        assert [json.loads(line)["text"] for line in done.stdout.splitlines()] == [SCAM, "乙"]
    done = CliRunner().invoke(cli, ["check", "--json", "-"], input="甲乙".encode("utf-16"))
    assert json.loads(done.stdout)["text"] == "甲乙"
    done = CliRunner().invoke(cli, ["check", "-"], input=b"\xff\x81\x20\xff")
    assert "GB18030 text; save it as UTF-8" in str(done.exception)


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (scamcheck.InputError("wrong here; mend there"), 2, "scamcheck: wrong here; mend there"),
        (click.Abort(), 130, ""),
        (click.exceptions.Exit(1), 1, ""),  # problems found in what was checked
        (click.ClickException("no"), 2, "no"),
    ],
    ids=["own error", "interrupt", "problems", "click"],
)
def test_exit_codes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: Exception, code: int, words: str
) -> None:
    def fail(_: click.Context) -> None:
        raise error

    monkeypatch.setattr(main_module.cli, "invoke", fail)
    assert call(monkeypatch, "check") == code
    assert words in capsys.readouterr().err


def test_errors_that_are_not_ours_are_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: click.Context) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(main_module.cli, "invoke", fail)
    with pytest.raises(ZeroDivisionError):
        call(monkeypatch, "check")
