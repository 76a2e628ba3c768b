"""Payment lines: off unless the place turns them on; due when engagement is recorded, and read by nothing else."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from app.domain.access import Actor, check_acts_as, system
from app.domain.errors import Conflict, FieldProblem, Invalid, NotAllowed, NotFound
from app.domain.payments import ENGAGEMENT_WORDS, Terms, due_on, terms_problems
from app.domain.vocabulary import OrganisationKind, Role
from app.store import directory, memberships, payments, place_rules
from app.store.audit import Entry
from app.store.payments import Line, TermsShown
from app.store.session import Database, Tx

READERS = (Role.STEWARD, Role.PROVIDER, Role.LINK_WORKER)
_SWEEPER = system("payments")
_HEAD = (
    "Payer",
    "Provider",
    "Service",
    "Reference",
    "Paid for",
    "Amount",
    "Overheads",
    "Total",
    "Due on",
    "Paid on",
)
_RUNS = "This payer pays for the same at this service already. End those terms first, then write the new ones down."
_SUM_HEAD = ("Payer", "Provider", "Lines", "Total", "Paid", "Still to pay")


@dataclass(frozen=True, slots=True)
class Sum:
    """What a payer owes a provider in all; pence."""

    payer_name: str
    provider_name: str
    lines: int
    total: int
    paid: int


@dataclass(frozen=True, slots=True)
class Payments:
    """What the actor may see of payments."""

    terms: tuple[TermsShown, ...]
    lines: tuple[Line, ...]
    sums: tuple[Sum, ...]
    total: int


def are_on(db: Database) -> bool:
    """Tell whether the place uses payment lines."""
    with db.transaction(_SWEEPER) as tx:
        return place_rules.of(tx).payments_on


def add_terms(db: Database, actor: Actor, told: Terms) -> UUID:
    """Write what a payer pays for each person at a service; raises Invalid with every problem."""
    check_acts_as(actor, Role.STEWARD, Role.SYSTEM)
    with db.transaction(actor) as tx:
        _check_on(tx)
        problems = terms_problems(told)
        provider_id, more = _sides(tx, told)
        if problems or more or provider_id is None:
            raise Invalid([*more, *problems])
        if payments.runs_already(tx, told):
            raise Conflict(_RUNS)
        terms_id = payments.add_terms(tx, told, provider_id)
        detail = {"service": str(told.service_id), "payer": str(told.payer_id), "for": str(told.engagement)}
        tx.audit(Entry("add payment terms", "payment_terms", str(terms_id), None, detail))
    return terms_id


def end_terms(db: Database, actor: Actor, terms_id: UUID) -> None:
    """Pay nothing more under these terms; what is due stays due. Raises NotFound."""
    check_acts_as(actor, Role.STEWARD)
    with db.transaction(actor) as tx:
        _check_on(tx)
        payments.record_terms_end(tx, terms_id)
        tx.audit(Entry("end payment terms", "payment_terms", str(terms_id)))


def note_due(db: Database) -> int:
    """Write a line for each placement that has reached its terms, however that was recorded; return how many."""
    noted = 0
    with db.transaction(_SWEEPER) as tx:
        if not place_rules.of(tx).payments_on:
            return 0
        for each in payments.list_terms(tx):
            for reached in payments.list_reached(tx, each.terms):
                day = due_on(each.terms, reached.engaged)
                if day is not None:
                    line_id = payments.add_line(tx, each.id, each.terms, reached, due_on=day)
                    tx.audit(Entry("payment due", "payment_line", str(line_id)))
                    noted += 1
    return noted


def list_payments(db: Database, actor: Actor, *, page: int = 1) -> Payments:
    """Return what is paid for whom: the steward's all, an organisation's own as provider or payer."""
    _check_reader(actor)
    with db.transaction(actor) as tx:
        _check_on(tx)
        lines, total = payments.list_lines(tx, page=page)
        every, _ = payments.list_lines(tx, page=None)
        return Payments(tuple(payments.list_terms(tx)), tuple(lines), tuple(_sums(every)), total)


def list_payers(db: Database, actor: Actor) -> Sequence[tuple[UUID, str]]:
    """Return the ids and names of whoever can pay; for the steward."""
    check_acts_as(actor, Role.STEWARD)
    with db.transaction(actor) as tx:
        return payments.list_payers(tx)


def record_paid(db: Database, actor: Actor, line_id: UUID, *, paid: bool) -> None:
    """Write that a line was paid today, or take that back. Raises NotAllowed for whoever does not pay it, NotFound."""
    _check_reader(actor)
    with db.transaction(actor) as tx:
        _check_on(tx)
        payer = payments.find_payer(tx, line_id)
        if payer is None:
            raise NotFound
        if actor.role is not Role.STEWARD and payer != actor.organisation_id:
            raise NotAllowed("Only whoever pays or the steward says that it was paid.")
        payments.record_paid(tx, line_id, tx.today if paid else None)
        tx.audit(Entry("payment made" if paid else "payment taken back", "payment_line", str(line_id)))


def lines_as_csv(db: Database, actor: Actor) -> str:
    """Return the actor's lines for accounts: pounds, days as 2026-11-22, references and no names of people."""
    return _csv(_HEAD, [_row(line) for line in _every(db, actor)])


def sums_as_csv(db: Database, actor: Actor) -> str:
    """Return the sums per payer and provider, in pounds."""
    rows = [
        (each.payer_name, each.provider_name, str(each.lines), *map(pounds, _owed(each)))
        for each in _sums(_every(db, actor))
    ]
    return _csv(_SUM_HEAD, rows)


def pounds(pence: int) -> str:
    """Return pence as pounds: 12050 is 120.50."""
    return f"{pence // 100}.{pence % 100:02}"


def _every(db: Database, actor: Actor) -> Sequence[Line]:
    _check_reader(actor)
    with db.transaction(actor) as tx:
        _check_on(tx)
        tx.audit(Entry("export payments", "payment_line", "all"))
        return payments.list_lines(tx, page=None)[0]


def _sums(lines: Sequence[Line]) -> list[Sum]:
    sums: dict[tuple[str, str], Sum] = {}
    for line in lines:
        key = (line.payer_name, line.provider_name)
        so_far, worth = sums.get(key, Sum(*key, 0, 0, 0)), line.amount + line.overheads
        paid = so_far.paid + (worth if line.paid_on else 0)
        sums[key] = replace(so_far, lines=so_far.lines + 1, total=so_far.total + worth, paid=paid)
    return [sums[key] for key in sorted(sums)]


def _owed(each: Sum) -> tuple[int, int, int]:
    return each.total, each.paid, each.total - each.paid


def _row(line: Line) -> tuple[str, ...]:
    for_what = ENGAGEMENT_WORDS[line.engagement] + (f" ({line.sessions})" if line.sessions else "")
    money = map(pounds, (line.amount, line.overheads, line.amount + line.overheads))
    names = (line.payer_name, line.provider_name, line.service_name, line.reference, for_what)
    return (*names, *money, line.due_on.isoformat(), line.paid_on.isoformat() if line.paid_on else "")


def _csv(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(head)
    writer.writerows([[_no_formula(cell) for cell in row] for row in rows])
    return written.getvalue()


def _no_formula(cell: str) -> str:
    """A spreadsheet would run a name that begins like a formula."""
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell


def _check_on(tx: Tx) -> None:
    with tx.as_system("payments") as system_tx:
        if not place_rules.of(system_tx).payments_on:
            raise NotFound


def _check_reader(actor: Actor) -> None:
    check_acts_as(actor, *READERS)
    if actor.entered_by:
        raise NotAllowed("Payments are the organisation's own: stop entering for it first.")


def _sides(tx: Tx, told: Terms) -> tuple[UUID | None, list[FieldProblem]]:
    """Return the service's provider, and what is wrong with service or payer."""
    problems = []
    try:
        provider_id = directory.get_service(tx, told.service_id).provider_id
    except NotFound:
        provider_id = None
        problems.append(FieldProblem("service", "Choose a service of the directory."))
    if provider_id and not memberships.stand_together(tx, provider_id, directory.get_place(tx).id):
        problems.append(FieldProblem("service", "This is a sandbox's service: nothing is paid there."))
    try:
        kind = directory.get_organisation(tx, told.payer_id).kind
    except NotFound:
        kind = None
    if kind is None or kind == OrganisationKind.PRACTICE:  # a practice would read here who came
        problems.append(FieldProblem("payer", "Choose who pays: the place, a team or a provider."))
    return provider_id, problems
