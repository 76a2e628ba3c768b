"""Registers the systems that sign in with a key, changes their keys, switches them off and on; all audited."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from app.domain.access import system
from app.domain.errors import FieldProblem, Invalid, NotFound
from app.domain.identifiers import OdsCode
from app.domain.referral import Organisation
from app.domain.scopes import READ, WRITE, is_scope
from app.domain.vocabulary import OrganisationKind
from app.services.systems.key_sets import key_problems, merged
from app.store import directory, machines
from app.store.audit import Entry
from app.store.machines import ApiClient
from app.store.session import Database, Tx

_STEWARD = system("command-line")
USUAL_SCOPES: Final = (WRITE, READ, "system/Subscription.cruds")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._~-]{0,79}\Z")


@dataclass(frozen=True, slots=True)
class NewClient:
    """A system: whose it is, for which practices (ODS codes) it speaks, where its public keys come from."""

    id: str
    name: str
    practices: Sequence[str] = ()
    organisation_id: UUID | None = None
    jwks: Any = None
    jwks_uri: str | None = None
    scopes: Sequence[str] = USUAL_SCOPES
    dialect: str = "bars"
    behind_proxy: bool = False


def add_client(db: Database, new: NewClient) -> None:
    """Write a system; its organisation is its first practice unless another is named. Raises Invalid."""
    problems = _problems_of_form(new)
    with db.transaction(_STEWARD) as tx:
        if machines.is_known(tx, new.id):
            problems.append(FieldProblem("id", f"The client {new.id} is set up already.", "duplicate"))
        practices = _practices(tx, new.practices, problems)
        organisation = _organisation(tx, new, practices, problems)
        if problems or organisation is None:
            raise Invalid(problems)
        codes = tuple(dict.fromkeys(each.ods for each in practices if each.ods))
        client = ApiClient(
            id=new.id,
            name=new.name.strip(),
            organisation_id=organisation.id,
            practices=codes,
            jwks=new.jwks or {"keys": []},
            scopes=tuple(new.scopes),
            dialect=new.dialect,
            active=True,
            jwks_uri=new.jwks_uri,
            behind_proxy=new.behind_proxy,
        )
        machines.add_client(tx, client)
        _audit(tx, "add client", new.id, practices=list(codes))


def set_keys(db: Database, client_id: str, jwks: Any, *, replace: bool = False) -> tuple[str, ...]:
    """Add public keys to a client's, a known kid anew; `replace` drops all others. Returns the names of all it has.

    Raises Invalid for a bad key or a client whose keys come from its own address, NotFound for an unknown client.
    """
    problems = key_problems(jwks)
    with db.transaction(_STEWARD) as tx:
        client = machines.lock_client(tx, client_id)
        if client.jwks_uri is not None:
            problems = [
                FieldProblem("jwks", "This client's keys come from its own address: change them there.")
            ]
        if problems:
            raise Invalid(problems)
        wanted = jwks if replace else merged(client.jwks, jwks)
        too_many = key_problems(wanted)
        if too_many:
            raise Invalid(too_many)
        machines.record_keys(tx, client_id, wanted)
        names = tuple(str(each["kid"]) for each in wanted["keys"])
        _audit(tx, "change keys", client_id, keys=list(names))
    return names


def switch(db: Database, client_id: str, *, active: bool) -> None:
    """Let a client in again, or shut it out and end its tokens at once; raises NotFound."""
    with db.transaction(_STEWARD) as tx:
        machines.lock_client(tx, client_id)
        machines.record_active(tx, client_id, active=active)
        _audit(tx, "switch client on" if active else "switch client off", client_id)


def _audit(tx: Tx, act: str, client_id: str, **detail: Any) -> None:
    tx.audit(Entry(act, "api client", client_id, None, detail))


def _problems_of_form(new: NewClient) -> list[FieldProblem]:
    problems = []
    if not _ID.match(new.id):
        problems.append(
            FieldProblem("id", "A client's id is up to 80 letters, digits and . _ ~ - without spaces.")
        )
    if not new.name.strip():
        problems.append(FieldProblem("name", "Give the system's name.", "required"))
    if (new.jwks is None) == (new.jwks_uri is None):
        problems.append(
            FieldProblem("jwks", "Give either the public keys or the address that they stand at.")
        )
    elif new.jwks is not None:
        problems += key_problems(new.jwks)
    problems += [
        FieldProblem("scopes", f"{each} is no scope. Give {READ}, {WRITE} or SMART's, such as system/Task.u.")
        for each in new.scopes
        if not is_scope(each)
    ]
    if not new.scopes:
        problems.append(FieldProblem("scopes", "Give at least one scope.", "required"))
    return problems


def _practices(tx: Tx, codes: Sequence[str], problems: list[FieldProblem]) -> list[Organisation]:
    """Return the practices of these codes; what is wrong joins `problems`."""
    found = []
    for code in codes:
        try:
            practice = directory.find_organisation_by_ods(tx, OdsCode(code).value)
        except Invalid as fault:
            problems += fault.problems
            continue
        if practice is None or practice.kind != OrganisationKind.PRACTICE:
            sentence = f"No practice with the ODS code {code} is set up here: add it before its system."
            problems.append(FieldProblem("practices", sentence, "not-found"))
        else:
            found.append(practice)
    if len({each.environment for each in found}) > 1:
        sentence = "Sandbox and live practices need clients of their own."
        problems.append(FieldProblem("practices", sentence, "business-rule"))
    return found


def _organisation(
    tx: Tx, new: NewClient, practices: Sequence[Organisation], problems: list[FieldProblem]
) -> Organisation | None:
    """Return whose system it is; what is wrong joins `problems`."""
    if new.organisation_id is None:
        if not new.practices:
            sentence = "Name at least one practice, or the organisation whose system it is."
            problems.append(FieldProblem("practices", sentence, "required"))
        return practices[0] if practices else None
    try:
        found = directory.get_organisation(tx, new.organisation_id)
    except NotFound:
        problems.append(FieldProblem("organisation", "No organisation has this id.", "not-found"))
        return None
    if found.kind == OrganisationKind.PROVIDER and new.practices:
        sentence = "A provider's system speaks for no practice: leave the practices out."
        problems.append(FieldProblem("practices", sentence, "business-rule"))
    return found
