"""Harvesting over HTTP and from files: what one house publishes another can take in, page by page."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests
from click.testing import CliRunner
from flask import Flask, Response, jsonify, request
from werkzeug.serving import make_server

from app import cli_directory, create_app
from app.clients.feed import FeedProblem, fetch_feed, read_files
from app.domain.access import system
from app.runtime import Runtime
from app.services.feeds.directory_import import Feed, import_directory
from app.services.feeds.import_report import Outcome
from app.store import directory
from tests.factories import MadePlace
from tests.integration.openreferral.conftest import DATA

Serve = Callable[[Flask], str]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Serve an application on this machine; returns its address."""
    servers = []

    def served(app: Flask) -> str:
        server = make_server("127.0.0.1", 0, app, threaded=True)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}"

    yield served
    for server in servers:
        server.shutdown()


@pytest.fixture
def session() -> Iterator[requests.Session]:
    with requests.Session() as opened:
        opened.trust_env = False
        yield opened


def test_what_we_publish_can_be_imported_whole(
    serve: Serve, session: requests.Session, runtime: Runtime, place: MadePlace
) -> None:
    base = serve(create_app(runtime=runtime)) + "/openreferral"
    harvest = fetch_feed(session, base)
    assert (len(harvest.rows), harvest.complete) == (3, True)
    report = import_directory(runtime.db, system("test"), Feed("copy", harvest.rows), apply=True)
    assert [line.outcome for line in report.lines] == [Outcome.NEW] * 3
    with runtime.db.transaction(system("test")) as tx:
        copies = {
            each.name: each
            for each in directory.list_services(tx, beside=None)
            if each.listing.source == "copy"
        }
        theirs = {
            each.name: each
            for each in directory.list_services(tx, beside=None)
            if each.listing.source == "own"
        }
    for name, copy in copies.items():
        same = ("needs", "areas", "min_age", "max_age", "languages", "description", "verified_on")
        assert {each: getattr(copy, each) for each in same} == {
            each: getattr(theirs[name], each) for each in same
        }


def paged(last: bool) -> Flask:
    """A feed of version 1 with three services on pages of one; without `last` it never says where it ends."""
    app = Flask("feed")

    @app.get("/services")
    def many() -> Response:
        number = int(request.args["page"])
        told = {"content": [{"id": f"s/{number}"}] if number <= 3 else []}
        return jsonify(told | ({"totalPages": 3, "last": number == 3} if last else {}))

    @app.get("/services/<path:told_id>")
    def one(told_id: str) -> tuple[Response, int]:
        return jsonify(id=told_id), 404 if told_id == "s/2" else 200

    return app


@pytest.mark.parametrize("last", [True, False])
def test_pages_of_version_1_are_walked_to_the_end(
    serve: Serve, session: requests.Session, last: bool
) -> None:
    harvest = fetch_feed(session, serve(paged(last)))
    assert [row["id"] for row in harvest.rows] == ["s/1", "s/3"]
    assert not harvest.complete, "one service could not be fetched: nothing may be taken for gone"
    assert "status 404" in harvest.warnings[0]


def test_feed_that_repeats_its_first_page_for_ever_comes_to_an_end(
    serve: Serve, session: requests.Session
) -> None:
    app = Flask("feed")
    app.add_url_rule("/services", "many", lambda: jsonify(contents=[{"id": "1"}]))
    app.add_url_rule("/services/1", "one", lambda: jsonify(id="1"))
    harvest = fetch_feed(session, serve(app))
    assert (len(harvest.rows), harvest.complete) == (1, False)


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (Response("<html>", 200), "no JSON"),
        (Response("3", 200), "neither an object nor a list"),
        (Response("", 302, headers={"Location": "http://169.254.1.1/"}), "status 302"),
    ],
)
def test_what_is_no_feed_is_told(
    serve: Serve, session: requests.Session, answer: Response, sentence: str
) -> None:
    app = Flask("feed")
    app.add_url_rule("/services", "many", lambda: answer)
    with pytest.raises(FeedProblem, match=sentence):
        fetch_feed(session, serve(app))


def test_files_hold_pages_lists_or_single_services(tmp_path: Path) -> None:
    (tmp_path / "1.json").write_text((DATA / "service_full.json").read_text())
    (tmp_path / "2.json").write_text(json.dumps([{"id": "a"}, {"id": "b"}]))
    (tmp_path / "3.json").write_text((DATA / "v1_services.json").read_text())
    assert len(read_files(tmp_path).rows) == 5
    (tmp_path / "4.json").write_text("{")
    with pytest.raises(FeedProblem, match=r"4\.json cannot be read"):
        read_files(tmp_path)


def test_command_tells_first_and_writes_when_told(
    runtime: Runtime, place: MadePlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cli_directory, "_database", lambda: runtime.db)
    words = ["import", "--file", str(DATA / "v1_services.json"), "--source", "bv"]
    dry = CliRunner().invoke(cli_directory.directory, words)
    assert (dry.exit_code, "Dry run" in dry.output, "1 set aside" in dry.output) == (1, True, True)
    done = CliRunner().invoke(cli_directory.directory, [*words, "--apply"])
    assert "Imported bv" in done.output
    aside = CliRunner().invoke(cli_directory.directory, ["set-aside"])
    assert "WRONG minimum_age" in aside.output
    assert "Homework club" in aside.output
