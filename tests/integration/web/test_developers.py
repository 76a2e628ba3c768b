"""The page for developers: what it tells is true, and what it says to copy works as it stands."""

from __future__ import annotations

import html
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from werkzeug.serving import make_server

from app import create_app
from app.config import Settings
from app.runtime import Runtime, build_runtime
from app.services.incoming.refusals import CATALOGUE
from app.services.systems import integrating
from app.store.crypto import KeyRing
from fhir.views_table import KINDS
from tests.integration.web.conftest import Visitor

ROOT = Path(__file__).parents[3]
_BLOCK = re.compile(r'<pre class="dev-code"[^>]* data-run>(.*?)</pre>', re.DOTALL)


def test_it_opens_for_strangers_without_a_script(visitor: Visitor) -> None:
    page = visitor.get("/developers")
    assert page.headings == ["Connect your system"]
    assert not page.posts


def test_every_link_leads_somewhere(visitor: Visitor) -> None:
    page = visitor.get("/developers")
    paths = [link for link in page.links if link.startswith("/") and link != "/"]
    assert {"/FHIR/R4/metadata", "/FHIR/R4/openapi.json", "/api/v1/docs"} <= set(paths)
    for path in paths:
        assert visitor.client.get(path).status_code == 200, path


def test_it_tells_every_error_type_and_algorithm(visitor: Visitor) -> None:
    page = visitor.get("/developers")
    for line in integrating.errors():
        assert f"{line.status}" in page.text
        assert html.escape(line.meaning, quote=False) in page.html or line.meaning in page.text
    assert {line.status for line in integrating.errors()} == set(CATALOGUE)
    for word in (*KINDS, *integrating.ALGORITHMS):
        assert word in page.text


def test_each_example_is_another_referral_of_the_practice_that_is_named(visitor: Visitor) -> None:
    one, other = (visitor.client.get("/developers/referral.json?ods=sbx02") for _ in range(2))
    assert (one.status_code, one.mimetype) == (200, "application/fhir+json")
    assert json.loads(one.data)["id"] != json.loads(other.data)["id"]
    assert '"SBX02"' in one.text


@pytest.mark.parametrize("ods", ["", '"}', "{{ 7 * 7 }}", "<b>", "A" * 50])
def test_no_example_is_made_of_what_is_no_code(visitor: Visitor, ods: str) -> None:
    assert visitor.client.get("/developers/referral.json", query_string={"ods": ods}).status_code == 404


@pytest.fixture
def served(runtime: Runtime, settings: Settings) -> Iterator[Settings]:
    """The application behind a real port, by the real clock; `runtime` has emptied its tables."""
    assert runtime.settings == settings
    server = make_server("127.0.0.1", 0, lambda *_: [], threaded=True)
    here = replace(settings, public_url=f"http://127.0.0.1:{server.server_port}")
    own = build_runtime(here, wake=lambda _ids: None)
    server.app = create_app(runtime=own)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield here
    server.shutdown()
    server.server_close()
    own.close()


def environment(served: Settings, folder: Path) -> dict[str, str]:
    KeyRing.create(folder / "keys.json")
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "DATABASE_URL": served.database_url,
        "REDIS_URL": served.redis_url,
        "SECRET_KEY": served.secret_key,
        "PUBLIC_URL": served.public_url,
        "BACKSTITCH_KEYS_FILE": str(folder / "keys.json"),
        "no_proxy": "127.0.0.1",
    }


def test_what_it_says_to_copy_works_as_it_stands(
    served: Settings, visitor: Visitor, admin: Engine, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "app", "sandbox", "token"]
    ready = subprocess.run(
        command, env=environment(served, tmp_path), cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert ready.returncode == 0, ready.stderr
    blocks = [html.unescape(block) for block in _BLOCK.findall(visitor.get("/developers").html)]
    assert len(blocks) == 7
    script = tmp_path / "copied.sh"
    script.write_text("set -eu\n" + ready.stdout + "\n" + "\necho; echo ----\n".join(blocks))
    plain = {"PATH": os.environ["PATH"], "no_proxy": "127.0.0.1"}
    done = subprocess.run(
        ["sh", str(script)], env=plain, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr + done.stdout
    parts = [each.strip() for each in done.stdout.split("----\n")]
    assert '"severity":"error"' not in parts[0].replace(" ", "")
    assert "servicerequest-response" in parts[1]
    assert json.loads(parts[2])["status"] == "active"
    assert len(json.loads(parts[3])["issue"]) == 5
    assert '"status":"completed"' in parts[4]
    assert json.loads(parts[-1])["scope"] == "system/ServiceRequest.rs system/Task.rs"
    with admin.connect() as connection:
        left = connection.execute(text("select count(*) from referral where not is_history")).scalar_one()
    assert left == 0
