"""The national check for opt-outs over MESH: numbers go out, the answer comes back, and in doubt nobody is told of."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from anonymiser.keys import PUBLIC_KEY, load_keys, make_keys
from anonymiser.seal import open_sealed
from app import jobs
from app.clients.mesh import MeshAccount, MeshTransport, OptOutMailbox
from app.clients.transport import Envelope
from app.embedded.mesh import Mailbox, MeshServer, start_mesh_sandbox
from app.runtime import Runtime
from app.services.dataset import opt_out_checks
from app.services.dataset.extract import Extracted, write_extract
from tests.conftest import Clock
from tests.factories import MadePlace, Patient, make_nhs_number
from tests.integration.services.test_extract_places import closed

KEY = "shared"
HOUSE = Mailbox("HOUSE01", "house-password", "Backstitch", "X99")
CHECK = Mailbox("X26HC036", "check-password", "Check for National Data Opt-outs", "X26")
STRANGER = Mailbox("STRANGER1", "stranger-password", "Somebody else", "X77")
WORKFLOW = "SPINE_NTT_UPHOLDING"


@dataclass
class NationalCheck:
    """Stands in for the service behind its mailbox: gives back the numbers that may be used."""

    mailbox: MeshTransport

    def questions(self) -> list[tuple[str, bytes]]:
        """Take what lies there; the name and the bytes of each."""
        found = [(each.local_id or "", each.body, each.message_id) for each in self.mailbox.fetch([WORKFLOW])]
        for *_, message_id in found:
            self.mailbox.acknowledge(message_id)
        return [(name, body) for name, body, _ in found]

    def answer(self, name: str, body: bytes) -> None:
        envelope = Envelope(name, HOUSE.mailbox_id, WORKFLOW, "text/plain", body, name)
        self.mailbox.send(envelope)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MeshServer]:
    folder = tmp_path_factory.mktemp("mesh")
    with start_mesh_sandbox(folder, [HOUSE, CHECK, STRANGER], shared_key=KEY) as server:
        yield server


def mailbox_of(server: MeshServer, whose: Mailbox, **more: Any) -> MeshAccount:
    return MeshAccount(server.url, whose.mailbox_id, whose.password, KEY, **more)


@pytest.fixture
def house(runtime: Runtime, server: MeshServer) -> Iterator[Runtime]:
    """The house with its mailbox and the national check's."""
    account = mailbox_of(server, HOUSE, opt_outs=OptOutMailbox(CHECK.mailbox_id))
    mesh = MeshTransport(account)
    for left in mesh.fetch([WORKFLOW]):
        mesh.acknowledge(left.message_id)
    yield replace(runtime, mesh=mesh, settings=replace(runtime.settings, mesh=account))
    mesh.close()


@pytest.fixture
def national(server: MeshServer) -> Iterator[NationalCheck]:
    mesh = MeshTransport(mailbox_of(server, CHECK))
    check = NationalCheck(mesh)
    check.questions()
    yield check
    mesh.close()


@pytest.fixture
def numbers(house: Runtime, place: MadePlace) -> list[str]:
    """Three people whose referrals have ended."""
    found = [make_nhs_number() for _ in range(3)]
    for number in found:
        closed(house.db, place, patient=Patient(nhs_number=number))
    return found


@pytest.fixture
def extract(house: Runtime, tmp_path: Path) -> Callable[[], Extracted]:
    make_keys(tmp_path / "keys")
    key = (tmp_path / "keys" / PUBLIC_KEY).read_bytes()
    return lambda: write_extract(house.db, key, tmp_path / "extracts", checked_within=7)


def file_of(*numbers: str) -> bytes:
    return "".join(f"{number},\n" for number in sorted(numbers)).encode()


def checks(admin: Engine) -> list[tuple[Any, ...]]:
    query = text("select asked, opted_out, problem from national_check order by asked_at")
    with admin.connect() as connection:
        return [tuple(row) for row in connection.execute(query)]


def has_task(admin: Engine) -> bool:
    query = text("select exists(select from task where kind = :kind and done_at is null)")
    with admin.connect() as connection:
        return bool(connection.scalar(query, {"kind": opt_out_checks.TASK}))


def test_numbers_alone_go_out_once_and_whoever_is_missing_from_the_answer_is_left_out(
    house: Runtime,
    national: NationalCheck,
    numbers: list[str],
    extract: Callable[[], Extracted],
    admin: Engine,
    tmp_path: Path,
) -> None:
    jobs.check_opt_outs(house)
    jobs.check_opt_outs(house)
    ((name, question),) = national.questions()
    assert question == file_of(*numbers)
    national.answer(name, file_of(*numbers[:2]))
    jobs.check_opt_outs(house)
    assert checks(admin) == [(3, 1, None)]
    made = extract()
    assert (made.rows, made.excluded) == (2, {"national-data-opt-out": 1})
    with made.path.open("rb") as sealed:
        header = json.loads(next(iter(open_sealed(sealed, load_keys(tmp_path / "keys").private))))
    assert header["counts"]["excluded"] == {"national-data-opt-out": 1}
    assert not any(number in json.dumps(header) for number in numbers)
    jobs.check_opt_outs(house)
    assert national.questions() == []


def test_a_sweep_that_finds_nothing_due_opens_no_record(
    house: Runtime, national: NationalCheck, numbers: list[str], admin: Engine, clock: Clock
) -> None:
    jobs.check_opt_outs(house)
    ((name, question),) = national.questions()
    national.answer(name, question)
    jobs.check_opt_outs(house)
    clock.advance(days=2)

    def events() -> int:
        with admin.connect() as connection:
            return int(connection.scalar(text("select count(*) from audit_event")) or 0)

    before = events()
    jobs.check_opt_outs(house)
    assert events() == before


def test_without_an_answer_nobody_is_told_of_and_the_next_extract_looks_again(
    house: Runtime, national: NationalCheck, numbers: list[str], extract: Callable[[], Extracted]
) -> None:
    jobs.check_opt_outs(house)
    first = extract()
    assert (first.rows, first.excluded) == (0, {"not-checked-nationally": 3})
    ((name, question),) = national.questions()
    national.answer(name, question)
    jobs.check_opt_outs(house)
    second = extract()
    assert (second.rows, second.excluded) == (3, {})


def test_an_answer_counts_for_seven_days_and_is_asked_for_anew_before(
    house: Runtime,
    national: NationalCheck,
    numbers: list[str],
    extract: Callable[[], Extracted],
    clock: Clock,
) -> None:
    jobs.check_opt_outs(house)
    ((name, question),) = national.questions()
    national.answer(name, question)
    jobs.check_opt_outs(house)
    clock.advance(days=5)
    jobs.check_opt_outs(house)
    assert national.questions() == []
    clock.advance(days=1)
    jobs.check_opt_outs(house)
    assert [body for _, body in national.questions()] == [question]
    clock.advance(days=2)  # nobody answered, and the first answer is eight days old
    assert extract().excluded == {"not-checked-nationally": 3}


def test_an_answer_of_seven_days_ago_still_counts(
    house: Runtime,
    national: NationalCheck,
    numbers: list[str],
    extract: Callable[[], Extracted],
    clock: Clock,
) -> None:
    jobs.check_opt_outs(house)
    ((name, question),) = national.questions()
    national.answer(name, question)
    jobs.check_opt_outs(house)
    clock.advance(days=7)
    assert extract().rows == 3


def test_an_overdue_answer_is_the_stewards_task_and_it_is_asked_again(
    house: Runtime, national: NationalCheck, numbers: list[str], clock: Clock, admin: Engine
) -> None:
    jobs.check_opt_outs(house)
    ((late, question),) = national.questions()
    clock.now += opt_out_checks.OVERDUE
    jobs.check_opt_outs(house)
    assert not has_task(admin)
    clock.now += timedelta(minutes=1)
    jobs.check_opt_outs(house)
    assert has_task(admin)
    ((name, again),) = national.questions()
    assert (again, checks(admin)) == (question, [(3, None, "overdue"), (3, None, None)])
    national.answer(late, file_of(numbers[0]))  # that of the first question comes after all: it is of no day
    jobs.check_opt_outs(house)
    assert checks(admin)[-1] == (3, None, None)
    national.answer(name, question)
    jobs.check_opt_outs(house)
    assert checks(admin)[-1] == (3, 0, None)
    assert not has_task(admin)


@pytest.mark.parametrize("wrong", ["strange", "cut", "refused"])
def test_an_answer_that_is_none_counts_for_nobody(
    house: Runtime,
    national: NationalCheck,
    numbers: list[str],
    extract: Callable[[], Extracted],
    admin: Engine,
    wrong: str,
) -> None:
    bodies = {
        "strange": file_of(*numbers, make_nhs_number()),
        "cut": file_of(*numbers)[:-3],
        "refused": b"The file contains one or more invalid NHS Numbers.\n",
    }
    jobs.check_opt_outs(house)
    ((name, _),) = national.questions()
    national.answer(name, bodies[wrong])
    jobs.check_opt_outs(house)
    assert checks(admin) == [(3, None, "unreadable")]
    assert has_task(admin)
    assert extract().excluded == {"not-checked-nationally": 3}


def test_whoever_else_writes_under_that_workflow_is_not_believed(
    house: Runtime, national: NationalCheck, numbers: list[str], server: MeshServer, admin: Engine
) -> None:
    jobs.check_opt_outs(house)
    ((name, question),) = national.questions()
    stranger = MeshTransport(mailbox_of(server, STRANGER))
    stranger.send(Envelope(name, HOUSE.mailbox_id, WORKFLOW, "text/plain", question, name))
    stranger.close()
    jobs.check_opt_outs(house)
    assert checks(admin) == [(3, None, None)]


def test_a_mailbox_that_is_away_is_tried_again_and_the_question_leaves_once(
    house: Runtime, national: NationalCheck, numbers: list[str], admin: Engine
) -> None:
    def away(_: object) -> None:
        return None

    opt_out_checks.run(house.db, away, valid_days=7)
    assert national.questions() == []
    jobs.check_opt_outs(house)
    jobs.check_opt_outs(house)
    assert [body for _, body in national.questions()] == [file_of(*numbers)]
    assert len(checks(admin)) == 1


def test_a_question_that_the_carrier_refuses_is_the_stewards_task(
    house: Runtime, numbers: list[str], admin: Engine
) -> None:
    account = house.settings.mesh
    assert account is not None
    nowhere = replace(account, opt_outs=OptOutMailbox("NOWHERE1"))
    jobs.check_opt_outs(replace(house, settings=replace(house.settings, mesh=nowhere)))
    assert checks(admin) == [(3, None, "not-taken")]
    assert has_task(admin)


def test_where_no_mailbox_is_set_nothing_is_asked_and_nothing_held_back(
    runtime: Runtime, place: MadePlace, admin: Engine, tmp_path: Path
) -> None:
    closed(runtime.db, place)
    jobs.check_opt_outs(runtime)
    assert checks(admin) == []
    make_keys(tmp_path / "keys")
    made = write_extract(runtime.db, (tmp_path / "keys" / PUBLIC_KEY).read_bytes(), tmp_path / "extracts")
    assert made.rows == 1
