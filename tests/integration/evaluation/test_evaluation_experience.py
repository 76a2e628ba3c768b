"""How people found the help: counted by answer beside those who gave none, withheld where few said it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import Engine, text

from app.domain.access import Actor
from app.domain.errors import NotFound
from app.domain.pack import Filters
from app.domain.pack_sheet import dictionary_of
from app.runtime import Runtime
from app.services.evaluation.evaluation_files import csv_of
from app.services.evaluation.pack import evaluation
from app.services.evaluation.pack_rows import list_rows
from tests.factories import MadePlace
from tests.integration.evaluation.conftest import Helped, figure, told
from tests.integration.web.conftest import Visitor

MARCH = Filters(date(2026, 3, 1), date(2026, 3, 31))
KEY = "service-experience.help"


@pytest.fixture
def provider(place: MadePlace) -> Actor:
    return place.actor("provider-0")


def said(value: int, phase: str = "after") -> tuple[tuple[str, str, dict[str, int]], ...]:
    return (("service-experience", phase, {"help": value}),)


def test_answers_are_counted_beside_those_who_gave_none(
    runtime: Runtime, provider: Actor, helped: Helped
) -> None:
    helped(24, measures=said(5))
    helped(15, measures=said(2))
    helped(21)
    helped(12, waited=None, end_reason="could-not-contact", measures=())  # never began
    pack = evaluation(runtime.db, provider, MARCH)
    found = figure(pack, KEY)
    assert told(pack, KEY) == {"5": 25, "2": 15, "no-answer": 20}
    assert found.everybody.people == 60
    assert [line.words for line in found.lines][:2] == ["Very poor", "Poor"]
    assert found.lines[-1].number.percent == 33.3  # missing
    assert "40 people answered; 33% gave no answer." in found.notes
    assert "How was the help you got?" in found.definition
    assert found.section == "outcome"
    assert not [each for each in pack.changes if "experience" in each.key]


def test_few_who_said_something_are_withheld_and_not_given_away(
    runtime: Runtime, provider: Actor, helped: Helped
) -> None:
    helped(3, measures=said(1))
    helped(14, measures=said(4))
    helped(30, measures=said(5))
    pack = evaluation(runtime.db, provider, MARCH)
    assert told(pack, KEY) == {"1": None, "4": None, "5": 30, "withheld-together": 15}
    assert not [note for note in figure(pack, KEY).notes if "people answered" in note]


def test_nobody_s_answer_makes_no_figure(runtime: Runtime, provider: Actor, helped: Helped) -> None:
    helped(12)
    assert KEY not in [each.key for each in evaluation(runtime.db, provider, MARCH).figures]


def test_the_newest_answer_counts(runtime: Runtime, provider: Actor, helped: Helped, admin: Engine) -> None:
    helped(12, measures=(*said(2), *said(5)))
    with admin.begin() as connection:
        connection.execute(
            text(
                "update measure_response set taken_on = taken_on + 90, phase = 'follow-up', months = 3"
                """ where answers @> '{"help": 5}'"""
            )
        )
    assert told(evaluation(runtime.db, provider, MARCH), KEY) == {"5": 10}


def test_list_names_those_whose_answers_the_organisation_wrote_down(
    runtime: Runtime, provider: Actor, helped: Helped, admin: Engine
) -> None:
    helped(12, measures=said(4))
    helped(11)
    with admin.begin() as connection:  # the link worker asked three of them
        connection.execute(
            text(
                "update measure_response set placement_id = null"
                " where id in (select id from measure_response order by id limit 3)"
            )
        )
    assert told(evaluation(runtime.db, provider, MARCH), KEY) == {"4": 10, "no-answer": 10}
    listed = list_rows(runtime.db, provider, MARCH, figure=KEY, line="4")
    assert (listed.page.total, listed.line) == (9, "Good")
    assert any("not listed" in sentence for sentence in listed.why)
    silent = list_rows(runtime.db, provider, MARCH, figure=KEY, line="no-answer")
    assert (silent.is_listed, silent.page.total) == (False, 0)
    with pytest.raises(NotFound):
        list_rows(runtime.db, provider, MARCH, figure=KEY, line="nonsense")
    with admin.begin() as connection:
        connection.execute(text("update measure_response set placement_id = null"))
    nobody = list_rows(runtime.db, provider, MARCH, figure=KEY, line="4")
    assert (nobody.is_listed, nobody.page.total) == (True, 0)


def test_it_stands_on_the_page_in_the_files_and_in_the_dictionary(
    runtime: Runtime, provider: Actor, helped: Helped, sign_in: Callable[[str], Visitor]
) -> None:
    helped(20, measures=said(4))
    helped(20)
    pack = evaluation(runtime.db, provider, MARCH)
    assert f"outcome,{KEY},How the help was: what people said,,4,Good,20,50" in csv_of(pack)
    assert KEY in [each.name for each in dictionary_of(pack)]
    page = sign_in("provider-0").get("/evaluation?since=2026-03-01&until=2026-03-31")
    assert "How the help was: what people said" in page.text
    assert "20 people answered; 50% gave no answer." in page.text
    assert "People are asked once, at the end or later" in page.text  # the methods
    links = [href for href in page.links if f"figure={KEY}&line=4" in href]
    assert len(links) == 1
