"""`scamcheck batch`, top to bottom: inputs → parts, each scored and kept → one output, which appears whole or not at all."""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from scamcheck import __version__
from scamcheck.batch.errors import BatchError, cannot_read, cannot_write
from scamcheck.batch.inputs import STDIN, Inputs, Reading, find_files, open_source
from scamcheck.batch.parts import PartInfo, WorkFolder, sync_folder, totals
from scamcheck.batch.scoring import PREFIX, Knowledge, PackedKnowledge, model_digest, score_fields, scored_schema
from scamcheck.batch.source import Reject, Source, storable
from scamcheck.batch.task import Scoring, Task, most_certain
from scamcheck.batch.text_column import TextColumn, find_text_column
from scamcheck.batch.text_file import fingerprint
from scamcheck.batch.workers import Workers
from scamcheck.batch.writers import Writer, check_output, open_writer
from scamcheck.masking import mask_numbers

FORMAT = 1  # of the work folder
PART_ROWS = 10_000
_FIRST_PARTS, _FIRST_ROWS = 16, 1_000  # small parts first, so that short inputs use every core too


@dataclass(frozen=True, slots=True)
class Job:
    """What the user asked for."""

    inputs: tuple[str, ...]
    output: Path
    text: str | None = None
    reading: Reading = field(default_factory=Reading)
    rules: tuple[str, ...] = ()
    model: str | bool | None = None
    prefix: str = PREFIX
    lang: str = "zh"
    mask: str = "quotes"  # none, quotes or text (the messages too)
    min_risk: str = "none"
    top: int | None = None
    encoding: str = "utf-8-sig"
    workers: int = 1
    restart: bool = False
    part_rows: int = PART_ROWS

    def options(self) -> dict[str, Any]:
        """What the result depends on, beyond inputs, rules and model."""
        reading = self.reading
        return {
            "text": self.text, "encoding_in": reading.encoding, "delimiter": reading.delimiter, "header": reading.header, "sheet": reading.sheet,
            "prefix": self.prefix, "lang": self.lang, "mask": self.mask, "min_risk": self.min_risk, "top": self.top, "encoding": self.encoding,
            "part_rows": self.part_rows,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Plan:
    """What was found out before the first row is scored."""

    sources: list[Source]
    text: TextColumn
    rows: int | None  # expected
    resumed: bool


@dataclass(slots=True)
class Summary:
    """What was done. `counts` is by 'label risk' over all rows scored, whether or not they were kept."""

    rows: int = 0
    written: int = 0
    left_out: int = 0  # by --min-risk and --top
    rejected: int = 0
    odd: int = 0
    cut: int = 0
    seconds: float = 0.0
    counts: dict[str, int] = field(default_factory=dict)


Progress = Callable[[int], None]


def run(job: Job, *, planned: Callable[[Plan], None] = lambda _: None, progress: Progress = lambda _: None) -> Summary:
    """Do the job. `planned` is called once before, `progress` with the number of rows done whenever it grows. Raises `BatchError`."""
    begun = time.monotonic()
    check_output(job.output)
    if job.output.is_dir():
        raise BatchError(f"{job.output} 是文件夹, 请写输出文件名", f"{job.output} is a folder; name the output file")
    knowledge, versions = _knowledge(job)
    work = WorkFolder(job.output)
    rejects_path = job.output.with_name(job.output.name + ".rejects.jsonl")
    piped = job.inputs == (STDIN,)
    files = [] if piped else find_files(job.inputs, leave_out=(work.path, rejects_path, job.output))
    if any(file.exists() and job.output.exists() and file.samefile(job.output) for file in files):
        raise BatchError(
            f"{job.output} 既是输入又是输出, 请换一个输出文件名",
            f"{job.output} is input and output; choose another output",
        )
    existed = work.path.exists()
    try:
        with work.locked():
            if piped:
                files = [_spool(work.path)]
            names = ["stdin"] if piped else [str(file) for file in files]
            states = [_state(file) for file in files]
            sources = [open_source(file, name, job.reading) for file, name in zip(files, names, strict=True)]
            text = (
                TextColumn(job.text, "given") if job.text else find_text_column(sources[0].schema, _samples(sources[0]))
            )
            inputs = Inputs(sources, text.name)
            schema = scored_schema(inputs.schema, text.name, score_fields(job.prefix))
            manifest = {
                "format": FORMAT, "scamcheck": __version__, **versions,
                "inputs": [[name, fingerprint(file)] for name, file in zip(names, files, strict=True)], "options": job.options(),
            }  # fmt: skip
            resumed = work.agree(manifest, restart=job.restart)
            existed = True
            planned(Plan(sources, text, inputs.rows, resumed))
            summary, parts = _score(job, inputs, work, knowledge, progress)
            for file, state in zip(files, states, strict=True):
                if _state(file) != state:
                    raise BatchError(
                        f"{file} 在处理过程中被改动了; 等它不再变化后加 --restart 重新运行",
                        f"{file} was changed while it was read; run again with --restart once it is at rest",
                    )
            _assemble(
                job,
                work,
                schema.with_metadata({"scamcheck": json.dumps({"version": __version__, **versions})}),
                parts,
                summary,
            )
            _check_rows(summary)
            _publish(job, work, rejects_path, summary)
    except BaseException:
        if not existed:  # nothing was begun that could be taken up again
            work.remove()
        raise
    work.remove()
    summary.seconds = time.monotonic() - begun
    return summary


def _knowledge(job: Job) -> tuple[PackedKnowledge, dict[str, str]]:
    """Rules and model for the workers, and their digests. This process keeps neither in memory."""
    loaded = Knowledge.load(rules=list(job.rules) or None, model=job.model)
    return loaded.packed(), {"rules": loaded.compiled["digest"], "model": model_digest(loaded.model)}


def _spool(folder: Path) -> Path:
    """Standard input as a file: it is read twice, to find out what it is and to score it."""
    path = folder / "stdin"
    try:
        with open(path, "wb") as stream:
            shutil.copyfileobj(sys.stdin.buffer, stream, 1 << 20)
    except OSError as error:
        raise cannot_write(path, error) from None
    return path


def _state(file: Path) -> tuple[int, int]:
    try:
        found = file.stat()
    except OSError as error:
        raise cannot_read(file, error) from None
    return found.st_size, found.st_mtime_ns


def _samples(source: Source) -> Iterator[pa.RecordBatch]:
    yield source.sample()


def _sizes(part_rows: int) -> Iterator[int]:
    first = itertools.repeat(min(_FIRST_ROWS, part_rows), _FIRST_PARTS)
    return itertools.chain(first, itertools.repeat(part_rows))


def _score(
    job: Job, inputs: Inputs, work: WorkFolder, knowledge: PackedKnowledge, progress: Progress
) -> tuple[Summary, list[PartInfo]]:
    """Every part finished, whether now or in an earlier run; the rows set aside written down."""
    summary = Summary()
    parts: list[PartInfo] = []
    scoring = Scoring(inputs.text, job.prefix, job.lang, job.mask != "none", job.mask == "text", job.min_risk, job.top)
    done = 0

    def count(info: PartInfo) -> None:
        nonlocal done
        parts.append(info)
        done += info.rows
        progress(done)

    with _rejects(work.path / "rejects", job) as rejects, Workers(job.workers, knowledge, scoring) as workers:
        for number, (source, chunk) in enumerate(inputs.chunks(_sizes(job.part_rows))):
            summary.rows += len(chunk.batch) + len(chunk.rejects)
            summary.rejected += len(chunk.rejects)
            for reject in chunk.rejects:
                rejects(source, reject)
            packed = _packed(chunk.batch)
            digest = hashlib.blake2b(packed, digest_size=16).hexdigest()
            info = work.finished(number, digest)
            if info is not None:
                count(info)
                continue
            workers.submit(Task(number, work.part(number), packed, digest))
            for info in workers.finished(leave=job.workers):
                count(info)
        for info in workers.finished(leave=0):
            count(info)
    parts.sort(key=lambda part: part.number)
    summary.counts = dict(totals(parts))
    summary.odd = sum(part.odd for part in parts)
    return summary, parts


def _packed(batch: pa.RecordBatch) -> pa.Buffer:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as stream:
        stream.write_batch(batch)
    return sink.getvalue()


@contextmanager
def _rejects(path: Path, job: Job) -> Iterator[Callable[[Source, Reject], None]]:
    """Writes the rows set aside to the work folder."""

    def write(source: Source, reject: Reject) -> None:
        item = {
            "file": source.name, "line": reject.line, "reason": reject.zh if job.lang == "zh" else reject.en,
            "row": mask_numbers(reject.row) if job.mask == "text" else reject.row,
        }  # fmt: skip
        stream.write(storable(json.dumps(item, ensure_ascii=False)) + "\n")

    try:
        with open(path, "w", encoding="utf-8", newline="\n") as stream:
            yield write
    except OSError as error:
        raise cannot_write(path, error) from None


def _assemble(job: Job, work: WorkFolder, schema: pa.Schema, parts: list[PartInfo], summary: Summary) -> None:
    """The parts as one file in the work folder."""
    path = work.path / "output"
    writer: Writer | None = None
    try:
        writer = open_writer(path, job.output.suffix, schema, job.encoding)
        batches: Iterator[pa.RecordBatch] = (work.read(part.number) for part in parts)
        if job.top is not None:
            batches = _best(batches, schema, job.prefix + "score", job.top)
        for batch in batches:
            writer.write(batch)
        writer.close()
    except OSError as error:
        path.unlink(missing_ok=True)
        raise cannot_write(job.output, error) from None
    summary.written, summary.cut = writer.rows, writer.cut
    kept = sum(part.kept for part in parts)
    summary.left_out = sum(part.rows for part in parts) - kept
    if job.top is not None:
        summary.left_out += max(0, kept - job.top)


def _best(batches: Iterator[pa.RecordBatch], schema: pa.Schema, score: str, top: int) -> Iterator[pa.RecordBatch]:
    """The `top` rows with the highest scores, highest first."""
    best = pa.Table.from_batches([], schema)
    for batch in batches:
        rows = pa.Table.from_batches([*best.to_batches(), batch.replace_schema_metadata(schema.metadata)], schema)
        best = rows.take(most_certain(rows.column(score).combine_chunks(), top))
    yield from best.combine_chunks().to_batches(PART_ROWS)


def _check_rows(summary: Summary) -> None:
    if summary.rows != summary.written + summary.left_out + summary.rejected:
        raise AssertionError(
            f"rows read {summary.rows}, written {summary.written}, left out {summary.left_out}, set aside {summary.rejected}"
        )


def _publish(job: Job, work: WorkFolder, rejects_path: Path, summary: Summary) -> None:
    """The result under its name. The rows set aside go first, so that the output's appearance means all is there."""
    try:
        if summary.rejected:
            _move(work.path / "rejects", rejects_path)
        else:
            rejects_path.unlink(missing_ok=True)
        _move(work.path / "output", job.output)
        sync_folder(job.output.parent)
    except OSError as error:
        raise cannot_write(job.output, error) from None


def _move(source: Path, target: Path) -> None:
    with open(source, "rb") as stream:
        os.fsync(stream.fileno())
    os.replace(source, target)
