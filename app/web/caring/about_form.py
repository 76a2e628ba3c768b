"""The form of what somebody says of themselves: read, kept as typed, and filled with what is kept already."""

from __future__ import annotations

from werkzeug.datastructures import MultiDict

from app.domain.characteristics import Said
from app.services.measures.characteristics import AboutThem, Told, questions
from app.web.frame.forms import Form

_OWN_WORDS = "-words"


def filled(found: AboutThem) -> Form:
    """Return the form as it stands in the record."""
    typed: MultiDict[str, str] = MultiDict({"gender": found.gender, "ethnicity": found.ethnicity})
    for question in questions():
        kept = found.kept.get(question.code)
        typed.setlist(question.code, list(kept.said.codes) if kept else [])
        typed[question.code + _OWN_WORDS] = kept.said.words if kept else ""
    return Form(typed)


def read(form: Form) -> Told:
    """Return what was ticked and typed; whether it is right, the service says."""
    said = {}
    for question in questions():
        codes = tuple(code for code in dict.fromkeys(form.typed.getlist(question.code)) if code)
        words = form.typed.get(question.code + _OWN_WORDS, "").replace("\x00", "").strip()
        said[question.code] = Said(codes, words)
    return Told(said, form.typed.get("gender", ""), form.typed.get("ethnicity", ""))
