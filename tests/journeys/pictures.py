"""Takes the pictures of the main pages from a running demonstration: `make pictures` beside `make demo`."""

from __future__ import annotations

import sys
from contextlib import closing
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Final

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from app.demo.place import PASSWORD
from tests.journeys.browser import launch

FOLDER: Final = Path(__file__).parents[2] / "deploy" / "pictures" / "pages"
_DESKTOP: Final = {"width": 1200, "height": 1000}
_PHONE: Final = {"width": 360, "height": 720}
_SHOWN_WIDTH: Final = 800
_COLOURS: Final = 48


@dataclass(frozen=True)
class Picture:
    """A page: who signs in, where they start, and the links they follow, each the first that fits."""

    name: str
    sign_in: str
    start: str
    follow: tuple[str, ...] = ()
    small: bool = False


PICTURES: Final = (
    Picture("link-worker-today", "link", "/referrals"),
    Picture("link-worker-referral", "link", "/referrals?show=all", ("main a[href^='/referrals/']",)),
    Picture(
        "link-worker-find", "link", "/referrals", ("main a[href^='/referrals/']", "main a[href$='/find']")
    ),
    Picture("follow-ups", "link", "/follow-ups"),
    Picture("provider-offers", "tea", "/offers", small=True),
    Picture("provider-offer", "tea", "/offers", ("main a[href^='/offers/']",), small=True),
    Picture("provider-evaluation", "tea", "/evaluation"),
    Picture("practice-loops", "practice1", "/loops"),
    Picture("practice-loop", "practice1", "/loops", ("main a[href^='/loops/']",)),
    Picture("dataset-figures", "analyst", "/dataset/figures"),
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
        _sign_in(page, picture.sign_in)
        page.goto(picture.start)
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
