"""Every form of a page filled in as wrongly as somebody can in a browser: too long, no date, nothing chosen."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

TOO_LONG = "much too long " * 360
NO_DAY = "99"
_WRONG = {"email": "no address", "tel": "12", "number": "-7", "date": "soon"}
_UNANSWERED = ("radio", "checkbox", "file", "submit", "button", "image", "password")


@dataclass
class WrongForm:
    """A form that is sent: where to, and what stands in it."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)
    questions: set[str] = field(default_factory=set)


class _Forms(HTMLParser):
    def __init__(self, here: str) -> None:
        super().__init__()
        self.here = here
        self.found: list[WrongForm] = []
        self._form: WrongForm | None = None

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        if tag == "form":
            self._form = WrongForm((given.get("action") or self.here).partition("#")[0])
            if given.get("method", "").lower() == "post":
                self.found.append(self._form)
        elif self._form and given.get("name") and tag in ("input", "textarea", "select"):
            self._answer(self._form, tag, given)

    @staticmethod
    def _answer(form: WrongForm, tag: str, given: dict[str, str]) -> None:
        name, kind = given["name"], given.get("type", "text")
        if tag == "input" and kind == "hidden":
            form.fields[name] = given.get("value", "")
            return
        form.questions.add(name)
        if tag == "textarea":
            form.fields[name] = TOO_LONG
        elif tag == "input" and kind not in _UNANSWERED and given.get("autocomplete") != "one-time-code":
            numeric = given.get("inputmode") == "numeric"
            form.fields[name] = NO_DAY if numeric else _WRONG.get(kind, TOO_LONG)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None


def wrong_forms_of(html: str, here: str) -> list[WrongForm]:
    """The forms of a page that ask something and are sent by POST; `here` is the page's own path."""
    reader = _Forms(here)
    reader.feed(html)
    return [form for form in reader.found if form.questions]
