"""Many referrals from one file: checked, sent, sent again, mended; nothing half done and nobody referred twice."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from uuid import UUID

import pytest
from sqlalchemy import Engine, text

from app.domain.sources import SourceKind
from app.runtime import Runtime
from app.services.incoming import cohort, cohort_sending, web_referral
from app.services.incoming.cohort import Upload
from app.services.shown import views
from tests.factories import MadePlace, make_nhs_number
from tests.integration.sources.other_sources import actor_of, add_source
from tests.integration.web.conftest import Visitor
from tests.integration.web.pages import Page, read_page

SignIn = Callable[[str], Visitor]
HEAD = "family_name,first_name,date_of_birth,nhs_number,phone,needs,agrees"
GOOD = f"{HEAD}\r\nOkonkwo,Adaeze,4/3/1951,,07700 900461,food,yes\r\nDoe,Ben,1/2/1980,,07700 900462,housing,ask\r\n"
MIXED = f"{GOOD}Roe,Cem,31/2/1980,,7700900463,food,yes\r\n"

BEFORE = "Sent before: nothing was sent again; change what is new in the referral"


def upload(
    visitor: Visitor, body: str | bytes, name: str = "Frailty review", **form: str
) -> tuple[str, Page]:
    """Check a file; return its page's address and the page."""
    raw = body if isinstance(body, bytes) else body.encode()
    token = visitor.get("/cohort").token
    fields = {"csrf_token": token, "name": name, "file": (io.BytesIO(raw), "people.csv"), **form}
    answer = visitor.client.post("/cohort", data=fields)
    if answer.status_code != 303:
        return "", read_page(answer)
    return answer.location, visitor.get(answer.location)


def send(visitor: Visitor, runtime: Runtime, path: str, **form: str) -> Page:
    """Send what was checked, and let the worker have its turns."""
    answer = visitor.send(f"{path}/send", form, at=path)
    assert answer.status_code == 303, read_page(answer).text[:800]
    for _ in range(3):
        for cohort_id in cohort_sending.due(runtime.db):
            cohort_sending.run(runtime.db, cohort_id)
    return visitor.get(path)


def total(runtime: Runtime, place: MadePlace) -> int:
    return views.list_referrals(runtime.db, place.link_worker).total


def test_nobody_is_referred_before_the_file_is_sent(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, admin: Engine
) -> None:
    _, page = upload(sign_in("practice-0"), GOOD)
    assert "Send these 2 referrals" in page.text
    assert "Nobody has been referred yet" in page.text
    with admin.connect() as connection:
        for table in ("referral", "person", "task", "consent", "inbox_message"):
            assert connection.scalar(text(f"select count(*) from {table}")) == 0  # noqa: S608 - names from above


def test_file_is_sent_and_every_row_gets_its_reference(
    sign_in: SignIn, runtime: Runtime, place: MadePlace
) -> None:
    visitor = sign_in("practice-0")
    path, _ = upload(visitor, GOOD)
    assert visitor.send(f"{path}/send", at=path).location.endswith("?watch=1")
    assert 'http-equiv="refresh"' in visitor.get(f"{path}?watch=1").html
    assert 'http-equiv="refresh"' not in visitor.get(path).html
    for cohort_id in cohort_sending.due(runtime.db):
        cohort_sending.run(runtime.db, cohort_id)
    page = visitor.get(path)
    assert re.search(r"Sent\s+2", page.text)
    result = visitor.client.get(f"{path}/result.csv").text
    assert len(set(re.findall(r"BK-\w{7}", result))) == 2
    assert "Okonkwo" not in result
    assert total(runtime, place) == 2
    assert "Adaeze Okonkwo" in visitor.get("/loops").text


def test_everything_wrong_is_told_with_row_and_column_and_as_a_file(sign_in: SignIn) -> None:
    visitor = sign_in("practice-0")
    path, page = upload(visitor, MIXED)
    assert "C: date_of_birth" in page.text
    assert "E: phone" in page.text
    report = visitor.client.get(f"{path}/report.csv").text
    assert "4,C,date_of_birth," in report
    assert "4,E,phone," in report
    assert "7700900463" not in report + page.html


def test_wrong_rows_are_left_out_only_when_somebody_says_so(
    sign_in: SignIn, runtime: Runtime, place: MadePlace
) -> None:
    visitor = sign_in("practice-0")
    path, _ = upload(visitor, MIXED)
    refused = visitor.send(f"{path}/send", at=path)
    assert refused.status_code == 400
    assert "Say that the wrong row is left out" in refused.text
    assert total(runtime, place) == 0
    send(visitor, runtime, path, leave_out="yes")
    assert total(runtime, place) == 2


def test_same_file_and_a_mended_one_refer_nobody_twice(
    sign_in: SignIn, runtime: Runtime, place: MadePlace
) -> None:
    visitor = sign_in("practice-0")
    path, _ = upload(visitor, MIXED)
    send(visitor, runtime, path, leave_out="yes")
    mended = MIXED.replace("31/2/1980,,7700900463", "3/2/1980,,07700 900463").replace("900462", "900999")
    path, page = upload(visitor, mended, name=" frailty  REVIEW")
    assert "2 of them were sent before" in page.text
    page = send(visitor, runtime, path)
    assert re.search(r"Sent\s+1", page.text)
    assert re.search(BEFORE + r"\s+2", page.text)
    assert total(runtime, place) == 3


@pytest.mark.parametrize(("before", "after"), [("", make_nhs_number()), (make_nhs_number(), "")])
def test_file_mended_by_its_nhs_number_refers_nobody_twice(
    before: str, after: str, sign_in: SignIn, runtime: Runtime, place: MadePlace
) -> None:
    visitor = sign_in("practice-0")
    row = f"{HEAD}\r\nOkonkwo,Adaeze,4/3/1951,{{}},07700 900461,food,yes\r\n"
    path, _ = upload(visitor, row.format(before), name="Mend")
    send(visitor, runtime, path)
    path, page = upload(visitor, row.format(after), name="Mend")
    assert "1 of them" in page.text
    assert re.search(
        BEFORE + r"\s+1",
        send(visitor, runtime, path).text,
    )
    assert total(runtime, place) == 1


def test_somebody_sent_before_with_another_nhs_number_is_an_error(sign_in: SignIn, runtime: Runtime) -> None:
    visitor = sign_in("practice-0")
    row = f"{HEAD}\r\nOkonkwo,Adaeze,4/3/1951,{{}},07700 900461,food,yes\r\n"
    for number in ("", make_nhs_number()):
        path, _ = upload(visitor, row.format(number), name="Mend")
        send(visitor, runtime, path)
    _, page = upload(visitor, row.format(make_nhs_number()), name="Mend")
    assert "was sent before. The NHS number is another one" in page.text
    assert "Send these" not in page.text


def test_one_file_with_a_person_with_and_without_a_number_is_told(sign_in: SignIn) -> None:
    row = "Okonkwo,Adaeze,4/3/1951,{},07700 900461,food,yes\r\n"
    one, other = make_nhs_number(), make_nhs_number()
    body = f"{HEAD}\r\n" + "".join(row.format(number) for number in (one, "", other))
    _, page = upload(sign_in("practice-0"), body)
    assert page.text.count("Row 2 is about the same person") == 1
    assert "is about the same person: keep one of the two" in page.text
    _, page = upload(sign_in("practice-0"), f"{HEAD}\r\n{row.format(one)}{row.format(other)}", name="Two")
    assert "Row 2 has the same names and birth date. The NHS number is another one" in page.text


def test_file_of_another_year_refers_the_same_people_again(
    sign_in: SignIn, runtime: Runtime, place: MadePlace
) -> None:
    visitor = sign_in("practice-0")
    for name in ("Review 2025", "Review 2026"):
        path, _ = upload(visitor, GOOD, name=name)
        send(visitor, runtime, path)
    assert total(runtime, place) == 4


def test_file_cannot_be_sent_twice(sign_in: SignIn, runtime: Runtime, place: MadePlace) -> None:
    visitor = sign_in("practice-0")
    path, _ = upload(visitor, GOOD)
    send(visitor, runtime, path)
    assert visitor.send(f"{path}/send", at=path).status_code == 409
    assert visitor.send(f"{path}/discard", at=path).status_code == 409
    assert total(runtime, place) == 2


def test_discarded_file_leaves_nothing(sign_in: SignIn, admin: Engine) -> None:
    visitor = sign_in("practice-0")
    path, _ = upload(visitor, GOOD)
    visitor.send(f"{path}/discard", at=path)
    visitor.get(path, status=404)
    with admin.connect() as connection:
        assert connection.scalar(text("select count(*) from cohort_line")) == 0


@pytest.mark.parametrize("username", ["practice-1", "other-practice", "link-worker", "other-link-worker"])
def test_file_of_another_organisation_is_not_there(username: str, sign_in: SignIn) -> None:
    path, _ = upload(sign_in("practice-0"), GOOD)
    stranger = sign_in(username)
    for part in ("", "/report.csv", "/result.csv"):
        assert stranger.client.get(f"{path}{part}").status_code == 404
    assert stranger.send(f"{path}/send", at="/cohort").status_code == 404


@pytest.mark.parametrize(
    ("body", "name", "sentence"),
    [
        ("", "x", "It is empty"),
        (f"{HEAD}\r\n", "x", "no row below"),
        (GOOD, "", "Give these referrals a name"),
        (b"PK\x03\x04", "x", "Excel workbook"),
        (f"{HEAD}\r\n" + "Doe,Ben,1/2/1980,,07700 900462,housing,ask\r\n" * 2001, "x", "2001 rows; 2000 fit"),
    ],
)
def test_file_that_is_none_is_refused_as_a_whole(
    body: str | bytes, name: str, sentence: str, sign_in: SignIn
) -> None:
    path, page = upload(sign_in("practice-0"), body, name)
    assert not path
    assert sentence in page.text


def test_template_that_is_sent_as_it_is_refers_nobody(sign_in: SignIn) -> None:
    visitor = sign_in("practice-0")
    template = visitor.client.get("/cohort/template.csv").data
    _, page = upload(visitor, template)
    assert "template's example" in page.text
    assert "Send these" not in page.text


def test_sandbox_takes_test_patients_only_and_a_person_who_does_not_agree_is_not_referred(
    sign_in: SignIn,
) -> None:
    real, test = "943 476 5919", make_nhs_number()
    body = f"{HEAD}\r\nA,B,,{real},07700 900461,food,yes\r\nC,D,,{test},07700 900461,food,no\r\n"
    _, page = upload(
        sign_in("practice-0"), body if not real.startswith("9") else body.replace(real, "401 023 2137")
    )
    assert "sandbox practice sends test patients only" in page.text
    assert "Only somebody who agrees" in page.text


def test_link_worker_uploads_for_a_source_of_the_team_and_no_other(
    sign_in: SignIn, runtime: Runtime, place: MadePlace
) -> None:
    council = add_source(runtime.db, place, SourceKind.COUNCIL)
    visitor = sign_in("link-worker")
    path, _ = upload(visitor, GOOD, requester=str(council.id))
    send(visitor, runtime, path)
    lines = views.list_referrals(runtime.db, place.link_worker).lines
    assert {line.requester_name for line in lines} == {"Invented council"}
    for other in (str(place.other_practice.id), "", "x"):
        path, page = upload(visitor, GOOD, requester=other)
        assert not path
        assert "Choose for whom" in page.text


def test_source_that_hears_nothing_is_given_no_reference(runtime: Runtime, place: MadePlace) -> None:
    actor = actor_of(add_source(runtime.db, place, SourceKind.JOBCENTRE))
    cohort_id = cohort.check(runtime.db, actor, Upload("Review", GOOD.encode(), "Invented Asker"))
    cohort.send(runtime.db, actor, cohort_id, leave_out=False)
    cohort_sending.run(runtime.db, cohort_id)
    result = cohort.result(runtime.db, actor, cohort_id).decode()
    assert "2,sent,," in result
    assert "BK-" not in result
    assert total(runtime, place) == 2


def test_row_that_breaks_leaves_nothing_half_done_and_is_told_at_last(
    runtime: Runtime, place: MadePlace, monkeypatch: pytest.MonkeyPatch, admin: Engine
) -> None:
    actor = place.actor("practice-0")
    cohort_id = cohort.check(runtime.db, actor, Upload("Review", GOOD.encode(), "Invented Asker"))
    cohort.send(runtime.db, actor, cohort_id, leave_out=False)
    whole = web_referral.hand_in

    def broken(*given: object, **named: object) -> object:
        taken = whole(*given, **named)  # type: ignore[arg-type]
        if "Doe" in repr(given):
            raise RuntimeError
        return taken

    monkeypatch.setattr(cohort_sending, "hand_in", broken)
    for _ in range(8):
        cohort_sending.run(runtime.db, cohort_id)
    found = cohort.get(runtime.db, actor, cohort_id)
    assert {status.value: count for status, count in found.counts.items()} == {"taken": 1, "refused": 1}
    assert found.status == "ended"
    with admin.connect() as connection:
        assert connection.scalar(text("select count(*) from person")) == 1
        assert connection.scalar(text("select count(*) from cohort_line where asked is not null")) == 0


def test_what_waits_to_be_sent_is_sealed_and_forgotten_after_a_day(
    runtime: Runtime, place: MadePlace, admin: Engine, clock: object
) -> None:
    cohort_id: UUID = cohort.check(
        runtime.db, place.actor("practice-0"), Upload("Review", GOOD.encode(), "Invented Asker")
    )
    with admin.connect() as connection:
        rows = connection.execute(text("select l::text, c::text from cohort_line l, cohort c")).all()
        told = str(rows)
        for word in ("Okonkwo", "07700", "Invented Asker", b"Okonkwo".hex(), b"Invented".hex()):
            assert word not in told
    clock.advance(days=2)  # type: ignore[attr-defined]
    cohort_sending.due(runtime.db)
    with admin.connect() as connection:
        left = text("select count(*) from cohort where id = :id")
        assert connection.scalar(left, {"id": cohort_id}) == 0
