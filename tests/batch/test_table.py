"""`score_table` gives back the kind of table it got."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import scamcheck
from scamcheck.batch import BatchError, score_stream, score_table
from tests.batch.conftest import PLAIN, SCAM

COLUMNS = {"号码": ["0138", "0139", "0137"], "content": [SCAM, None, PLAIN]}
RISKS = ["medium", None, "none"]


def test_arrow_table_and_batch(quick: scamcheck.Classifier) -> None:
    table = pa.table(COLUMNS)
    scored = score_table(table, classifier=quick)
    assert isinstance(scored, pa.Table) and scored.column("scam_risk").to_pylist() == RISKS
    assert scored.select(table.schema.names).equals(table)
    chunked = pa.concat_tables([table, table.slice(1)])
    assert score_table(chunked, classifier=quick).column("scam_risk").to_pylist() == RISKS + RISKS[1:]
    batch = pa.record_batch(COLUMNS)
    assert isinstance(score_table(batch, classifier=quick), pa.RecordBatch)
    assert len(score_table(table.slice(0, 0), classifier=quick)) == 0


def test_pandas_keeps_index_types_and_odd_columns(quick: scamcheck.Classifier) -> None:
    frame = pd.DataFrame({**COLUMNS, "any": [1, "x", {2}]}, index=[5, 5, 7])
    scored = score_table(frame, classifier=quick)
    assert isinstance(scored, pd.DataFrame)
    pd.testing.assert_frame_equal(scored[list(frame.columns)], frame)
    assert [None if pd.isna(risk) else risk for risk in scored["scam_risk"]] == RISKS
    assert list(scored["scam_flags"].iloc[0]) == ["t.account"]
    assert list(frame.columns) == ["号码", "content", "any"], "the frame given is left alone"


def test_polars(quick: scamcheck.Classifier) -> None:
    frame = pl.DataFrame(COLUMNS)
    scored = score_table(frame, classifier=quick)
    assert isinstance(scored, pl.DataFrame) and scored["scam_risk"].to_list() == RISKS
    assert scored.select(frame.columns).equals(frame)
    assert scored["scam_flags"].to_list() == [["t.account"], None, []]


@pytest.mark.parametrize("kind", [pd.DataFrame, pl.DataFrame, pa.table])
def test_wrong_columns(quick: scamcheck.Classifier, kind: object) -> None:
    cases = [({"x": [1, 2]}, "t"), ({"t": [1, 2]}, "t"), ({"t": ["a", "b"], "scam_score": [1, 2]}, "t")]
    for columns, name in cases:
        with pytest.raises(BatchError):
            score_table(kind(columns), name, classifier=quick)  # type: ignore[operator]


def test_other_kinds_are_refused() -> None:
    for wrong in ([SCAM], SCAM, {"text": [SCAM]}):
        with pytest.raises(scamcheck.InputTypeError, match="pyarrow Table"):
            score_table(wrong)


def test_shipped_classifier_is_the_default() -> None:
    assert score_table(pa.table({"text": ["您好"]})).column("scam_label").to_pylist() == [
        scamcheck.classify("您好").label
    ]


def test_stream_is_scored_as_it_is_read(quick: scamcheck.Classifier) -> None:
    asked: list[int] = []

    def batches() -> Iterator[pa.RecordBatch]:
        for number in range(3):
            asked.append(number)
            yield pa.record_batch({"content": [SCAM] * 30_000})

    source = pa.RecordBatchReader.from_batches(pa.schema([("content", pa.string())]), batches())
    reader = score_stream(source, "content", classifier=quick)
    assert asked == []
    assert len(reader.read_next_batch()) < 30_000 and asked == [0], "large batches are cut"
    assert len(reader.read_all()) + 20_000 == 90_000
    with pytest.raises(BatchError):
        score_stream(pa.table({"x": [SCAM]}), "content", classifier=quick)
    with pytest.raises(scamcheck.InputTypeError, match="streams Arrow"):
        score_stream([SCAM], "content", classifier=quick)


def test_duckdb_queries_a_scored_stream(quick: scamcheck.Classifier) -> None:
    with duckdb.connect() as connection:
        connection.sql(
            f"create table sms as select i as id, if(i % 3 = 0, null, '{SCAM}' || i) as content from range(3000) t(i)"
        )
        scored = score_stream(connection.cursor().sql("from sms where id < 2000"), "content", classifier=quick)
        connection.register("scored", scored)
        found = connection.sql(
            "select scam_risk, count(*), min(scam_flags) from scored group by 1 order by 1"
        ).fetchall()
    assert found == [("medium", 1333, ["t.account"]), (None, 667, None)]
