"""A small GP system: empties its mailboxes with the real MESH client, files what came, and acknowledges it.

Run as `python -m app.demo.gp_system CONFIG.json`; it knows Backstitch only from outside.
"""

from __future__ import annotations

import json
import logging
import sys
import threading
import time
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import SimpleQueue
from typing import Any
from uuid import uuid4

from mesh_client import MeshClient, MeshError
from requests import RequestException

from app.demo.gp_client import GpClient
from fhir.inbound import read_message
from fhir.messages import AnswerToSend, IncomingAcknowledgement, OrganisationToTell
from fhir.outbound import acknowledgement_message, to_bytes

log = logging.getLogger("gp-system")
_LOOK_EVERY = 0.3
_REFUSALS = 1  # the endpoint is "down for a moment" first, so that the demonstration shows a retry


def acknowledgement(message: bytes, ods: str, practice: str) -> bytes:
    """Return the practice's acknowledgement of a message from Backstitch."""
    seen = read_message(message)
    if not isinstance(seen, IncomingAcknowledgement):
        raise TypeError("not a message from Backstitch")
    answer = AnswerToSend(
        message_id=str(uuid4()),
        header_id=str(uuid4()),
        sent_at=datetime.now(UTC),
        version="1.0.0",
        answers=seen.identity.bundle_id,
        from_endpoint=f"https://fhir.nhs.uk/Id/ods-organization-code|{ods}",
        to_endpoint="https://backstitch.example/fhir",
        sender=OrganisationToTell(ods, practice, ods, is_general_practice=True),
        receiver=OrganisationToTell("backstitch", "Backstitch"),
    )
    return to_bytes(acknowledgement_message(answer))


def file_away(folder: Path, message: bytes) -> None:
    """Put the letter into the record: a file a letter, named by the message's id."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{json.loads(message)['id']}.json"
    path.write_bytes(message)


def empty_mailbox(client: MeshClient, told: dict[str, Any], config: dict[str, Any]) -> None:
    """File and acknowledge everything in one practice's mailbox."""
    for message_id in client.list_messages(workflow_filter=config["workflow"]):
        with client.retrieve_message(message_id) as message:
            body = message.read()
        file_away(Path(config["filed"]) / told["ods"], body)
        client.send_message(
            config["team_mailbox"],
            acknowledgement(body, told["ods"], told["practice"]),
            workflow_id=config["workflow_ack"],
            content_type="application/fhir+json",
        )
        client.acknowledge_message(message_id)
        log.info("filed and acknowledged a message for %s", told["ods"])


def endpoint(config: dict[str, Any], letters: SimpleQueue[bytes]) -> ThreadingHTTPServer:
    """Return the FHIR endpoint of the practice that has no mailbox."""
    refusals = iter(range(_REFUSALS))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if next(refusals, None) is not None:
                self.send_response(503)
                self.end_headers()
                return
            letters.put(body)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Say nothing: the log is for what was filed."""

    return ThreadingHTTPServer(("127.0.0.1", config["endpoint"]["port"]), Handler)


def answer_letters(config: dict[str, Any], letters: SimpleQueue[bytes]) -> None:
    """File what came to the endpoint and acknowledge it through Backstitch's own door."""
    told = config["endpoint"]
    client = GpClient(config["base_url"], told["client_id"], Path(told["key_file"]), told["kid"])
    while True:
        body = letters.get()
        file_away(Path(config["filed"]) / told["ods"], body)
        message, request_id = acknowledgement(body, told["ods"], told["practice"]), str(uuid4())
        while not _posted(client, message, request_id):
            time.sleep(1)
        log.info("filed and acknowledged a message for %s", told["ods"])


def _posted(client: GpClient, message: bytes, request_id: str) -> bool:
    try:
        return client.post(message, request_id=request_id).status_code in (200, 409)
    except RequestException:
        return False


def main() -> None:
    """Serve until stopped."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    config = json.loads(Path(sys.argv[1]).read_text())
    letters: SimpleQueue[bytes] = SimpleQueue()
    server = endpoint(config, letters)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    threading.Thread(target=answer_letters, args=(config, letters), daemon=True).start()
    clients = [
        (
            MeshClient(config["mesh_url"], told["mailbox"], told["password"], config["shared_key"].encode()),
            told,
        )
        for told in config["mailboxes"]
    ]
    while True:
        for client, told in clients:
            try:
                empty_mailbox(client, told, config)
            except (RequestException, MeshError) as fault:
                log.warning("mailbox away: %s", type(fault).__name__)
        time.sleep(_LOOK_EVERY)


if __name__ == "__main__":
    main()
