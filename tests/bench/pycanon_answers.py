"""Asks pycanon, in the environment of its own, what k, l and t a file has, and how long it took to say so."""

import json
import sys
import time

import pandas as pd
from pycanon import anonymity


def main() -> None:
    """Arguments: a Parquet file, the quasi-identifiers by comma, the sensitive columns by comma; `entropy` or not."""
    path, quasi, sensitive = sys.argv[1], sys.argv[2].split(","), sys.argv[3].split(",")
    data = pd.read_parquet(path)
    begun = time.process_time()
    answers: dict[str, object] = {"k": int(anonymity.k_anonymity(data, quasi))}
    for name in sensitive:
        answers[name] = {
            "l": int(anonymity.l_diversity(data, quasi, [name])),
            "t": float(anonymity.t_closeness(data, quasi, [name])),
        }
    answers["seconds"] = time.process_time() - begun
    for name in sensitive if "entropy" in sys.argv[4:] else ():
        # A whole number: pycanon cuts off what is behind the point.
        answers[name]["entropy_l"] = int(anonymity.entropy_l_diversity(data, quasi, [name]))  # type: ignore[index]
    print(json.dumps(answers))


if __name__ == "__main__":
    main()
