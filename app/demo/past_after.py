"""Invents what came after and beside the help of the year: by dice of its own, so that all else stays as it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from math import floor
from random import Random

from app.demo.past_help import effect, three, within
from app.demo.year import numbers, pick
from app.domain.follow_up import FollowUpStatus, add_months
from app.store.history import PastEpisode, PastPerson
from app.store.history_after import PastAfter, PastAsking
from app.store.session import LONDON

_NO_HELP = ("did-not-engage", "person-declined", "could-not-contact", "no-suitable-service", "died")
_Answers = Mapping[str, Mapping[str, int]]


def follow(person: PastPerson, today: date) -> PastPerson:
    """Return somebody with what was asked and seen until today, and what they said of themselves."""
    dice = Random(f"{numbers()['seed']} said by {person.details.nhs_number}")
    episodes = tuple(
        replace(each, after=_after(each, today), measures=(*each.measures, *_experience(each)))
        for each in person.episodes
    )
    return replace(person, episodes=episodes, characteristics=_said(dice))


def kept_effect(need: str, scale: str, months: int) -> float:
    """Return the mean change from before to so many months after the end that is true by design."""
    told = numbers()["after"]
    return effect(need, scale) * float(told["kept"][told["months"].index(months)])


def _after(episode: PastEpisode, today: date) -> PastAfter:
    dice = Random(f"{numbers()['seed']} after {episode.id}")
    if episode.waited is None:
        return PastAfter()
    skipped = tuple(_skipped(dice, episode))
    milestones = tuple(_milestones(dice, episode))
    if episode.end_reason in _NO_HELP:
        return PastAfter(skipped=skipped, milestones=milestones)
    return PastAfter(tuple(_asked(dice, episode, today)), skipped, milestones)


def _asked(dice: Random, episode: PastEpisode, today: date) -> Iterator[PastAsking]:
    told, before = numbers()["after"], _before(dice, episode)
    for at, months in enumerate(told["months"]):
        due_on = add_months(episode.ended_at.astimezone(LONDON).date(), months)
        if due_on > today:
            yield PastAsking(months, due_on, FollowUpStatus.PLANNED)
            continue
        status = FollowUpStatus(pick(dice, {name: shares[at] for name, shares in told["states"].items()}))
        answers = _answers(dice, episode.need, before, months)
        is_new = today - due_on < timedelta(days=told["waiting_days"])
        if is_new and status is not FollowUpStatus.ANSWERED:
            status = FollowUpStatus.TO_CALL
        yield PastAsking(months, due_on, status, answers if status is FollowUpStatus.ANSWERED else ())


def _before(dice: Random, episode: PastEpisode) -> _Answers:
    """What they answered at the start; somebody who was not asked then began somewhere too."""
    drawn = {code: dice.randrange(3, 7) for code in ("life-satisfaction", "worthwhile", "happy", "anxious")}
    known = {measure: answers for measure, phase, answers in episode.measures if phase == "before"}
    return {"ons4": drawn, "ucla3": three(dice.randrange(5, 8)), **known}


def _answers(
    dice: Random, need: str, before: _Answers, months: int
) -> tuple[tuple[str, Mapping[str, int]], ...]:
    wellbeing = {
        code: within(score + _change(dice, need, code, months), 0, 10)
        for code, score in before["ons4"].items()
    }
    lonely = sum(before["ucla3"].values()) + _change(dice, need, "loneliness", months)
    return (("ons4", wellbeing), ("ucla3", three(within(lonely, 3, 9))))


def _change(dice: Random, need: str, scale: str, months: int) -> int:
    """A whole number whose mean is what is kept of the effect."""
    return floor(dice.gauss(kept_effect(need, scale, months), numbers()["effects"]["spread"]) + dice.random())


def _experience(episode: PastEpisode) -> Iterator[tuple[str, str, Mapping[str, int]]]:
    """How the help was: asked once, at the end."""
    dice, told = Random(f"{numbers()['seed']} found {episode.id}"), numbers()["experience"]
    if episode.waited is not None and episode.end_reason is None and dice.random() < told["answered"]:
        yield "service-experience", "after", {"help": int(pick(dice, told["said"]))}


def _skipped(dice: Random, episode: PastEpisode) -> Iterator[tuple[str, str, str]]:
    """Why a measure is missing, where somebody wrote it down."""
    told = numbers()["skipped"]
    there = {phase for _, phase, _ in episode.measures}
    for phase in ("before", "after") if episode.end_reason is None else ("before",):
        if phase not in there and dice.random() < told["noted"]:
            yield "ons4", phase, pick(dice, told["reasons"])


def _milestones(dice: Random, episode: PastEpisode) -> Iterator[tuple[str, date]]:
    told = numbers()["milestones"]
    if episode.end_reason is None and episode.started_at and dice.random() < told["share"]:
        days = dice.randint(1, max(1, episode.lasted // timedelta(days=1)))
        yield dice.choice(told["of"][episode.need]), (episode.started_at + timedelta(days=days)).date()


def _said(dice: Random) -> Mapping[str, tuple[str, ...]]:
    told = numbers()["characteristics"]
    if dice.random() >= told["share"]:
        return {}
    found = {"disability": (pick(dice, told["disability"]),)}
    if found["disability"] == ("yes",):
        found["activity"] = (pick(dice, told["activity"]),)
    return found
