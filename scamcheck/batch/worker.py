"""The worker processes: each loads the classifier once, scores parts and writes them."""

from __future__ import annotations

import multiprocessing
import multiprocessing.connection
import os
import signal
import threading
from collections import deque
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from scamcheck.batch.errors import BatchError
from scamcheck.batch.masking import mask_numbers
from scamcheck.batch.parts import PartInfo, write_part
from scamcheck.batch.scoring import BatchScorer, Knowledge
from scamcheck.batch.text_file import REPLACEMENT

RISKS = ("none", "low", "medium", "high")
_DEATHS = 3  # of workers in a row, without a part done in between


@dataclass(frozen=True, slots=True)
class Scoring:
    """What every worker must know."""

    text: str
    prefix: str
    lang: str
    mask_quotes: bool
    mask_text: bool
    min_risk: str
    top: int | None


@dataclass(frozen=True, slots=True)
class Task:
    """One part to be made: the input as an Arrow stream, and where the result belongs."""

    number: int
    path: Path
    batch: pa.Buffer
    digest: str


_scoring: Scoring
_scorer: BatchScorer


def start(knowledge: Knowledge, scoring: Scoring) -> None:
    """Runs once in each worker."""
    global _scoring, _scorer
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's business
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    pa.set_cpu_count(1)
    _scoring = scoring
    _scorer = BatchScorer(
        knowledge.classifier(), scoring.text, prefix=scoring.prefix, lang=scoring.lang, mask=scoring.mask_quotes
    )


def _leave_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        multiprocessing.connection.wait([parent.sentinel])
        os._exit(1)


def work(task: Task) -> PartInfo:
    """Score a part and write it."""
    batch = pa.ipc.open_stream(task.batch).read_next_batch()
    scored = _scorer.score_batch(batch)
    info = PartInfo(task.number, len(batch), 0, *_count(scored))
    kept = keep(scored, _scoring)
    if _scoring.mask_text:
        kept = _masked(kept, _scoring.text)
    info = PartInfo(info.number, info.rows, len(kept), info.counts, info.odd)
    write_part(task.path, kept, info, task.digest)
    return info


def _count(scored: pa.RecordBatch) -> tuple[dict[str, int], int]:
    kinds = pa.table({name: scored.column(_scoring.prefix + name) for name in ("label", "risk")})
    found = kinds.group_by(["label", "risk"], use_threads=False).aggregate([([], "count_all")]).to_pylist()
    counts = {f"{kind['label'] or '-'} {kind['risk'] or '-'}": kind["count_all"] for kind in found}
    odd = pc.sum(pc.match_substring(scored.column(_scoring.text).cast(pa.string()), REPLACEMENT)).as_py() or 0
    return counts, odd


def keep(scored: pa.RecordBatch, scoring: Scoring) -> pa.RecordBatch:
    """The rows asked for, in their order: those of a part may be many more than the result will hold."""
    if scoring.min_risk != "none":
        wanted = pa.array(RISKS[RISKS.index(scoring.min_risk) :])
        scored = scored.filter(pc.is_in(scored.column(scoring.prefix + "risk"), wanted))
    if scoring.top is not None and len(scored) > scoring.top:
        best = most_certain(scored.column(scoring.prefix + "score"), scoring.top)
        scored = scored.take(best.take(pc.sort_indices(best)))
    return scored


def most_certain(scores: pa.Array | pa.ChunkedArray, top: int) -> pa.Array:
    """Indices of the `top` highest scores, highest first, equal ones in their order; nulls last."""
    return pc.array_sort_indices(pc.negate(scores), null_placement="at_end")[:top]


def _masked(batch: pa.RecordBatch, text: str) -> pa.RecordBatch:
    at = batch.schema.get_field_index(text)
    kind = batch.schema.field(at).type
    masked = [None if value is None else mask_numbers(value) for value in batch.column(at).to_pylist()]
    return batch.set_column(at, batch.schema.field(at), pa.array(masked, kind))


class Workers:
    """A pool that outlives its workers: parts of one that was killed are given out again."""

    def __init__(self, count: int, knowledge: Knowledge, scoring: Scoring) -> None:
        self._count = count
        self._with = (knowledge, scoring)
        self._pool = self._new_pool()
        self._under_way: dict[Future[PartInfo], Task] = {}
        self._deaths = 0

    def _new_pool(self) -> ProcessPoolExecutor:
        context = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(self._count, mp_context=context, initializer=start, initargs=self._with)

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    def submit(self, task: Task) -> None:
        try:
            self._under_way[self._pool.submit(work, task)] = task
        except BrokenProcessPool:
            self._start_again(task)

    def finished(self, *, leave: int) -> Iterator[PartInfo]:
        """Parts as they are finished, until no more than `leave` are under way."""
        while len(self._under_way) > leave:
            done, _ = wait(self._under_way, return_when=FIRST_COMPLETED)
            for future in done:
                try:
                    info = future.result()
                except BrokenProcessPool:
                    self._start_again()
                    break
                del self._under_way[future]
                self._deaths = 0
                yield info

    def _start_again(self, *more: Task) -> None:
        self._deaths += 1
        if self._deaths > _DEATHS:
            raise BatchError(
                "工作进程接连被系统终止 (多半是内存不够); 已完成的部分保留着, 减少 --workers 后再运行同一命令即可继续",
                "worker processes keep being killed (mostly for want of memory); finished parts are kept: run again with fewer --workers",
            )
        tasks = deque(sorted([*self._under_way.values(), *more], key=lambda task: task.number))
        self._pool.shutdown(wait=False)
        self._under_way.clear()
        self._pool = self._new_pool()
        for task in tasks:
            self.submit(task)
