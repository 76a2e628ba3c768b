"""The contact log through its pages: written once, taken back, kept from providers, and told to the person."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text

from app.domain.access import system
from app.domain.cautions import Cautions
from app.domain.lifecycle import ReferralStatus
from app.runtime import Runtime
from app.services.caring import contacts, endings
from app.services.caring.contacts import ContactLog
from app.services.shown import views
from app.store import extracts, outcomes
from tests.conftest import Clock
from tests.factories import MadePlace, MadeReferral, acknowledge, make_ending, make_referral
from tests.integration.web.conftest import Visitor

SignIn = Callable[[str], Visitor]
NOTE = "Her sister Zuleika answers after six."


def answers(clock: Clock, **other: str) -> dict[str, str]:
    day = clock.today
    return {
        "how": "phone",
        "with_whom": "person",
        "came_of": "spoke",
        "happened_on_day": str(day.day),
        "happened_on_month": str(day.month),
        "happened_on_year": str(day.year),
        "minutes": "12",
        "note": NOTE,
        "once": str(uuid4()),
    } | other


def log_of(runtime: Runtime, place: MadePlace, made: MadeReferral) -> ContactLog:
    return contacts.read_log(runtime.db, place.link_worker, made.id)


def once_of(visitor: Visitor, path: str) -> str:
    found = re.search(r'name="once" value="([^"]+)"', visitor.client.get(path).text)
    assert found
    return found[1]


def test_contact_takes_six_inputs_at_most_and_stands_in_the_one_history(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, made: MadeReferral, clock: Clock
) -> None:
    visitor, path = sign_in("link-worker"), f"/referrals/{made.id}"
    form = visitor.get(f"{path}/contact")
    assert len(form.visible_inputs) + 1 <= 6  # the day stands there already, folded
    assert "999" in form.text
    assert "116 123" in form.text
    assert visitor.send(f"{path}/contact", answers(clock)).location == path
    page = visitor.get(path)
    assert "Invented link-worker: telephone, the person, 12 minutes. We spoke." in page.text
    assert NOTE in page.text
    assert page.text.index("took it on") < page.text.index("We spoke.")
    (kept,) = log_of(runtime, place, made).contacts
    assert (kept.reached, kept.minutes, kept.of_team) == (True, 12, True)


def test_note_is_sealed_and_stands_nowhere_in_clear(
    sign_in: SignIn, runtime: Runtime, made: MadeReferral, clock: Clock
) -> None:
    sign_in("link-worker").send(f"/referrals/{made.id}/contact", answers(clock))
    with runtime.db.engine.connect() as connection:
        connection.execute(text("select set_config('app.role', 'system', false)"))
        notes = connection.execute(text("select note from contact")).scalars().all()
        told = connection.execute(text("select string_agg(detail::text, '') from audit_event")).scalar()
    assert notes
    assert all(NOTE.encode() not in bytes(note) for note in notes)
    assert "Zuleika" not in (told or "")


def test_no_answer_is_one_button_and_brings_it_back_on_the_next_working_day(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, made: MadeReferral, clock: Clock
) -> None:
    visitor, path = sign_in("link-worker"), f"/referrals/{made.id}"
    once = once_of(visitor, path)
    for _ in range(2):  # pressed twice: one call
        assert visitor.send(f"{path}/contact/no-answer", {"once": once}, at=path).location == path
    (kept,) = log_of(runtime, place, made).contacts
    assert (kept.how, kept.came_of, kept.reached) == ("phone", "no-answer", False)
    look = views.get_referral(runtime.db, place.link_worker, made.id).referral.next_action_on
    assert look is not None
    assert look > clock.today


def test_first_contact_takes_a_new_referral_on(sign_in: SignIn, runtime: Runtime, place: MadePlace) -> None:
    made = make_referral(runtime.db, place, ReferralStatus.RECEIVED)
    visitor, path = sign_in("link-worker"), f"/referrals/{made.id}"
    visitor.send(f"{path}/contact/no-answer", {"once": str(uuid4())}, at=path)
    found = views.get_referral(runtime.db, place.link_worker, made.id)
    assert found.referral.status == ReferralStatus.IN_TRIAGE
    assert found.owner.user_id == place.link_worker.user_id


def test_wrong_contact_is_taken_back_and_stays_in_the_history(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, made: MadeReferral, clock: Clock
) -> None:
    visitor, path = sign_in("link-worker"), f"/referrals/{made.id}"
    visitor.send(f"{path}/contact", answers(clock))
    (kept,) = log_of(runtime, place, made).contacts
    back = f"{path}/contacts/{kept.id}/take-back"
    assert visitor.send(back, at=path).location == path
    assert "Taken back on" in visitor.get(path).text
    assert NOTE in visitor.get(path).text
    assert views.get_referral(runtime.db, place.link_worker, made.id).contacts == ()
    assert visitor.send(back, at=path).status_code == 409
    assert back not in visitor.client.get(path).text


def test_contact_taken_back_is_not_counted_in_what_leaves(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, made: MadeReferral, clock: Clock
) -> None:
    visitor, path = sign_in("link-worker"), f"/referrals/{made.id}"
    for came_of in ("spoke", "no-answer", "spoke"):
        visitor.send(f"{path}/contact", answers(clock, came_of=came_of))
    visitor.send(f"{path}/contact", answers(clock, with_whom="practice"))
    wrong = next(each for each in log_of(runtime, place, made).contacts if each.reached)
    visitor.send(f"{path}/contacts/{wrong.id}/take-back", at=path)
    with runtime.db.transaction(place.link_worker) as tx:
        assert outcomes.count_contacts(tx, made.id) == 1
    endings.complete_by_link_worker(runtime.db, place.link_worker, made.id, make_ending(clock.today))
    acknowledge(runtime.db, made)
    with runtime.db.transaction(system("test")) as tx:
        (leaves,) = extracts.list_candidates(tx, audit="test")
    assert leaves.contacts == 1


@pytest.mark.parametrize(
    "wrong",
    [
        ("how", "pigeon", "Choose how you were in touch."),
        ("came_of", "", "Choose what came of it."),
        ("minutes", "-1", "Minutes must be"),
        ("happened_on_day", "99", "Enter the day of the contact"),
        ("happened_on_year", "2020", "a contact cannot be earlier"),
        ("happened_on_year", "2999", "cannot lie in the future"),
        ("note", "x" * 2001, "2000 characters or fewer"),
    ],
)
def test_what_is_wrong_is_told_beside_its_field_and_the_rest_is_kept(
    sign_in: SignIn, runtime: Runtime, made: MadeReferral, clock: Clock, wrong: tuple[str, str, str]
) -> None:
    field, value, said = wrong
    answer = sign_in("link-worker").send(f"/referrals/{made.id}/contact", answers(clock, **{field: value}))
    assert answer.status_code == 400
    assert said in answer.text
    assert field == "note" or NOTE in answer.text
    with runtime.db.transaction(system("test")) as tx:
        assert tx.session.execute(text("select count(*) from contact")).scalar() == 0


def test_providers_and_practices_never_see_the_teams_contacts(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, clock: Clock
) -> None:
    made = make_referral(runtime.db, place, ReferralStatus.ACTIVE)
    visitor = sign_in("link-worker")
    assert visitor.send(f"/referrals/{made.id}/contact", answers(clock)).status_code == 303
    assert "Zuleika" not in sign_in("provider-0").get(f"/offers/{made.placement_id}").text
    assert "Zuleika" not in sign_in("practice-0").get(f"/loops/{made.id}").text
    with runtime.db.transaction(place.actor("provider-0")) as tx:
        assert tx.session.execute(text("select count(*) from contact")).scalar() == 0


def test_another_team_finds_nothing_to_read_or_change(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, made: MadeReferral, clock: Clock
) -> None:
    visitor, path = sign_in("link-worker"), f"/referrals/{made.id}"
    visitor.send(f"{path}/contact", answers(clock))
    (kept,) = log_of(runtime, place, made).contacts
    stranger = sign_in("other-link-worker")
    for part in ("contact", "contact/letter"):
        stranger.get(f"{path}/{part}", status=404)
    for part in ("contact", "contact/no-answer", "contact/tell", f"contacts/{kept.id}/take-back"):
        assert stranger.send(f"{path}/{part}", answers(clock), at="/referrals").status_code == 404
    assert log_of(runtime, place, made).contacts == (kept,)
    elsewhere = make_referral(runtime.db, place, ReferralStatus.IN_TRIAGE)
    wrong = f"/referrals/{elsewhere.id}/contacts/{kept.id}/take-back"
    assert visitor.send(wrong, at=path).status_code == 404


def test_contact_of_an_ended_referral_is_refused_with_everything_typed(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, clock: Clock
) -> None:
    made = make_referral(runtime.db, place, ReferralStatus.CLOSED)
    visitor = sign_in("link-worker")
    page = visitor.get(f"/referrals/{made.id}")
    assert "Write down a contact" not in page.text
    answer = visitor.send(f"/referrals/{made.id}/contact", answers(clock))
    assert answer.status_code == 409
    assert NOTE in answer.text
    assert "This referral has ended" in answer.text


def test_where_nobody_may_ring_there_is_no_button_and_the_rule_stands_above_the_form(
    sign_in: SignIn, made: MadeReferral, warn: Callable[[MadeReferral, Cautions], None]
) -> None:
    warn(made, Cautions(no_telephone=True, preferred_contact="Text after 4pm"))
    visitor, path = sign_in("link-worker"), f"/referrals/{made.id}"
    assert "/contact/no-answer" not in visitor.client.get(path).text
    form = visitor.get(f"{path}/contact").text
    assert form.index("Do not telephone.") < form.index("How were you in touch?")
    assert "Prefers: Text after 4pm." in form
    refused = visitor.send(f"{path}/contact/no-answer", {"once": str(uuid4())}, at=path)
    assert refused.status_code == 409


def test_contact_written_down_later_stands_on_its_own_day(
    sign_in: SignIn, made: MadeReferral, clock: Clock
) -> None:
    visitor, path = sign_in("link-worker"), f"/referrals/{made.id}"
    came = clock.today
    clock.advance(days=0.25)
    clock.set(came + timedelta(days=3))
    visitor = sign_in("link-worker")
    form = answers(clock, happened_on_day=str(came.day), happened_on_month=str(came.month))
    form["happened_on_year"] = str(came.year)
    assert visitor.send(f"{path}/contact", form).status_code == 303
    assert "Written down on" in visitor.get(path).text
