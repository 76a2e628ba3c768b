"""A referral whose group has read of the person, and the page on which the team puts right who they are."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from app.domain.lifecycle import ReferralStatus
from app.domain.referral import Person
from app.runtime import Runtime
from app.store import people
from app.store.tables_care import TaskRow
from tests.factories import MadePlace, MadeReferral, Patient, make_nhs_number, make_referral
from tests.integration.web.conftest import Visitor
from tests.integration.web.pages import read_page

OLD, NEW = "07700 900461", "07700 900555"
SignIn = Callable[[str], Visitor]


@dataclass
class Opened:
    """The page as somebody opened it: what its form sends by itself, and what is typed over it."""

    visitor: Visitor
    path: str
    sent: MultiDict[str, str] = field(default_factory=MultiDict)

    def send(self, **typed: object) -> TestResponse:
        """Send the form with some fields changed; a list is every box that is ticked, None an untouched field."""
        form = MultiDict(self.sent)
        for name, value in {"told_by": "person-telephone", **typed}.items():
            form.setlist(name, value if isinstance(value, list) else [str(value)])
        return self.visitor.client.post(self.path, data=form)


def filled_in(page: str) -> MultiDict[str, str]:
    """Return what the form of a page would send if nobody touched it."""
    form = page.partition('name="was"')[0].rpartition("<form")[2] + page.partition('name="was"')[2]
    sent: MultiDict[str, str] = MultiDict()
    sent["was"] = html.unescape(re.findall(r'name="was" value="([^"]*)"', page)[0])
    for tag in re.findall(r"<input\b[^>]*>", form.partition("</form>")[0]):
        told = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        boxes = told.get("type") in ("checkbox", "radio")
        if "name" in told and (not boxes or re.search(r"\bchecked\b", tag)):
            sent.add(told["name"], html.unescape(told.get("value", "")))
    for name, text in re.findall(r'<textarea[^>]* name="(\w+)"[^>]*>(.*?)</textarea>', form, re.DOTALL):
        sent[name] = html.unescape(text)
    for name, inside in re.findall(r'<select[^>]* name="(\w+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.findall(r'<option value="([^"]*)"[^>]* selected', inside)
        sent[name] = chosen[0] if chosen else ""
    return sent


def path_of(made: MadeReferral) -> str:
    return f"/referrals/{made.id}/their-details"


@pytest.fixture
def sign_in(app: Flask, place: MadePlace) -> SignIn:
    """Somebody of the place in a browser of their own."""
    return lambda username: Visitor(app.test_client()).sign_in(username)


@pytest.fixture
def patient() -> Patient:
    return Patient(nhs_number=make_nhs_number())


@pytest.fixture
def made(runtime: Runtime, place: MadePlace, patient: Patient) -> MadeReferral:
    """Asked at the first group, which has not answered yet."""
    return make_referral(runtime.db, place, ReferralStatus.ACTIVE, patient=patient)


@pytest.fixture
def open_page(sign_in: SignIn, made: MadeReferral) -> Callable[..., Opened]:
    """Open the page as a link worker."""

    def opened(username: str = "link-worker", of: MadeReferral | None = None) -> Opened:
        visitor, path = sign_in(username), path_of(of or made)
        page = read_page(visitor.client.get(path))
        return Opened(visitor, path, MultiDict({**filled_in(page.html).to_dict(flat=False)}))

    return opened


def person_of(runtime: Runtime, place: MadePlace, made: MadeReferral) -> Person:
    with runtime.db.transaction(place.link_worker) as tx:
        return people.get(tx, made.person_id, audit="test")


def open_tasks(runtime: Runtime, place: MadePlace) -> Mapping[str, tuple[str, ...]]:
    """The team's open tasks by kind, each with the fields that it names."""
    with runtime.db.transaction(place.link_worker) as tx:
        rows = tx.session.scalars(select(TaskRow).where(TaskRow.done_at.is_(None))).all()
        return {row.kind: tuple(row.fields) for row in rows}
