"""A browser's side of the pages, as the demonstration uses it: forms are sent with the token of their page."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence

import requests

from app.demo.processes import DemoProblem

_SECONDS = 30
_HIDDEN = re.compile(r'<input[^>]*type="hidden"[^>]*>')
_ATTRIBUTE = re.compile(r'(name|value)="([^"]*)"')
Form = Mapping[str, str | Sequence[str]]
Files = Mapping[str, tuple[str, bytes]]


class Visitor:
    """Somebody with a browser, signed in or not; a page that says no ends the story with its address."""

    def __init__(self, base_url: str):
        self._base_url = base_url
        self._session = requests.Session()

    def sign_in(self, username: str, password: str) -> Visitor:
        """Sign in on the page."""
        self.send("/sign-in", {"username": username, "password": password})
        return self

    def page(self, path: str, *, status: int = 200) -> str:
        """Open a page by its path or its whole address; return its HTML."""
        return self._told(self._session.get(self._address(path), timeout=_SECONDS), status).text

    def file(self, path: str) -> bytes:
        """Fetch a file."""
        return self._told(self._session.get(self._address(path), timeout=_SECONDS), 200).content

    def send(
        self, path: str, form: Form | None = None, *, at: str | None = None, files: Files | None = None
    ) -> str:
        """Send a form with the token of the page `at`, where it stands; return the page that follows."""
        return self._sent(path, form, at or path, files).text

    def send_to(
        self, path: str, form: Form | None = None, *, at: str | None = None, files: Files | None = None
    ) -> str:
        """Send a form; return the path that it leads to."""
        return self._sent(path, form, at or path, files).url.removeprefix(self._base_url)

    def check_and_send(self, path: str, form: Form) -> str:
        """Send a form that is shown again to be checked, then send what was checked; return the last page."""
        checked = self.send(path, {**form, "step": "check"})
        if 'value="send"' not in checked:
            raise DemoProblem(f"{path} was not taken: {said(checked)[:600]}")
        kept = {name: value for name, value in hidden(checked).items() if name != "csrf_token"}
        return self.send(path, {**kept, **form, "step": "send"})

    def _sent(self, path: str, form: Form | None, at: str, files: Files | None) -> requests.Response:
        token = hidden(self.page(at))["csrf_token"]
        data = {**(form or {}), "csrf_token": token}
        answer = self._session.post(self._address(path), data=data, files=files, timeout=_SECONDS)
        return self._told(answer, 200)

    def _address(self, path: str) -> str:
        return path if path.startswith("http") else self._base_url + path

    def _told(self, answer: requests.Response, status: int) -> requests.Response:
        if answer.status_code != status:
            raise DemoProblem(f"{answer.url} answered {answer.status_code}: {said(answer.text)[:600]}")
        return answer


def hidden(page: str) -> dict[str, str]:
    """Return the hidden fields of a page's first form that has each, by name."""
    found: dict[str, str] = {}
    for each in _HIDDEN.findall(page):
        told = dict(_ATTRIBUTE.findall(each))
        found.setdefault(told.get("name", ""), html.unescape(told.get("value", "")))
    return found


def said(page: str) -> str:
    """Return the words of a page's main part, without its marks."""
    main = re.search(r"<main.*?</main>", page, re.DOTALL)
    words = re.sub(r"<(script|style).*?</\1>|<[^>]+>", " ", main[0] if main else page, flags=re.DOTALL)
    return " ".join(html.unescape(words).split())
