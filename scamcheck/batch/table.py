"""`score_table`: a pyarrow, pandas or polars table with the verdicts as columns. `score_stream`: the same for what streams Arrow."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import pyarrow as pa

from scamcheck.batch.errors import BatchError
from scamcheck.batch.scoring import PREFIX, BatchScorer, as_strings, is_text, scored_schema
from scamcheck.batch.text_column import find_text_column
from scamcheck.classifier import Classifier, default_classifier
from scamcheck.errors import InputTypeError

CHUNK_ROWS = 20_000
Table = TypeVar("Table")


def score_table(
    table: Table,
    text: str | None = None,
    *,
    classifier: Classifier | None = None,
    prefix: str = PREFIX,
    lang: str = "zh",
    mask: bool = True,
) -> Table:
    """`table` with the columns of `SCORE_FIELDS` added, as the kind of table it is: pyarrow Table or RecordBatch, pandas or polars DataFrame.

    The column of messages is `text`, or is found by its name or content. Rows, their order, other columns and a pandas index stay as they
    are. Missing messages get missing verdicts. Raises `BatchError` for a column that is absent, not text or in the way.
    """
    score: Callable[..., Any] = _score_arrow if isinstance(table, (pa.Table, pa.RecordBatch)) else _score_frame
    scored: Table = score(table, text, classifier or default_classifier(), prefix, lang, mask)
    return scored


def score_stream(
    source: Any,
    text: str,
    *,
    classifier: Classifier | None = None,
    prefix: str = PREFIX,
    lang: str = "zh",
    mask: bool = True,
) -> pa.RecordBatchReader:
    """The record batches of `source` with the columns of `SCORE_FIELDS`, each scored as it is asked for.

    `source` is anything that streams Arrow (`__arrow_c_stream__`): a DuckDB relation, a pyarrow reader, dataset scanner or table. It is read
    once. Raises `BatchError` for a column that is absent, not text or in the way.
    """
    if not hasattr(source, "__arrow_c_stream__"):
        raise InputTypeError(f"score_stream takes what streams Arrow (__arrow_c_stream__), not {type(source).__name__}")
    reader = pa.RecordBatchReader.from_stream(source)
    scorer = BatchScorer(classifier or default_classifier(), text, prefix=prefix, lang=lang, mask=mask)

    def scored() -> Iterator[pa.RecordBatch]:
        for batch in reader:
            for start in range(0, len(batch), CHUNK_ROWS):
                yield scorer.score_batch(batch.slice(start, CHUNK_ROWS))

    return pa.RecordBatchReader.from_batches(scorer.schema(reader.schema), scored())


def _score_arrow(
    table: Any, text: str | None, classifier: Classifier, prefix: str, lang: str, mask: bool
) -> pa.Table | pa.RecordBatch:
    name = text or find_text_column(table.schema, [table.slice(0, 1000)]).name
    scorer = BatchScorer(classifier, name, prefix=prefix, lang=lang, mask=mask)
    if isinstance(table, pa.RecordBatch):
        return scorer.score_batch(table)
    batches = [scorer.score_batch(batch) for batch in table.combine_chunks().to_batches(CHUNK_ROWS)]
    return pa.Table.from_batches(batches, schema=scorer.schema(table.schema))


def _score_frame(frame: Any, text: str | None, classifier: Classifier, prefix: str, lang: str, mask: bool) -> Any:
    kind = type(frame).__module__.partition(".")[0]
    if type(frame).__name__ != "DataFrame" or kind not in ("pandas", "polars"):
        raise InputTypeError(
            f"score_table takes a pyarrow Table or RecordBatch or a pandas or polars DataFrame, not {type(frame).__name__}"
        )
    pandas = kind == "pandas"
    name = text or find_text_column(*_sample(frame.head(1000), pandas)).name
    if list(frame.columns).count(name) != 1:
        raise BatchError(
            f"没有 (或不止一个) 名为 {name} 的列",
            f"there is not exactly one column {name!r}; the columns are {list(frame.columns)[:30]}",
        )
    column = _strings(frame[name], name, pandas)
    scorer = BatchScorer(classifier, name, prefix=prefix, lang=lang, mask=mask)
    scored_schema(pa.schema([pa.field(str(other), pa.string()) for other in frame.columns]), name, scorer.fields)
    one = pa.table({name: column}).combine_chunks()
    batches = [scorer.score_batch(batch) for batch in one.to_batches(CHUNK_ROWS)]
    scores = pa.Table.from_batches(batches, schema=scorer.schema(one.schema)).drop_columns([name])
    if pandas:
        return frame.assign(**scores.to_pandas().set_axis(frame.index).to_dict("series"))
    import polars

    return frame.hstack(polars.from_arrow(scores))


def _sample(frame: Any, pandas: bool) -> tuple[pa.Schema, list[pa.Table]]:
    """The columns of a frame that are text, as Arrow."""
    columns = {}
    for name in frame.columns:
        if list(frame.columns).count(name) == 1:
            try:
                columns[str(name)] = _strings(frame[name], name, pandas)
            except BatchError:
                continue
    table = pa.table(columns)
    return table.schema, [table]


def _strings(series: Any, name: str, pandas: bool) -> pa.Array:
    try:
        values = pa.array(series, from_pandas=True) if pandas else series.to_arrow()
    except (pa.ArrowInvalid, pa.ArrowTypeError, UnicodeEncodeError):
        values = None
    if values is None or not is_text(values.type):
        raise BatchError(
            f"{name} 列不是文本; 请先转成字符串, 缺失值用 None",
            f"column {name!r} is not text; make it strings, with None for what is missing",
        )
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    return as_strings(values)
