"""Harvests a directory: from files, or page by page from an Open Referral UK feed of either version."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import requests

_MOST_PAGES: Final = 2000
_A_PAGE: Final = 100  # lines
_TIMEOUT: Final = (5, 30)  # seconds to connect, and between two bytes
_LONGEST: Final = 20 * 1024 * 1024  # bytes of one answer
_LISTS: Final = (
    "contents",
    "content",
    "services",
)  # of version 3, of version 1, of files put together by hand


class FeedProblem(Exception):
    """Nothing could be harvested; `sentence` says why."""

    def __init__(self, sentence: str):
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class Harvest:
    """Rows as they came, each meant to be a service; `complete` is False when any could not be fetched."""

    rows: tuple[Any, ...]
    complete: bool
    warnings: tuple[str, ...] = ()


def read_files(path: Path) -> Harvest:
    """Return the services of a JSON file, or of every JSON file in a folder by name: pages, lists or single ones.

    Raises FeedProblem when there are none or one cannot be read.
    """
    files = sorted(path.glob("*.json")) if path.is_dir() else [path]
    rows: list[Any] = []
    for file in files:
        try:
            rows += _rows(json.loads(file.read_bytes()))
        except (OSError, ValueError, RecursionError):
            raise FeedProblem(f"{file.name} cannot be read as JSON.") from None
    if not rows:
        raise FeedProblem(f"There is no service in {path.name}.")
    return Harvest(tuple(rows), complete=False)


def fetch_feed(session: requests.Session, base_url: str) -> Harvest:
    """Return every service of a feed in full; `base_url` is what /services is added to.

    The session decides where it may go. Raises FeedProblem when the list itself cannot be read.
    """
    base = base_url.rstrip("/")
    ids, complete = _ids(session, base)
    rows, warnings = [], []
    for service_id in ids:
        try:
            rows.append(_get(session, f"{base}/services/{quote(service_id, safe='')}"))
        except FeedProblem as fault:
            warnings.append(f"Service {service_id}: {fault.sentence}")
    return Harvest(tuple(rows), complete and not warnings, tuple(warnings))


def _ids(session: requests.Session, base: str) -> tuple[list[str], bool]:
    """Every service's id, each once, and whether the end of the list was reached."""
    ids: dict[str, None] = {}
    for number in range(1, _MOST_PAGES + 1):
        page = _get(session, f"{base}/services", page=number, per_page=_A_PAGE)
        before = len(ids)
        ids |= {str(row["id"]): None for row in _rows(page) if isinstance(row, Mapping) and row.get("id")}
        if _is_last(page, number):
            return list(ids), True
        if len(ids) == before:  # it gives the same page again, or an empty one: no end will come
            return list(ids), not _rows(page)
    return list(ids), False


def _is_last(page: Any, number: int) -> bool:
    if not isinstance(page, Mapping):
        return True  # a plain list has no pages
    last = page.get("last_page", page.get("last"))
    total = page.get("total_pages", page.get("totalPages"))
    return last is True or (type(total) is int and number >= total)


def _rows(told: Any) -> list[Any]:
    if isinstance(told, list):
        return told
    if not isinstance(told, Mapping):
        raise ValueError
    found = next((told[name] for name in _LISTS if isinstance(told.get(name), list)), None)
    return [told] if found is None else found


def _get(session: requests.Session, url: str, **query: int) -> Any:
    """Return an answer's JSON; raises FeedProblem without repeating anything of it."""
    try:
        with session.get(
            url, params=query, timeout=_TIMEOUT, stream=True, allow_redirects=False,
            headers={"Accept": "application/json"},
        ) as answer:  # fmt: skip
            if answer.status_code != requests.codes.ok:
                raise FeedProblem(f"The feed answered with status {answer.status_code}.")
            body = answer.raw.read(_LONGEST + 1, decode_content=True)
    except requests.RequestException as fault:
        raise FeedProblem(f"The feed could not be reached ({type(fault).__name__}).") from None
    if len(body) > _LONGEST:
        raise FeedProblem("The feed's answer is too long: ask its publisher for smaller pages.")
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        raise FeedProblem("The feed's answer is no JSON.") from None
    if not isinstance(told, Mapping | list):
        raise FeedProblem("The feed's answer is neither an object nor a list.")
    return told
