"""The invented year goes through the database and comes out as the records that are made of it without one."""

import json
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from anonymiser.keys import PUBLIC_KEY, load_keys, make_keys
from anonymiser.seal import open_sealed
from app.demo import place as demo
from app.demo.past import people
from app.demo.past_extract import extract_records
from app.domain.access import system
from app.services.dataset.extract import write_extract
from app.store import history
from app.store.session import Database
from tests.conftest import Clock

CLIENTS: dict[str, dict[str, object]] = {practice.ods: {"keys": []} for practice in demo.PRACTICES}


@pytest.fixture
def loaded(database: Database, clock: Clock) -> datetime:
    """The borough with its year; returns the moment of which the year is."""
    demo.set_up(database, today=clock.today, endpoint="https://gp.example.org", clients=CLIENTS)
    with database.transaction(system("test")) as tx:
        history.load(tx, people(clock.now), audit="test")
    return clock.now


def test_loaded_year_leaves_as_the_records_made_without_a_database(
    database: Database, admin: Engine, loaded: datetime, tmp_path: Path
) -> None:
    make_keys(tmp_path / "keys")
    year = people(loaded)
    written = write_extract(database, (tmp_path / "keys" / PUBLIC_KEY).read_bytes(), tmp_path / "out")
    with written.path.open("rb") as sealed:
        lines = list(open_sealed(sealed, load_keys(tmp_path / "keys").private))
    records: list[dict[str, Any]] = [json.loads(line) for line in lines[1:]]
    assert all(record.pop("name_prints") for record in records)  # under this extract's own key
    assert records == extract_records(year)
    left_out = Counter[str]()
    for person in year:
        flags = {
            "opted-out": person.type1_opt_out,
            "consent-withdrawn": person.withdrew,
            "national-data-opt-out": person.national_opt_out,
            "restricted-record": person.restricted,
        }
        left_out[next((reason for reason, holds in flags.items() if holds), "")] += len(person.episodes)
    del left_out[""]
    assert {"opted-out": written.opted_out, **written.excluded} == left_out
    with admin.connect() as connection:
        came = connection.execute(text("select count(*) from attendance where answer = 'came'")).scalar_one()
    assert came == sum(sum(episode.sessions) for person in year for episode in person.episodes)
