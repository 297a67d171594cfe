"""Scores a Parquet table, partition by partition, on Spark.

    spark-submit examples/spark_parquet.py INPUT OUTPUT --text content --partition-by day

Executors need scamcheck with its extra `batch`, of the driver's version: on every node, or packed (`venv-pack`) and sent along with
`--archives env.tar.gz#env --conf spark.pyspark.python=env/bin/python`. Rules and model travel inside the job.
"""

from __future__ import annotations

import argparse

from pyspark.sql import SparkSession

from scamcheck import spark


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("input")
    parser.add_argument("output", help="a folder that is not there yet")
    parser.add_argument("--text", default="content", help="column of the messages")
    parser.add_argument("--rules", action="append", help="rule folder on the driver; repeat to layer")
    parser.add_argument("--partition-by", nargs="*", default=[], metavar="COLUMN")
    options = parser.parse_args()

    session = SparkSession.builder.appName("scamcheck").getOrCreate()
    messages = session.read.parquet(options.input)
    scored = spark.score(messages, options.text, rules=options.rules)
    scored.write.partitionBy(*options.partition_by).parquet(options.output)
    session.stop()


if __name__ == "__main__":
    main()
