"""A person's story: sealed, shown only with their recorded yes, and gone from everywhere once it is taken back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import Engine, text

from app.domain.access import Actor
from app.domain.errors import Invalid, NotFound
from app.domain.pack import Filters, Pack
from app.domain.stories import Agreed, NewStory
from app.runtime import Runtime
from app.services.evaluation import funder_links, stories
from app.services.evaluation.evaluation_files import csv_of, pdf_of
from app.services.evaluation.evaluation_workbook import xlsx_of
from app.services.evaluation.funder_links import NewLink
from app.services.evaluation.pack import evaluation
from app.store.session import Database
from tests.conftest import Clock
from tests.factories import MadePlace, MadeReferral, make_referral
from tests.integration.packs.conftest import SignIn
from tests.unit.letters.pdf import text_of

WORDS = "I go on Tuesdays now."
Reference = Callable[[MadeReferral], str]


@pytest.fixture
def made(runtime: Runtime, place: MadePlace) -> MadeReferral:
    return make_referral(runtime.db, place)


def yes(clock: Clock, *uses: str) -> Agreed:
    return Agreed("Sam, volunteer", clock.today, uses or ("pack",))


def keep(database: Database, actor: Actor, reference: str, agreed: Agreed | None) -> object:
    return stories.keep(database, actor, reference, NewStory(WORDS, "Ruth", agreed))


def told(database: Database, actor: Actor) -> Pack:
    return evaluation(database, actor, Filters())


def test_story_stands_in_every_output_with_the_day_of_the_yes(
    runtime: Runtime, place: MadePlace, made: MadeReferral, reference_of: Reference, clock: Clock
) -> None:
    provider = place.actor("provider-0")
    keep(runtime.db, provider, reference_of(made), yes(clock))
    pack = told(runtime.db, provider)
    (story,) = pack.stories
    assert (story.words, story.told_as, story.agreed_on) == (WORDS, "Ruth", clock.today)
    assert WORDS in text_of(pdf_of(pack, made_at=clock.now))
    assert WORDS not in csv_of(pack)


@pytest.mark.parametrize("uses", [(), ("public",)])
def test_story_without_a_yes_to_this_use_is_told_nowhere(
    uses: tuple[str, ...],
    runtime: Runtime,
    place: MadePlace,
    made: MadeReferral,
    reference_of: Reference,
    clock: Clock,
) -> None:
    provider = place.actor("provider-0")
    keep(runtime.db, provider, reference_of(made), yes(clock, *uses) if uses else None)
    assert told(runtime.db, provider).stories == ()


def test_yes_that_is_written_down_later_lets_it_be_told(
    sign_in: SignIn,
    runtime: Runtime,
    place: MadePlace,
    made: MadeReferral,
    reference_of: Reference,
    clock: Clock,
) -> None:
    visitor = sign_in("provider-0")
    form = {"reference": reference_of(made).lower(), "words": WORDS, "told_as": "Ruth"}
    assert visitor.send("/evaluation/stories", form).status_code == 303
    page = visitor.get("/evaluation/stories")
    assert "No yes is written down" in page.text
    (agreed,) = [link for link in page.links if link.endswith("/agreed")]
    assert visitor.send(agreed, {}).status_code == 400
    day = clock.today
    when = {"agreed_on_day": day.day, "agreed_on_month": day.month, "agreed_on_year": day.year}
    assert visitor.send(agreed, {"asked_by": "Sam", "uses": ["pack"]} | when).status_code == 303
    assert "Sam asked" in visitor.get("/evaluation/stories").text
    assert [each.words for each in told(runtime.db, place.actor("provider-0")).stories] == [WORDS]


def test_form_keeps_what_was_typed_and_names_each_problem(sign_in: SignIn, made: MadeReferral) -> None:
    visitor = sign_in("provider-0")
    answer = visitor.send(
        "/evaluation/stories",
        {
            "reference": "BK-NOBODY",
            "words": WORDS,
            "told_as": "Ruth",
            "asked_by": "Sam",
            "agreed_on_day": "x",
        },
    )
    assert answer.status_code == 400
    assert WORDS in answer.text
    assert "Enter the day of the yes as numbers" in answer.text
    answer = visitor.send(
        "/evaluation/stories", {"reference": "BK-NOBODY", "words": WORDS, "told_as": "Ruth"}
    )
    assert "You have nobody with this reference" in answer.text


def test_day_in_the_future_is_no_yes(
    runtime: Runtime, place: MadePlace, made: MadeReferral, reference_of: Reference, clock: Clock
) -> None:
    tomorrow = Agreed("Sam", clock.today + timedelta(days=1), ("pack",))
    with pytest.raises(Invalid):
        keep(runtime.db, place.actor("provider-0"), reference_of(made), tomorrow)


def test_taken_back_it_is_gone_from_pages_files_and_funders_links_and_its_words_are_wiped(
    sign_in: SignIn,
    runtime: Runtime,
    place: MadePlace,
    help_somebody: Callable[..., MadeReferral],
    reference_of: Reference,
    clock: Clock,
    admin: Engine,
) -> None:
    made, *_ = [help_somebody() for _ in range(10)]
    provider = place.actor("provider-0")
    keep(runtime.db, provider, reference_of(made), yes(clock))
    pack = told(runtime.db, provider)
    address = funder_links.make(runtime.db, provider, pack, NewLink("A year", "A trust", clock.today))
    code = address.rpartition("/")[2]
    assert [each.words for each in funder_links.look(runtime.db, code).pack.stories] == [WORDS]
    visitor = sign_in("provider-0")
    (action,) = [each for each in visitor.get("/evaluation/stories").posts if each.endswith("/withdraw")]
    visitor.send(action, at="/evaluation/stories")
    assert funder_links.look(runtime.db, code).pack.stories == ()
    after = told(runtime.db, provider)
    assert after.stories == ()
    assert WORDS not in text_of(pdf_of(after, made_at=clock.now))
    assert WORDS.encode() not in xlsx_of(after)
    assert "Its words are wiped" in visitor.get("/evaluation/stories").text
    with admin.connect() as connection:
        assert connection.execute(text("select words, told_as from story")).all() == [(None, None)]


def test_person_takes_back_every_story_by_themselves(
    runtime: Runtime, place: MadePlace, made: MadeReferral, reference_of: Reference, clock: Clock
) -> None:
    provider = place.actor("provider-0")
    for _ in range(2):
        keep(runtime.db, provider, reference_of(made), yes(clock))
    with runtime.db.transaction(place.link_worker) as tx:
        assert stories.withdraw_stories(tx, made.person_id) == 2
        assert stories.withdraw_stories(tx, made.person_id) == 0
    assert told(runtime.db, provider).stories == ()
    assert {each.withdrawn_by for each in stories.list_stories(runtime.db, provider).stories} == {"person"}


def test_another_organisation_finds_no_story_and_nobody_by_their_reference(
    sign_in: SignIn,
    runtime: Runtime,
    place: MadePlace,
    made: MadeReferral,
    reference_of: Reference,
    clock: Clock,
) -> None:
    story_id = keep(runtime.db, place.actor("provider-0"), reference_of(made), yes(clock))
    stranger = place.actor("provider-1")
    with pytest.raises(Invalid):
        keep(runtime.db, stranger, reference_of(made), yes(clock))
    for act in (stories.withdraw, stories.get_story):
        with pytest.raises(NotFound):
            act(runtime.db, stranger, story_id)  # type: ignore[operator]
    with pytest.raises(NotFound):
        stories.agree(runtime.db, stranger, story_id, yes(clock))  # type: ignore[arg-type]
    sign_in("provider-1").get(f"/evaluation/stories/{story_id}/agreed", status=404)


def test_words_are_sealed_with_the_persons_key_and_every_touch_is_audited(
    runtime: Runtime,
    place: MadePlace,
    made: MadeReferral,
    reference_of: Reference,
    clock: Clock,
    admin: Engine,
) -> None:
    provider = place.actor("provider-0")
    keep(runtime.db, provider, reference_of(made), yes(clock))
    told(runtime.db, provider)
    with admin.connect() as connection:
        row = connection.execute(text("select words, told_as from story")).one()
        assert not any(secret in bytes(cell) for cell in row for secret in (b"Tuesdays", b"Ruth"))
        acts = connection.scalars(
            text("select act from audit_event where subject = 'story' and person_id = :person"),
            {"person": made.person_id},
        ).all()
    assert {"keep story", "tell story in a pack"} <= set(acts)


def test_nobody_who_is_restricted_is_told_of(
    runtime: Runtime,
    place: MadePlace,
    made: MadeReferral,
    reference_of: Reference,
    clock: Clock,
    admin: Engine,
) -> None:
    provider = place.actor("provider-0")
    keep(runtime.db, provider, reference_of(made), yes(clock))
    with admin.connect() as connection:
        connection.execute(text("update person set restricted = true"))
    assert told(runtime.db, provider).stories == ()
    with pytest.raises(Invalid, match="link worker"):
        keep(runtime.db, provider, reference_of(made), yes(clock))
