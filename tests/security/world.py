"""The whole house as a file of tests shares it: who knocks, with which credentials, and the ids of everything."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field, replace
from datetime import timedelta

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from app.domain.access import system
from app.domain.directory import Profile
from app.domain.directory_words import AssuranceKind
from app.domain.payments import Engagement, Terms
from app.domain.vocabulary import Role
from app.runtime import Runtime
from app.services.dataset import project_papers
from app.services.directory import chasing, dials, directory_entries, entry_pairs
from app.services.evaluation import payments
from app.services.measures import measure_files
from app.services.messages import mailing
from app.services.systems.api_clients import USUAL_SCOPES
from app.services.watching import invariants, neighbourhoods, place_rules
from app.store import accounts, machines, mail, places
from app.store.machines import ApiClient
from app.store.session import Database
from tests.conftest import Clock
from tests.factories import MadePlace, make_message, make_other_place, send, sender_for
from tests.integration.projects.conftest import asked_of
from tests.security.sides import Side

QUESTIONNAIRE = b"""
code = "belonging"
version = "1"
name = "Belonging"
about = "isolation"
attribution = "The valley's groups"
licence = "Free to use here"
languages = ["en"]
audience = "link-worker"

[[items]]
code = "home"
wording = "I feel at home here"
low = 0
high = 4
better = "higher"
"""

MACHINES = ("gp", "other-gp", "provider-system", "other-provider-system")


@dataclass
class World:
    """Everything that a matrix needs; `a` and `b` never share a person."""

    app: Flask
    runtime: Runtime
    place: MadePlace
    a: Side
    b: Side
    admin: Engine
    parts: dict[tuple[int, str, str], dict[str, str]] = field(
        default_factory=dict
    )  # kept by tests.security.ids
    _tokens: dict[str, str] = field(default_factory=dict)
    _browsers: dict[str, FlaskClient] = field(default_factory=dict)

    @property
    def db(self) -> Database:
        return self.runtime.db

    def token(self, username: str) -> str:
        """A session of somebody's, opened without the door: this is not a test of signing in."""
        if username not in self._tokens:
            with self.db.transaction(accounts.SESSIONS) as tx:
                self._tokens[username] = accounts.add_session(tx, self.place.accounts[username].id)
        return self._tokens[username]

    def forget_sessions(self) -> None:
        """Let everybody's next request come from a new session."""
        self._browsers.clear()
        for username in self.place.accounts.keys() & self._tokens.keys():
            del self._tokens[username]

    def browser(self, username: str | None) -> FlaskClient:
        """Somebody's browser, signed in; None is a stranger's."""
        name = username or ""
        if name not in self._browsers:
            client = self.app.test_client()
            if username:
                client.set_cookie("session", self.token(username))
            self._browsers[name] = client
        return self._browsers[name]

    def machine(self, name: str, scope: str = " ".join(USUAL_SCOPES)) -> str:
        """An access token of one of MACHINES, with a scope."""
        key = f"{name} {scope}"
        if key not in self._tokens:
            side = self.b if name.startswith("other") else self.a
            codes = (side.practice.ods or "",) if name.endswith("gp") else ()
            bound_to = side.practice.id if codes else side.service.provider_id
            with self.db.transaction(system("test")) as tx:
                if not machines.is_known(tx, name):
                    client = ApiClient(name, name, bound_to, codes, {"keys": []}, USUAL_SCOPES, "bars", True)
                    machines.add_client(tx, client)
                self._tokens[key] = secrets.token_urlsafe(32)
                machines.add_token(tx, name, self._tokens[key], scope=scope, lifetime=timedelta(hours=1))
        return self._tokens[key]


def research(db: Database, place: MadePlace, sides: tuple[Side, ...], clock: Clock) -> None:
    """Let an analyst of the place and one of another place ask for a project each, with a token where it is agreed."""
    elsewhere = make_other_place(db)
    theirs = accounts.new_account(elsewhere, Role.ANALYST, "neighbour", "Invented neighbour", "no-hash")
    with db.transaction(accounts.SESSIONS) as tx:
        accounts.add_account(tx, theirs)
    place.accounts["neighbour"] = sides[1].place.accounts["neighbour"] = theirs
    sides[1].analyst = "neighbour"
    for side in sides:
        actor = side.place.actor(side.analyst)
        project_papers.submit(db, actor, project_papers.ask(db, actor, asked_of(clock, side.analyst)))


def around(db: Database, place: MadePlace, sides: tuple[Side, ...]) -> None:
    """Leave what belongs to the place, and what happens by itself over time."""
    steward, today = place.actor("steward"), db.clock().date()
    stranger = replace(place.practices[0], ods="Z99999")
    send(db, make_message(stranger), sender_for(place.practices[0]))
    with db.transaction(system("test")) as tx:
        for number, provider in enumerate(place.providers):
            places.record_profile(tx, Profile(provider.id, email=f"group-{number}@example.org"))
        tx.session.execute(text("update service set listed_at = listed_at - interval '200 days'"))
    chasing.ask(db)
    entry_pairs.keep_both(db, steward, place.services[0].id, place.services[2].id)
    place_rules.change_rules(db, steward, {"payments_on": "yes"})
    for side in sides:
        who = (side.service.id, place.place.id)
        shown = directory_entries.Shown(AssuranceKind.INSURANCE, today, None)
        directory_entries.add_assurance(db, steward, side.service.provider_id, shown)
        payments.add_terms(db, steward, Terms(*who, 100, 0, Engagement.ACCEPTED, None, today))
        with db.transaction(system("test")) as tx:
            side.codes["dial"] = dials.fresh_link(tx, side.service.id).rsplit("/", 1)[1]
            still = dials.fresh_link(tx, side.service.id, purpose="still-right")
            side.codes["still-right"] = still.rsplit("/", 1)[1]
    payments.note_due(db)
    _die(db)
    invariants.watch(db)
    neighbourhoods.add(db, steward, "Northside")
    measure_files.take_up(db, steward, QUESTIONNAIRE)


def _die(db: Database) -> None:
    """Let one e-mail be given up."""
    with db.transaction(system("test")) as tx:
        letter = mailing.mail(
            tx, to="gone@example.org", subject="A word", lines=["x"], purpose="test", organisation_id=None
        )
        mail.record_failed(tx, letter, "smtp-550")


def hide(admin: Engine, sides: tuple[Side, ...]) -> None:
    """Mark the referral called "hidden" of each side as a restricted person's."""
    with admin.connect() as connection:
        for side in sides:
            found = {"id": side.made["hidden"].person_id}
            connection.execute(text("update person set restricted = true where id = :id"), found)
