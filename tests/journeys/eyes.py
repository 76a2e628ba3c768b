"""Looks at a page as everybody has to be able to: by axe, on a small old phone, by its weight and as HTML."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread

from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, Page
from werkzeug.serving import make_server

from tests.journeys.html_validity import faults_of

SMALL_PHONE = {"width": 320, "height": 700}
MOST_BYTES = 100 * 1024  # of a page's HTML as it is sent, without the files that browsers keep
WIDE = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
_WORDS = re.compile(r">[^<]*<")
_VALUES = re.compile(
    r'(?:nonce|value|href|action|id|for|aria-describedby|aria-labelledby|src|selected)="[^"]*"'
)


@dataclass
class Eyes:
    """A small screen into which pages are put to be looked at, and what was found to be wrong with them."""

    screen: Page
    wrong: list[tuple[str, object]] = field(default_factory=list)
    pages: dict[str, str] = field(default_factory=dict)
    _shapes: set[str] = field(default_factory=set)

    def look(self, path: str, html: str) -> None:
        """Look at a page, unless one of the same shape was looked at: the same elements with other words in them."""
        shape = shape_of(html)
        if shape in self._shapes:
            return
        self._shapes.add(shape)
        self.pages[path] = html
        self.screen.set_content(html, wait_until="load")
        found = Axe().run(self.screen).response["violations"]
        self.wrong += [(path, (each["id"], each["nodes"][0]["html"])) for each in found]
        if self.screen.evaluate(WIDE):
            self.wrong.append((path, "has to be moved sideways"))
        if len(html.encode()) > MOST_BYTES:
            self.wrong.append((path, f"weighs {len(html.encode())} bytes"))
        self._keep_picture(path)

    def _keep_picture(self, path: str) -> None:
        """Leave a picture where PICTURES says, for whoever wants to look at it."""
        if folder := os.environ.get("PICTURES"):
            name = (
                re.sub(r"[0-9a-f-]{36}|[\w-]{43}", "ID", path).strip("/").replace("/", "_").replace("?", "_")
            )
            self.screen.screenshot(path=Path(folder) / f"{name}-{len(self.pages)}.png", full_page=True)

    def verdict(self) -> list[tuple[str, object]]:
        """Everything that is wrong with the pages that were looked at; the HTML is judged now, all of it at once."""
        return [*self.wrong, *((fault, "is not HTML") for fault in faults_of(self.pages))]


def shape_of(html: str) -> str:
    """A digest of the elements of a page's main part."""
    main = html[html.find("<main") : html.find("</main>")]
    return hashlib.sha256(_VALUES.sub("", _WORDS.sub("><", main)).encode()).hexdigest()


@contextmanager
def eyes_on(browser: Browser, app: Flask) -> Iterator[Eyes]:
    """Eyes on an application, which answers behind a real socket so that style sheets and pictures are found."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        with closing(browser.new_context(viewport=SMALL_PHONE, bypass_csp=True)) as context:
            page = context.new_page()
            page.goto(f"http://127.0.0.1:{server.server_port}/privacy")
            yield Eyes(page)
    finally:
        server.shutdown()
        thread.join()
