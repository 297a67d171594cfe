"""Scoring inside a real local Spark session. Needs Java and the extra `spark`."""

from __future__ import annotations

import datetime
import decimal
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import scamcheck
from scamcheck.batch import BatchError, Knowledge, score_table
from scamcheck.batch.scoring import SCORE_FIELDS
from scamcheck.model.corpus import expand_all, read_corpus, read_slots
from scamcheck.resources import rules_directory
from tests.conftest import RuleFolder

pyspark = pytest.importorskip("pyspark")
pytestmark = [
    pytest.mark.skipif(shutil.which("java") is None, reason="Spark needs Java"),
    pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # py4j leaves sockets to the collector
]

SCAM = "有人在我微信上订购物资,说是部队的,但让我先垫付8万元"
PLAIN = "妈,周末回家吃饭"
COLUMNS = ["scam_" + field.name for field in SCORE_FIELDS]
EXAMPLE = Path(__file__).parent.parent / "examples" / "spark_parquet.py"


@pytest.fixture(scope="module")
def session() -> Iterator[Any]:
    from pyspark.sql import SparkSession

    os.environ["PYSPARK_PYTHON"] = sys.executable
    settings = {
        "spark.ui.enabled": "false", "spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1",
        "spark.sql.shuffle.partitions": "2",
    }  # fmt: skip
    builder = SparkSession.builder.master("local[2]").appName("scamcheck")
    for name, value in settings.items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("FATAL")
    yield spark
    spark.stop()


@pytest.mark.parametrize("large", ["false", "true"])
def test_columns_are_appended_and_others_left_as_they_are(session: Any, large: str) -> None:
    from scamcheck import spark

    session.conf.set("spark.sql.execution.arrow.useLargeVarTypes", large)
    moment, price = datetime.datetime(2026, 11, 1, 10), decimal.Decimal("1.10")
    rows = [(1, SCAM, {"a": [1, None]}, moment, price), (2, None, None, None, None), (3, "", None, None, None)]
    df = session.createDataFrame(
        rows, "id int, content string, tags map<string,array<int>>, at timestamp, price decimal(10,2)"
    )
    scored = spark.score(df)
    assert scored.schema.names == [*df.schema.names, *COLUMNS]
    found = sorted(scored.collect(), key=lambda row: row.id)
    assert [tuple(row)[: len(rows[0])] for row in found] == rows
    expected = score_table(pa.table({"content": [SCAM, None, ""]})).select(COLUMNS).to_pylist()
    assert [{name: row[name] for name in COLUMNS} for row in found] == expected
    assert expected[0]["scam_label"] == "military_procurement" and expected[1]["scam_label"] is None


def test_wrong_columns_are_refused_before_any_job(session: Any) -> None:
    from scamcheck import spark

    df = session.createDataFrame([(1, SCAM, "x")], "id int, content string, Scam_Risk string")
    cases = (("message", "there are id, content"), ("id", "not a string .it is int"), ("content", "scam_risk already"))
    for text, words in cases:
        with pytest.raises(BatchError, match=words):
            spark.score(df, text)
    assert spark.score(df, prefix="s_").columns[-1] == "s_advice"
    with pytest.raises(scamcheck.InputError):
        spark.score(df, prefix="s_", rules="no/such/folder")


def test_rules_travel_with_the_job_and_nothing_runs_before_an_action(session: Any, folder: RuleFolder) -> None:
    from scamcheck import spark

    folder.rules(("t.lend", "    when: 垫付"))
    df = session.createDataFrame([(SCAM,), (PLAIN,)], "content string")
    before = len(session.sparkContext.statusTracker().getJobIdsForGroup(None))
    scored = spark.score(df, rules=folder.path, model=False)
    assert len(session.sparkContext.statusTracker().getJobIdsForGroup(None)) == before
    shutil.rmtree(folder.path)
    assert {row.content: row.scam_flags for row in scored.collect()} == {SCAM: ["t.lend"], PLAIN: []}


def test_each_worker_builds_its_classifier_once(session: Any, folder: RuleFolder) -> None:
    from scamcheck import spark

    folder.rules(("t.lend", "    when: 垫付"))
    packed = Knowledge.load(rules=folder.path, model=False).packed()
    function = spark.batch_function(packed, "content", prefix="", lang="zh", mask=True)

    def probe(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in function(batches):
            yield pa.record_batch(
                {"process": [os.getpid()] * len(batch), "classifier": [id(packed.classifier())] * len(batch)}
            )

    df = session.createDataFrame([(SCAM,)] * 64, "content string").repartition(16)
    found = df.mapInArrow(probe, "process long, classifier long").distinct().collect()
    assert 1 <= len(found) == len({row.process for row in found}) <= 2


def test_streaming(session: Any, tmp_path: Path) -> None:
    from scamcheck import spark

    source, result = tmp_path / "in", tmp_path / "out"
    source.mkdir()
    for number, texts in enumerate(([SCAM, None], [PLAIN])):
        pq.write_table(pa.table({"content": pa.array(texts, pa.string())}), source / f"{number}.parquet")
    stream = spark.score(
        session.readStream.schema("content string").option("maxFilesPerTrigger", 1).parquet(str(source))
    )
    assert stream.isStreaming
    query = stream.writeStream.format("parquet").option("checkpointLocation", str(tmp_path / "checkpoint"))
    assert query.trigger(availableNow=True).start(str(result)).awaitTermination(120)
    rows = session.read.parquet(str(result)).collect()
    assert {row.content: row.scam_risk for row in rows} == {
        SCAM: scamcheck.classify(SCAM).risk, PLAIN: scamcheck.classify(PLAIN).risk, None: None,
    }  # fmt: skip


@pytest.mark.slow
def test_example_job(session: Any, tmp_path: Path) -> None:
    """`spark-submit examples/spark_parquet.py` over a table partitioned by day."""
    session.createDataFrame(
        [(1, SCAM, "2026-11-01"), (2, None, "2026-11-01"), (3, PLAIN, "2026-11-02")],
        "id int, content string, day string",
    ).write.partitionBy("day").parquet(str(tmp_path / "in"))
    submit = Path(pyspark.__file__).parent / "bin" / "spark-submit"
    call = [submit, "--master", "local[1]", "--conf", "spark.driver.bindAddress=127.0.0.1", "--conf", "spark.driver.host=127.0.0.1",
            EXAMPLE, tmp_path / "in", tmp_path / "out", "--partition-by", "day"]  # fmt: skip
    done = subprocess.run([str(item) for item in call], capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert sorted(path.name for path in (tmp_path / "out").glob("day=*")) == ["day=2026-11-01", "day=2026-11-02"]
    rows = session.read.parquet(str(tmp_path / "out")).collect()
    assert {row.id: row.scam_label for row in rows} == {1: "military_procurement", 2: None, 3: "benign"}


@pytest.mark.slow
def test_a_million_rows_skewed_and_with_nulls_equal_the_local_result(session: Any, tmp_path: Path) -> None:
    from scamcheck import spark

    corpus = rules_directory().parent / "corpus"
    texts = [message.text for message in expand_all(read_corpus(corpus), read_slots(corpus), copies=1)]
    chance = random.Random(5)
    pool: list[str | None] = [*chance.sample(texts, 500), "", "\x00", "😀" * 50, *[None] * 25]
    sizes = [700_000, 200_000, 99_999, 1, 0]  # one partition holds most; one holds nothing
    table = pa.table({"id": range(sum(sizes)), "content": chance.choices(pool, k=sum(sizes))})
    source = tmp_path / "in"
    source.mkdir()
    start = 0
    for number, size in enumerate(sizes):
        pq.write_table(table.slice(start, size), source / f"part-{number}.parquet")
        start += size
    spark.score(session.read.parquet(str(source))).write.parquet(str(tmp_path / "out"))
    found = pq.read_table(tmp_path / "out").sort_by("id")
    expected = score_table(table)
    assert found.num_rows == sum(sizes)
    assert found.column_names == expected.column_names
    for name in expected.column_names:
        assert found.column(name).combine_chunks().equals(expected.column(name).combine_chunks()), name
