"""The evaluation's part of the tour: a group's pack in four forms, a funder's link, and a person's own page."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from app.demo.stage import Stage, must
from app.demo.year import months, numbers
from app.domain.access import system
from app.store import people_counted, placements, referrals

_ANY_TIME = "since="
_FILES = {"pdf": b"%PDF", "csv": b"section,", "xlsx": b"PK"}
_FOLDER = "packs"
# What Maud answered, at the start and at the end.
_ANSWERED: dict[str, tuple[dict[str, int], dict[str, int]]] = {
    "ons4": (
        {"life-satisfaction": 4, "worthwhile": 5, "happy": 4, "anxious": 6},
        {"life-satisfaction": 7, "worthwhile": 7, "happy": 8, "anxious": 4},
    ),
    "ucla3": (
        {"companionship": 3, "left-out": 2, "isolated": 3},
        {"companionship": 1, "left-out": 2, "isolated": 1},
    ),
}


def grant_and_stories(stage: Stage) -> None:
    """A group writes down what a funder gives for, and what two people wanted told, with their yes."""
    told = numbers()["evaluation"]
    group, year = stage.visitor(told["sign_in"]), months(stage.house.runtime.db.clock())
    begins = {"starts_on": year[0].isoformat(), "ends_on": _last_day(year[-1])}
    home = "/evaluation/grants"
    group.send(home, {**told["grant"], **begins}, at=home)
    page = group.page(home)
    must(told["grant"]["title"] in page, "The grant is not there.")
    listed = group.page(f"/evaluation/rows?figure=standing&line=completed&{_ANY_TIME}")
    references = _willing(stage, list(dict.fromkeys(re.findall(r"\bBK-[A-Z0-9-]+", listed))))
    stories = told["stories"]
    must(len(references) >= len(stories), "Nobody is listed behind a line of the pack.")
    for reference, story in zip(references, stories, strict=False):
        day = {f"agreed_on_{part}": str(getattr(stage.today, part)) for part in ("day", "month", "year")}
        yes = {"asked_by": "The volunteer", "uses": "pack", **day}
        group.send("/evaluation/stories", {**story, **yes, "reference": reference})
    pack = group.page(f"/evaluation?{_ANY_TIME}")
    must(all(story["told_as"] in pack for story in stories), "The stories are not in the pack.")
    stage.show("a funder's grant, to see the evaluation of its people alone", home, told["sign_in"])
    stage.show("stories with recorded consent", "/evaluation/stories", told["sign_in"])


def _willing(stage: Stage, references: Sequence[str]) -> list[str]:
    """Return those whose story may be told: the list behind a line also names who said no to being counted."""
    audit, whose = "choose whose story is shown", {}
    with stage.house.runtime.db.transaction(system("demo")) as tx:
        for reference in references:
            placement = placements.list_named(tx, reference, audit=audit)[0]
            whose[reference] = referrals.get(tx, placement.referral_id, audit=audit).person_id
        willing = people_counted.list_willing(tx, set(whose.values()), audit=audit)
    return [each for each in references if whose[each] in willing]


def packs(stage: Stage) -> None:
    """The same pack as page, PDF, CSV and spreadsheet, put down in the demonstration's folder."""
    sign_in = numbers()["evaluation"]["sign_in"]
    group, folder = stage.visitor(sign_in), stage.house.var / _FOLDER
    folder.mkdir(exist_ok=True)
    for path in ("/evaluation", "/evaluation/change", "/evaluation/place", "/evaluation/dictionary"):
        group.page(f"{path}?{_ANY_TIME}")
    stage.show(
        "its own evaluation of the year: who came, how it went, change", f"/evaluation?{_ANY_TIME}", sign_in
    )
    for ending, start in _FILES.items():
        body = group.file(f"/evaluation.{ending}?{_ANY_TIME}")
        must(body.startswith(start), f"The {ending} is none.")
        kept = folder / f"evaluation.{ending}"
        kept.write_bytes(body)
        stage.show(f"the same as {ending.upper()}: {kept}", f"/evaluation.{ending}?{_ANY_TIME}", sign_in)


def funder_looks(stage: Stage) -> None:
    """A link for a funder: the pack's numbers as they are now, without signing in."""
    told = numbers()["evaluation"]
    form = {"title": told["grant"]["title"], "funder": told["grant"]["funder"], "days": "91", "since": ""}
    page = stage.visitor(told["sign_in"]).send("/evaluation/links", form)
    address = _address(stage, page, "funder")
    must("people" in stage.stranger().page(address), "The funder's link shows nothing.")
    stage.show("the funder's link to it, for three months", address)


def person_looks(stage: Stage) -> None:
    """Somebody whose help has ended opens their own page with their date of birth and the six digits they were told."""
    born = "1961-03-14"
    patient = stage.patient("Maud", "Ferreira", born)
    referral_id = stage.refer(patient, ("social-connection",), "Would like company in the week.")
    stage.take_on(referral_id)
    (placement,) = stage.offer(referral_id, "Thursday tea table")
    stage.help("tea", placement, *_answers(stage.today), goal_before=2, goal_after=8)
    at = f"/referrals/{referral_id}/own-page"
    made = stage.visitor("link").send(at, {"days": "90", "how": "show", "code": "tell"})
    address, digits = _address(stage, made, "my"), _digits(made)
    stranger, day = stage.stranger(), date.fromisoformat(born)
    whose = {f"born_{part}": str(getattr(day, part)) for part in ("day", "month", "year")}
    stranger.send(address, {**whose, "digits": digits})
    page = stranger.page(f"{address}/progress")
    must("Maud" in page, "The person's page does not open.")
    must("At the start: 2. At the end: 8." in page, "The person's goal is not on their page.")
    must(page.count("At the end: ") > len(_ANSWERED), "The person's answers are not on their page.")
    must(b"<svg" in stranger.file(f"{address}/picture.svg"), "There is no picture of it.")
    words = f"a person's own progress, behind their link (born {day.day} {day:%B %Y}, six digits {digits})"
    stage.show(words, address)
    stage.show("what came of the referrals of the link workers", "/what-came", "link")


def calls_due(stage: Stage) -> None:
    """The people of the year whose help ended some months ago, and whom the team rings these days."""
    must("/follow-ups/" in stage.visitor("link").page("/follow-ups"), "Nobody is on the list of calls.")
    stage.show("whom to ask how they are, some months after", "/follow-ups", "link")


def _answers(day: date) -> Iterator[dict[str, Any]]:
    for code, both in _ANSWERED.items():
        for phase, answers in zip(("before", "after"), both, strict=True):
            yield {"measure": code, "phase": phase, "answers": answers, "taken_on": day.isoformat()}


def _address(stage: Stage, page: str, kind: str) -> str:
    found = re.search(rf"{re.escape(stage.house.base_url)}/{kind}/[\w-]+", html.unescape(page))
    must(found is not None, f"There is no link for {kind} on the page.")
    return found[0] if found else ""


def _digits(page: str) -> str:
    found = re.search(r"<strong>(\d{6})</strong>", page)
    must(found is not None, "There are no six digits on the page.")
    return found[1] if found else ""


def _last_day(month: date) -> str:
    after = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    return date.fromordinal(after.toordinal() - 1).isoformat()
