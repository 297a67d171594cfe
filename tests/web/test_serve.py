"""`scamcheck serve` as a process of its own."""

from __future__ import annotations

import contextlib
import functools
import itertools
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from scamcheck.web.store import Query, Store

SCAMCHECK = str(Path(sys.executable).with_name("scamcheck"))


@contextlib.contextmanager
def started(folder: Path, *options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A desk on a free port, and its address."""
    command = [
        SCAMCHECK,
        "serve",
        "--port",
        "0",
        "--database",
        str(folder / "desk.db"),
        "--overlay",
        str(folder / "rules"),
    ]
    with subprocess.Popen(
        [*command, *options], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            assert process.stdout is not None
            first = process.stdout.readline()
            found = re.search(r"http://\S+?(?=/ )", first)
            assert found, first
            yield process, found[0]
        finally:
            process.kill()


def fails(*options: str) -> str:
    done = subprocess.run([SCAMCHECK, "serve", *options], capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    return done.stderr


def test_it_answers_and_stops_when_told(tmp_path: Path) -> None:
    with started(tmp_path) as (process, address):
        answer = httpx2.post(f"{address}/v1/classify", json={"text": "请转到安全账户"}, timeout=30)
        assert answer.json()["schema"] == 1
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) in (0, -signal.SIGTERM)


def test_calls_that_cannot_be_served_say_what_to_change(tmp_path: Path) -> None:
    database = ("--database", str(tmp_path / "desk.db"))
    assert "--token-file" in fails("--host", "0.0.0.0", *database)
    (tmp_path / "broken.db").write_text("不是数据库" * 500, "utf-8")
    assert "--database" in fails("--database", str(tmp_path / "broken.db"))
    with started(tmp_path) as (_, address):
        assert "--port" in fails("--port", address.rpartition(":")[2], *database)


@pytest.mark.slow
def test_kill_9_loses_no_acknowledged_judgement(tmp_path: Path) -> None:
    """Four officers judge without pause; the server is killed three times; what was acknowledged is there."""
    acknowledged: set[str] = set()
    for turn in range(3):
        options = {"headers": {"accept": "text/html"}, "timeout": 30}
        with started(tmp_path) as (process, address), httpx2.Client(base_url=address, **options) as officer:
            found = re.search(r'name="csrf_token" value="(\w+)"', officer.get("/").text)
            assert found
            enough = threading.Semaphore(0)
            judge = functools.partial(keep_judging, officer, found[1], acknowledged, enough)
            threads = [threading.Thread(target=judge, args=(f"笔记{turn}-{worker}",)) for worker in range(4)]
            for thread in threads:
                thread.start()
            for _ in range(40):
                assert enough.acquire(timeout=60)
            process.kill()
            for thread in threads:
                thread.join(60)
    kept = {entry.note for entry in Store(tmp_path / "desk.db").export(Query(judgement="agree"))}
    assert len(acknowledged) >= 120 and acknowledged <= kept


def keep_judging(
    officer: httpx2.Client, token: str, acknowledged: set[str], enough: threading.Semaphore, name: str
) -> None:
    """Keep judged messages until the server is gone."""
    for number in itertools.count():
        note = f"{name}-{number}"
        form = {"csrf_token": token, "text": "请转到安全账户", "judgement": "agree", "note": note}
        try:
            answer = officer.post("/keep", data=form)
        except httpx2.TransportError:
            return
        assert answer.status_code == 303, answer.text
        acknowledged.add(note)
        enough.release()
