"""The two forms of the letter through NHS England's own sandbox, and the practice's answer on its way back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.clients.mesh import MeshAccount, MeshTransport
from app.clients.transport import Envelope
from app.embedded.mesh import Mailbox, start_mesh_sandbox
from fhir.outbound import to_bytes
from fhir.send_document import CONTENT_TYPE, send_document_message
from tests.contract.fhir.reports import HELPED

KEY = "shared"
HOUSE = Mailbox("HOUSE01", "house-password", "Backstitch", "X99")
PRACTICE = Mailbox("A81001OT001", "practice-password", "The Invented Surgery", "A81001")
PDF = b"%PDF-1.7\n\xe2\xe3\xcf\xd3\x00\x01\xff" * 4000


@pytest.fixture
def mailboxes(tmp_path: Path) -> Iterator[tuple[MeshTransport, MeshTransport]]:
    with start_mesh_sandbox(tmp_path, [HOUSE, PRACTICE], shared_key=KEY) as server:
        both = [
            MeshTransport(MeshAccount(server.url, each.mailbox_id, each.password, KEY))
            for each in (HOUSE, PRACTICE)
        ]
        yield both[0], both[1]
        for each in both:
            each.close()


@pytest.mark.parametrize(
    ("content_type", "body"),
    [("application/pdf", PDF), (CONTENT_TYPE, to_bytes(send_document_message(HELPED, PDF)))],
    ids=["letter", "document"],
)
def test_letter_arrives_byte_for_byte(
    mailboxes: tuple[MeshTransport, MeshTransport], content_type: str, body: bytes
) -> None:
    house, practice = mailboxes
    receipt = house.send(
        Envelope("news-1", PRACTICE.mailbox_id, "GPCONNECT_SEND_DOCUMENT", content_type, body, "c-1")
    )
    (delivery,) = practice.fetch(["GPCONNECT_SEND_DOCUMENT"])
    assert delivery.body == body
    practice.acknowledge(delivery.message_id)
    assert house.delivered(receipt.transport_reference)
