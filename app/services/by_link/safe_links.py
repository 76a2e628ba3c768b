"""A safe link to one offer: a group without an account is told "new referral", proves two channels, and answers."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final
from uuid import UUID

from app.domain.access import Actor, check_acts_as, system
from app.domain.errors import Conflict, FieldProblem, Invalid, NotFound
from app.domain.message_templates import Channel
from app.domain.safe_links import (
    CODE_DIGITS,
    CODE_LIFE,
    MOST_CODES,
    MOST_LINKS_A_DAY,
    MOST_TRIES,
    VISIT,
    Helper,
    name_problems,
)
from app.domain.vocabulary import Role
from app.domain.wording import worded
from app.services.by_link.safe_contacts import LOCKED
from app.services.by_link.safe_link_post import EVERY_WAY, check_carried, send_code, send_link
from app.services.helping import late_words
from app.services.messages import links
from app.services.messages.links import LinkGone, TooOften
from app.store import links as kept_links
from app.store import place_rules, placements, safe_links, safe_visits, tasks
from app.store.audit import Entry
from app.store.links import Link
from app.store.safe_links import Standing
from app.store.safe_visits import Visit
from app.store.session import LONDON, Database, Tx
from app.store.sharing import SHARE
from app.store.steward_tasks import record_list_task

PURPOSE: Final = "offer-link"  # of its links, and where they lead
WRONG: Final = "These are not the six digits that we sent last, or they are older than ten minutes."
NOBODY: Final = "Nobody of this group can have a link: the steward verifies both addresses of a helper first."
_SYSTEM: Final = system("safe-links")
_RANDOM_BYTES: Final = 32


def announce(tx: Tx, placement_id: UUID, *, again: bool = False) -> int:
    """Send a link to everybody of the provider who may have one, in the caller's transaction; return to how many.

    Links that were sent before for the same offer end. The message says that there is a referral, and no more.
    """
    with tx.as_system("safe-links") as system_tx:
        standing = safe_links.find_standing(system_tx, placement_id)
        if standing is None or not _is_open_to_links(system_tx, standing):
            return 0
        helpers = [
            each for each in safe_links.list_of(system_tx, standing.provider_id) if each.may_have_links
        ]
        for helper in helpers:
            _send(system_tx, helper, standing, again=again)
        return len(helpers)


def send_again(db: Database, actor: Actor, referral_id: UUID, placement_id: UUID) -> int:
    """Send new links to one of the team's offers; return to how many. Raises NotFound, Conflict where nobody may."""
    check_acts_as(actor, Role.LINK_WORKER)
    with db.transaction(actor) as tx:
        if placements.get(tx, placement_id, audit="send safe link").referral_id != referral_id:
            raise NotFound
        sent = announce(tx, placement_id, again=True)
        if not sent:
            raise Conflict(NOBODY)
        return sent


def ask_anew(db: Database, code: str) -> None:
    """Send a new link to the helper whom an old one was sent to, and to no other address.

    Whoever asks is told nothing: the same happens for a code that never was, an offer that is closed, or too many.
    """
    with db.transaction(_SYSTEM) as tx:
        old = kept_links.find_any(tx, code, PURPOSE)
        if old is not None and old.helper_id is not None:
            _send_anew(tx, old.helper_id, old.subject_id)


def ask_anew_after(db: Database, token: str) -> None:
    """Send a new link to the helper of a visit that has ended; as `ask_anew`, and as silent."""
    with db.transaction(_SYSTEM) as tx:
        visit = safe_visits.find_any(tx, token)
        if visit is not None:
            _send_anew(tx, visit.helper_id, visit.placement_id)


def look(db: Database, code: str, ways: frozenset[Channel] = EVERY_WAY) -> None:
    """Look whether a link is good; looking changes nothing, however often. Raises LinkGone, NotCarried."""
    with db.transaction(_SYSTEM) as tx:
        _usable(tx, links.look(db, code, purpose=PURPOSE), ways)


def knock(db: Database, code: str, ways: frozenset[Channel] = EVERY_WAY) -> str:
    """Use a link up and send six digits to the helper's other channel; return the token of the visit that waits.

    Raises LinkGone, TooOften; NotCarried where none of the `ways` out of this house leads there: the link stays.
    """
    link = links.knock(db, code, purpose=PURPOSE)
    token = secrets.token_urlsafe(_RANDOM_BYTES)
    with db.transaction(_SYSTEM) as tx:
        helper = _usable(tx, link, ways)
        links.use_up(tx, link)
        visit = safe_visits.add(tx, token, link, life=VISIT)
        _send_code(tx, helper, visit, token)
    return token


def code_again(db: Database, token: str, ways: frozenset[Channel] = EVERY_WAY) -> None:
    """Send other digits in a visit that waits for them; the earlier end. Raises LinkGone, TooOften, NotCarried."""
    with db.transaction(_SYSTEM) as tx:
        visit, helper, _ = _pending(tx, token)
        check_carried(tx, helper, visit.placement_id, ways)
        if visit.codes_sent >= MOST_CODES:
            raise TooOften("We have sent several codes. Wait for the newest one, or ring us.")
        _send_code(tx, helper, visit, token)


def find_pending(db: Database, token: str) -> Helper:
    """Return to whom the digits of a visit were sent. Raises LinkGone when it waits for none."""
    with db.transaction(_SYSTEM) as tx:
        return _pending(tx, token)[1]


def open_visit(db: Database, token: str, digits: str, named: str) -> str:
    """Open a visit with the six digits; return its new token, under which the one offer can be seen.

    A wrong try is counted in a transaction of its own. After MOST_TRIES of them the visit and every link of the helper
    end, and the steward is told. Raises Invalid (fields "named", "digits"), LinkGone.
    """
    problems: list[FieldProblem] = []
    digits = "".join(digits.split())
    if len(digits) != CODE_DIGITS or not (digits.isascii() and digits.isdigit()):
        problems.append(
            FieldProblem("digits", worded("Type the %(count)s digits that we sent.", count=CODE_DIGITS))
        )
    if problems := [*problems, *name_problems(named, "named")]:
        raise Invalid(problems)
    with db.transaction(_SYSTEM) as tx:
        visit, helper, standing = _pending(tx, token)
        if safe_visits.record_try(tx, visit, token, digits, most=MOST_TRIES):
            return _opened(tx, visit, standing, named.strip())
        is_locked = _count_wrong(tx, visit, helper, standing)
    if is_locked:
        raise LinkGone
    raise Invalid([FieldProblem("digits", WRONG)])


def find_visit(tx: Tx, token: str) -> Visit | None:
    """Return the open visit of a token; None when it has ended, or may go on no more. Asked at each request.

    It may go on while the offer is open, or what came of it can be told late, the person agrees, the group wants links,
    and the helper is one still.
    """
    visit = safe_visits.find(tx, token)
    if visit is None or visit.opened_at is None:
        return None
    helper = _find_helper(tx, visit.helper_id)
    standing = safe_links.find_standing(tx, visit.placement_id)
    return None if helper is None or standing is None or not _may_visit(tx, helper, standing) else visit


def find_run_out(tx: Tx, token: str) -> Visit | None:
    """Return the visit of a token that ran out by itself and whose helper may come again; None for every other."""
    visit = safe_visits.find_any(tx, token)
    if visit is None or visit.opened_at is None or visit.was_ended or tx.now < visit.expires_at:
        return None
    helper = _find_helper(tx, visit.helper_id)
    standing = safe_links.find_standing(tx, visit.placement_id)
    return None if helper is None or standing is None or not _may_visit(tx, helper, standing) else visit


def end(db: Database, token: str) -> None:
    """End a visit."""
    with db.transaction(_SYSTEM) as tx:
        visit = safe_visits.find(tx, token)
        if visit is not None:
            safe_visits.record_ended(tx, visit.id)
            tx.audit(Entry("end safe link visit", "placement", str(visit.placement_id)))


def list_who_may(tx: Tx, placement_id: UUID) -> Sequence[Helper]:
    """Return who would be sent a link to an offer now."""
    with tx.as_system("safe-links") as system_tx:
        standing = safe_links.find_standing(system_tx, placement_id)
        if standing is None or not _is_open_to_links(system_tx, standing):
            return ()
        return [each for each in safe_links.list_of(system_tx, standing.provider_id) if each.may_have_links]


def _send(tx: Tx, helper: Helper, standing: Standing, *, again: bool) -> None:
    safe_links.revoke_of_offer(tx, standing.placement_id, helper.id)
    days = place_rules.of(tx, None).offer_link_days
    address = links.make_link(
        tx,
        purpose=PURPOSE,
        subject_id=standing.placement_id,
        organisation_id=standing.provider_id,
        days=days,
        helper_id=helper.id,
    )
    last_day = (tx.now + timedelta(days=days)).astimezone(LONDON).date()
    send_link(tx, helper, standing, address=address, until=last_day if again else None)


def _send_anew(tx: Tx, helper_id: UUID, placement_id: UUID) -> None:
    helper = _find_helper(tx, helper_id)
    standing = safe_links.find_standing(tx, placement_id)
    if helper is None or standing is None or not _may_visit(tx, helper, standing):
        return
    if safe_links.count_asked(tx, placement_id, helper_id, within=timedelta(days=1)) < MOST_LINKS_A_DAY:
        _send(tx, helper, standing, again=True)


def _send_code(tx: Tx, helper: Helper, visit: Visit, token: str) -> None:
    digits = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"
    safe_visits.record_code(tx, visit, token, digits, life=CODE_LIFE)
    send_code(tx, helper, digits, placement_id=visit.placement_id)
    detail = {"helper": str(helper.id)}
    tx.audit(Entry("send safe link code", "placement", str(visit.placement_id), None, detail))


def _usable(tx: Tx, link: Link, ways: frozenset[Channel]) -> Helper:
    helper = _find_helper(tx, link.helper_id) if link.helper_id else None
    standing = safe_links.find_standing(tx, link.subject_id)
    if helper is None or standing is None or not _may_visit(tx, helper, standing):
        raise LinkGone
    check_carried(tx, helper, link.subject_id, ways)
    return helper


def _pending(tx: Tx, token: str) -> tuple[Visit, Helper, Standing]:
    visit = safe_visits.find(tx, token)
    if visit is None or visit.opened_at is not None:
        raise LinkGone
    helper = _find_helper(tx, visit.helper_id)
    standing = safe_links.find_standing(tx, visit.placement_id)
    if helper is None or standing is None or not _may_visit(tx, helper, standing):
        raise LinkGone
    return visit, helper, standing


def _opened(tx: Tx, visit: Visit, standing: Standing, named: str) -> str:
    token = secrets.token_urlsafe(_RANDOM_BYTES)
    opened = safe_visits.record_opened(tx, visit, token, named=named, life=VISIT)
    whose = replace(tx, actor=opened.actor)  # from here on it is the group
    detail = {"helper": str(visit.helper_id)}
    entry = Entry("open safe link", "placement", str(visit.placement_id), standing.person_id, detail)
    whose.audit(entry)
    return token


def _count_wrong(tx: Tx, visit: Visit, helper: Helper, standing: Standing) -> bool:
    """Write down a wrong try; tell whether it was one too many."""
    tries = safe_visits.tries_of(tx, visit)
    detail = {"helper": str(helper.id), "tries": tries}
    entry = Entry("wrong safe link code", "placement", str(visit.placement_id), standing.person_id, detail)
    tx.audit(entry)
    if tries < MOST_TRIES:
        return False
    safe_links.record_locked(tx, helper.id, locked=True)
    safe_links.revoke_of_organisation(tx, helper.organisation_id, helper_id=helper.id)
    record_list_task(tx, LOCKED, is_waiting=True)
    tx.audit(Entry("lock link helper", "organisation", str(helper.organisation_id), None, detail))
    return True


def _find_helper(tx: Tx, helper_id: UUID) -> Helper | None:
    try:
        return safe_links.get(tx, helper_id)
    except NotFound:
        return None


def _may_visit(tx: Tx, helper: Helper, standing: Standing) -> bool:
    return (
        helper.may_have_links
        and helper.organisation_id == standing.provider_id
        and _is_open_to_links(tx, standing)
    )


def _is_open_to_links(tx: Tx, standing: Standing) -> bool:
    return (
        (
            standing.is_open
            or late_words.open_until(tx, standing.placement_id, standing.referral_id) is not None
        )
        and not safe_links.are_off(tx, standing.provider_id)
        and tasks.find_consent(tx, standing.referral_id, SHARE) is not False
    )
