"""NHS England's own messages at the served door: the status of each, and why, stand in a table."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
import requests

from app.domain.access import system
from app.domain.referral import Organisation
from app.runtime import Runtime
from app.store import directory
from tests.contract.clients.world import System
from tests.factories import MadePlace

_DATA = Path(__file__).parents[2] / "data"
ROWS = tomllib.loads((Path(__file__).parent / "samples_at_the_door.toml").read_text())["message"]


@pytest.fixture
def sender(runtime: Runtime, place: MadePlace, system_of: Callable[[Organisation], System]) -> System:
    """The system of RND, which sends all of the published messages, with their use cases set up."""
    rnd = replace(
        place.practices[0],
        id=uuid4(),
        name="Sender Organization",
        ods="RND",
        use_cases=("a1t1", "a3t1", "a5t1"),
    )
    with runtime.db.transaction(system("test")) as tx:
        directory.add_organisation(tx, rnd)
    return system_of(rnd)


def send(sender: System, token: str, name: str) -> requests.Response:
    headers = {
        "Authorization": f"Bearer {token}",
        "Content-Type": "application/fhir+xml" if name.endswith(".xml") else "application/fhir+json",
        "Accept": "application/fhir+json",
        "X-Request-Id": str(uuid4()),
        "X-Correlation-Id": str(uuid4()),
    }
    raw = (_DATA / name).read_bytes()
    return requests.post(f"{sender.base}/$process-message", data=raw, headers=headers, timeout=60)


def told(answer: requests.Response) -> set[str]:
    issues = answer.json().get("issue", ()) if answer.status_code >= 400 else ()
    return {f"{issue.get('expression', [''])[0]}: {issue['code']}" for issue in issues}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["file"])
def test_a_published_message_is_answered_as_the_table_says(sender: System, row: dict) -> None:
    answer = send(sender, sender.token(), row["file"])
    assert answer.status_code == row["status"], answer.text
    assert told(answer) == set(row.get("problems", ()))
    assert row["why"]


def test_a_message_sent_in_json_and_then_in_xml_makes_one_referral(
    sender: System, counted: Callable[[str], int]
) -> None:
    (name,) = [row["file"] for row in ROWS if "REFREQ03" in row["file"] and row["file"].endswith(".json")]
    token = sender.token()
    assert send(sender, token, name).status_code == 200
    again = send(sender, token, name.removesuffix(".json") + ".xml")
    assert again.status_code in (200, 409, 422), again.text
    assert counted("referral") == 1
