"""Asking how it goes some months after help ended: whom, when, in which way, how often, and when to leave it."""

from __future__ import annotations

import calendar
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from app.domain.cautions import Cautions
from app.domain.message_templates import LANGUAGES
from app.domain.place import PlaceRules
from app.domain.reaching import Way, unusable_ways
from app.domain.referral import PersonDetails
from app.domain.vocabulary import OutcomeState
from app.domain.ways_to_reach import is_email

_MOST_TIMES = 2  # asked, and reminded once
MOST_CALLS = 3  # in vain, until it is written down that the person could not be reached
LINK_DAYS = 60  # how long the link of one asking is good for
LONGEST_RELATION = 100


class FollowUpStatus(StrEnum):
    """How far one follow-up is; from the fifth on nothing more happens by itself."""

    PLANNED = "planned"
    TO_SEND = "to-send"  # a text or letter that the team must send
    ASKED = "asked"
    TO_CALL = "to-call"
    ANSWERED = "answered"
    SKIPPED = "skipped"  # they were reached, and would rather not answer
    COULD_NOT_REACH = "could-not-reach"
    NOT_ASKED = "not-asked"  # nobody got round to it
    STOPPED = "stopped"


OPEN = (FollowUpStatus.PLANNED, FollowUpStatus.TO_SEND, FollowUpStatus.ASKED, FollowUpStatus.TO_CALL)
UNDER_WAY = (FollowUpStatus.TO_SEND, FollowUpStatus.ASKED, FollowUpStatus.TO_CALL)


class AskBy(StrEnum):
    """How somebody is asked."""

    TEXT = "text"
    EMAIL = "email"
    LETTER = "letter"
    PHONE = "phone"


BY_ITSELF = (AskBy.EMAIL,)  # what the house sends, where it has no gateway for texts
ASK_BY_WORDS: dict[AskBy, str] = {
    AskBy.TEXT: "Text message",
    AskBy.EMAIL: "E-mail",
    AskBy.LETTER: "Letter",
    AskBy.PHONE: "Phone call",
}

REOPENED = "referral-open"
# Why nobody is asked any more, or never was.
STOP_REASONS: dict[str, str] = {
    "asked-not-to": "The person asked us to stop",
    "contact-refused": "The person asked us not to be in touch",
    "no-help": "No help was given that we could ask about",
    "died": "The person has died",
    "no-consent": "The person took back their agreement",
    "not-safe": "It may not be safe to contact the person",
    REOPENED: "The referral was opened again",
    "switched-off": "Follow-up is switched off here",
}
# Reasons that hold also of a follow-up whose day has not come yet.
STOPS_AT_ONCE = ("died", REOPENED)
# Ends after which there was no help to ask about, or nobody who could answer.
_NO_HELP_ENDS = ("did-not-engage", "person-declined", "could-not-contact", "no-suitable-service")


@dataclass(frozen=True, slots=True)
class Ended:
    """What is known of a person and a referral when it ends, or on the day of asking."""

    helped: bool  # help had begun, or the link worker's own support was what they needed
    outcome: OutcomeState | None
    end_reason: str | None
    deceased: bool
    consent_withdrawn: bool  # to being told of to providers
    asked_not_to: bool  # by a follow-up of any referral of theirs
    cautions: Cautions
    contact_refused: bool = False  # they asked us not to be in touch at all


def why_not(ended: Ended) -> str | None:
    """Return the code of STOP_REASONS why somebody is not asked, None when they may be.

    Nobody is asked who died, said stop, took back their agreement, or must not be contacted; nor who never came: there
    is no help to ask about, and a letter about it would be a reproach.
    """
    if ended.deceased or ended.end_reason == "died":
        return "died"
    if ended.asked_not_to:
        return "asked-not-to"
    if ended.contact_refused:
        return "contact-refused"
    if ended.consent_withdrawn:
        return "no-consent"
    if ended.cautions.do_not_contact:
        return "not-safe"
    if not ended.helped or ended.outcome is OutcomeState.DID_NOT_ENGAGE or ended.end_reason in _NO_HELP_ENDS:
        return "no-help"
    return None


def due_days(ended_on: date, rules: PlaceRules) -> tuple[tuple[int, date], ...]:
    """Return the months after the end at which somebody is asked, each with its day; none where it is switched off."""
    return tuple((months, add_months(ended_on, months)) for months in rules.follow_up_months)


def add_days(day: date, days: int) -> date:
    """Return the day that many days on."""
    return day + timedelta(days=days)


def add_months(day: date, months: int) -> date:
    """Return the same day some months on, the month's last where it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


_TEXT = re.compile(r"\btext|\bsms\b|\bwhatsapp\b", re.IGNORECASE)
_EMAIL = re.compile(r"e-?mail", re.IGNORECASE)
_LETTER = re.compile(r"\bletter|\bpost\b|\bin writing\b", re.IGNORECASE)
_PHONE = re.compile(r"phone|\bcall|\bring\b", re.IGNORECASE)
_MOBILE = re.compile(r"(?:07|\+447|00447)[0-9]{9}")


@dataclass(frozen=True, slots=True)
class Reached:
    """What decides the way: a person's details, what was told of contact, whether their whereabouts are secret.

    `may_have_link`: a link would ask for a date of birth, which is known. `wanted` are the ways that the person left
    open, None where they said nothing of it.
    """

    details: PersonDetails
    cautions: Cautions
    restricted: bool = False
    may_have_link: bool = True
    wanted: frozenset[str] | None = None


def way_of(
    reached: Reached, *, has_mail: bool, kept: AskBy | None = None, without: Collection[AskBy] = ()
) -> AskBy | None:
    """Return how somebody is asked, None when there is no way that they left open; `kept` is how they were before.

    `without` are ways that nobody is there to go.
    A message goes out only where nothing speaks against it. With secret whereabouts, a safeguarding concern, an
    interpreter, or a language in which there are no words to send, a link worker decides: they are on the call list.
    """
    open_ways = [way for way in _open_ways(reached, has_mail=has_mail) if way not in without]
    if _needs_a_person(reached):
        return AskBy.PHONE if may_ring(reached) else None
    if kept in open_ways:
        return kept
    wish = reached.cautions.preferred_contact or ""
    wished = [way for way, pattern in _WISHES if pattern.search(wish) and way in open_ways]
    return next(iter([*wished, *open_ways]), None)


def may_ring(reached: Reached) -> bool:
    """Tell whether the team may ring: with secret whereabouts it asks whoever referred them for the number."""
    return _has_phone(reached) and _is_wanted(reached, AskBy.PHONE)


def may_write(reached: Reached) -> bool:
    """Tell whether the team may post a letter: there is an address, and nothing speaks against writing."""
    has_address = bool(reached.details.address_lines) and Way.POST not in unusable_ways(reached.cautions)
    return has_address and _is_wanted(reached, AskBy.LETTER)


def _has_phone(reached: Reached) -> bool:
    allowed = Way.TELEPHONE not in unusable_ways(reached.cautions)
    return allowed and bool(reached.details.phones or reached.restricted)


def _is_wanted(reached: Reached, way: AskBy) -> bool:
    return reached.wanted is None or way in reached.wanted


_WISHES = (
    (AskBy.TEXT, _TEXT),
    (AskBy.EMAIL, _EMAIL),
    (AskBy.LETTER, _LETTER),
    (AskBy.PHONE, _PHONE),
)


def mobile_of(phones: Iterable[str]) -> str | None:
    """Return the first number that a text can go to, without what people write between the digits."""
    plain = (re.sub(r"[^0-9+]", "", phone) for phone in phones)
    return next((phone for phone in plain if _MOBILE.fullmatch(phone)), None)


def _open_ways(reached: Reached, *, has_mail: bool) -> tuple[AskBy, ...]:
    barred, details = unusable_ways(reached.cautions), reached.details
    is_open = {
        AskBy.TEXT: reached.may_have_link and _has_phone(reached) and mobile_of(details.phones) is not None,
        AskBy.EMAIL: reached.may_have_link
        and has_mail
        and Way.ONLINE not in barred
        and is_email(details.email or ""),
        AskBy.LETTER: Way.POST not in barred and bool(details.address_lines),
        AskBy.PHONE: may_ring(reached),
    }
    return tuple(way for way in AskBy if is_open[way] and _is_wanted(reached, way))


def _needs_a_person(reached: Reached) -> bool:
    care, language = reached.cautions, (reached.details.language or "en").lower().partition("-")[0]
    grave = bool(care.safeguarding or care.risks or care.sensitive)
    return reached.restricted or grave or care.interpreter or language not in LANGUAGES


@dataclass(frozen=True, slots=True)
class Going:
    """Where a follow-up is: how often the person was asked, in which way, and how often a call was in vain."""

    status: FollowUpStatus
    way: AskBy | None
    asked_times: int
    calls: int


@dataclass(frozen=True, slots=True)
class Next:
    """What happens now, and on which day somebody looks again (None: never)."""

    status: FollowUpStatus
    look_on: date | None
    send: bool = False  # the house sends the message itself


def next_of(
    going: Going, today: date, rules: PlaceRules, *, may_ring: bool, by_itself: Collection[AskBy] = BY_ITSELF
) -> Next:
    """Return what follows when a follow-up's day has come: ask, remind once, ring, leave it.

    `by_itself` are the ways in which the house sends messages. planned: asked in its way. asked once: asked once more.
    asked twice: the call list. A call list, or a message that nobody sent, that was left for `follow_up_give_up_days`:
    could not reach where anybody had tried, else not asked.
    """
    if going.status is FollowUpStatus.PLANNED and going.way is not None:
        return asking(going.way, today, rules, by_itself=by_itself)
    if going.status is FollowUpStatus.ASKED and going.asked_times < _MOST_TIMES and going.way is not None:
        return asking(going.way, today, rules, by_itself=by_itself)
    if going.status is FollowUpStatus.ASKED and may_ring:
        return asking(AskBy.PHONE, today, rules)
    tried = going.asked_times or going.calls
    return Next(FollowUpStatus.COULD_NOT_REACH if tried else FollowUpStatus.NOT_ASKED, None)


def asking(way: AskBy, today: date, rules: PlaceRules, *, by_itself: Collection[AskBy] = BY_ITSELF) -> Next:
    """Return what asking in a way means: some messages go by themselves, all else is somebody's to do."""
    later = add_days(today, rules.follow_up_give_up_days)
    if way is AskBy.PHONE:
        return Next(FollowUpStatus.TO_CALL, later)
    if way in by_itself:
        return Next(FollowUpStatus.ASKED, add_days(today, rules.follow_up_remind_days), send=True)
    return Next(FollowUpStatus.TO_SEND, later)
