"""Two halves of one place that must never see each other's people, each with as much of everything as one can have."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID, uuid4

from app.domain.access import Actor, system
from app.domain.blockages import Theme, Told
from app.domain.care_plan import Action, Goal
from app.domain.directory import Venue
from app.domain.grants import Grant
from app.domain.lifecycle import ReferralStatus
from app.domain.memberships import Agreed, AgreedHow, Agreement
from app.domain.pack import Filters, Number
from app.domain.person_comments import Said
from app.domain.referral import Organisation, Service
from app.domain.retention_review import NewHold
from app.domain.safe_links import ChannelKind
from app.domain.stories import NewStory
from app.domain.vocabulary import OutcomeState, Role
from app.services.by_link import kept_forms, safe_contacts
from app.services.by_link.safe_contacts import NewHelper
from app.services.caring import care_plans, onward, triage
from app.services.caring.care_plans import Seen
from app.services.caring.onward import Passing
from app.services.directory import entry_checks, memberships
from app.services.evaluation import funder_links, grants, stories
from app.services.evaluation.funder_links import NewLink
from app.services.evaluation.pack import evaluation
from app.services.follow_up import check_in_asking
from app.services.helping import delivery, questions
from app.services.incoming import cohort, prefilled
from app.services.incoming.prefilled import Prefilled
from app.services.measures import milestones
from app.services.measures.milestones import Reached
from app.services.own import person_comments, person_links
from app.services.retaining import asking, holding
from app.services.rights import subject_access
from app.services.signing_in import seats
from app.services.watching import blockages
from app.services.watching.blockages import About
from app.store import accounts, directory, late_words, outcomes, places, referrals
from app.store.session import Database
from tests.factories import MadePlace, MadeReferral, Patient, make_referral

R = ReferralStatus
GOAL_ID, ACTION_ID = UUID(int=14), UUID(int=15)
_FILE = b"family_name,first_name,date_of_birth,phone,needs,agrees\nDoe,Ada,1/2/1980,07700 900461,food,ask\n"


@dataclass
class Side:
    """A practice, its team and one provider, with the referrals that they share."""

    db: Database
    place: MadePlace  # as this side sees it: its link worker is the one who acts
    practice: Organisation
    practice_user: str
    worker: str
    provider: str
    service: Service
    other_service: Service
    number: int
    patient: Patient
    analyst: str = "analyst"

    def __post_init__(self) -> None:
        self.made: dict[str, MadeReferral] = {}
        self.codes: dict[str, str] = {}

    @property
    def member_id(self) -> UUID:
        """The organisation that this side's provider has an agreement with."""
        return self.place.providers[2 + self.number].id

    @property
    def provider_actor(self) -> Actor:
        return self.place.actor(self.provider)

    @property
    def practice_actor(self) -> Actor:
        return self.place.actor(self.practice_user)

    def refer(self, name: str, at: ReferralStatus, **more: object) -> MadeReferral:
        """Take one more referral of this side to a status, to be found again by name."""
        told = {"patient": self.patient, "practice": self.practice, "services": (self.number,)} | more
        self.made[name] = make_referral(self.db, self.place, at, **told)  # type: ignore[arg-type]
        return self.made[name]


def side_a(db: Database, place: MadePlace, patient: Patient) -> Side:
    """The first team with the first practice and the first provider."""
    own = (place.practices[0], "practice-0", "link-worker", "provider-0")
    return Side(db, place, *own, place.services[0], place.services[1], 0, patient)


def side_b(db: Database, place: MadePlace, patient: Patient) -> Side:
    """The other team with its practice and the second provider."""
    with db.transaction(system("test")) as tx:
        more = replace(place.providers[2], id=uuid4(), name="Fourth Friends")
        directory.add_organisation(tx, more)
    accounts = place.accounts | {"link-worker": place.accounts["other-link-worker"]}
    theirs = replace(place, accounts=accounts, providers=(*place.providers, more))
    own = (place.other_practice, "other-practice", "link-worker", "provider-1")
    return Side(db, theirs, *own, place.services[1], place.services[0], 1, patient)


def fill(side: Side) -> None:
    """Leave something of every kind on a side; the referral called "open" is the one that most of it hangs on."""
    _referrals(side)
    _around_the_open_one(side)
    _in_the_persons_words(side)
    _begun_forms(side)
    _around_the_closed_one(side)
    _of_the_organisations(side)


def _referrals(side: Side) -> None:
    for name, status in (
        ("open", R.ACTIVE),
        ("closed", R.CLOSED),
        ("waiting", R.WAITING),
        ("new", R.RECEIVED),
    ):
        side.refer(name, status, patient=replace(side.patient) if name != "new" else Patient(verified=False))
    side.refer("asked", R.ACTIVE)
    side.refer("triage", R.IN_TRIAGE)
    side.refer("deleted", R.ENTERED_IN_ERROR, patient=Patient())
    side.refer("hidden", R.ACTIVE, patient=Patient())  # to be marked as restricted
    side.refer("unknown", R.IN_TRIAGE, patient=Patient(verified=False))
    triage.record_unmet_need(side.db, side.place.link_worker, side.made["unknown"].id)


def _around_the_open_one(side: Side) -> None:
    db, made, provider = side.db, side.made["open"], side.provider_actor
    assert made.placement_id is not None
    questions.ask(db, provider, side.made["asked"].placement_id, "Can they climb stairs?")
    delivery.accept(db, provider, made.placement_id)
    reached = Reached(("joined-group",), db.clock().date())
    milestones.add_to_referral(db, side.place.link_worker, made.id, reached)
    milestones.add_to_placement(db, provider, made.placement_id, reached)
    onward.propose(db, provider, made.placement_id, Passing("Needs advice too.", True, side.other_service.id))
    told = Told(Theme.TRANSPORT, None, "The last bus goes at four.")
    blockages.report(db, side.place.link_worker, told, About(referral_id=made.id))
    blockages.report(db, provider, told, About())


def _in_the_persons_words(side: Side) -> None:
    """A plan with a goal and what is done about it, and the asking whether help has come."""
    worker, referral_id = side.place.link_worker, side.made["open"].id
    goal, action = Goal(GOAL_ID, "To swim again", 8), Action(ACTION_ID, "Ring the pool", "link-worker")
    care_plans.put_goal(side.db, worker, referral_id, goal, Seen(0, "with"))
    care_plans.put_action(side.db, worker, referral_id, action, Seen(1, "with"))
    check_in_asking.plan_new(side.db)


def _begun_forms(side: Side) -> None:
    """A form that somebody of each organisation wants to come back to."""
    for actor in (side.place.link_worker, side.provider_actor, side.practice_actor):
        kept_forms.keep_for_later(side.db, actor, "/begun", (("note", "Half a sentence"),))


def _around_the_closed_one(side: Side) -> None:
    db, made = side.db, side.made["closed"]
    with db.transaction(system("test")) as tx:
        address = person_links.make(
            tx, person_id=made.person_id, referral_id=made.id, purpose="progress", days=7
        )
    side.codes["my"] = address.rsplit("/", 1)[1]
    link = person_links.open_link(db, side.codes["my"], date(1951, 3, 4))
    subject_access.ask_for(db, side.place.link_worker, made.id, how="letter")
    asking.ask_for(db, side.place.link_worker, made.id, how="letter")
    with db.transaction(side.place.link_worker) as tx:
        unknown = referrals.get(tx, side.made["unknown"].id, audit="test").reference
    with db.transaction(side.provider_actor) as tx:
        about = outcomes.About(made.id, made.person_id, made.placement_id)
        late_words.add(tx, about, OutcomeState.WORSE, "Rang in June: it is harder again.", audit="test")
    inquiry = NewHold("inquiry", "The inquiry into the valley's care.")
    holding.hold_found(db, side.place.actor("steward"), unknown, inquiry)
    person_comments.say(db, link, Said("goal", "not-right", "I wanted to swim."))
    with db.transaction(side.place.link_worker) as tx:
        reference = referrals.get(tx, made.id, audit="test").reference
    grants.add_grant(db, side.provider_actor, Grant("A trust", "Company", date(2026, 1, 1)))
    stories.keep(db, side.provider_actor, reference, NewStory("I go there on Tuesdays.", "Ruth"))
    pack = replace(evaluation(db, side.provider_actor, Filters()), people=Number(10))
    new = NewLink("A year", "A trust", db.clock().date())
    side.codes["funder"] = funder_links.make(db, side.provider_actor, pack, new).rsplit("/", 1)[1]


def _of_the_organisations(side: Side) -> None:
    db, worker = side.db, side.place.link_worker
    cohort.check(db, side.practice_actor, cohort.Upload("Review", _FILE, "Invented"))
    cohort.check(db, worker, cohort.Upload("Review", _FILE, "Invented", side.practice.id))
    entry_checks.report(db, side.provider_actor, side.service.id, "We meet on Fridays.")
    with db.transaction(system("test")) as tx:
        venue = Venue(uuid4(), f"Hall {side.number}", host_id=side.service.provider_id)
        places.record_venue(tx, venue)
    address = prefilled.begin(db, side.practice_actor, Prefilled(family="Begun"))
    side.codes["begun"] = address.rsplit("/", 1)[1]
    told = (side.service.provider_id, Role.PROVIDER, f"helper-{side.number}", "A helper", "no-hash")
    with db.transaction(accounts.SESSIONS) as tx:  # somebody whose account others may end
        accounts.add_account(tx, somebody := accounts.new_account(*told))
    seats.add(db, side.place.actor("steward"), somebody.id, side.practice.id)
    told = (side.member_id, Role.PROVIDER, f"lender-{side.number}", "A lender", "no-hash")
    with db.transaction(accounts.SESSIONS) as tx:  # of another group, who helps at this one
        accounts.add_account(tx, lender := accounts.new_account(*told))
    seats.add(db, side.place.actor("steward"), lender.id, side.service.provider_id)
    helper = NewHelper("Sam Lee", "sam@example.org", ChannelKind.TEXT, "07700 900123")
    safe_contacts.add_helper(db, side.provider_actor, side.service.provider_id, helper)
    today, steward = db.clock().date(), side.place.actor("steward")
    agreed = (Agreed.DIRECTORY, Agreed.SEE)
    told = Agreement(side.service.provider_id, side.member_id, agreed, today, "the chair", AgreedHow.LETTER)
    memberships.record(db, steward, told)
