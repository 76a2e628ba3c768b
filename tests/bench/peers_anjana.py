"""Has anjana, in the environment of its own, choose levels for the sample, and says how long that took."""

import json
import sys
import time
from pathlib import Path

import pandas as pd
from anjana.anonymity import k_anonymity


def main() -> None:
    """Arguments: the folder of the samples, how many rows, the columns by comma, and where to write the labels."""
    folder, rows, columns, target = Path(sys.argv[1]), sys.argv[2], sys.argv[3].split(","), sys.argv[4]
    data = pd.read_parquet(folder / f"ref_{rows}.parquet")[[*columns, "outcome"]].astype({"age": str})
    hierarchies = {}
    for name in columns:
        levels = pd.read_csv(folder / f"h_{name}.csv", sep=";", header=None, dtype=str)
        hierarchies[name] = {level: levels[level].to_numpy() for level in levels.columns}
    begun = time.perf_counter()
    made = k_anonymity(data, [], columns, 10, 5, hierarchies)
    seconds = time.perf_counter() - begun
    made[columns].to_parquet(target)
    print(json.dumps({"seconds": seconds}))


if __name__ == "__main__":
    main()
