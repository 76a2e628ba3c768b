"""What people say of themselves: if they want to, several things at once, sealed, and counted without their names."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import Engine, text
from werkzeug.datastructures import MultiDict

from app.domain.access import system
from app.domain.lifecycle import ReferralStatus
from app.domain.pack import Filters
from app.runtime import Runtime
from app.services.evaluation.pack import evaluation
from app.services.evaluation.pack_characteristics import list_characteristics
from app.services.evaluation.pack_figures import SEVERAL
from app.services.measures.characteristics import questions
from app.services.own import person_links
from app.store import people
from tests.factories import MadePlace, MadeReferral, make_referral
from tests.integration.web.conftest import Visitor

SAID = MultiDict(
    [
        ("ethnicity", "R"),
        ("religion", "buddhist"),
        ("religion", "christian"),
        ("religion-words", "Quaker too"),
        ("carer", "yes"),
        ("orientation", "prefer-not"),
    ]
)


@pytest.fixture
def made(runtime: Runtime, place: MadePlace) -> MadeReferral:
    return make_referral(runtime.db, place, ReferralStatus.COMPLETED)


@pytest.fixture
def sign_in(app: Flask, place: MadePlace) -> Callable[[str], Visitor]:
    """Somebody of the place in a browser of their own."""
    return lambda username: Visitor(app.test_client()).sign_in(username)


@pytest.fixture
def own_page(app: Flask, runtime: Runtime, made: MadeReferral) -> tuple[Visitor, str]:
    """The person, behind their own link."""
    with runtime.db.transaction(system("test")) as tx:
        whose = {"person_id": made.person_id, "referral_id": made.id}
        address = person_links.make(tx, **whose, purpose="progress", days=7)
    visitor, path = Visitor(app.test_client()), address.removeprefix("http://localhost")
    assert visitor.send(path, {"born_day": "4", "born_month": "3", "born_year": "1951"}).status_code == 303
    return visitor, path


def _send(visitor: Visitor, path: str, said: MultiDict[str, str]) -> int:
    sent = MultiDict(said)
    sent["csrf_token"] = visitor.get(path).token
    return visitor.client.post(path, data=sent).status_code


def _counted(runtime: Runtime, made: MadeReferral) -> dict[str, tuple[str, ...]]:
    with runtime.db.transaction(system("test")) as tx:
        found = list_characteristics(tx, [made.person_id])
    return {each.key: tuple(each.answers[made.person_id]) for each in found}


def test_person_says_several_things_of_themselves_and_the_team_reads_them(
    own_page: tuple[Visitor, str], sign_in: Callable[[str], Visitor], made: MadeReferral, runtime: Runtime
) -> None:
    visitor, path = own_page
    assert "You need not answer any of this" in visitor.get(f"{path}/about-you").text
    assert _send(visitor, f"{path}/about-you", SAID) == 303
    page = sign_in("link-worker").get(f"/referrals/{made.id}/about-them").html
    assert 'value="Quaker too"' in page
    assert _counted(runtime, made) == {"religion": ("buddhist", "christian"), "carer": ("yes",)}
    assert "Buddhist; Christian (all denominations); Quaker too" in visitor.get(f"{path}/data").text
    record = sign_in("link-worker").client.get(f"/referrals/{made.id}/record.json").json
    assert record["record"]["Person demographics"]["Religion"].startswith("Buddhist; Christian")
    assert "Quaker" not in sign_in("practice-0").client.get(f"/loops/{made.id}/record.json").text


def test_ethnicity_is_kept_once_where_messages_bring_it(
    sign_in: Callable[[str], Visitor], made: MadeReferral, runtime: Runtime, admin: Engine
) -> None:
    worker = sign_in("link-worker")
    assert _send(worker, f"/referrals/{made.id}/about-them", SAID) == 303
    with runtime.db.transaction(system("test")) as tx:
        assert people.get(tx, made.person_id, audit="test").details.ethnicity == "R"
    with admin.connect() as connection:
        rows = connection.execute(
            text("select question, said_by, t::text from person_characteristic t")
        ).all()
        told = connection.scalars(text("select detail::text from audit_event where act like 'record what%'"))
        assert "buddhist" not in "".join(told)
    assert {row[0] for row in rows} == {"religion", "carer", "orientation"}
    assert {row[1] for row in rows} == {"link-worker"}
    assert "Quaker" not in str(rows)


def test_ethnicity_and_gender_can_be_taken_back(
    own_page: tuple[Visitor, str], made: MadeReferral, runtime: Runtime
) -> None:
    visitor, path = own_page
    _send(visitor, f"{path}/about-you", SAID)
    back = MultiDict([("gender", "unknown"), ("ethnicity", "Z")])
    assert _send(visitor, f"{path}/about-you", back) == 303
    with runtime.db.transaction(system("test")) as tx:
        details = people.get(tx, made.person_id, audit="test").details
    assert (details.gender, details.ethnicity) == ("unknown", "Z")
    assert "Prefer not to say" in visitor.get(f"{path}/about-you").html


def test_what_is_taken_back_is_wiped(
    own_page: tuple[Visitor, str], made: MadeReferral, runtime: Runtime
) -> None:
    visitor, path = own_page
    _send(visitor, f"{path}/about-you", SAID)
    assert _send(visitor, f"{path}/about-you", MultiDict([("carer", "no")])) == 303
    assert _counted(runtime, made) == {"carer": ("no",)}
    assert "Quaker" not in visitor.get(f"{path}/about-you").html


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ([("religion", "prefer-not"), ("religion", "sikh")], "not both"),
        ([("sex", "female"), ("sex", "male")], "Choose one answer."),
        ([("carer", "perhaps")], "Choose from the list"),
        ([("ethnicity", "Q")], "Choose from the list"),
        ([("sex-words", "x" * 201)], "200 characters"),
    ],
)
def test_what_cannot_be_is_refused_and_what_was_typed_stays(
    own_page: tuple[Visitor, str], said: list[tuple[str, str]], sentence: str
) -> None:
    visitor, path = own_page
    form = MultiDict([*said, ("carer-words", "My <mother>")])
    form["csrf_token"] = visitor.get(f"{path}/about-you").token
    answer = visitor.client.post(f"{path}/about-you", data=form).text
    assert sentence in answer
    assert "My &lt;mother&gt;" in answer


def test_neither_practice_nor_provider_nor_another_team_reads_it(
    own_page: tuple[Visitor, str],
    sign_in: Callable[[str], Visitor],
    made: MadeReferral,
    runtime: Runtime,
    place: MadePlace,
) -> None:
    _send(own_page[0], f"{own_page[1]}/about-you", SAID)
    assert sign_in("other-link-worker").client.get(f"/referrals/{made.id}/about-them").status_code == 404
    seen = {}
    for who in ("link-worker", "practice-0", "provider-0", "other-link-worker", "steward"):
        with runtime.db.transaction(place.actor(who)) as tx:
            seen[who] = tx.session.scalar(text("select count(*) from person_characteristic"))
    assert seen == {"link-worker": 3, "practice-0": 0, "provider-0": 0, "other-link-worker": 0, "steward": 0}


def test_evaluation_counts_it_as_reach_without_a_small_number(
    own_page: tuple[Visitor, str], runtime: Runtime, place: MadePlace
) -> None:
    _send(own_page[0], f"{own_page[1]}/about-you", SAID)
    pack = evaluation(runtime.db, place.actor("provider-0"), Filters())
    (figure,) = [each for each in pack.figures if each.key == "religion"]
    assert (figure.section, SEVERAL in figure.notes, figure.can_list) == ("reach", True, False)
    numbers = {line.code: line.number.people for line in figure.lines}
    assert (numbers["buddhist"], numbers["christian"]) == (None, None)
    assert "pregnancy" not in {each.key for each in pack.figures}


def test_list_covers_what_the_law_protects_and_each_wording_has_a_source() -> None:
    codes = {question.code for question in questions()}
    protected = {"disability", "gender-identity", "marital", "pregnancy", "religion", "sex", "orientation"}
    assert protected <= codes  # age and ethnicity are kept with the person
    assert all(question.source and question.answers for question in questions())
    assert {question.code for question in questions() if question.several} == {
        "impairment",
        "orientation",
        "religion",
    }
