"""One part: scored, counted, cut down to what was asked for, written."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from scamcheck.batch.parts import PartInfo, write_part
from scamcheck.batch.rendering import content
from scamcheck.batch.scoring import BatchScorer
from scamcheck.batch.text_file import REPLACEMENT
from scamcheck.masking import mask_numbers

RISKS = ("none", "low", "medium", "high")


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


def work(task: Task, scorer: BatchScorer, scoring: Scoring) -> PartInfo:
    """Score a part and write it."""
    batch = pa.ipc.open_stream(task.batch).read_next_batch()
    scored = scorer.score_batch(batch)
    counts, odd = _count(scored, scoring)
    kept = keep(scored, scoring)
    if scoring.mask_text:
        kept = _masked(kept, scoring.text)
    info = PartInfo(task.number, len(batch), len(kept), counts, odd)
    write_part(task.path, kept, info, task.digest)
    return info


def _count(scored: pa.RecordBatch, scoring: Scoring) -> tuple[dict[str, int], int]:
    kinds = pa.table({name: scored.column(scoring.prefix + name) for name in ("label", "risk")})
    found = kinds.group_by(["label", "risk"], use_threads=False).aggregate([([], "count_all")]).to_pylist()
    counts = {f"{kind['label'] or '-'} {kind['risk'] or '-'}": kind["count_all"] for kind in found}
    texts = scored.column(scoring.text).cast(pa.string())
    some = REPLACEMENT.encode() in content(texts).to_pybytes()
    return counts, pc.sum(pc.match_substring(texts, REPLACEMENT)).as_py() if some else 0


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
