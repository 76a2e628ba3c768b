"""Takes the outcomes through the boundary: extract sealed here, released by the anonymiser over there."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.demo.house import House, run_anonymiser
from app.services.dataset.extract import write_extract
from app.services.dataset.secondary_use import TYPE_1, WITHDRAWN, write_lists


@dataclass(frozen=True)
class Dataset:
    """What the release says of itself; None is 1 to 9, which it does not say."""

    rows_extracted: int
    rows_released: int
    rows_suppressed: int | None
    opted_out: int | None
    path: Path

    def as_json(self) -> dict[str, Any]:
        """As the summary tells it."""
        return {
            "rows_extracted": self.rows_extracted,
            "rows_released": self.rows_released,
            "rows_suppressed": self.rows_suppressed,
            "opted_out": self.opted_out,
            "path": str(self.path),
        }


def release_dataset(house: House, var: Path) -> Dataset:
    """Write the sealed extract, have it released and verified by the anonymiser, read its manifest."""
    print("Sealing the extract and releasing the dataset ...", flush=True)
    settings = house.runtime.settings
    if settings.extract_public_key is None or settings.extract_dir is None:
        raise LookupError("the demonstration sets both")
    write_lists(house.runtime.db, settings.extract_dir)  # first: no release sees an extract without them
    written = write_extract(house.runtime.db, settings.extract_public_key.read_bytes(), settings.extract_dir)
    releases = var / "releases"
    keys = str(house.anonymiser_keys)
    said_no = [settings.extract_dir / name for name in (TYPE_1, WITHDRAWN)]
    lists = ("--type-1", str(said_no[0]), "--withdrawn", str(said_no[1]))
    order = ("--extract", str(written.path), "--keys", keys, "--out", str(releases))
    told = run_anonymiser("release", *order, *lists)
    path = Path(told.strip().splitlines()[-1])
    run_anonymiser("verify", "--release", str(path))
    counts = json.loads((path / "manifest.json").read_text())["counts"]
    return Dataset(
        rows_extracted=counts["rows_extracted"],
        rows_released=counts["rows_released"],
        rows_suppressed=counts["rows_suppressed"],
        opted_out=counts["opted_out"],
        path=path,
    )
