"""Counts what became of every row, and lists what a release is made of."""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from anonymiser.extract_header import Header
from anonymiser.policy import FURTHEST_OUTCOMES, MINIMUM_OUTCOMES, MINIMUM_PEOPLE, POLICY_VERSION
from anonymiser.releasing.folder import Content, sha256
from anonymiser.releasing.package import json_bytes
from anonymiser.releasing.protect import Protected
from anonymiser.releasing.series import Series
from anonymiser.releasing.sources import Order, Source
from anonymiser.releasing.telling import Telling, told
from anonymiser.releasing.verify import MANIFEST, MANIFEST_SUM, manifest_sum


@dataclass(frozen=True, kw_only=True)
class Part:
    """One dataset on its way out: what could have come out, and what does, with the rows' names."""

    protected: Protected
    exact: pl.DataFrame
    rows: pl.DataFrame
    earlier: Sequence[pl.DataFrame]

    def written(self) -> "Part":
        """The same with no more of the rows than whose they are: what they show lies in files."""
        return replace(self, rows=self.rows.select("row_id", "row", "person"))

    def checked(self) -> "Part":
        """The same with no more of them than how many there are: whose they are was needed for the check."""
        return replace(self, rows=self.rows.select("person"))


def manifest_of(
    order: Order, series: Series, source: Source, *, parts: Sequence[Part], telling: Telling
) -> dict[str, Any]:
    """Everything but the release's name, the ledger's head and the files."""
    return {
        "release_id": "",
        "created_on": source.created_on.isoformat(),
        "policy": POLICY_VERSION,
        "key_id": order.keys.root.key_id,
        "sealing_key_id": order.keys.sealing_key_id,
        "thresholds": {
            "people": MINIMUM_PEOPLE,
            "distinct_outcomes": MINIMUM_OUTCOMES,
            "distance": FURTHEST_OUTCOMES,
        },
        "counts": _counts(source, parts[0], telling),
        "rows": {part.protected.dataset.name: part.rows.height for part in parts},
        "extracts": [_lineage(key, extract.header) for key, (_, extract) in source.extracts.items()],
        "earlier": {each.id: each.about["manifest"] for each in series.past},
        "national_data_opt_out": order.lists.national_rule,
    }


def left_of(part: Part, telling: Telling) -> int | None:
    """What is told of how many of a dataset's rows did not come out: by manifest and risk report alike."""
    return telling.tell(f"{part.protected.dataset.name} left", part.protected.left)


def _counts(source: Source, referrals: Part, telling: Telling) -> dict[str, Any]:
    """What became of the rows, for everybody's eyes: what the files show is exact, all else is told as by a table.

    `rows_extracted` is the sum of the numbers that are told, so that it tells no more than they do.
    """
    exact = exact_counts(source, referrals)
    visible = {name: exact[name] for name in ("rows_released_before", "rows_released")}
    left, before = left_of(referrals, telling), exact["rows_released_before"]
    left_out = {
        reason: telling.tell(f"left out: {reason}", rows) for reason, rows in exact["left_out"].items()
    }
    hidden = {
        "rows_tripped": telling.tell("rows_tripped", exact["rows_tripped"]),
        "rows_suppressed": 0 if before else left,
        "rows_waiting": left if before else 0,
        "rows_left_out": _left_out(exact, left_out, telling),
    }
    excluded = {
        reason: telling.tell(f"excluded: {reason}", rows) for reason, rows in exact["excluded"].items()
    }
    return {
        "rows_extracted": sum(visible.values()) + sum(rows or 0 for rows in hidden.values()),
        **hidden,
        **visible,
        "rows_without_number": telling.tell("rows_without_number", exact["rows_without_number"]),
        "opted_out": telling.tell("opted_out", exact["opted_out"]),
        # A reason that is new, and of which nothing is told yet, would say by its name that there is somebody.
        "excluded": {reason: rows for reason, rows in excluded.items() if rows != 0},
        "left_out": left_out,
    }


def exact_counts(source: Source, referrals: Part) -> dict[str, Any]:
    """The same to the row, for the steward alone."""
    headers = [extract.header for _, extract in source.extracts.values()]
    reasons = sorted({reason for header in headers for reason in header.excluded})
    left, before = referrals.protected.left, sum(rows.height for rows in referrals.earlier)
    there = source.referrals.height - referrals.exact.height
    return {
        "rows_extracted": sum(header.rows for header in headers),
        "rows_tripped": sum(extract.rejected for _, extract in source.extracts.values()),
        "rows_left_out": sum(source.left_out.values()),
        "rows_left_out_and_not_released": sum(source.left_out.values()) - (before - there),
        "rows_released_before": before,
        "rows_suppressed": 0 if before else left,
        "rows_waiting": left if before else 0,
        "rows_released": referrals.rows.height,
        "rows_without_number": source.without_number,
        "opted_out": sum(header.opted_out for header in headers),
        "excluded": {reason: sum(header.excluded.get(reason, 0) for header in headers) for reason in reasons},
        "left_out": dict(source.left_out),
    }


def _lineage(key: str, header: Header) -> dict[str, str]:
    """An extract, without its counts: the release's own less those would tell of a few."""
    return {
        "id": key,
        "created_on": header.created_on.isoformat(),
        "until": header.watermark.date().isoformat(),
    }


def _left_out(exact: Mapping[str, Any], by_reason: Mapping[str, int | None], telling: Telling) -> int | None:
    """What is told of the rows that the lists left out and no release has."""
    rows = exact["rows_left_out_and_not_released"]
    gone = exact["rows_left_out"] - rows
    return telling.tell_as(
        "rows_left_out", rows, anew=told(rows) if gone else _sum_of_told(by_reason.values())
    )


def _sum_of_told(parts: Iterable[int | None]) -> int | None:
    """What the parts that are told come to; None where there are only such as are not."""
    numbers = [*parts]
    known = [each for each in numbers if each is not None]
    return sum(known) if any(known) or len(known) == len(numbers) else None


def sealed(files: dict[str, Content], manifest: dict[str, Any]) -> dict[str, Content]:
    """All files with the manifest that lists them, and its own hash."""
    names = sorted(files)
    with ThreadPoolExecutor() as threads:  # the rows lie in large files, of which two are read at once
        sums = threads.map(sha256, [files[name] for name in names])
        manifest["files"] = dict(zip(names, sums, strict=True))
    written = json_bytes(manifest)
    return {**files, MANIFEST: written, MANIFEST_SUM: manifest_sum(written).encode()}
