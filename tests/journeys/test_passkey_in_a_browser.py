"""A passkey is set up and signs in, in a real Chromium with a virtual authenticator; without one a code does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from threading import Thread

import pytest
from playwright.sync_api import Browser, Page
from werkzeug.serving import make_server

from app import create_app
from app.runtime import Runtime
from tests.factories import PASSWORD, MadePlace, make_place


@pytest.fixture
def place(runtime: Runtime) -> MadePlace:
    return make_place(runtime.db)


@pytest.fixture
def address(runtime: Runtime, place: MadePlace) -> Iterator[str]:
    """The application at http://localhost, where browsers allow passkeys without TLS."""
    server = make_server("127.0.0.1", 0, lambda *_: [], threaded=True)
    url = f"http://localhost:{server.server_port}"
    runtime.db.public_url = url
    settings = replace(runtime.settings, public_url=url)
    server.app = create_app(runtime=replace(runtime, settings=settings))
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield url
    server.shutdown()
    thread.join()
    server.server_close()


def give_password(page: Page, address: str) -> None:
    page.goto(f"{address}/sign-in")
    page.fill("#username", "link-worker")
    page.fill("#password", PASSWORD)
    page.click("main button:has-text('Sign in')")


def test_passkey_is_set_up_and_signs_in(browser: Browser, address: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    tools = context.new_cdp_session(page)
    tools.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True}
    options |= {"hasUserVerification": True, "isUserVerified": True, "automaticPresenceSimulation": True}
    tools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    give_password(page, address)
    page.goto(f"{address}/account/passkey")
    page.fill("#name", "My telephone")
    page.click("main button:has-text('Go on')")
    page.click("main button:has-text('Make the passkey')")
    page.wait_for_selector("h1:has-text('Your recovery codes')")
    assert page.locator("main code").count() == 10
    page.click("header button:has-text('Sign out')")
    give_password(page, address)
    page.wait_for_selector("h1:has-text('The second step')")
    page.goto(f"{address}/referrals")
    assert "/sign-in" in page.url, "the password alone opens nothing"
    page.goto(f"{address}/sign-in/code")
    page.click("main button:has-text('Use your passkey')")
    page.wait_for_url(f"{address}/referrals")
    context.close()
