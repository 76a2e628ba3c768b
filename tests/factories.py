"""Makes a place, messages and referrals for tests; a referral gets where it is by the real steps."""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from app.domain.access import Actor, system
from app.domain.identifiers import check_digit_is_right
from app.domain.lifecycle import ReferralStatus
from app.domain.outcomes import Phase, Taken
from app.domain.referral import Organisation, Outcome, Service
from app.domain.vocabulary import (
    Capacity,
    Environment,
    Need,
    OrganisationKind,
    OutcomeState,
    ProgressMessages,
    ProviderKind,
    Role,
)
from app.services.caring import endings, triage
from app.services.caring.endings import Ending
from app.services.feedback import acknowledgement
from app.services.helping import delivery
from app.services.incoming.intake import Received, Sender, envelope_of, receive
from app.services.signing_in.sign_in import hash_password
from app.store import accounts, directory, feedback, placements, referrals
from app.store.accounts import Account
from app.store.outcomes import Contact
from app.store.session import Database
from fhir.inbound import read_message
from fhir.systems import ODS_ORGANISATION, OUR_NEEDS, OUR_USE_CASES, USE_CASE_SOCIAL_PRESCRIBING

PASSWORD = "a-password-of-the-tests"
_EXAMPLE = (
    "REFREQ03 - Referral Service Request New Full - Primary Care to Community Pharmacy - Minor Illness.json"
)
_BARS = Path(__file__).parent / "data" / "bars-ig"


@dataclass(frozen=True)
class MadePlace:
    """A place with two teams that must never see each other's people.

    `practices` (sandbox, so that synthetic numbers are taken) and `live_practice` refer to `team`, `other_practice`
    refers to `other_team`. `services[n]` is offered by `providers[n]`. `accounts` by user name: link-worker,
    second-link-worker, other-link-worker, provider-0 to 2, practice-0 and 1, other-practice, steward, analyst,
    resident; all with PASSWORD.
    """

    place: Organisation
    team: Organisation
    other_team: Organisation
    practices: tuple[Organisation, ...]
    live_practice: Organisation
    other_practice: Organisation
    providers: tuple[Organisation, ...]
    services: tuple[Service, ...]
    accounts: dict[str, Account]

    def actor(self, username: str) -> Actor:
        """As whom somebody acts."""
        return self.accounts[username].actor

    @property
    def link_worker(self) -> Actor:
        return self.actor("link-worker")

    def provider_of(self, service_id: UUID) -> Actor:
        """The user of the provider that offers a service."""
        (number,) = [number for number, service in enumerate(self.services) if service.id == service_id]
        return self.actor(f"provider-{number}")


@dataclass(frozen=True)
class MadeReferral:
    """A referral that was taken in; `placement_id` is the newest placement's, None before the first offer."""

    id: UUID
    person_id: UUID
    practice: Organisation
    message: bytes
    placement_id: UUID | None = None


def make_place(db: Database, *, progress: ProgressMessages = ProgressMessages.OUTCOME_ONLY) -> MadePlace:
    """Write a place with its organisations, services and people.

    Its practices hear of outcomes only, so that one message is one outcome; `progress` says otherwise.
    """
    team, other_team = (
        _organisation(OrganisationKind.TEAM, name) for name in ("Hackney team", "Camden team")
    )
    place = _organisation(OrganisationKind.PLACE, "Hackney")
    practices = tuple(_practice(f"A8100{number}", team, progress=progress) for number in (1, 2))
    live = _practice("A81003", team, progress=progress, environment=Environment.LIVE)
    other_practice = _practice("A81004", other_team, progress=progress)
    kinds = (ProviderKind.GRASSROOTS, ProviderKind.COMMISSIONED, ProviderKind.STATUTORY)
    names = ("Dalston Befrienders", "Clapton Advice", "Council Walks")
    providers = tuple(
        _organisation(OrganisationKind.PROVIDER, name, provider_kind=kind)
        for name, kind in zip(names, kinds, strict=True)
    )
    needs = (
        (Need.SOCIAL_CONNECTION, Need.MENTAL_WELLBEING),
        (Need.MONEY_ADVICE, Need.SOCIAL_CONNECTION),
        (Need.PHYSICAL_ACTIVITY, Need.SOCIAL_CONNECTION),
    )
    services = tuple(make_service(each, needs=wanted) for each, wanted in zip(providers, needs, strict=True))
    people = _people(place, (team, other_team), (*practices, other_practice), providers)
    with db.transaction(system("set-up")) as tx:
        for organisation in (place, team, other_team, *practices, live, other_practice, *providers):
            directory.add_organisation(tx, organisation)
        for service in services:
            directory.add_service(tx, service)
        for account in people.values():
            accounts.add_account(tx, account)
    return MadePlace(place, team, other_team, practices, live, other_practice, providers, services, people)


def make_other_place(db: Database, name: str = "Another Vale") -> UUID:
    """Write a second place, which no command does, so that walls between places can be tried; return its id."""
    place = _organisation(OrganisationKind.PLACE, name)
    with db.transaction(system("set-up")) as tx:
        directory.add_organisation(tx, place)
    return place.id


def _organisation(kind: OrganisationKind, name: str, **values: Any) -> Organisation:
    blank: dict[str, Any] = {
        "ods": None,
        "environment": Environment.LIVE,
        "use_cases": (),
        "team_id": None,
        "feedback_transport": None,
        "feedback_address": None,
        "provider_kind": None,
    }
    return Organisation(id=uuid4(), kind=kind, name=name, **(blank | values))


def _practice(
    ods: str,
    team: Organisation,
    *,
    progress: ProgressMessages,
    environment: Environment = Environment.SANDBOX,
) -> Organisation:
    return _organisation(
        OrganisationKind.PRACTICE,
        f"Surgery {ods}",
        ods=ods,
        environment=environment,
        use_cases=(USE_CASE_SOCIAL_PRESCRIBING,),
        team_id=team.id,
        feedback_transport="mesh",
        feedback_address=f"{ods}OT001",
        progress_messages=progress,
    )


def make_service(provider: Organisation, **values: Any) -> Service:
    """A service's value: open, for everybody, everywhere; any field can be given."""
    usual: dict[str, Any] = {
        "id": uuid4(),
        "provider_id": provider.id,
        "provider_name": provider.name,
        "name": f"{provider.name} service",
        "description": "Invented.",
        "needs": (Need.SOCIAL_CONNECTION,),
        "areas": (),
        "min_age": None,
        "max_age": None,
        "genders": (),
        "languages": ("en",),
        "access": (),
        "capacity": Capacity.OPEN,
        "places_left": None,
        "answer_days": 5,
        "verified_on": None,
    }
    return Service(**(usual | values))


@cache
def _password_hash() -> str:
    return hash_password(PASSWORD)


def _people(
    place: Organisation,
    teams: tuple[Organisation, ...],
    practices: tuple[Organisation, ...],
    providers: tuple[Organisation, ...],
) -> dict[str, Account]:
    posts = [
        ("link-worker", Role.LINK_WORKER, teams[0]),
        ("second-link-worker", Role.LINK_WORKER, teams[0]),
        ("other-link-worker", Role.LINK_WORKER, teams[1]),
        *((f"practice-{number}", Role.PRACTICE, each) for number, each in enumerate(practices[:-1])),
        ("other-practice", Role.PRACTICE, practices[-1]),
        *((f"provider-{number}", Role.PROVIDER, each) for number, each in enumerate(providers)),
        *((role.value, role, place) for role in (Role.STEWARD, Role.ANALYST, Role.RESIDENT)),
    ]
    return {
        name: accounts.new_account(each.id, role, name, f"Invented {name}", _password_hash())
        for name, role, each in posts
    }


_SERIAL = count(1)


def make_nhs_number(serial: int | None = None) -> str:
    """A number of the range for test patients with a right check digit; another one at each call without a serial."""
    start = 900_000_000 + (next(_SERIAL) if serial is None else serial)
    while True:
        for digit in "0123456789":
            if check_digit_is_right(f"{start}{digit}"):
                return f"{start}{digit}"
        start += 50_000_000  # one start in eleven has no check digit


@dataclass(frozen=True)
class Patient:
    """Who a message is about; all invented."""

    nhs_number: str | None = field(default_factory=make_nhs_number)
    family: str = "Okonkwo"
    given: str = "Adaeze"
    birth_date: str | None = "1951-03-04"
    gender: str = "female"
    street: str = "17 Cardamom Row"
    postcode: str = "E8 1EA"
    phone: str = "07700 900461"
    verified: bool = True


def make_message(
    practice: Organisation,
    *,
    patient: Patient | None = None,
    needs: tuple[str, ...] = (Need.SOCIAL_CONNECTION,),
    words: str = "Lives alone since the autumn and would like company.",
    use_case: str = USE_CASE_SOCIAL_PRESCRIBING,
    opted_out: bool = False,
    bundle_id: str | None = None,
    authored: datetime | None = None,
) -> bytes:
    """A new referral in the shape of NHS England's REFREQ03, under our use case; every id in it is new.

    It was asked for when the example was, unless `authored` says when.
    """
    bundle = _fresh_copy(bundle_id or str(uuid4()))
    parts = {each["resource"]["resourceType"]: each["resource"] for each in reversed(bundle["entry"])}
    request = parts["ServiceRequest"]
    request["category"][0]["coding"][1] = {"system": OUR_USE_CASES, "code": use_case}
    request["reasonCode"] = [{"coding": [{"system": OUR_NEEDS, "code": need}]} for need in needs]
    request["note"] = [{"text": words}]
    if authored is not None:
        request["authoredOn"] = authored.isoformat()
    _write_patient(parts["Patient"], patient or Patient())
    _write_requester(bundle, practice)
    if opted_out:
        bundle["entry"].append(_opt_out(parts["Consent"]))
    return json.dumps(bundle).encode()


@cache
def _example() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((_BARS / _EXAMPLE).read_text())
    return found


def _fresh_copy(bundle_id: str) -> dict[str, Any]:
    text = json.dumps(_example())
    for entry in _example()["entry"]:
        text = text.replace(entry["fullUrl"], f"urn:uuid:{uuid4()}")
    bundle: dict[str, Any] = json.loads(text)
    return bundle | {"id": bundle_id}


def _write_patient(resource: dict[str, Any], patient: Patient) -> None:
    family = {"family": patient.family} if patient.family else {}
    resource["name"] = [{"use": "official", "given": [patient.given]} | family]
    resource["gender"] = patient.gender
    resource["address"] = [{"use": "home", "line": [patient.street], "postalCode": patient.postcode}]
    resource["telecom"] = [{"system": "phone", "value": patient.phone}]
    del resource["contact"]
    identifier = resource.pop("identifier")[0]
    if patient.nhs_number:
        resource["identifier"] = [identifier | {"value": patient.nhs_number}]
        if not patient.verified:
            del resource["identifier"][0]["extension"]
    if patient.birth_date is None:
        del resource["birthDate"]
    else:
        resource["birthDate"] = patient.birth_date


def _write_requester(bundle: dict[str, Any], practice: Organisation) -> None:
    """The requester is the sender: where the patient is registered stays another practice, as in the example."""
    sender = bundle["entry"][0]["resource"]["sender"]["reference"]
    (organisation,) = [each["resource"] for each in bundle["entry"] if each["fullUrl"] == sender]
    organisation["identifier"] = [{"system": ODS_ORGANISATION, "value": practice.ods}]
    organisation["name"] = practice.name


def _opt_out(consent: dict[str, Any]) -> dict[str, Any]:
    resource = copy.deepcopy(consent)
    resource["scope"]["coding"][0]["code"] = "research"
    resource["category"] = [{"coding": [{"system": "http://snomed.info/sct", "code": "827241000000103"}]}]
    return {"fullUrl": f"urn:uuid:{uuid4()}", "resource": resource}


def sender_for(*practices: Organisation) -> Sender:
    """A GP system that may speak for these practices."""
    return Sender("gp-system", tuple(practice.ods or "" for practice in practices))


def send(db: Database, body: bytes, sender: Sender, *, request_id: str | None = None) -> Received:
    """Take a message in as the FHIR door does, under a new request id unless one is given."""
    message = read_message(body)
    identity = {"request_id": request_id or str(uuid4()), "correlation_id": str(uuid4())}
    return receive(db, message, envelope_of(message, body, sender=sender, **identity), sender=sender)


_BETTER = Outcome(
    OutcomeState.BETTER, "Goes to the lunch club every week.", "", goal="Company", goal_before=2, goal_after=7
)


def make_ending(day: date, outcome: Outcome | None = _BETTER, reason: str | None = None) -> Ending:
    """An end with ONS4 and UCLA-3 before and after, taken on `day`."""
    ons4 = {"life-satisfaction": 4, "worthwhile": 5, "happy": 3, "anxious": 7}
    ucla3 = {"companionship": 3, "left-out": 2, "isolated": 3}
    measures = [
        Taken("ons4", Phase.BEFORE, ons4, day),
        Taken("ucla3", Phase.BEFORE, ucla3, day),
        Taken("ons4", Phase.AFTER, ons4 | {"life-satisfaction": 6, "anxious": 4}, day),
        Taken("ucla3", Phase.AFTER, dict.fromkeys(ucla3, 1), day),
    ]
    return Ending(outcome, measures, reason)


def make_referral(
    db: Database,
    place: MadePlace,
    at: ReferralStatus = ReferralStatus.ACTIVE,
    *,
    practice: Organisation | None = None,
    services: tuple[int, ...] = (0,),
    **message: Any,
) -> MadeReferral:
    """Take a referral to a status by the steps that people take; at ACTIVE the first service has its offer.

    `services` are offered in this order (numbers in `place.services`); further arguments are make_message's.
    """
    asked_by = practice or place.practices[0]
    body = make_message(asked_by, **message)
    send(db, body, sender_for(asked_by))
    made = _find(db, asked_by, body)
    if at is ReferralStatus.ENTERED_IN_ERROR:
        send(db, make_change(body, "entered-in-error"), sender_for(asked_by))
    elif at is not ReferralStatus.RECEIVED:
        _take_on(db, place, made, at, tuple(place.services[number].id for number in services))
    return _find(db, asked_by, body)


def make_change(body: bytes, status: str) -> bytes:
    """A later message of a case: `status` revoked or entered-in-error, or active for new facts."""
    bundle = json.loads(body)
    for entry in bundle["entry"]:
        resource = entry["resource"]
        if resource["resourceType"] == "MessageHeader":
            reason = "delete" if status == "entered-in-error" else "update"
            resource["reason"]["coding"][0]["code"] = reason
        if resource["resourceType"] == "ServiceRequest":
            resource["status"] = status
    return json.dumps(bundle).encode()


def _take_on(
    db: Database, place: MadePlace, made: MadeReferral, at: ReferralStatus, service_ids: tuple[UUID, ...]
) -> None:
    worker, today = place.link_worker, db.clock().date()
    triage.start(db, worker, made.id)
    if at is ReferralStatus.WITHDRAWN:
        endings.withdraw(db, worker, made.id, reason="other")
    if at is ReferralStatus.ENDED_EARLY:
        unknown = Outcome(OutcomeState.NOT_KNOWN, "", "")
        endings.end_early(db, worker, made.id, Ending(unknown, reason="moved-away"))
    if at in (ReferralStatus.IN_TRIAGE, ReferralStatus.WITHDRAWN, ReferralStatus.ENDED_EARLY):
        return
    placement_id = triage.offer(db, worker, made.id, service_ids)
    provider = place.provider_of(service_ids[0])
    if at is ReferralStatus.WAITING:
        delivery.waitlist(db, provider, placement_id)
    if at in (ReferralStatus.COMPLETED, ReferralStatus.CLOSED):
        delivery.accept(db, provider, placement_id)
        delivery.record_contact(db, provider, placement_id, Contact("phone", True, today, 20, "Rang."))
        endings.complete(db, provider, placement_id, make_ending(today))
    if at is ReferralStatus.CLOSED:
        acknowledge(db, made)


def expire_overdue(db: Database) -> int:
    """End every offer that met with silence, as the sweep does; return how many."""
    found = delivery.overdue(db)
    for placement_id in found:
        delivery.expire(db, placement_id)
    return len(found)


def acknowledge(db: Database, made: MadeReferral, *, code: str = "ok") -> None:
    """The practice's system answers our newest message about a referral."""
    with db.transaction(system("test")) as tx:
        newest = feedback.list_for_referral(tx, made.id, audit="test")[-1]
        acknowledgement.record(
            tx, answers=newest.message_id, code=code, practice_id=made.practice.id, how="test"
        )


def _find(db: Database, practice: Organisation, body: bytes) -> MadeReferral:
    bundle_id = json.loads(body)["id"]
    with db.transaction(system("test")) as tx:
        found = referrals.find_of_case(tx, practice.id, bundle_id, None, audit="test")
        assert found is not None, "the message was not taken in"
        offered = placements.list_for_referral(tx, found.id, audit="test")
    newest = offered[-1].id if offered else None
    return MadeReferral(found.id, found.person_id, practice, body, newest)
