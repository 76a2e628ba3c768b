"""Setting a place up by commands, and giving a message that waited for it another try."""

from __future__ import annotations

from uuid import uuid4

import pytest

from app.domain.access import system
from app.domain.errors import Conflict, Invalid, NotAllowed
from app.domain.vocabulary import Environment, Need, OrganisationKind, Role
from app.services.incoming import parked
from app.services.incoming.intake import Reception
from app.services.shown import views
from app.services.signing_in import sign_in
from app.services.systems.api_clients import NewClient, add_client
from app.services.watching import set_up
from app.services.watching.set_up import NewPractice
from app.store import directory, inbox
from app.store.session import Database
from tests.factories import MadePlace, make_message, make_other_place, make_place, send, sender_for

WORDS = "three plain words"
PUBLIC = {"keys": [{"kty": "RSA", "kid": "k1", "n": "AQAB", "e": "AQAB"}]}


def _stranger(place: MadePlace) -> object:
    """A practice that nobody has set up yet."""
    known = place.practices[0]
    return type(known)(
        id=uuid4(),
        kind=known.kind,
        name="New Surgery",
        ods="A81099",
        environment=Environment.SANDBOX,
        use_cases=("sp1",),
        team_id=place.team.id,
        feedback_transport=None,
        feedback_address=None,
        provider_kind=None,
    )


def test_a_parked_referral_is_taken_once_its_practice_is_set_up(database: Database) -> None:
    place = make_place(database)
    stranger = _stranger(place)
    assert send(database, make_message(stranger), sender_for(stranger)).reception is Reception.PARKED
    steward = place.actor("steward")
    (waiting,) = views.list_parked(database, steward)
    with pytest.raises(Conflict):
        parked.try_again(database, steward, waiting.id)
    new = NewPractice("New Surgery", "a81099", place.team.id, environment=Environment.SANDBOX)
    set_up.add_practice(database, new)
    referral_id = parked.try_again(database, steward, waiting.id)
    assert views.get_referral(database, place.link_worker, referral_id).referral.requester_ods == "A81099"
    assert not views.list_parked(database, steward)
    assert not views.list_tasks(database, steward).lines


def test_the_sender_of_a_taken_parked_message_may_repeat_it_without_a_second_referral(
    database: Database,
) -> None:
    place = make_place(database)
    stranger, message = _stranger(place), make_message(_stranger(place))
    send(database, message, sender_for(stranger))
    set_up.add_practice(
        database, NewPractice("New Surgery", "A81099", place.team.id, environment=Environment.SANDBOX)
    )
    steward = place.actor("steward")
    parked.try_again(database, steward, views.list_parked(database, steward)[0].id)
    assert send(database, message, sender_for(stranger)).reception is Reception.SAME_MESSAGE
    assert views.list_referrals(database, place.link_worker).total == 1


def test_only_the_steward_opens_a_parked_message(database: Database) -> None:
    place = make_place(database)
    stranger = _stranger(place)
    send(database, make_message(stranger), sender_for(stranger))
    (waiting,) = views.list_parked(database, place.actor("steward"))
    for username in ("link-worker", "provider-0", "practice-0", "analyst"):
        with pytest.raises(NotAllowed):
            parked.try_again(database, place.actor(username), waiting.id)
    with database.transaction(place.link_worker) as tx:
        assert not inbox.list_parked(tx, audit="test")


def test_a_new_organisation_and_its_user_can_sign_in_at_once(database: Database) -> None:
    team = set_up.add_organisation(database, OrganisationKind.TEAM, "New team")
    told = {"username": "Amina", "full_name": "Amina A", "password": WORDS}
    set_up.add_user(database, team, Role.LINK_WORKER, **told)
    token = sign_in.begin(database, "amina", WORDS).token
    found = sign_in.find_signed_in(database, token)
    assert found is not None
    assert found.organisation.name == "New team"


def test_one_installation_serves_one_place(database: Database) -> None:
    place_id = set_up.add_organisation(database, OrganisationKind.PLACE, "Brook Vale")
    with pytest.raises(Invalid, match="serves Brook Vale already") as refused:
        set_up.add_organisation(database, OrganisationKind.PLACE, " ")
    assert [problem.field for problem in refused.value.problems] == ["name", "kind"]
    with database.transaction(system("test")) as tx:
        assert directory.get_place(tx).id == place_id


def test_of_two_places_the_first_gives_the_rules(database: Database) -> None:
    place = make_place(database).place
    for name in ("North", "East", "South", "West"):
        make_other_place(database, name)
    with database.transaction(system("test")) as tx:
        assert directory.get_place(tx).id == place.id


@pytest.mark.parametrize(
    ("role", "username", "password", "wrong"),
    [
        (Role.PROVIDER, "new-one", WORDS, ["role"]),
        (Role.LINK_WORKER, "link-worker", "short", ["password", "username"]),
    ],
)
def test_a_user_is_refused_with_every_problem(
    database: Database, role: Role, username: str, password: str, wrong: list[str]
) -> None:
    place = make_place(database)
    told = {"username": username, "full_name": "N N", "password": password}
    with pytest.raises(Invalid) as refused:
        set_up.add_user(database, place.team.id, role, **told)
    assert [problem.field for problem in refused.value.problems] == wrong


def test_a_practice_is_refused_with_every_problem(database: Database) -> None:
    place = make_place(database)
    new = NewPractice(
        "Twice", "a81001", place.providers[0].id, feedback_transport="pigeon", feedback_address="loft"
    )
    with pytest.raises(Invalid) as refused:
        set_up.add_practice(database, new)
    assert {problem.field for problem in refused.value.problems} == {"feedback", "ods", "team"}


def test_two_practices_cannot_have_one_mailbox(database: Database) -> None:
    place = make_place(database)
    taken = place.practices[0]
    new = NewPractice(
        "Another", "A81999", place.team.id, feedback_transport="mesh", feedback_address=taken.feedback_address
    )
    with pytest.raises(Invalid) as told:
        set_up.add_practice(database, new)
    assert [(each.field, each.code) for each in told.value.problems] == [("feedback", "duplicate")]


def test_a_private_key_is_never_taken_for_a_client(database: Database) -> None:
    place = make_place(database)
    private = {"keys": [{**PUBLIC["keys"][0], "d": "secret"}]}
    with pytest.raises(Invalid) as refused:
        add_client(database, NewClient("gp", "GP", [place.practices[0].ods or ""], jwks=private))
    assert "secret" not in str(refused.value)


def test_a_client_speaks_only_for_practices_that_are_set_up(database: Database) -> None:
    make_place(database)
    with pytest.raises(Invalid):
        add_client(database, NewClient("gp", "GP", ["Z99999"], jwks=PUBLIC))


def test_a_new_service_is_suggested(database: Database) -> None:
    place = make_place(database)
    service_id = set_up.add_service(database, place.providers[0].id, "Friday soup", [Need.FOOD], areas=["e8"])
    services = {service.id: service for service in views.list_services(database, place.link_worker)}
    assert services[service_id].areas == ("E8",)
