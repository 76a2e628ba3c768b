"""Nobody is forgotten: ladders climbed, reminders answered, a practice told to ring about what is urgent."""

from __future__ import annotations

from app.demo.before import (
    HELPS_AND_IS_SILENT,
    NOBODY_LOOKED,
    SAID_YES_AND_NEVER_RANG,
    URGENT_AND_NOT_PICKED_UP,
)
from app.demo.stage import Stage, must
from app.demo.visitor import said


def waits_too_long(stage: Stage) -> None:
    """A referral that nobody looked at for weeks climbed its ladder: owner, team, steward."""
    late = stage.find(NOBODY_LOOKED)
    _await(stage, "steward", "/attention", late["reference"])
    stage.mail("steward@brook-vale.example", "")
    stage.show(
        "left for weeks: owner, team, then the steward were told, by page and e-mail", "/attention", "steward"
    )


def practice_is_told_to_ring(stage: Stage) -> None:
    """An urgent referral that nobody picked up is told back to the practice, so that it rings."""
    urgent = stage.find(URGENT_AND_NOT_PICKED_UP)["reference"]
    _await(stage, "practice4", "/loops", f"Your urgent referral {urgent}")
    stage.mail("reception@weir-house.example", "not picked up")
    stage.show(
        "urgent and not picked up: its practice is told to ring, and had an e-mail", "/loops", "practice4"
    )


def providers_are_reminded(stage: Stage) -> None:
    """Who said yes and never rang is reminded; who helps and says nothing is asked, and answers with one tap."""
    rang, helps = stage.person("mosque"), stage.person("polish-house")
    stage.until(lambda: _matters(stage, "mosque"), "Who said yes and never rang is not reminded.")
    must(_matters(stage, "mosque") == {"first-contact"}, "The reminder is about something else.")
    must(
        rang.get("/placements")["items"][0]["person_name"] == SAID_YES_AND_NEVER_RANG, "It is another person."
    )
    must(
        _matters(stage, "polish-house") == {"review"}, "Who helps and says nothing is not asked how it goes."
    )
    referral_id = stage.find(HELPS_AND_IS_SILENT)["id"]
    (placement,) = stage.link.get(f"/referrals/{referral_id}")["placements"]
    helps.post(f"/placements/{placement['id']}/going-on")
    must(not _matters(stage, "polish-house"), "The answer did not settle the question.")
    stage.show("a provider reminded to make contact; another said that all goes on well", "/offers", "mosque")


def proof_of_each_minute(stage: Stage) -> None:
    """Every open referral has an owner and a next date: proved each minute, with what is not so."""
    proof = stage.until(lambda: _proof(stage), "The proof of each minute has not run.")
    must(not proof["breaches"], f"The proof found {proof['breaches']}.")
    stage.show(
        f"the proof of each minute: {proof['checked']} things looked at, no breach", "/attention", "steward"
    )


def _proof(stage: Stage) -> dict[str, object]:
    found: dict[str, object] = stage.steward.get("/proof")
    return found if found["ran_at"] and not found["is_silent"] else {}


def _matters(stage: Stage, username: str) -> set[str]:
    return {str(one["matter"]) for one in stage.person(username).get("/reminders")["items"]}


def _await(stage: Stage, username: str, path: str, words: str) -> None:
    """Wait until a page says something: the worker climbs its ladders once a minute."""
    visitor = stage.visitor(username)
    stage.until(lambda: words in said(visitor.page(path)), f"{path} does not show: {words}")
