"""Runs the passes' statements by Spark SQL, in an environment of its own, over the files that the others read."""

import json
import sys
import time
from pathlib import Path

from pyspark.sql import SparkSession


def main() -> None:
    """Argument: a JSON file with `tables` (name -> Parquet file) and `statements` (name -> text, folder to fill)."""
    told = json.loads(Path(sys.argv[1]).read_text())
    spark = (
        SparkSession.builder.master("local[*]")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "8")
        .config("spark.driver.memory", "2g")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .getOrCreate()
    )
    for name, path in told["tables"].items():
        spark.read.parquet(path).createOrReplaceTempView(name)
    seconds = {}
    for name, (statement, folder) in told["statements"].items():
        begun = time.perf_counter()
        spark.sql(statement).write.mode("overwrite").parquet(folder)
        seconds[name] = time.perf_counter() - begun
    spark.stop()
    print(json.dumps(seconds))


if __name__ == "__main__":
    main()
