"""Verdicts for the API. Short messages are judged at once, between two turns of the event loop; long texts in a process of their own.

A message takes well under a millisecond, less than handing it to a thread costs. A megabyte takes seconds, and a thread would hold the
interpreter's lock for many of them while every other caller waits; so one worker process takes those, started when first needed. Where no
process can be had, a thread does after all.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import multiprocessing
import os
import pickle
import signal
import tempfile
import threading
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass

from scamcheck.classifier import Classifier
from scamcheck.web.limits import overloaded
from scamcheck.web.reload import LiveClassifier

INLINE_CHARS = 2_000  # some ten milliseconds


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict as JSON, with what the statistics count."""

    label: str
    risk: str
    body: bytes


class Judging:
    """Judges with the rules in use when called; raises the problem `overloaded` when too much is waiting."""

    def __init__(self, classifier: LiveClassifier, waiting_chars: int) -> None:
        self._classifier = classifier
        self._waiting_chars = waiting_chars
        self._waiting = 0
        self._worker: ProcessPoolExecutor | None = None
        self._worker_of: Classifier | None = None
        self._handed_over = ""  # the file the worker's classifier is in until it has read it

    async def judge(self, texts: Sequence[str]) -> list[Judged]:
        """A verdict a text, in order."""
        size = sum(map(len, texts))
        classifier = self._classifier.current
        if size <= INLINE_CHARS:
            return _judge(classifier, texts)
        if self._waiting and self._waiting + size > self._waiting_chars:
            raise overloaded()
        self._waiting += size
        try:
            worker = self._worker_for(classifier)
            return await asyncio.get_running_loop().run_in_executor(worker, _judge_in_worker, texts)
        except (BrokenProcessPool, OSError):
            # Never started, or killed from outside; the next text tries another.
            self.close()
            return await asyncio.to_thread(_judge, classifier, texts)
        finally:
            self._waiting -= size

    def _worker_for(self, classifier: Classifier) -> ProcessPoolExecutor:
        if self._worker is None or self._worker_of is not classifier:
            self.close()
            # By file: megabytes written to a child that dies before it reads them would block this thread for good.
            handle, self._handed_over = tempfile.mkstemp(prefix="scamcheck-")
            with os.fdopen(handle, "wb") as file:
                pickle.dump(classifier, file)
            self._worker = ProcessPoolExecutor(
                1, multiprocessing.get_context("spawn"), initializer=_start_worker, initargs=(self._handed_over,)
            )
            self._worker_of = classifier
        return self._worker

    def close(self) -> None:
        """Let the worker finish what it is at, and end."""
        if self._worker is not None:
            self._worker.shutdown(wait=False, cancel_futures=False)
            self._worker = None
        if self._handed_over:
            with contextlib.suppress(OSError):
                os.unlink(self._handed_over)
            self._handed_over = ""


def _judge(classifier: Classifier, texts: Sequence[str]) -> list[Judged]:
    # Not classify_many, which finds everything again when an unflagged verdict is read, as here all are.
    return [
        Judged(verdict.label, verdict.risk, as_json(verdict.to_dict())) for verdict in map(classifier.classify, texts)
    ]


def as_json(value: object) -> bytes:
    """UTF-8 JSON; lone surrogates, which UTF-8 cannot carry, as JSON escapes."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace")


_in_worker: Classifier | None = None


def _start_worker(path: str) -> None:
    global _in_worker
    with open(path, "rb") as file:
        _in_worker = pickle.load(file)  # noqa: S301 - written by the server a moment ago, readable by its user alone
    os.unlink(path)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is the server's to handle
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(0)


def _judge_in_worker(texts: Sequence[str]) -> list[Judged]:
    assert _in_worker is not None
    return _judge(_in_worker, texts)
