"""Gathers what a person reads of their own referral: for their own link, and for the sheet that is posted to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID

from app.domain.access import Actor, check_acts_as
from app.domain.lifecycle import OPEN_REFERRAL, FeedbackStatus, PlacementStatus
from app.domain.measures import About as AboutMeasure
from app.domain.my_page import (
    END,
    SO_FAR,
    Asked,
    Ended,
    Helper,
    Looked,
    MyPage,
    News,
    Reached,
    asked_of,
    goal_of,
    looked_by,
)
from app.domain.my_page_words import next_words
from app.domain.referral import Outcome, Placement, Referral
from app.domain.said_in_answers import said_in
from app.domain.sources import GoesBack
from app.domain.vocabulary import NEED_WORDS, Need, NewsKind, Role
from app.domain.wording import first_up, worded, worded_all
from app.letters.my_sheet import sheet_pdf
from app.services.caring.owners_seen import owner_of
from app.services.evaluation.stories import withdraw_stories
from app.services.helping.sessions_attended import attended_of
from app.services.measures.milestones import the_list
from app.services.own.my_picture import picture
from app.store import (
    care_plans,
    directory,
    duplicates,
    feedback,
    follow_ups,
    lookers,
    milestones,
    outcomes,
    people,
    placements,
    places,
    referrals,
    stories,
)
from app.store.audit import Entry
from app.store.outcomes import About
from app.store.person_links import CARER, SIGNED_IN, PersonLink
from app.store.session import LONDON, Database, Tx
from app.store.stories import KeptStory

READ: Final = "read own page"
_SHEET: Final = "print a person's own page"
_PICTURE: Final = "see answers as a picture"
_NEVER_ASKED: Final = (PlacementStatus.WITHDRAWN,)
NEWS_WORDS: Final[Mapping[str, str]] = worded_all(
    {
        NewsKind.WAITING: "You are on a waiting list.",
        NewsKind.ACCEPTED: "A group said yes.",
        NewsKind.IN_PROGRESS: "Help has started.",
        NewsKind.DECLINED: "A group could not take this on.",
        NewsKind.NOT_REACHED: "We could not reach you so far.",
        NewsKind.OUTCOME: "How it ended, in the words below.",
    }
)


def own_page(db: Database, link: PersonLink) -> MyPage:
    """Return the page of one referral for the person whose link it is; the reading stands in the audit as theirs."""
    with db.transaction(link.actor) as tx:
        return read_page(tx, link.referral_id, audit=READ)


def list_stories(db: Database, link: PersonLink) -> Sequence[KeptStory]:
    """Return the stories that are kept of the person beside what their link opens."""
    with db.transaction(link.actor) as tx:
        return stories.list_of_person(tx, link.person_id, audit=READ)


def take_stories_back(db: Database, link: PersonLink) -> None:
    """Take back every story of the person, because they say so; their words are wiped."""
    with db.transaction(link.actor) as tx:
        withdraw_stories(tx, link.person_id)
        tx.audit(Entry("take back own stories", "person", str(link.person_id), link.person_id))


def sheet(db: Database, actor: Actor, referral_id: UUID) -> MyPage:
    """Return the same page for a link worker to print; raises NotFound when the referral is not their team's."""
    check_acts_as(actor, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        return read_page(tx, referral_id, audit=_SHEET)


def picture_for_team(db: Database, actor: Actor, referral_id: UUID) -> bytes | None:
    """Return the picture of the page as SVG for a link worker; None where nothing was asked yet. Raises NotFound."""
    check_acts_as(actor, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        return picture(read_page(tx, referral_id, audit=_PICTURE))


def on_paper(page: MyPage, *, written_at: datetime, help_phone: str | None = None) -> bytes:
    """Return a page as a PDF/UA file in large print; `help_phone` is the house's number, beside the team's own."""
    return sheet_pdf(page, picture(page), written_at=written_at, help_phone=help_phone)


def read_page(tx: Tx, referral_id: UUID, *, audit: str) -> MyPage:
    """Return all that stands on a person's page, as far as the actor may see it; raises NotFound."""
    referral = referrals.get(tx, referral_id, audit=audit)
    person = people.get(tx, referral.person_id, audit=audit)
    about = About(referral.id, referral.person_id)
    outcome = outcomes.find_outcome(tx, about, audit=audit)
    taken = outcomes.list_measures(tx, about, audit=audit)
    end = SO_FAR if referral.status in OPEN_REFERRAL else END
    asked = asked_of(tx.measures, taken, end=end)
    helped = _placements(tx, referral, audit)
    goals = _goals(outcome, end) if outcome else ()
    plan = care_plans.find(tx, referral, audit=audit).plan
    goal = (outcome.goal if outcome else "") or (plan.measured.words if plan.measured else "")
    profile = places.find_profile(tx, referral.team_id)
    tells = referral.source.goes_back is GoesBack.TO_REQUESTER
    return MyPage(
        name=person.details.full_name,
        reference=referral.reference,
        team=directory.get_organisation(tx, referral.team_id).name,
        asked_by=referral.requester_name,
        asked_on=_day(referral.received_at),
        needs=tuple(NEED_WORDS[Need(need)] for need in referral.needs),
        link_worker=owner_of(tx, referral.id).name,
        goal=goal,  # of their plan that progress is asked about, where no outcome has named one
        goals=(*goals, *(each for each in asked if each.about is AboutMeasure.GOAL)),
        answers=tuple(each for each in asked if each.about is not AboutMeasure.GOAL),
        helpers=_helpers(tx, helped),
        milestones=_milestones(tx, about, audit),
        ended=_ended(referral, outcome),
        told_to=referral.source.asker if tells else None,
        news=_news(tx, referral, audit) if tells else (),
        looked=_looked(tx, referral, helped, audit),
        next=_next(tx, referral),
        coming=_coming(tx, referral, audit),
        said=said_in(tx.measures, taken),
        other_goals=tuple(each.words for each in plan.goals if each.words != goal),
        team_phone=profile.phone if profile else None,
    )


def _placements(tx: Tx, referral: Referral, audit: str) -> Sequence[Placement]:
    """Whom was asked; where two requests are worked as one, help stands with the one that leads."""
    with tx.as_system("own page") as system_tx:
        leader_id = duplicates.find_leader(system_tx, referral.id) or referral.id
        found = placements.list_for_referral(system_tx, leader_id, audit=audit)
    return [each for each in found if each.status not in _NEVER_ASKED]


def _helpers(tx: Tx, asked: Sequence[Placement]) -> tuple[Helper, ...]:
    with tx.as_system("own page") as system_tx:
        attended = attended_of(system_tx, [each.id for each in asked])
    return tuple(
        Helper(
            service=each.service_name,
            provider=each.provider_name,
            status=each.status,
            asked_on=_day(each.offered_at),
            began_on=_day(each.started_at) if each.started_at else None,
            ended_on=_day(each.ended_at) if each.ended_at and each.started_at else None,
            attended=attended[each.id].sentence if each.id in attended else "",
        )
        for each in asked
    )


def _goals(outcome: Outcome, end: str) -> tuple[Asked, ...]:
    return goal_of(outcome.goal or "", outcome.goal_before, outcome.goal_after, end=end)


def _ended(referral: Referral, outcome: Outcome | None) -> Ended | None:
    """Nothing is called an end before there is one."""
    if outcome is None or referral.status in OPEN_REFERRAL:
        return None
    return Ended(outcome.state, outcome.summary, outcome.actions)


def _next(tx: Tx, referral: Referral) -> str:
    day = referral.next_action_on
    return next_words(referral.status, day, is_late=day is not None and day < tx.today)


def _milestones(tx: Tx, about: About, audit: str) -> tuple[Reached, ...]:
    words = the_list()
    found = milestones.list_of(tx, about, audit=audit)
    return tuple(Reached(each.happened_on, words.own(each.code), each.words) for each in found)


def _coming(tx: Tx, referral: Referral, audit: str) -> tuple[str, ...]:
    found = follow_ups.list_for_referral(tx, referral.id, audit=audit)
    return tuple(
        worded("About %(day)s we ask you how things are. You can say no, now or then.", day=each.due_on)
        for each in found
        if each.is_open
    )


def _news(tx: Tx, referral: Referral, audit: str) -> tuple[News, ...]:
    on_the_way = (FeedbackStatus.COMPOSED, FeedbackStatus.FAILED, FeedbackStatus.SUPERSEDED)
    return tuple(
        News(NEWS_WORDS[each.kind], _day(each.sent_at or each.composed_at), each.status not in on_the_way)
        for each in feedback.list_all(tx, referral.id, audit=audit)
        if each.status != FeedbackStatus.SUPERSEDED
    )


def _looked(tx: Tx, referral: Referral, asked: Sequence[Placement], audit: str) -> tuple[Looked, ...]:
    own = {referral.team_id, referral.requester_id, *(each.provider_id for each in asked)}
    words = {
        Role.RESIDENT.value: worded("You, through your own link"),
        CARER: worded("Somebody you let look for you, through their own link"),
        SIGNED_IN: worded("You, by NHS login"),
        Role.LINK_WORKER.value: worded("Your link worker's team"),
        Role.PROVIDER.value: worded("A group that was asked to help you"),
        Role.PRACTICE.value: first_up(referral.source.asker),
        Role.SYSTEM.value: worded("Our computer, by itself, to send news and to keep dates"),
    }
    with tx.as_system("own page") as system_tx:  # the team may print this, and sees no audit
        found = lookers.list_looks(system_tx, referral.person_id, organisations=own, audit=audit)
    return looked_by(found, words)


def _day(moment: datetime) -> date:
    return moment.astimezone(LONDON).date()
