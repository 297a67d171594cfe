"""Long texts are judged in a process of their own, and where that fails, all the same."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import pytest

import scamcheck
from scamcheck.web import judging
from scamcheck.web.judging import Judging
from scamcheck.web.problems import HttpProblem
from scamcheck.web.reload import LiveClassifier

LONG = "请把钱转到安全账户。" * 400


@pytest.fixture(scope="module")
def live() -> LiveClassifier:
    return LiveClassifier()


def wanted() -> bytes:
    return judging.as_json(scamcheck.classify(LONG).to_dict())


def test_long_texts_go_to_a_worker_that_is_replaced_when_it_is_killed(live: LiveClassifier, tmp_path: Path) -> None:
    desk = Judging(live, 10**6)

    async def scenario() -> None:
        assert (await desk.judge([LONG]))[0].body == wanted()
        assert desk._worker is not None
        (worker,) = desk._worker._processes
        os.kill(worker, signal.SIGKILL)
        assert (await desk.judge([LONG]))[0].body == wanted()
        assert (await desk.judge([LONG]))[0].body == wanted()

    asyncio.run(asyncio.wait_for(scenario(), 120))
    desk.close()
    assert desk._handed_over == ""


def test_a_worker_that_cannot_start_holds_nobody_up(live: LiveClassifier, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Judging(live, 10**6)
    monkeypatch.setattr(judging.tempfile, "mkstemp", lambda **_: (os.open("/dev/null", os.O_WRONLY), "/nowhere"))
    answer = asyncio.run(asyncio.wait_for(desk.judge([LONG]), 120))
    assert answer[0].body == wanted()
    desk.close()


def test_too_much_at_once_is_refused(live: LiveClassifier) -> None:
    desk = Judging(live, len(LONG))

    async def scenario() -> None:
        first = asyncio.create_task(desk.judge([LONG]))
        await asyncio.sleep(0)
        with pytest.raises(HttpProblem, match="overloaded"):
            await desk.judge([LONG])
        await first

    asyncio.run(asyncio.wait_for(scenario(), 120))
    desk.close()
