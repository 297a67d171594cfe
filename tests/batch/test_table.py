"""`score_table` gives back the kind of table it got."""

from __future__ import annotations

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import scamcheck
from scamcheck.batch import BatchError, score_table
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
