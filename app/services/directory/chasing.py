"""Writes to organisations about stale entries and old dials: one letter an address, and not again within a month."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Final
from uuid import UUID

from app.domain import capacity
from app.domain.access import system
from app.domain.place import PlaceRules
from app.services.directory.dials import DIAL, fresh_link, send
from app.services.directory.entry_checks import STILL_RIGHT, stale_before
from app.services.directory.entry_letters import Letter, Line, dial_letter, first_letter, still_right_letter
from app.services.messages.mailing import is_address
from app.store import directory, entry_checks, place_rules
from app.store.audit import Entry
from app.store.entry_checks import Asked
from app.store.session import Database, Tx

_CHASER: Final = system("chaser")


def ask(db: Database, *, help_phone: str | None = None, rules: PlaceRules | None = None) -> int:
    """Ask about what is stale and how services stand, as far as it is due; return how many letters were written.

    Those that stand here by an import and were never written to are so many a day: not a whole list of them at once.
    An organisation with both gets the question about its entries alone: on a month's letters it is one of two.
    """
    with db.transaction(_CHASER) as tx:
        if not entry_checks.hold_chase(tx):
            return 0
        numbers = place_rules.of(tx, rules)
        not_since = tx.now - timedelta(days=numbers.ask_again_days)
        old = partial(
            entry_checks.list_to_ask, tx, confirmed_before=stale_before(tx.today), not_since=not_since
        )
        stale = (*old(strangers=False), *_so_many(tx, old(strangers=True), numbers))
        written = _write(tx, stale, STILL_RIGHT, help_phone=help_phone, rules=numbers)
        quiet_since = tx.now - timedelta(days=numbers.dial_days) if numbers.dial_days else None
        quiet = entry_checks.list_dials_to_ask(tx, quiet_since=quiet_since, not_since=not_since)
        return written + _write(tx, quiet, DIAL, help_phone=help_phone, rules=numbers)


def _write(tx: Tx, asked: Sequence[Asked], purpose: str, *, help_phone: str | None, rules: PlaceRules) -> int:
    letters: dict[tuple[UUID, str], list[Asked]] = defaultdict(list)
    for each in asked:
        letters[each.organisation_id, each.email or ""].append(each)
    written = 0
    for (organisation_id, to), about in letters.items():
        mail_id = None
        if is_address(to):
            lines = [
                (each.service_name, _standing(tx, each, purpose), _link(tx, each, purpose, rules))
                for each in about
            ]
            letter = _letter(purpose, about[0], lines, help_phone)
            mail_id = send(tx, letter, to=to, organisation_id=organisation_id)
            written += 1
        for each in about:
            entry_checks.record_chased(tx, each.service_id, purpose, mail_id)
        detail = {"kind": purpose, "services": len(about), "written": mail_id is not None}
        tx.audit(Entry("chase entries", "organisation", str(organisation_id), None, detail))
    return written


def _so_many(tx: Tx, strange: Sequence[Asked], rules: PlaceRules) -> Sequence[Asked]:
    """Return the entries of as many organisations as may be written to for the first time today."""
    left = rules.first_letters_a_day - entry_checks.count_first_letters(tx, since=tx.now - timedelta(days=1))
    theirs = list(dict.fromkeys(each.organisation_id for each in strange if is_address(each.email or "")))
    later = set(theirs[max(left, 0) :])
    return [each for each in strange if each.organisation_id not in later]


def _letter(purpose: str, first: Asked, lines: Sequence[Line], help_phone: str | None) -> Letter:
    name = first.organisation_name
    if purpose == DIAL:
        return dial_letter(name, lines, help_phone)
    if first.is_strange:
        return first_letter(name, lines, help_phone, source=first.source)
    return still_right_letter(name, lines, help_phone)


def _standing(tx: Tx, asked: Asked, purpose: str) -> str | None:
    if purpose != DIAL:
        return None
    return capacity.sentence(directory.get_service(tx, asked.service_id), tx.today)


def _link(tx: Tx, asked: Asked, purpose: str, rules: PlaceRules) -> str:
    return fresh_link(tx, asked.service_id, purpose=purpose, rules=rules)
