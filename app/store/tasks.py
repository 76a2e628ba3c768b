"""Things a person must look at, and the evidence of consent and of needs that nobody met."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Select, case, func, select

from app.domain.consent import counts_on, how_of
from app.domain.errors import Conflict, NotFound
from app.domain.lifecycle import PlacementStatus
from app.domain.task_groups import GROUP_OF, TaskGroup, group_of
from app.domain.vocabulary import Priority
from app.store import duplicates
from app.store.audit import Entry
from app.store.session import Tx
from app.store.tables import OrganisationRow
from app.store.tables_care import ConsentRow, PlacementRow, ReferralRow, TaskRow

RISK_ALERT = "risk-alert"  # an answer asks for a person today: before all else on a list
FIRST_CONTACT = "make-first-contact"  # of the team, for a provider that has no way to reach the person
AWAITS_CONTACT = (PlacementStatus.ACCEPTED, PlacementStatus.PAUSED)  # no pause makes it happen
_SOONEST = {kind: int(group) for kind, group in GROUP_OF.items()}


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to look at; `kind` says what."""

    id: UUID
    kind: str
    referral_id: UUID | None
    referral_reference: str | None
    inbox_id: UUID | None
    due_on: date
    fields: tuple[str, ...] = ()  # what a message changed, as codes
    providers: tuple[str, ...] = ()  # for whom the first contact is made

    @property
    def group(self) -> TaskGroup:
        """How soon it must be seen."""
        return group_of(self.kind)


def add_task(
    tx: Tx,
    kind: str,
    *,
    organisation_id: UUID | None,
    referral_id: UUID | None = None,
    inbox_id: UUID | None = None,
    fields: Collection[str] = (),
) -> None:
    """Give a task to a team, or to the steward when no organisation is named; never twice while it is open.

    `fields` are codes of what a message changed; those of a task that is open already are added to.
    """
    same = select(TaskRow).where(
        TaskRow.kind == kind,
        TaskRow.done_at.is_(None),
        TaskRow.referral_id == referral_id if referral_id else TaskRow.inbox_id == inbox_id,
    )
    known = tx.session.scalars(same).first()
    if known is not None:
        known.fields = sorted({*known.fields, *fields})
    else:
        tx.session.add(
            TaskRow(
                kind=kind,
                organisation_id=organisation_id,
                referral_id=referral_id,
                inbox_id=inbox_id,
                due_on=tx.today,
                created_at=tx.now,
                fields=sorted(fields),
            )
        )
    tx.session.flush()


def record_due(tx: Tx, referral_id: UUID, kind: str, due_on: date) -> None:
    """Set the day by which an open task of a referral must be done, where that is not the day that it was given."""
    of = (TaskRow.referral_id == referral_id, TaskRow.kind == kind, TaskRow.done_at.is_(None))
    for row in tx.session.scalars(select(TaskRow).where(*of)):
        row.due_on = due_on
    tx.session.flush()


def list_page(tx: Tx, *, audit: str, page: int, size: int) -> tuple[Sequence[Task], int]:
    """Return a page of the actor's open tasks, in the order of `list_open`, and how many there are in all."""
    total = tx.session.scalar(select(func.count()).select_from(TaskRow).where(TaskRow.done_at.is_(None))) or 0
    tx.audit(Entry(audit, "task", "open"))
    return _read(tx, _open().limit(size).offset((page - 1) * size)), total


def list_open(
    tx: Tx, *, audit: str, referral_id: UUID | None = None, kind: str | None = None
) -> Sequence[Task]:
    """Return all of the actor's open tasks of a referral or a kind.

    Alerts first, then by `app.domain.task_groups`, then those of urgent referrals, then the oldest. None is ever left
    out: what no list shows is not done.
    """
    query = _open()
    if referral_id is not None:
        query = query.where(TaskRow.referral_id == referral_id)
    if kind is not None:
        query = query.where(TaskRow.kind == kind)
    tx.audit(Entry(audit, "task", "open"))
    return _read(tx, query)


def _open() -> Select[TaskRow, str]:
    alerts_first = (TaskRow.kind == RISK_ALERT).desc()
    soonest_seen = case(_SOONEST, value=TaskRow.kind, else_=int(TaskGroup.EVERYDAY))
    urgent_first = (ReferralRow.priority != Priority.ROUTINE).desc().nulls_last()
    return (
        select(TaskRow, ReferralRow.reference)
        .outerjoin(ReferralRow, ReferralRow.id == TaskRow.referral_id)
        .where(TaskRow.done_at.is_(None))
        .order_by(alerts_first, soonest_seen, urgent_first, TaskRow.due_on, TaskRow.created_at, TaskRow.id)
    )


def _read(tx: Tx, query: Select[TaskRow, str]) -> Sequence[Task]:
    rows = tx.session.execute(query).all()
    waiting = _providers_waiting(tx, [row.referral_id for row, _ in rows if row.kind == FIRST_CONTACT])
    return [
        Task(
            row.id,
            row.kind,
            row.referral_id,
            reference,
            row.inbox_id,
            row.due_on,
            tuple(row.fields),
            tuple(waiting.get(row.referral_id, ())) if row.kind == FIRST_CONTACT and row.referral_id else (),
        )
        for row, reference in rows
    ]


def _providers_waiting(tx: Tx, referral_ids: Collection[UUID | None]) -> dict[UUID, list[str]]:
    """Return the names of the providers that said yes and have not begun, by referral."""
    query = (
        select(PlacementRow.referral_id, OrganisationRow.name)
        .join(OrganisationRow, OrganisationRow.id == PlacementRow.provider_id)
        .where(PlacementRow.referral_id.in_(referral_ids), PlacementRow.status.in_(AWAITS_CONTACT))
        .order_by(OrganisationRow.name)
    )
    found: dict[UUID, list[str]] = {}
    for referral_id, name in tx.session.execute(query) if referral_ids else ():
        found.setdefault(referral_id, []).append(name)
    return found


def record_done(tx: Tx, task_id: UUID, *, audit: str) -> None:
    """Tick a task off; raises NotFound when it is absent or not the actor's, Conflict when it is done."""
    row = tx.session.get(TaskRow, task_id)
    if row is None:
        raise NotFound
    if row.done_at is not None:
        raise Conflict("This task is done already.")
    row.done_at, row.done_by = tx.now, tx.actor.user_id
    tx.audit(Entry(audit, "task", str(task_id)))


def record_done_for_referral(tx: Tx, referral_id: UUID, kinds: Collection[str], *, audit: str) -> None:
    """Tick off what has settled itself; nobody's name stands beside it."""
    open_ones = (TaskRow.referral_id == referral_id, TaskRow.kind.in_(kinds), TaskRow.done_at.is_(None))
    for row in tx.session.scalars(select(TaskRow).where(*open_ones)):
        row.done_at, row.done_by = tx.now, tx.actor.user_id
        tx.audit(Entry(audit, "task", str(row.id)))


def record_done_for_inbox(tx: Tx, inbox_id: UUID) -> None:
    """Tick off what was to be done about a parked message."""
    for row in tx.session.scalars(
        select(TaskRow).where(TaskRow.inbox_id == inbox_id, TaskRow.done_at.is_(None))
    ):
        row.done_at, row.done_by = tx.now, tx.actor.user_id


@dataclass(frozen=True, slots=True)
class Consent:
    """What a person agreed to or refused: `kind` of app.domain.consent_wordings, `source` who told us.

    `asked_by` is the account of whoever asked the person, where somebody of ours did; `how` is the way that their word
    came, filled in when it is written. A yes counts until the end of `expires_on`, where they named a last day.
    """

    kind: str
    given: bool
    source: str
    asked_by: UUID | None = None
    recorded_at: datetime | None = None  # None while it is being written
    how: str | None = None
    expires_on: date | None = None
    wording: int | None = (
        None  # the version of our words that the person was shown (app.domain.consent_wordings)
    )
    ways: tuple[str, ...] = ()  # of a yes to contact: app.domain.contact_wish


def add_consent(tx: Tx, consent: Consent, *, person_id: UUID, referral_id: UUID, audit: str) -> None:
    """Write what the person agreed to or refused."""
    tx.session.add(
        ConsentRow(
            person_id=person_id,
            referral_id=referral_id,
            kind=consent.kind,
            given=consent.given,
            source=consent.source,
            asked_by=consent.asked_by,
            recorded_at=tx.now,
            wording=consent.wording,
            how=consent.how or how_of(consent.source),
            expires_on=consent.expires_on if consent.given else None,
            ways=list(consent.ways) if consent.given else [],
        )
    )
    detail: dict[str, str | int | bool] = {
        "kind": consent.kind,
        "given": consent.given,
        "source": consent.source,
        **({"asked_by": str(consent.asked_by)} if consent.asked_by else {}),
        **({"wording": consent.wording} if consent.wording else {}),
    }
    tx.audit(Entry(audit, "consent", str(referral_id), person_id, detail))


def find_consent(tx: Tx, referral_id: UUID, kind: str) -> bool | None:
    """Return the newest word on a kind of consent, None when nothing was said. See `find_consent_said`."""
    said = find_consent_said(tx, referral_id, kind)
    return said[0] if said else None


def find_consent_said(tx: Tx, referral_id: UUID, kind: str) -> tuple[bool, datetime] | None:
    """Return the newest word on a kind of consent and when it was written down, None when nothing stands.

    It is the person's, whichever of the requests that are worked as one it was said of. A yes whose last day has passed
    is as if nothing was said.
    """
    newest = _newest_consent(tx, duplicates.worked_with(tx, referral_id), kind)
    if newest is None or newest.recorded_at is None:
        return None
    if not counts_on(tx.today, given=newest.given, expires_on=newest.expires_on):
        return None
    return newest.given, newest.recorded_at


def find_newest_consent(tx: Tx, referral_id: UUID, kind: str) -> Consent | None:
    """Return the newest word of one request alone, who told it, who asked and when; None when nothing was said."""
    return _newest_consent(tx, [referral_id], kind)


def list_consents(tx: Tx, referral_id: UUID, *, audit: str) -> Sequence[Consent]:
    """Return every word on consent that stands with one referral, oldest first."""
    query = select(ConsentRow).where(ConsentRow.referral_id == referral_id).order_by(ConsentRow.recorded_at)
    rows = tx.session.scalars(query).all()
    for person_id in {row.person_id for row in rows}:
        tx.audit(Entry(audit, "consent", str(referral_id), person_id))
    return [consent_of(row) for row in rows]


def _newest_consent(tx: Tx, referral_ids: Collection[UUID], kind: str) -> Consent | None:
    query = select(ConsentRow).where(ConsentRow.referral_id.in_(referral_ids), ConsentRow.kind == kind)
    newest_first = (ConsentRow.recorded_at.desc(), ConsentRow.given)  # of one moment's words the no counts
    row = tx.session.scalars(query.order_by(*newest_first).limit(1)).first()
    return consent_of(row) if row else None


def consent_of(row: ConsentRow) -> Consent:
    """Return a word as it is kept."""
    return Consent(
        row.kind,
        row.given,
        row.source,
        row.asked_by,
        row.recorded_at,
        how=row.how,
        expires_on=row.expires_on,
        wording=row.wording,
        ways=tuple(row.ways),
    )
