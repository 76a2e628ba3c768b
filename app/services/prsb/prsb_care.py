"""The sections of the PRSB record that tell what was asked, done and measured, and what is asked of others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from app.domain.lifecycle import OPEN_REFERRAL, PlacementStatus
from app.domain.measures import Item, Measure, Total
from app.domain.outcomes import Phase, Taken
from app.domain.prsb import pieces, shortened
from app.domain.referral import Placement
from app.domain.said_in_answers import said_in
from app.domain.sources import GoesBack
from app.domain.vocabulary import DECLINE_REASONS, END_REASONS, NEED_WORDS, OUTCOME_WORDS, Need, why
from app.services.feedback.outcome_report import actions_of
from app.services.prsb.prsb_facts import Facts
from app.services.prsb.prsb_plan import about_me, agreed, goals_of
from app.store.session import LONDON
from fhir.message_back import NO_ACTION, NO_CLAIM
from fhir.systems import SNOMED

Section = dict[str, Any]
_CHANNELS: Final = {
    "phone": "Telephone call",
    "visit": "Visit at home",
    "session": "The person came",
    "message": "Text or e-mail",
    "letter": "Letter",
    "text": "Text",
    "email": "E-mail",
    "video": "Video call",
    "other": "Another contact",
}
_WITH_OTHERS: Final = {
    "carer": "with a carer",
    "practice": "with who referred",
    "provider": "with a provider",
}
_MECHANISMS: Final = {
    "phone": "02",
    "visit": "01",
    "session": "01",
}  # NHS data dictionary, consultation mechanism
_STATES: Final = {
    PlacementStatus.OFFERED: "Asked, no answer yet",
    PlacementStatus.OPENED: "Asked, no answer yet",
    PlacementStatus.INFORMATION_REQUESTED: "Asked, with a question back",
    PlacementStatus.ACCEPTED: "Accepted",
    PlacementStatus.WAITLISTED: "On the waiting list",
    PlacementStatus.STARTED: "Under way",
    PlacementStatus.PAUSED: "Paused",
    PlacementStatus.COMPLETED: "Finished",
    PlacementStatus.ENDED_EARLY: "Ended early",
    PlacementStatus.DECLINED: "Declined by the group",
    PlacementStatus.EXPIRED: "No answer in time",
    PlacementStatus.WITHDRAWN: "Taken back",
}
_IN_VAIN: Final = (PlacementStatus.DECLINED, PlacementStatus.EXPIRED, PlacementStatus.ENDED_EARLY)
_NOT_YET: Final = "Not recorded yet: the help has not ended."


def care_sections(facts: Facts) -> dict[str, Section]:
    """Return the sections by their names in the standard; rows without data hold None or nothing."""
    return {
        "Referral details": {"Referral details record entry": [_referral(facts)]},
        "Contacts with professionals": {"Contacts with professionals record entry": list(_contacts(facts))},
        "Presenting complaints or issues": _issues(facts),
        "Clinical Summary": {"Clinical summary": "\n".join(_summary(facts))},
        "Signpost details": {"Signpost details record entry": list(_signposts(facts))},
        "Assessments": {"Assessments record entry": [_assessment(facts, each) for each in facts.taken]},
        "Plan and requested actions": _actions(facts),
        "About me": about_me(facts.plan),
        "Care and support plan": _plan(facts),
    }


def _referral(facts: Facts) -> Section:
    referral, requester, team = facts.referral, facts.requester, facts.team
    goes_back = referral.source.goes_back is GoesBack.TO_REQUESTER
    return {
        "Date": _moment(referral.received_at),
        "Referrer details": {
            "Name": shortened(facts.requested_by, 70),
            "Service": {"Free text": referral.source.words},
            "Organisation": _organisation(requester.ods, requester.name),
            "Contact details": shortened(requester.feedback_address or "", 70),
        },
        "Reason for referral": {"Free text": shortened(facts.reason, 150)},
        "Referral to": {
            "Team": shortened(team.name, 150),
            "Service": {"Free text": "Social prescribing"},
            "Organisation": _organisation(team.ods, team.name),
        },
        "Return response to": shortened(requester.name, 70) if goes_back else None,
    }


def _organisation(ods: str | None, name: str) -> Section:
    """The standard has room for codes of three to five characters; a longer one is told in words."""
    fits = ods is not None and 3 <= len(ods) <= 5
    words = name if fits or not ods else f"{name} ({ods})"
    return {"Coded value": ods if fits else None, "Free text": shortened(words, 150)}


def _contacts(facts: Facts) -> Iterator[Section]:
    """What was noted beside a contact stays in the house: the standard has no row for it."""
    for each in facts.contacts:
        reached = "" if each.reached else ", the person was not reached"
        if each.with_whom in _WITH_OTHERS:
            reached = f" {_WITH_OTHERS[each.with_whom]}"
        yield {
            "Date and time of contact": each.happened_on,
            "Contact type": f"{_CHANNELS.get(each.channel, 'Contact')}{reached}",
            "Consultation method": _MECHANISMS.get(each.channel),
        }


def _issues(facts: Facts) -> Section:
    own_words = facts.referral.source.goes_back is GoesBack.TO_PERSON
    return {
        "Presenting complaint or issue": [{"Free text": each} for each in _needs(facts)],
        "Person reported complaints or issues": pieces(facts.reason, 150) if own_words else [],
    }


def _needs(facts: Facts) -> list[str]:
    return [NEED_WORDS[Need(each)] for each in facts.referral.needs]


def _summary(facts: Facts) -> Iterator[str]:
    """Outcome, initial and later scores, and what did not work, as the standard's guidance asks."""
    outcome = facts.outcome
    if outcome is not None:
        yield OUTCOME_WORDS[outcome.state]
        yield from filter(None, [outcome.summary])
        if outcome.goal_before is not None or outcome.goal_after is not None:
            yield f"Own goal, 0 to 10: before {_told(outcome.goal_before)}, after {_told(outcome.goal_after)}"
    scores = list(_scores(facts))
    yield from scores
    if scores:
        yield NO_CLAIM
    for each in facts.placements:
        if each.status in _IN_VAIN:
            said = why((DECLINE_REASONS | END_REASONS).get(each.reason or ""), each.said)
            state = _STATES[PlacementStatus(each.status)]
            yield f"Did not work: {_named(each)}. {state}{f': {said}' if said else ''}"


def _told(value: float | None) -> str:
    return "not recorded" if value is None else f"{value:g}"


def _scores(facts: Facts) -> Iterator[str]:
    """One line a score: its first, and its latest where it was taken again."""
    found: dict[tuple[str, str], list[tuple[str, float]]] = {}
    for taken in sorted(facts.taken, key=lambda each: (each.taken_on, each.phase is not Phase.BEFORE)):
        for code, value in facts.library.scores(taken).items():
            named = facts.own_names.get((taken.measure, code))
            words = named or facts.library.display(taken.measure, code, taken.version)
            found.setdefault((taken.measure, words), []).append((taken.taken_on.isoformat(), value))
    for (_, words), points in found.items():
        first, last = points[0], points[-1]
        later = f", later {last[1]:g} ({last[0]})" if len(points) > 1 else ", later not recorded"
        yield f"{words}: first {first[1]:g} ({first[0]}){later}"


def _signposts(facts: Facts) -> Iterator[Section]:
    for each in facts.signposts:
        yield {
            "Date": each.made_at.astimezone(LONDON).date(),
            "Signpost to": {"Service": {"Free text": shortened(each.service_name or "", 150)}},
            "Reason for signpost": {"Free text": shortened(each.reason, 150)},
        }


def _assessment(facts: Facts, taken: Taken) -> Section:
    measure = facts.library.find(taken.measure, taken.version)
    total = measure.total_code if measure else None
    scores = facts.library.scores(taken)
    when = f"{taken.phase.value}, {taken.months} months on" if taken.months else taken.phase.value
    return {
        "Assessment type": measure.name if measure else taken.measure,
        "Assessment summary": f"{when.capitalize()}: {taken.taken_on.isoformat()}",
        "Structured assessment": {
            "Structured assessment name": {"Free text": measure.name if measure else taken.measure},
            "Assessment result": (
                {"Assessment score": _score(measure, total, facts, taken), "Value": scores[total]}
                if total is not None and total in scores
                else None
            ),
            "Subscale result": [
                {"Subscale score": _score(measure, code, facts, taken), "Value": value}
                for code, value in scores.items()
                if code != total
            ],
        },
        "Comment": _own_words(facts, taken),
    }


def _score(measure: Measure | None, code: str, facts: Facts, taken: Taken) -> Section:
    if measure is None:
        return {"Free text": f"{taken.measure}: {code}"}
    words = facts.own_names.get((taken.measure, code)) or measure.display(code)
    return {"Coded value": _snomed(measure.counted(code)), "Free text": shortened(words, 150)}


def _own_words(facts: Facts, taken: Taken) -> str:
    """What the person said beside the numbers, and who answered for them: for the team alone, others hold no words."""
    return "\n".join(f"{each.question}: {each.words}" for each in said_in(facts.library, [taken]))


def _snomed(found: Item | Total | None) -> str | None:
    codings = found.codings if found else ()
    return next((each.code for each in codings if each.system == SNOMED), None)


def _actions(facts: Facts) -> Section:
    """Stated always: that nothing is asked is news, too."""
    outcome = facts.outcome
    is_open = outcome is None or facts.referral.status in OPEN_REFERRAL
    words = outcome.actions if outcome else ""
    if not words:
        words = _NOT_YET if is_open else actions_of(outcome, team_knows=False) if outcome else NO_ACTION
    return {"Plan and requested actions record entry": [{"Actions for professionals": words}]}


def _plan(facts: Facts) -> Section:
    """The person's own goal and what is done for it stand beside the words of the referral; needs by name follow."""
    outcome = facts.outcome
    goal = {
        "Free text": outcome.goal if outcome else None,
        "Actions and activities": [_activity(each) for each in facts.placements],
        "Outcomes": [{"Free text": each} for each in _came_of(facts)],
    }
    whole = {"Free text": facts.reason, "Goals and hopes": goals_of(facts.plan.plan, goal)}
    changed = [facts.referral.received_at, *(_latest(each) for each in facts.placements)]
    changed += [facts.plan.recorded_at] if facts.plan.recorded_at else []
    return {
        "Needs, concerns or problems": [whole, *({"Free text": each} for each in _needs(facts))],
        "Agreed with person or legitimate representative": agreed(facts.plan),
        "Date this plan was last updated": _moment(max(changed)),
        "Planned review date/interval": facts.referral.next_action_on,
        "Responsibility for review": {"Name": shortened(facts.owner or facts.team.name, 70)},
    }


def _activity(placement: Placement) -> Section:
    begun = placement.started_at or placement.offered_at
    return {
        "What": [{"Free text": _named(placement)}],
        "Who": {"Team": shortened(placement.provider_name, 35)},
        "When": f"{begun.astimezone(LONDON):%Y-%m}",
        "Status": {"Free text": _STATES[PlacementStatus(placement.status)]},
        "Date last updated": _moment(_latest(placement)),
    }


def _came_of(facts: Facts) -> Sequence[str]:
    outcome = [OUTCOME_WORDS[facts.outcome.state]] if facts.outcome else []
    return outcome + [
        f"{facts.milestone_words.own(each.code)} ({each.happened_on.isoformat()})"
        + (f": {each.words}" if each.words else "")
        for each in facts.milestones
    ]


def _named(placement: Placement) -> str:
    return f"{placement.service_name} ({placement.provider_name})"


def _latest(placement: Placement) -> datetime:
    return max(filter(None, (placement.offered_at, placement.started_at, placement.ended_at)))


def _moment(at: datetime) -> str:
    return at.astimezone(LONDON).isoformat(timespec="minutes")
