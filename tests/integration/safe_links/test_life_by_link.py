"""A whole life of an offer by safe links: every step of it is the provider's, by a name that somebody typed."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest
from sqlalchemy import Engine, text

from app.domain.access import Actor, system
from app.domain.errors import NotFound
from app.domain.vocabulary import Capacity, Role
from app.runtime import Runtime
from app.services.directory import directory_entries
from app.services.helping import questions
from app.services.shown import views
from app.store import audit_names, placements, referrals
from app.store.session import Tx
from tests.conftest import Clock
from tests.factories import MadePlace, MadeReferral, make_referral
from tests.integration.safe_links.conftest import AddHelper, Helper, Post, names_at_steps
from tests.integration.web.conftest import Visitor

NewHelper = Callable[[], Helper]
SignIn = Callable[[str], Visitor]


@pytest.fixture
def made(runtime: Runtime, place: MadePlace, add_helper: AddHelper) -> MadeReferral:
    add_helper()
    return make_referral(runtime.db, place)


def contact_form(clock: Clock) -> dict[str, object]:
    day = clock.today
    parts = {"happened_on_day": day.day, "happened_on_month": day.month, "happened_on_year": day.year}
    return {"channel": "phone", "reached": "yes", "note": "", **parts}


def test_group_without_an_account_takes_an_offer_to_its_outcome(
    made: MadeReferral,
    post: Post,
    helper: NewHelper,
    clock: Clock,
    admin: Engine,
    sign_in: SignIn,
    runtime: Runtime,
    place: MadePlace,
) -> None:
    own = f"/offers/{made.placement_id}"
    inside = helper().come_in(post.link(), named="Sam Lee")
    assert inside.send(f"{own}/question", {"question": "Is there a lift?"}).status_code == 303
    questions.answer(runtime.db, place.link_worker, made.placement_id, "Yes, there is.")
    answered = post.link()  # a question that was answered brings a link of its own
    inside = helper().come_in(answered, named="Sam Lee")
    page = inside.get(own)
    assert "Yes, there is." in page.text
    assert "Finish" in page.text
    assert not [link for link in page.links if link in ("/offers", "/services", "/evaluation")]
    assert inside.send(f"{own}/accept", at=own).status_code == 303
    assert inside.send(f"{own}/contact", contact_form(clock)).status_code == 303
    assert "Under way" in inside.get(own).text
    assert inside.get(f"{own}/measures").headings
    codes = next(each["value"] for each in inside.get(f"{own}/milestones").inputs if each["name"] == "codes")
    assert inside.send(f"{own}/milestones", {"codes": codes}).status_code == 303
    assert inside.send(f"{own}/outcome", {"outcome": "better", "summary": "Comes weekly."}).status_code == 303
    over = inside.client.get(own, follow_redirects=True).text
    assert "Your visit is over" in over
    assert "Thank you." in over
    with admin.connect() as connection:
        steps = connection.execute(
            text("select * from transition where track = 'placement' and role = 'provider' order by id")
        ).mappings()
        by = [(step["action"], step["actor"].split(":")[1], step["user_id"]) for step in steps]
        lines = connection.execute(
            text(
                "select distinct detail->>'named' from audit_event where actor like 'process:provider-link:%'"
            )
        )
        lying = {
            UUID(row[0]) for row in lines
        }  # the chain says where the name lies, sealed, and never the name
        assert lying
    with runtime.db.transaction(system("test")) as tx:
        assert set(audit_names.list_names(tx.session, tx.cipher, lying).values()) == {"Sam Lee"}
    assert {each[1:] for each in by} == {("provider-link", None)}
    assert [each[0] for each in by] == ["ask", "accept", "start", "complete"]
    assert names_at_steps(runtime, admin, made.id) == ["Sam Lee"] * 4
    told = sign_in("link-worker").get(f"/referrals/{made.id}").text
    assert "Sam Lee, by link, for Dalston Befrienders" in told
    assert "Sam Lee" not in sign_in("practice-0").get(f"/loops/{made.id}").text


def test_no_by_link_ends_the_visit_with_a_thank_you(
    made: MadeReferral, post: Post, helper: NewHelper
) -> None:
    inside = helper().come_in(post.link())
    answer = inside.send(f"/offers/{made.placement_id}/decline", {"reason": "22"})
    page = inside.client.get(answer.location, follow_redirects=True)
    assert "You said no. Thank you" in page.text
    assert "Your visit is over" in page.text


def test_waiting_list_by_link(made: MadeReferral, post: Post, helper: NewHelper) -> None:
    inside = helper().come_in(post.link())
    own = f"/offers/{made.placement_id}"
    assert inside.send(f"{own}/waiting-list", {"wait_weeks": "3"}).status_code == 303
    assert "On the waiting list" in inside.get(own).text
    assert inside.get(f"/waiting/{made.placement_id}/wait").headings


def test_every_helper_has_a_link_of_their_own_and_sees_what_the_other_did(
    made: MadeReferral,
    add_helper: AddHelper,
    post: Post,
    helper: NewHelper,
    runtime: Runtime,
    place: MadePlace,
) -> None:
    post.take()
    second = ("Alex Roy", "alex@befrienders.example", "alex.roy@elsewhere.example")
    add_helper(*second)
    add_helper("Not Yet", "no@befrienders.example", "+447700900999", verified=False)
    other = make_referral(runtime.db, place)
    letters = {letter.to: letter.text for letter in post.take()}
    assert set(letters) == {"sam@befrienders.example", "alex@befrienders.example"}
    from_each = [path.split("/offer-link/")[1].split()[0] for path in letters.values()]
    assert len(set(from_each)) == 2
    paths = dict(zip(letters, (f"/offer-link/{code}" for code in from_each), strict=True))
    sam = helper().come_in(paths["sam@befrienders.example"])
    alex = helper().come_in(paths["alex@befrienders.example"], named="Alex Roy", code_to=second[2])
    own = f"/offers/{other.placement_id}"
    assert sam.send(f"{own}/accept", at=own).status_code == 303
    assert "Sam Lee, by link" in alex.get(own).text
    assert alex.client.post(f"{own}/accept", data={"csrf_token": alex.get(own).token}).status_code == 409


def test_acting_with_a_link_ends_the_sign_in_of_that_browser(
    made: MadeReferral, post: Post, helper: NewHelper
) -> None:
    both = helper()
    both.sign_in("link-worker")
    both.come_in(post.link())
    assert "Adaeze Okonkwo" in both.get(f"/offers/{made.placement_id}").text
    both.get(f"/referrals/{made.id}", status=404)
    assert both.send("/by-link/end", at=f"/offers/{made.placement_id}").status_code == 303
    assert both.client.get(f"/referrals/{made.id}").status_code == 302


def by_link(made: MadeReferral, place: MadePlace) -> Actor:
    whose = {"placement_id": made.placement_id, "named": "Sam Lee", "process": "provider-link:test"}
    return Actor(Role.PROVIDER, place.providers[0].id, **whose)  # type: ignore[arg-type]


def count(tx: Tx, table: str) -> int:
    return tx.session.scalar(text(f"select count(*) from {table}")) or 0  # noqa: S608 - our own table names


def test_limits_hold_below_the_pages(made: MadeReferral, runtime: Runtime, place: MadePlace) -> None:
    other, actor = make_referral(runtime.db, place), by_link(made, place)
    assert views.get_placement(runtime.db, actor, made.placement_id).person.name
    assert [line.id for line in views.list_placements(runtime.db, actor).lines] == [made.placement_id]
    with pytest.raises(NotFound):
        views.get_placement(runtime.db, actor, other.placement_id)
    with pytest.raises(NotFound):
        directory_entries.confirm_entry(runtime.db, actor, place.services[0].id)
    with runtime.db.transaction(actor) as tx:
        with pytest.raises(NotFound):
            referrals.get(tx, other.id, audit="test")
        with pytest.raises(NotFound):
            placements.get_for_update(tx, other.placement_id, audit="test")
        assert [count(tx, table) for table in ("placement", "referral", "person")] == [1, 1, 1]
        closed = (
            "task",
            "one_tap_link",
            "link_helper",
            "link_visit",
            "membership",
            "blockage",
            "audit_event",
        )
        assert [count(tx, table) for table in closed] == [0] * len(closed)
        changed = tx.session.execute(
            text("update placement set status = 'accepted' where status = 'offered'")
        )
        assert changed.rowcount == 1  # its own


def test_groups_services_are_not_turned_by_whoever_came_for_one_offer(
    made: MadeReferral, post: Post, helper: NewHelper, place: MadePlace
) -> None:
    inside = helper().come_in(post.link())
    token = inside.get(f"/offers/{made.placement_id}").token
    service = place.services[0].id
    answer = inside.client.post(
        f"/services/{service}/dial", data={"capacity": Capacity.FULL, "csrf_token": token}
    )
    assert answer.status_code == 404
