"""The analyst's two lines, run as they are printed, by a program that has an address, a token and the client."""

from __future__ import annotations

import os
import subprocess
import sys

from app.demo import analyst
from app.demo.dataset import Dataset
from app.demo.house import House
from app.demo.processes import ROOT

_CLIENT = ROOT / "clients" / "python"
_SECONDS = 120  # a machine may be busy; the rows themselves come at once


def pull(house: House, dataset: Dataset) -> tuple[str, list[str]]:
    """Pull the release in two lines; return the words that show them, and what went wrong, nothing as it should be."""
    lines = "\n".join(
        [
            "from backstitch_dataset import Dataset",
            f'frame = Dataset("{house.base_url}", "{analyst.prepare(house)}").referrals()',
        ]
    )
    done = subprocess.run(
        [sys.executable, "-"],
        input=f"{lines}\nprint(frame.height)\n",
        env={"PATH": os.defpath, "PYTHONPATH": str(_CLIENT)},
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    pulled = done.stdout.strip()
    words = (
        f"An analyst pulls it in two lines ({pulled or 'no'} rows came), with clients/python on the path:\n"
        + "\n".join(f"  {line}" for line in lines.splitlines())
        + f"\nMore: clients/README.md, {house.base_url}/dataset/v1/openapi.json"
    )
    if pulled == str(dataset.rows_released):
        return words, []
    return words, [f"The two lines pulled {pulled or 'nothing'}: {done.stderr.strip()[-300:]}"]
