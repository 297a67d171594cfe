"""The worker processes: a first one loads rules and model, and those that score are forked from it, so that they share its memory."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from multiprocessing.connection import Connection, wait
from multiprocessing.synchronize import Lock
from typing import Any

import pyarrow as pa

from scamcheck.batch.errors import BatchError
from scamcheck.batch.parts import PartInfo
from scamcheck.batch.scoring import BatchScorer, PackedKnowledge
from scamcheck.batch.task import Scoring, Task, work

_DEATHS = 3  # of workers in a row, without a part done in between
_FORK = "fork" if os.name == "posix" and os.uname().sysname == "Linux" else "spawn"


class Workers:
    """Processes that do tasks, one each at a time. When one is killed, all are started again and get the tasks that were under way."""

    def __init__(self, count: int, knowledge: PackedKnowledge, scoring: Scoring) -> None:
        self._with = (count, knowledge, scoring)
        self._under_way: dict[int, Task] = {}
        self._deaths = 0
        self._start()

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    def submit(self, task: Task) -> None:
        """Returns when a worker begins to read the task, or soon will."""
        self._under_way[task.number] = task
        try:
            self._send(task)
        except OSError:
            self._start_again()

    def finished(self, *, leave: int) -> Iterator[PartInfo]:
        """Parts as they are finished, until no more than `leave` are under way."""
        while len(self._under_way) > leave:
            try:
                number, outcome = self._results.recv()
            except (EOFError, OSError):
                self._start_again()
                continue
            if isinstance(outcome, Exception):
                raise outcome
            del self._under_way[number]
            self._deaths = 0
            yield outcome

    def _send(self, task: Task) -> None:
        self._tasks.send((task.number, task.path, task.digest))
        self._tasks.send_bytes(task.batch)

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        tasks, self._tasks = context.Pipe(duplex=False)
        self._results, results = context.Pipe(duplex=False)
        self._first = context.Process(target=_lead, args=(*self._with, tasks, results))
        self._first.start()
        tasks.close()  # what is held by the workers alone tells when they are gone
        results.close()

    def _stop(self) -> None:
        self._tasks.close()
        self._first.join()
        self._results.close()

    def _start_again(self) -> None:
        while True:
            self._deaths += 1
            self._stop()
            if self._deaths > _DEATHS:
                raise BatchError(
                    "工作进程接连被系统终止 (多半是内存不够); 已完成的部分保留着, 减少 --workers 后再运行同一命令即可继续",
                    "worker processes keep being killed (mostly for want of memory); finished parts are kept: run again with fewer --workers",
                )
            self._start()
            try:
                for task in self._under_way.values():
                    self._send(task)
            except OSError:
                continue
            return


def _lead(
    count: int, knowledge: PackedKnowledge, scoring: Scoring, tasks: Connection[Any, Any], results: Connection[Any, Any]
) -> None:
    """Load, fork, and end when all workers have ended, one was killed, or the parent is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's business
    pa.set_cpu_count(1)
    pa.set_memory_pool(pa.system_memory_pool())  # it gives back what the others keep
    scorer = BatchScorer(
        knowledge.classifier(), scoring.text, prefix=scoring.prefix, lang=scoring.lang, mask=scoring.mask_quotes
    )
    scorer.score_texts(pa.array(["您好"]))  # what is loaded on first use is shared too
    context: Any = multiprocessing.get_context(_FORK)
    locks = context.Lock(), context.Lock()
    workers = [
        context.Process(target=_serve, args=(scorer, scoring, tasks, results, *locks), daemon=True)
        for _ in range(count)
    ]
    gc.collect()
    gc.freeze()  # the collector would touch, and so copy, what is shared
    for worker in workers:
        worker.start()
    tasks.close()
    results.close()
    parent = multiprocessing.parent_process()
    assert parent is not None
    watched: list[Any] = [parent.sentinel]
    running = {worker.sentinel: worker for worker in workers}
    while running and parent.sentinel not in (ended := wait([*watched, *running])):
        for sentinel in ended:
            worker = running.pop(sentinel)
            worker.join()
            if worker.exitcode:
                return  # and with this process, the other workers


def _serve(
    scorer: BatchScorer,
    scoring: Scoring,
    tasks: Connection[Any, Any],
    results: Connection[Any, Any],
    reading: Lock,
    writing: Lock,
) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    while True:
        with reading:
            try:
                number, path, digest = tasks.recv()
                batch = pa.py_buffer(tasks.recv_bytes())
            except (EOFError, OSError):
                return
        outcome: PartInfo | Exception
        try:
            outcome = work(Task(number, path, batch, digest), scorer, scoring)
        except Exception as error:
            outcome = error
        with writing:
            results.send((number, outcome))


def _leave_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
