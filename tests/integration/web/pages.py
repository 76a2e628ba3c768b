"""Reads a page as a screen reader would, and says what breaks the rules that every page has to keep."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

from werkzeug.test import TestResponse

_VOID = {"input", "meta", "link", "br", "img", "hr", "path"}
_BLOCKS = {"td", "th", "li", "p", "dt", "dd"}
_UNLABELLED = {"hidden", "submit", "button"}


@dataclass
class Page:
    """What a page holds."""

    html: str
    title: str = ""
    headings: list[str] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    labelled: set[str] = field(default_factory=set)
    inputs: list[dict[str, str | None]] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    posts: list[str] = field(default_factory=list)
    scripts: list[dict[str, str | None]] = field(default_factory=list)
    styles: list[str] = field(default_factory=list)
    assets: list[str] = field(default_factory=list)
    text: str = ""

    @property
    def token(self) -> str:
        """The form token."""
        return next((given["value"] or "" for given in self.inputs if given.get("name") == "csrf_token"), "")

    @property
    def visible_inputs(self) -> set[str]:
        """Names of the inputs a person meets outside every fold; a group of radios counts once."""
        return {
            given["name"] or ""
            for given in self.inputs
            if given.get("type") != "hidden" and "folded" not in given
        }


class _Reader(HTMLParser):
    def __init__(self, page: Page) -> None:
        super().__init__()
        self.page = page
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        if tag not in _VOID:
            self.open.append(tag)
        if given.get("id"):
            self.page.ids.append(given["id"] or "")
        if "style" in given or any(name.startswith("on") for name in given):
            self.page.styles.append(f"<{tag}>")
        self._note(tag, given)

    def _note(self, tag: str, given: dict[str, str | None]) -> None:
        page = self.page
        if tag in ("input", "select", "textarea"):
            page.inputs.append(given | ({"folded": ""} if "details" in self.open else {}))
        elif tag == "label":
            page.labelled.add(given.get("for") or "")
        elif tag == "a":
            page.links.append(given.get("href") or "")
        elif tag == "form" and given.get("method") == "post":
            page.posts.append(given.get("action") or "")
        elif tag == "script":
            page.scripts.append(given)
        elif tag == "h1":
            page.headings.append("")
        if tag in ("link", "script", "img"):
            page.assets += [path for name in ("href", "src") if (path := given.get(name))]

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS:
            self.page.text += " "
        while self.open and self.open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if "title" in self.open:
            self.page.title += data
        elif "h1" in self.open:
            self.page.headings[-1] += data
        if "script" not in self.open:
            self.page.text += data


def read_page(response: TestResponse) -> Page:
    """Return the page; fails when it breaks a rule."""
    page = Page(response.text)
    _Reader(page).feed(response.text)
    page.text = " ".join(page.text.split())
    policy = response.headers["Content-Security-Policy"]
    assert broken_rules(page, policy) == [], response.request.path
    assert "no-store" in response.headers["Cache-Control"]
    return page


def broken_rules(page: Page, policy: str) -> list[str]:
    """Return the rules that a page breaks, each in a few words."""
    found = []
    if len(page.headings) != 1 or not page.headings[0].strip():
        found.append(f"{len(page.headings)} main headings")
    if not page.title.strip().endswith("– Backstitch") or page.title.startswith(" –"):
        found.append(f"title {page.title!r}")
    found += [f"id twice: {name}" for name in set(page.ids) if page.ids.count(name) > 1]
    found += [f"inline style or handler on {tag}" for tag in page.styles]
    nonces = re.findall(r"'nonce-([^']+)'", policy)
    found += [
        f"script {each}" for each in page.scripts if not each.get("src") and each.get("nonce") not in nonces
    ]
    if "frame-ancestors 'none'" not in policy or "unsafe" in policy:
        found.append("weak policy")
    for given in page.inputs:
        if given.get("type") not in _UNLABELLED and given.get("id") not in page.labelled:
            found.append(f"no label: {given.get('name')}")
    anchors = [link[1:] for link in page.links if link.startswith("#")]
    found += [f"leads nowhere: #{name}" for name in anchors if name not in page.ids]
    drawn = (
        "/dataset/",
        "/open-data/",
        "/my/",
        "/referrals/",
        "/funder/",
        "/evaluation/",
        "/what-came.svg",
    )  # charts
    ours = ("/static/", *drawn)
    found += [f"from elsewhere: {path}" for path in page.assets if not path.startswith(ours)]
    if len(page.html.encode()) > 100 * 1024:
        found.append("heavier than 100 KiB")
    return found
