"""The journeys have a browser, or say in one sentence what to install."""

from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from tests.journeys.browser import NoBrowserError, find_chromium, launch

PAGE = "data:text/html,<title>Loop</title><p id=p>closed</p>"


def test_browser_opens_a_page_with_text_one_can_see() -> None:
    with sync_playwright() as playwright:
        browser = launch(playwright)
        page = browser.new_page()
        page.goto(PAGE)
        assert page.title() == "Loop"
        box = page.locator("#p").bounding_box()
        text_width = page.evaluate(
            "() => { const text = document.createRange(); text.selectNodeContents(document.getElementById('p'));"
            " return text.getBoundingClientRect().width; }"
        )
        browser.close()
    assert box is not None
    assert 20 < text_width < box["width"]


def test_named_browser_comes_first_and_a_wrong_name_is_reported(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = tmp_path / "my-chromium"
    program.touch(mode=0o755)
    monkeypatch.setenv("CHROMIUM", str(program))
    assert find_chromium(tmp_path / "none").program == program
    monkeypatch.setenv("CHROMIUM", str(tmp_path / "missing"))
    with pytest.raises(NoBrowserError, match="CHROMIUM names"):
        find_chromium(tmp_path / "none")


def test_browser_of_the_system_comes_before_the_one_of_playwright(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    own = tmp_path / "own"
    own.touch(mode=0o755)
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_chromium(own).program == own
    (tmp_path / "google-chrome").touch(mode=0o755)
    assert find_chromium(own).program == tmp_path / "google-chrome"


def test_machine_with_nothing_to_go_by_is_told_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoBrowserError, match="install Chromium or Chrome"):
        find_chromium(tmp_path / "none", cache=tmp_path / "cache")
