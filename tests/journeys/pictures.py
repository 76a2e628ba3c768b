"""Takes the pictures of the main pages from a running demonstration: `make pictures` beside `make demo`."""

from __future__ import annotations

import json
import re
import sys
from calendar import month_name
from contextlib import closing
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Final

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from app.demo.place import PASSWORD
from tests.journeys.browser import launch

_ROOT: Final = Path(__file__).parents[2]
FOLDER: Final = _ROOT / "deploy" / "pictures" / "pages"
_SUMMARY: Final = (
    _ROOT / "var" / "demo" / "summary.json"
)  # what the demonstration left, with a person's own link
_DESKTOP: Final = {"width": 1200, "height": 1000}
_PHONE: Final = {"width": 360, "height": 720}
_SHOWN_WIDTH: Final = 800
_COLOURS: Final = 48


@dataclass(frozen=True)
class Picture:
    """A page: who signs in, where they start, and the links they follow, each the first that fits.

    Without a start it is the own page of a person, whose link the demonstration wrote down.
    """

    name: str
    sign_in: str | None
    start: str | None
    follow: tuple[str, ...] = ()
    small: bool = False


_ROW = "main tbody a[href^='/referrals/']"
PICTURES: Final = (
    Picture("link-worker-today", "link", "/referrals"),
    Picture("link-worker-referral", "link", "/referrals?show=provider-silent", (_ROW,)),
    Picture("suggestions", "link", "/referrals?show=needs-provider", (_ROW, "main a[href$='/offer']")),
    Picture("provider-offers", "tea", "/offers", small=True),
    Picture("provider-offer", "tea", "/offers", ("main a[href^='/offers/']",), small=True),
    Picture("provider-evaluation", "carers", "/evaluation?since="),
    Picture("practice-loop", "practice1", "/loops", ("main a[href^='/loops/']",)),
    Picture("own-page", None, None, small=True),
    Picture("directory", None, "/directory?words=walk"),
    Picture("dataset-figure", "analyst", "/dataset/figures", ("main ul a[href$='/outcome-by-need']",)),
    Picture("steward-attention", "steward", "/attention"),
)


def take(address: str) -> list[Path]:
    """Take every picture; return the files. Raises playwright's TimeoutError for a page that is not there."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright, closing(launch(playwright)) as browser:
        return [_take(browser, address.rstrip("/"), picture) for picture in PICTURES]


def _take(browser: Browser, address: str, picture: Picture) -> Path:
    size = _PHONE if picture.small else _DESKTOP
    with closing(browser.new_context(viewport=size, base_url=address)) as context:
        page = context.new_page()
        if picture.sign_in:
            _sign_in(page, picture.sign_in)
        if picture.start:
            page.goto(picture.start)
        else:
            _open_own(page)
        for link in picture.follow:
            page.locator(link).first.click()
            page.wait_for_load_state("load")
        return _keep(page.screenshot(), picture)


def _sign_in(page: Page, username: str) -> None:
    page.goto("/sign-in")
    page.get_by_label("User name").fill(username)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_load_state("load")


def _open_own(page: Page) -> None:
    """Open the page of the person whom the demonstration names, with their date of birth and six digits."""
    told = next(each for each in json.loads(_SUMMARY.read_text())["shown"] if "/my/" in (each["url"] or ""))
    day, month, year, digits = re.search(
        r"born (\d+) (\w+) (\d+), six digits (\d{6})", told["shown"]
    ).groups()
    page.goto(told["url"])
    page.get_by_label("Day").fill(day)
    page.get_by_label("Month").fill(str([*month_name].index(month)))
    page.get_by_label("Year").fill(year)
    page.get_by_label("Your six digits").fill(digits)
    page.get_by_role("button", name="Open", exact=True).click()
    page.wait_for_load_state("load")


def _keep(taken: bytes, picture: Picture) -> Path:
    """Write a picture as small as it can still be read: fewer colours, and no wider than a README shows it."""
    image = Image.open(BytesIO(taken)).convert("RGB")
    if image.width > _SHOWN_WIDTH:
        image = image.resize((_SHOWN_WIDTH, round(image.height * _SHOWN_WIDTH / image.width)))
    path = FOLDER / f"{picture.name}.png"
    image.quantize(_COLOURS).save(path, optimize=True)
    return path


if __name__ == "__main__":
    for made in take(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000"):
        sys.stdout.write(f"{made.relative_to(FOLDER.parents[2])}: {made.stat().st_size // 1024} KiB\n")
