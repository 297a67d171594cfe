"""Messages a second of `scamcheck.spark.score` on a local Spark session of one and of two cores, Python workers warm; no sink;
the best of three.

python benchmarks/spark.py --rows 200000
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from inbox import messages
from pyspark.sql import SparkSession

from scamcheck import spark

FILES = 8
REPEATS = 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--duplicates", type=float, default=0.3)
    options = parser.parse_args()
    os.environ["PYSPARK_PYTHON"] = sys.executable
    with tempfile.TemporaryDirectory() as folder:
        table = pa.table({"content": messages(options.rows, duplicates=options.duplicates)})
        size = -(-options.rows // FILES)
        for number in range(FILES):
            pq.write_table(table.slice(number * size, size), Path(folder) / f"{number}.parquet")
        rates = {cores: rate(cores, folder, options.rows) for cores in (1, 2)}
    print(f"{options.rows:,} rows, {options.duplicates:.0%} duplicates")
    for cores, found in rates.items():
        print(f"local[{cores}] {found:8,.0f} rows/s  {found / rates[1]:.2f} ×")


def rate(cores: int, folder: str, rows: int) -> float:
    builder = SparkSession.builder.master(f"local[{cores}]").config("spark.ui.enabled", "false")
    session = (
        builder.config("spark.driver.host", "127.0.0.1").config("spark.driver.bindAddress", "127.0.0.1").getOrCreate()
    )
    session.sparkContext.setLogLevel("FATAL")
    session.conf.set("spark.sql.files.maxPartitionBytes", "4m")
    scored = spark.score(session.read.parquet(folder))
    scored.limit(100).write.format("noop").mode("overwrite").save()
    times = []
    for _ in range(REPEATS):
        start = time.monotonic()
        scored.write.format("noop").mode("overwrite").save()
        times.append(time.monotonic() - start)
    session.stop()
    return rows / min(times)


if __name__ == "__main__":
    main()
