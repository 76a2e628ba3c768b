"""Holds extracts against the series and the calendar: none twice, none changed, none out of order, none to come."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from anonymiser.errors import Refusal
from anonymiser.extract import Extract
from anonymiser.releasing.series import Series

Given = dict[str, tuple[Path, Extract]]
"""Extracts by their id: where each lies and what it holds."""


def contents_of(extracts: Mapping[str, tuple[Path, Extract]]) -> dict[str, dict[str, str]]:
    """What the series keeps of each extract, by its id: what it held, when it was made and up to when it reaches."""
    return {
        key: {
            "plain": extract.plain,
            "sealed": extract.sealed,
            "created_on": extract.header.created_on.isoformat(),
            "watermark": extract.header.watermark.isoformat(),
        }
        for key, (_, extract) in extracts.items()
    }


def check_day(extract: Extract, today: date | None) -> None:
    """Raise Refusal where an extract says that it is made on a day to come, by a day more than time zones explain."""
    if today is not None and extract.header.created_on > today + timedelta(days=1):
        raise Refusal(
            f"Extract {extract.header.extract_id}: it says that it was made on "
            f"{extract.header.created_on.isoformat()}, a day to come. Put the platform's clock right."
        )


def check_lineage(extracts: Mapping[str, tuple[Path, Extract]], series: Series) -> None:
    """Raise Refusal where an extract is not what it was, or a new one does not follow those of the series."""
    known = series.contents()
    problems = [*_changed(extracts, known), *_out_of_order(extracts, known)]
    if problems:
        raise Refusal(*problems)


def check_unchanged(extracts: Mapping[str, tuple[Path, Extract]], series: Series) -> None:
    """Raise Refusal where an extract is not what it was when a release was made of it."""
    problems = [*_changed(extracts, series.contents())]
    if problems:
        raise Refusal(*problems)


def _changed(extracts: Mapping[str, tuple[Path, Extract]], known: Mapping[str, Any]) -> Iterator[str]:
    for key, (path, extract) in extracts.items():
        if key in known and extract.plain != known[key]["plain"]:
            yield (
                f"Extract {key} has changed since a release was made of it: {path} holds something else under its id. "
                "Put back the extract that was released."
            )


def _out_of_order(extracts: Mapping[str, tuple[Path, Extract]], known: Mapping[str, Any]) -> Iterator[str]:
    new = [extract.header for key, (_, extract) in extracts.items() if key not in known]
    reached = max((datetime.fromisoformat(each["watermark"]) for each in known.values()), default=None)
    made = max((date.fromisoformat(each["created_on"]) for each in known.values()), default=None)
    for header in sorted(new, key=lambda each: (each.watermark, each.extract_id)):
        if reached is not None and header.watermark <= reached:
            yield (
                f"Extract {header.extract_id}: its watermark is not after those of the extracts before it; "
                "it would tell again what was told. Give extracts in the order in which they were made."
            )
        if made is not None and header.created_on < made:
            yield f"Extract {header.extract_id} was made before {made.isoformat()}, the day of an extract before it."
        reached, made = header.watermark, header.created_on
