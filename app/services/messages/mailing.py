"""E-mail, written now and sent after the commit; `messages_out` writes all else, and both leave by this way."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from app.domain.access import Actor, check_acts_as, system
from app.domain.errors import FieldProblem, Invalid
from app.domain.vocabulary import Role
from app.services.feedback.carrying import Attempt, Result
from app.services.messages.held_back import ASKED, held_back, offer_held_back
from app.store import departures, mail_watch, readdressing, referrals
from app.store import mail as letters
from app.store.audit import Entry
from app.store.mail import FailedMail, Mail
from app.store.session import Database, Tx
from app.store.steward_tasks import record_list_task
from app.store.tasks import add_task

LONGEST_SUBJECT: Final = 150
TASK: Final = "mail-failed"
NOT_DELIVERED: Final = "message-not-delivered"
FIRST_LOOK: Final = timedelta(minutes=5)  # at what became of it, where the carrier tells
FIRST_RETRY: Final = timedelta(minutes=1)
LONGEST_RETRY: Final = timedelta(hours=6)
MOST_ATTEMPTS: Final = 14  # about a day and a half
_MAILER: Final = system("mailer")
# What a letter's envelope takes without quoting: RFC 5321's dot-string, and a domain of letters, digits and hyphens.
_ADDRESS: Final = re.compile(
    r"[\w!#$%&'*+/=?^`{|}~.-]{1,64}@[a-z0-9-]+(\.[a-z0-9-]+)+", re.ASCII | re.IGNORECASE
)

# What would open something, in words that are only shown: a link's code, a code of six digits.
_LINK_CODE: Final = re.compile(r"(https?://\S+/)[\w-]{20,}")
_DIGITS: Final = re.compile(r"\b\d{6}\b")

Send = Callable[[Mail], Attempt]


def is_address(text: str) -> bool:
    """Tell whether an e-mail can be sent to this."""
    return len(text) <= 254 and _ADDRESS.fullmatch(text) is not None


def mail(
    tx: Tx, *, to: str, subject: str, lines: Sequence[str], purpose: str, organisation_id: UUID | None
) -> UUID:
    """Write an e-mail in the caller's transaction: it is sent if and only if that one commits. Return its id.

    `lines` become its text, each a line; an empty one parts paragraphs. The text must hold nothing about a person
    who is referred. Raises Invalid with every problem: an address or a subject that could smuggle in a header.
    """
    body = _checked(to, subject, lines)
    values = {"to_address": to, "subject": subject, "purpose": purpose, "organisation_id": organisation_id}
    with tx.as_system("mail") as system_tx:
        return letters.add(system_tx, values, body)


def _checked(to: str, subject: str, lines: Sequence[str]) -> str:
    problems = []
    if not is_address(to):
        problems.append(FieldProblem("to", "Give an e-mail address such as hello@example.org."))
    if not subject.strip() or len(subject) > LONGEST_SUBJECT or not subject.isprintable():
        sentence = f"Give the subject in one line of at most {LONGEST_SUBJECT} characters."
        problems.append(FieldProblem("subject", sentence))
    body = "\n".join(lines) + "\n"
    if any(ord(letter) < 32 and letter != "\n" for letter in body):
        problems.append(
            FieldProblem("lines", "Leave out control characters: each line is a line of its own.")
        )
    if problems:
        raise Invalid(problems)
    return body


def send_due(db: Database, send: Send) -> int:
    """Send what is due, each letter by itself; return how many were taken.

    No transaction is open meanwhile, but for a message about a person: `_send_about_a_person` says why.
    """
    with db.transaction(_MAILER) as tx:
        due = letters.list_due(tx)
    return sum(_send_one(db, mail_id, send) for mail_id in due)


def _send_one(db: Database, mail_id: UUID, send: Send) -> bool:
    with db.transaction(_MAILER) as tx:
        letter = letters.lease(tx, mail_id)
    if letter is None:
        return False
    if letter.referral_id or letter.placement_id:
        return _send_about_a_person(db, letter, send)
    attempt = send(letter)
    with db.transaction(_MAILER) as tx:
        _record_attempt(tx, letter, attempt)
    return attempt.result is Result.SENT


def _send_about_a_person(db: Database, letter: Mail, send: Send) -> bool:
    """Look once more and send, with the person's gate held open: a no that is written meanwhile waits for the end.

    So nothing leaves after a no was committed, and whoever writes one knows what left before it.
    """
    with db.transaction(_MAILER) as tx:
        departures.hold_open(tx, referral_id=letter.referral_id, placement_id=letter.placement_id)
        if not readdressing.is_still_to(tx, letter) or _is_held_back(tx, letter):
            return False  # where it goes was put right meanwhile: it leaves for there, or not at all
        attempt = send(letter)
        _record_attempt(tx, letter, attempt)
    return attempt.result is Result.SENT


def _record_attempt(tx: Tx, letter: Mail, attempt: Attempt) -> None:
    if attempt.result is Result.SENT:
        _record_sent(tx, letter, attempt)
    elif attempt.result is Result.LATER and letter.attempts + 1 < MOST_ATTEMPTS:
        again_in = min(FIRST_RETRY * float(2**letter.attempts), LONGEST_RETRY)
        letters.record_retry(tx, letter.id, attempt.error, again_in=again_in)
    else:
        letters.record_failed(tx, letter.id, attempt.error)
        tx.audit(Entry("give mail up", "mail", str(letter.id), None, {"failure": attempt.error}))
        note_failed(tx, letter.referral_id, letter.purpose)


def _is_held_back(tx: Tx, letter: Mail) -> bool:
    """Whether a message must not leave any more, whatever was right when it was written."""
    reason = None
    if letter.placement_id:
        reason = offer_held_back(tx, letter.placement_id)
    elif letter.referral_id:
        reason = held_back(tx, letter.referral_id, letter.purpose, way=letter.channel)
    if reason is not None:
        letters.record_held_back(tx, letter.id, reason)
        tx.audit(Entry("hold message back", "mail", str(letter.id), None, {"reason": reason}))
    return reason is not None


def _record_sent(tx: Tx, letter: Mail, attempt: Attempt) -> None:
    transport = attempt.transport or "smtp"
    watch_on = tx.now + FIRST_LOOK if transport == "notify" else None
    letters.record_sent(tx, letter.id, transport=transport, reference=attempt.reference, watch_on=watch_on)
    if transport == "shown":
        mail_watch.keep_words(tx, letter.id, masked(letter.text))
    tx.audit(Entry("send mail", "mail", str(letter.id)))


def note_failed(tx: Tx, referral_id: UUID | None, purpose: str) -> None:
    """Give a person the task to see to a message that never arrives: the team of whom it was for, else the steward.

    Who was to be asked something is on the call list instead, with the next sweep.
    """
    if referral_id is None:
        record_list_task(tx, TASK, is_waiting=True)
    elif purpose not in ASKED:
        team_id = referrals.get(tx, referral_id, audit="message did not arrive").team_id
        add_task(tx, NOT_DELIVERED, organisation_id=team_id, referral_id=referral_id)


def masked(words: str) -> str:
    """Return a message's words without what would open anything: whoever tries the house out sees these."""
    return _DIGITS.sub("······", _LINK_CODE.sub(r"\1…", words))


def list_failed(db: Database, actor: Actor) -> Sequence[FailedMail]:
    """Return the e-mails that could not be delivered and that nobody has seen to; never their text."""
    check_acts_as(actor, Role.STEWARD, Role.SYSTEM)
    with db.transaction(actor) as tx:
        return letters.list_failed(tx)


def send_again(db: Database, actor: Actor, mail_id: UUID) -> None:
    """Try an e-mail that failed once more; raises NotFound, Conflict when somebody has seen to it."""
    _settle(db, actor, mail_id, again=True)


def leave(db: Database, actor: Actor, mail_id: UUID) -> None:
    """Let an e-mail that failed be; raises NotFound, Conflict when somebody has seen to it."""
    _settle(db, actor, mail_id, again=False)


def _settle(db: Database, actor: Actor, mail_id: UUID, *, again: bool) -> None:
    check_acts_as(actor, Role.STEWARD)
    with db.transaction(actor) as tx:
        tx.audit(Entry("send mail again" if again else "leave failed mail", "mail", str(mail_id)))
        with tx.as_system("mail") as system_tx:
            (letters.record_again if again else letters.record_left)(system_tx, mail_id)
            left = letters.list_failed(system_tx)
        if not left:
            record_list_task(tx, TASK, is_waiting=False)
