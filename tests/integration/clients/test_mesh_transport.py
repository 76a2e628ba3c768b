"""Messages through MESH, against NHS England's own sandbox: sent once, found again, collected, failed for a reason."""

import os
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import requests

from app.clients.mesh import DeliveryKind, MeshAccount, MeshTransport
from app.clients.transport import Envelope, PermanentFailure, TemporaryFailure
from app.embedded.mesh import Mailbox, MeshServer, start_mesh_sandbox

KEY = "shared"
HOUSE = Mailbox("HOUSE01", "house-password", "Backstitch", "X99")
PRACTICE = Mailbox("A81001OT001", "practice-password", "The Invented Surgery", "A81001")
ENVELOPE = Envelope(
    local_id="feedback-7",
    recipient="A81001OT001",
    workflow="OUT",
    content_type="application/fhir+json",
    body=b'{"resourceType": "Bundle", "id": "caf\xc3\xa9"}',
    correlation_id="c-1",
)


def account(server: MeshServer, mailbox: Mailbox) -> MeshAccount:
    return MeshAccount(server.url, mailbox.mailbox_id, mailbox.password, KEY)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[MeshServer]:
    with start_mesh_sandbox(tmp_path, [HOUSE, PRACTICE], shared_key=KEY) as server:
        yield server


@pytest.fixture
def house(server: MeshServer) -> Iterator[MeshTransport]:
    transport = MeshTransport(account(server, HOUSE))
    yield transport
    transport.close()


@pytest.fixture
def practice(server: MeshServer) -> Iterator[MeshTransport]:
    transport = MeshTransport(account(server, PRACTICE))
    yield transport
    transport.close()


def test_message_arrives_byte_for_byte(house: MeshTransport, practice: MeshTransport) -> None:
    receipt = house.send(ENVELOPE)
    (delivery,) = practice.fetch(["OUT"])
    assert delivery.message_id == receipt.transport_reference
    assert (delivery.body, delivery.workflow, delivery.from_mailbox) == (ENVELOPE.body, "OUT", "HOUSE01")
    assert delivery.kind is DeliveryKind.DATA


def test_message_comes_again_until_it_is_acknowledged(house: MeshTransport, practice: MeshTransport) -> None:
    receipt = house.send(ENVELOPE)
    assert len(list(practice.fetch(["OUT"]))) == 1
    assert len(list(practice.fetch(["OUT"]))) == 1
    assert not house.delivered(receipt.transport_reference)
    practice.acknowledge(receipt.transport_reference)
    assert list(practice.fetch(["OUT"])) == []
    assert house.delivered(receipt.transport_reference)


def test_message_can_be_acknowledged_while_the_rest_is_still_being_fetched(
    house: MeshTransport, practice: MeshTransport
) -> None:
    sent = [house.send(replace(ENVELOPE, local_id=str(n))).transport_reference for n in range(3)]
    seen = []
    for delivery in practice.fetch(["OUT"]):
        seen.append(delivery.message_id)
        practice.acknowledge(delivery.message_id)
    assert seen == sent


def test_message_of_another_workflow_is_left_where_it_is(
    house: MeshTransport, practice: MeshTransport
) -> None:
    house.send(ENVELOPE)
    assert list(practice.fetch(["SOMETHING_ELSE"])) == []
    assert len(list(practice.fetch(["SOMETHING_ELSE", "OUT"]))) == 1


def test_attempt_that_arrived_is_found_again_by_our_own_id(house: MeshTransport) -> None:
    assert house.find_sent(ENVELOPE.local_id) is None
    receipt = house.send(ENVELOPE)
    assert house.find_sent(ENVELOPE.local_id) == receipt
    assert house.find_sent("feedback") is None


def test_message_sent_twice_under_one_id_is_put_before_a_person(house: MeshTransport) -> None:
    house.send(ENVELOPE)
    house.send(ENVELOPE)
    with pytest.raises(PermanentFailure) as failure:
        house.find_sent(ENVELOPE.local_id)
    assert failure.value.code == "sent-more-than-once"


def test_unknown_mailbox_is_a_permanent_failure(house: MeshTransport) -> None:
    with pytest.raises(PermanentFailure) as failure:
        house.send(replace(ENVELOPE, recipient="NOWHERE"))
    assert failure.value.code == "mesh-12"
    assert "NOWHERE" not in repr(failure.value)


def test_message_without_a_body_is_a_permanent_failure(house: MeshTransport) -> None:
    with pytest.raises(PermanentFailure):
        house.send(replace(ENVELOPE, body=b""))


def test_wrong_password_is_tried_again_because_it_is_about_every_message(server: MeshServer) -> None:
    stranger = MeshTransport(replace(account(server, HOUSE), password="wrong"))
    with pytest.raises(TemporaryFailure) as failure:
        stranger.send(ENVELOPE)
    assert failure.value.code == "http-403"
    stranger.close()


def test_server_away_is_a_temporary_failure_and_the_next_attempt_succeeds(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as reserved:
        port = reserved.getsockname()[1]
    house = MeshTransport(MeshAccount(f"http://127.0.0.1:{port}", "HOUSE01", "house-password", KEY))
    with pytest.raises(TemporaryFailure) as failure:
        house.send(ENVELOPE)
    assert failure.value.code == "connection"
    with start_mesh_sandbox(tmp_path, [HOUSE, PRACTICE], shared_key=KEY, port=port):
        assert house.send(ENVELOPE).transport_reference
    with pytest.raises(TemporaryFailure):
        house.send(ENVELOPE)
    house.close()


def test_report_of_a_message_not_collected_names_the_message(
    server: MeshServer, house: MeshTransport
) -> None:
    sent = house.send(ENVELOPE).transport_reference
    report = {
        "mailbox_id": "HOUSE01",
        "status": "undeliverable",
        "code": "14",
        "description": "Message not collected",
        "workflow_id": "OUT",
        "subject": "",
        "local_id": ENVELOPE.local_id,
        "linked_message_id": sent,
    }
    requests.post(f"{server.url}/messageexchange/admin/report", json=report, timeout=60).raise_for_status()
    (delivery,) = house.fetch(["OUT"])
    assert delivery.kind is DeliveryKind.REPORT
    assert (delivery.linked_message_id, delivery.linked_local_id) == (sent, ENVELOPE.local_id)
    assert delivery.status_code == "14"
    house.acknowledge(delivery.message_id)
    assert list(house.fetch(["OUT"])) == []


def test_message_that_mesh_has_forgotten_counts_as_not_delivered(house: MeshTransport) -> None:
    assert house.delivered("0" * 32) is False


def test_transport_made_before_a_fork_works_on_both_sides(
    house: MeshTransport, practice: MeshTransport
) -> None:
    house.send(replace(ENVELOPE, local_id="parent-1"))
    child = os.fork()
    if child == 0:
        code = 1
        try:
            house.send(replace(ENVELOPE, local_id="child"))
            code = 0
        finally:
            os._exit(code)
    assert os.waitpid(child, 0)[1] == 0
    house.send(replace(ENVELOPE, local_id="parent-2"))
    assert len(list(practice.fetch(["OUT"]))) == 3


def test_plain_http_to_another_machine_is_refused() -> None:
    with pytest.raises(ValueError, match="https"):
        MeshTransport(MeshAccount("http://mesh.example", "HOUSE01", "secret", KEY))


def test_secrets_and_content_stay_out_of_what_gets_logged() -> None:
    shown = repr(MeshAccount("https://mesh.example", "HOUSE01", "secret-password", "secret-key")) + repr(
        ENVELOPE
    )
    assert "secret" not in shown
    assert "Bundle" not in shown
