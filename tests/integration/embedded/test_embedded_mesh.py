"""The embedded MESH sandbox behaves as NHS England's API does: it is their code, with our mailboxes."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from mesh_client import MeshClient

from app.embedded.mesh import Mailbox, MeshServer, Workflow, start_mesh_sandbox
from app.embedded.places import EmbeddedServerError

KEY = "shared"
HOUSE = Mailbox("HOUSE01", "house-password", "Backstitch", "X99")
PRACTICE = Mailbox("A81001OT001", "practice-password", "The Invented Surgery", "A81001")
OUT = Workflow("OUT", senders=("HOUSE01",), receivers=("A81001OT001",))


@pytest.fixture
def server(tmp_path: Path) -> Iterator[MeshServer]:
    with start_mesh_sandbox(tmp_path, [HOUSE, PRACTICE], shared_key=KEY, workflows=[OUT]) as server:
        yield server


def client(server: MeshServer, mailbox: Mailbox, password: str | None = None) -> MeshClient:
    return MeshClient(
        server.url, mailbox.mailbox_id, password or mailbox.password, KEY.encode(), max_retries=0, timeout=60
    )


def test_message_travels_from_mailbox_to_mailbox(server: MeshServer) -> None:
    with client(server, HOUSE) as house, client(server, PRACTICE) as practice:
        sent = house.send_message("A81001OT001", b"news", workflow_id="OUT", local_id="local-1")
        assert practice.list_messages() == [sent]
        message = practice.retrieve_message(sent)
        assert (message.read(), message.sender, message.local_id) == (b"news", "HOUSE01", "local-1")
        practice.acknowledge_message(sent)
        assert practice.list_messages() == []
        assert house.track_message(sent)["status"] == "acknowledged"


def test_wrong_password_is_refused(server: MeshServer) -> None:
    with client(server, HOUSE, password="wrong") as stranger, pytest.raises(requests.HTTPError) as refused:
        stranger.handshake()
    assert refused.value.response.status_code == 403


def test_mailbox_is_found_by_organisation_and_workflow(server: MeshServer) -> None:
    with client(server, HOUSE) as house:
        found = house.lookup_endpoint("A81001", "OUT")["results"]
    assert [mailbox["mailbox_id"] for mailbox in found] == ["A81001OT001"]


def test_mail_waits_while_the_server_is_away(tmp_path: Path) -> None:
    with (
        start_mesh_sandbox(tmp_path, [HOUSE, PRACTICE], shared_key=KEY) as first,
        client(first, HOUSE) as house,
    ):
        sent = house.send_message("A81001OT001", b"news", workflow_id="OUT")
    with (
        start_mesh_sandbox(tmp_path, [HOUSE, PRACTICE], shared_key=KEY) as second,
        client(second, PRACTICE) as practice,
    ):
        assert practice.list_messages() == [sent]


def test_port_can_be_chosen_and_a_taken_one_is_reported(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(EmbeddedServerError, match=str(port)):
            start_mesh_sandbox(tmp_path, [HOUSE], shared_key=KEY, port=port)
    with start_mesh_sandbox(tmp_path, [HOUSE], shared_key=KEY, port=port) as server:
        assert server.url == f"http://127.0.0.1:{port}"


def test_passwords_lie_in_a_private_file(server: MeshServer) -> None:
    assert (server.data_dir / "mailboxes.jsonl").stat().st_mode & 0o077 == 0
