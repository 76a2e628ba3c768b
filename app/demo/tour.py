"""The tour of the demonstration: each story told in turn, each failure named, and where to look at what is left."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import requests

from app.demo import cohort, dials, doors, evaluating, imports, place, placing, stewarding, waits, watching
from app.demo.house import House
from app.demo.processes import DemoProblem
from app.demo.stage import Stage
from app.domain.errors import DomainError

Story = Callable[[Stage], None]
_STORIES: tuple[Story, ...] = (
    imports.open_referral,
    imports.spreadsheet,
    dials.dial_by_provider,
    dials.dial_by_link,
    stewarding.stale_entry,
    stewarding.doubled_entry,
    doors.others_refer,
    doors.jobcentre_hears_nothing,
    doors.people_ask_themselves,
    doors.two_ask_for_one,
    cohort.cohort,
    dials.full_blocks,
    dials.rule_is_not_outvoted,
    waits.waiting_list,
    waits.question_back,
    waits.urgent_first,
    placing.several_at_once,
    placing.register,
    placing.pause,
    placing.passed_on,
    placing.opened_again,
    stewarding.anchor_enters,
    stewarding.blockages,
    stewarding.unmet_need,
    stewarding.fairness,
    stewarding.payments_are_off,
    evaluating.grant_and_stories,
    evaluating.packs,
    evaluating.funder_looks,
    evaluating.person_looks,
    evaluating.calls_due,
    watching.waits_too_long,
    watching.practice_is_told_to_ring,
    watching.providers_are_reminded,
    watching.proof_of_each_minute,
)
_FAULTS = (DemoProblem, DomainError, requests.RequestException, LookupError)


def take_tour(house: House) -> Stage:
    """Tell every story; one that fails is named and does not keep the others from being told."""
    print("\nShowing the rest ...", flush=True)
    stage = Stage(house)
    for story in _STORIES:
        _tell(stage, story)
    return stage


def _tell(stage: Stage, story: Story) -> None:
    try:
        story(stage)
    except _FAULTS as fault:
        sentence = f"Not shown, {story.__name__.replace('_', ' ')}: {fault or type(fault).__name__}"
        stage.failures.append(sentence)
        print(f"  {sentence}", flush=True)


def where_to_look(stage: Stage) -> str:
    """Return what was shown as a list of addresses, by who signs in for them."""
    lines = [f"\nWhere to look (all passwords: {place.PASSWORD})"]
    for sign_in in dict.fromkeys(each.sign_in for each in stage.shown):
        lines.append(f"  Sign in as {sign_in}" if sign_in else "  Without signing in")
        lines += [
            f"    {each.words}\n      {_address(stage, each.look)}"
            for each in stage.shown
            if each.sign_in == sign_in and each.look
        ]
    return "\n".join(lines)


def as_json(stage: Stage) -> list[dict[str, Any]]:
    """Return what was shown as the summary tells it."""
    return [
        {
            "shown": each.words,
            "url": _address(stage, each.look) if each.look else None,
            "sign_in": each.sign_in or None,
        }
        for each in stage.shown
    ]


def _address(stage: Stage, look: str) -> str:
    return look if look.startswith("http") else stage.house.base_url + look
