"""Verdicts as columns of a Spark DataFrame, static or streaming: the Arrow batch function of `scamcheck.batch` inside `mapInArrow`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from scamcheck.batch import BatchError, BatchScorer, Knowledge
from scamcheck.batch.scoring import PREFIX, PackedKnowledge, score_fields

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

BatchFunction = Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]


def score(
    df: DataFrame,
    text: str = "content",
    *,
    rules: str | Path | Sequence[str | Path] | None = None,
    model: str | Path | bool | None = None,
    prefix: str = PREFIX,
    lang: str = "zh",
    mask: bool = True,
) -> DataFrame:
    """`df` with the verdicts on its column `text` after its own columns; nothing is computed until an action or a sink asks for it.

    Appended, all nullable: label, name, risk, advice (string), score (double), flags, titles, quotes (array<string>), their names after
    `prefix`. A null message gets nulls; rows, their partitions and other columns stay as they are. `df` may be streaming.

    Rules and model are read here, on the driver, and travel inside the job; executors need scamcheck of the same version with its extra
    `batch`. Each Python worker builds the classifier once. Parameters `rules` and `model` and their errors are those of
    `Classifier.load`. Raises `BatchError` for a column that is absent, not a string, or in the way.
    """
    from pyspark.sql.types import ArrayType, DoubleType, StringType, StructField, StructType

    _check(df.schema, text, prefix)
    spark_types = {
        pa.string(): StringType(),
        pa.float64(): DoubleType(),
        pa.list_(pa.string()): ArrayType(StringType()),
    }
    added = [StructField(field.name, spark_types[field.type]) for field in score_fields(prefix)]
    knowledge = Knowledge.load(rules=rules, model=model).packed()
    function = batch_function(knowledge, text, prefix=prefix, lang=lang, mask=mask)
    return df.mapInArrow(function, StructType([*df.schema.fields, *added]))


def batch_function(knowledge: PackedKnowledge, text: str, *, prefix: str, lang: str, mask: bool) -> BatchFunction:
    """What runs in the Python workers."""

    def scored(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        scorer = BatchScorer(knowledge.classifier(), text, prefix=prefix, lang=lang, mask=mask)
        yield from map(scorer.score_batch, batches)

    return scored


def _check(schema: Any, text: str, prefix: str) -> None:
    from pyspark.sql.types import StringType

    columns = "、".join(schema.names[:30])
    found = [field for field in schema.fields if field.name == text]
    if len(found) != 1:
        raise BatchError(
            f"没有 (或不止一个) 名为 {text} 的列; 有这些列: {columns}",
            f"there is not exactly one column {text}; there are {columns.replace('、', ', ')}: pass text=…",
        )
    if not isinstance(found[0].dataType, StringType):
        kind = found[0].dataType.simpleString()
        raise BatchError(
            f"{text} 列不是 string (类型是 {kind})",
            f"column {text} is not a string (it is {kind}); pass text=… or cast it",
        )
    taken = {name.casefold() for name in schema.names}  # Spark's names ignore case
    for field in score_fields(prefix):
        if field.name.casefold() in taken:
            raise BatchError(
                f"已有名为 {field.name} 的列, 请换 prefix",
                f"there is a column {field.name} already; pass another prefix=…",
            )
