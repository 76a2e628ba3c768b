"""Directories of others taken in: a feed tried first, a bad row kept aside, a spreadsheet told by its cells."""

from __future__ import annotations

from pathlib import Path

import requests

from app.clients.feed import read_files
from app.demo.stage import Stage, must
from app.demo.visitor import hidden, said
from app.domain.access import system
from app.services.feeds import directory_import
from app.services.feeds.directory_import import Feed
from app.services.feeds.import_report import render

_DATA = Path(__file__).parent / "borough"
FEED, SHEET = _DATA / "neighbour-feed.json", _DATA / "council-list.csv"
_SECONDS = 60


def open_referral(stage: Stage) -> None:
    """The borough's own feed is published; a neighbour's file is tried, then taken, its bad row kept aside."""
    feed = f"{stage.house.base_url}/openreferral"
    published = requests.get(f"{feed}/services", timeout=_SECONDS)
    must(published.ok and published.json()["total_items"] >= 60, "The directory is not published.")
    tried = _import(stage, apply=False)
    must("2 new" in tried and "1 set aside" in tried, f"The dry run tells something else: {tried}")
    must("maximum_age" in tried, "The dry run does not say what is wrong.")
    must(not _found(stage, "Bread and conversation"), "A dry run has written something.")
    taken = _import(stage, apply=True)
    must("Imported" in taken and _found(stage, "Bread and conversation"), f"Nothing was taken: {taken}")
    page = said(stage.visitor("steward").page("/directory-import"))
    must("Weavers Green" in page, "The row that was kept aside is not shown.")
    stage.show(
        "a neighbour's directory tried, then taken; one bad row kept aside", "/directory-import", "steward"
    )
    stage.show("the own directory as Open Referral UK, open to everybody", "/openreferral/services")


def spreadsheet(stage: Stage) -> None:
    """A spreadsheet's problems are told by cell; the rows that are right are taken when somebody says so."""
    steward, body = stage.visitor("steward"), SHEET.read_bytes()
    form, files = {"source": "Council list"}, {"file": (SHEET.name, body)}
    tried = steward.send("/directory-import", form, files=files)
    told = said(tried)
    for words in ("Nothing has been written yet", "minimum_age", "checked_on"):
        must(words in told, f"The report does not tell {words}: {told[:800]}")
    digest = hidden(tried)["digest"]
    done = steward.send("/directory-import", {**form, "step": "apply", "digest": digest}, files=files)
    must("imported" in said(done).lower(), "The right rows were not taken.")
    must(_found(stage, "Mending evening") and not _found(stage, "Sunday crew"), "The wrong rows were taken.")
    stage.show(
        "a spreadsheet with two wrong cells: told by cell, the right rows taken",
        "/directory-import",
        "steward",
    )
    pairs = stage.steward.get("/directory-duplicates")["proposals"]
    names = {one[side]["name"] for one in pairs for side in ("one", "other")}
    must("Langar meal in company" in names, "What the spreadsheet doubled is not proposed.")
    stage.show(
        "an entry that the spreadsheet doubled: left for you to decide", "/directory-duplicates", "steward"
    )


def _found(stage: Stage, name: str) -> bool:
    return any(one["name"] == name for one in stage.steward.get("/services")["items"])


def _import(stage: Stage, *, apply: bool) -> str:
    """Return the report, as `python -m app directory import --file ...` prints it."""
    harvest = read_files(FEED)
    feed = Feed("Weavers Green", harvest.rows, complete=False)
    report = directory_import.import_directory(
        stage.house.runtime.db, system("command-line"), feed, apply=apply
    )
    return "\n".join(render(report))
