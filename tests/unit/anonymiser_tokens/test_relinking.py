"""Data moves from one set of tokens to the next, one way, with two signatures, and no NHS number on the table."""

from dataclasses import replace
from datetime import datetime, timedelta

import polars as pl
import pytest

from anonymiser.errors import Refusal
from anonymiser.tokens.approvals import Approvals, Request
from anonymiser.tokens.domains import IdType
from anonymiser.tokens.relinking import (
    Relinking,
    TransitTable,
    relinking_request,
    transit_half,
    transit_table,
)
from anonymiser.tokens.split_key import SplitKey
from anonymiser.tokens.tokeniser import Tokeniser
from tests.unit.anonymiser_tokens.token_people import DATES, DOMAIN, NUMBERS, Desk, series

NEXT = replace(DOMAIN, epoch="2026b")
OLD_ROOT, NEW_ROOT = SplitKey(bytes(range(32))), SplitKey(bytes(range(1, 33)))
BEFORE, AFTER = Tokeniser(OLD_ROOT, DOMAIN), Tokeniser(NEW_ROOT, NEXT)
BOTH = ("Guardian One", "Owner One")


def ask(**changed: object) -> Request:
    words = {"id": "link-0001", "reason": "The key of the first epoch is retired."}
    return relinking_request(DOMAIN, NEXT, asked_by="Analyst One", dates=DATES, **{**words, **changed})


def tables(request: Request, people: tuple[str, ...] = NUMBERS) -> tuple[TransitTable, TransitTable]:
    halves = (transit_half(OLD_ROOT, request), transit_half(NEW_ROOT, request))
    return (
        transit_table(BEFORE, series(*NUMBERS), request, halves),
        transit_table(AFTER, series(*people), request, halves),
    )


def dataset() -> pl.DataFrame:
    tokens = [BEFORE.token(number) for number in NUMBERS[:20]]
    return pl.DataFrame({"person": [*tokens, *tokens[:5]], "need": [f"n{place}" for place in range(25)]})


def test_each_row_gets_its_persons_new_token(desk: Desk, approvals: Approvals, now: datetime) -> None:
    request = ask()
    done = Relinking(request, *tables(request)).carry(
        dataset(), "person", approvals=approvals, signatures=desk.sign(request, *BOTH), now=now
    )
    expected = {f"n{place}": AFTER.token(NUMBERS[place % 20]) for place in range(25)}
    assert dict(done.data.select("need", "person").iter_rows()) == expected
    assert (done.matched, done.unmatched) == (25, 0)


def test_old_tokens_are_gone_and_the_order_of_rows_does_not_bring_them_back(
    desk: Desk, approvals: Approvals, now: datetime
) -> None:
    request = ask()
    done = Relinking(request, *tables(request)).carry(
        dataset(), "person", approvals=approvals, signatures=desk.sign(request, *BOTH), now=now
    )
    assert not {"ns1.2026a" in str(cell) for row in done.data.iter_rows() for cell in row} & {True}
    assert done.data["person"].is_sorted()
    assert done.data.columns == ["person", "need"]


def test_neither_table_shows_an_nhs_number_and_the_transit_value_is_keyed_for_one_job() -> None:
    one, two = ask(), ask(id="link-0002")
    first, second = tables(one)[0].pairs, tables(two)[0].pairs
    assert first.columns == ["transit", "token"]
    assert not set(first["transit"]) & set(second["transit"])
    shown = b"".join(first["transit"]) + "".join(first["token"]).encode()
    assert not any(number.encode() in shown for number in NUMBERS)


def test_half_of_the_transit_key_alone_makes_other_values() -> None:
    request = ask()
    half = transit_half(OLD_ROOT, request)
    alone = transit_table(BEFORE, series(*NUMBERS), request, (half, half)).pairs
    assert not set(alone["transit"]) & set(tables(request)[0].pairs["transit"])


def test_who_opted_out_since_is_dropped_and_counted(desk: Desk, approvals: Approvals, now: datetime) -> None:
    request = ask()
    done = Relinking(request, *tables(request, NUMBERS[1:])).carry(
        dataset(), "person", approvals=approvals, signatures=desk.sign(request, *BOTH), now=now
    )
    assert (done.matched, done.unmatched) == (23, 2)
    assert AFTER.token(NUMBERS[0]) not in done.data["person"].to_list()
    last = approvals.trail.verify()[-1]
    assert last["act"] == "re-linked"
    assert last["facts"] == {"request": "link-0001", "rows_matched": 23, "rows_unmatched": 2}


def test_the_way_back_is_not_open() -> None:
    request = ask()
    source, target = tables(request)
    with pytest.raises(Refusal, match="one way only"):
        Relinking(request, target, source)


def test_tables_of_another_request_do_not_serve() -> None:
    with pytest.raises(Refusal, match="one way only"):
        Relinking(ask(id="link-0002"), *tables(ask()))


@pytest.mark.parametrize(
    ("target", "said"),
    [
        (DOMAIN, "never to the same one"),
        (replace(DOMAIN, epoch="2025z"), "never back"),
        (replace(DOMAIN, recipient="somebody-else"), "tokens of two never meet"),
        (replace(NEXT, recipient="somebody-else"), "tokens of two never meet"),
        (replace(NEXT, project="another-project"), "tokens of two never meet"),
        (replace(NEXT, id_type=IdType.PRACTICE), "one kind of identifier"),
    ],
)
def test_request_to_go_nowhere_back_or_to_another_kind_is_refused(target: object, said: str) -> None:
    with pytest.raises(Refusal, match=said):
        relinking_request(DOMAIN, target, id="link-1", reason="A good reason.", asked_by="A", dates=DATES)


def test_job_without_two_signatures_too_late_or_twice_is_refused(
    desk: Desk, approvals: Approvals, now: datetime
) -> None:
    request = ask()
    job, signed = Relinking(request, *tables(request)), desk.sign(request, *BOTH)
    with pytest.raises(Refusal, match="missing"):
        job.carry(dataset(), "person", approvals=approvals, signatures=signed[:1], now=now)
    with pytest.raises(Refusal, match="ended on"):
        job.carry(dataset(), "person", approvals=approvals, signatures=signed, now=now + timedelta(days=9))
    job.carry(dataset(), "person", approvals=approvals, signatures=signed, now=now)
    with pytest.raises(Refusal, match="has been used"):
        job.carry(dataset(), "person", approvals=approvals, signatures=signed, now=now)
    acts = [line["act"] for line in approvals.trail.verify()]
    assert [act.startswith("refused") for act in acts] == [True, True, False, False, True]
