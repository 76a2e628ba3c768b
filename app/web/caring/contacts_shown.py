"""Contacts among the steps of a referral: one history, in the order in which things happened."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, time
from uuid import UUID

from app.domain.check_in import ANSWER_WORDS
from app.domain.contacts import CAME_OF, HOW, SPOKE, WITH, KeptContact
from app.domain.follow_up import ASK_BY_WORDS
from app.domain.referral import Step
from app.store.check_ins import CheckIn
from app.store.session import LONDON
from app.web.frame.words import CHANNEL_WORDS, day, moment, timeline


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the history; `contact_id` where it is a contact of the team that can be taken back."""

    iso: str
    at: str
    what: str
    why: str = ""
    note: str = ""
    contact_id: UUID | None = None
    taken_back: str = ""


def history(
    steps: tuple[Step, ...], contacts: Iterable[KeptContact], asked: Iterable[CheckIn] = ()
) -> list[Line]:
    """Return steps, contacts, and whether help has arrived, asked and answered, as one history, oldest first."""
    told = [Line(line["iso"], line["at"], line["what"], line["why"]) for line in timeline(steps)]
    keyed = [(datetime.fromisoformat(line.iso), line) for line in told]
    keyed += [(_when(each), _line(each)) for each in contacts]
    keyed += [(at, _asked_line(at, what)) for each in asked for at, what in _asked(each)]
    return [line for _, line in sorted(keyed, key=lambda pair: pair[0])]


def _asked(one: CheckIn) -> Iterator[tuple[datetime, str]]:
    """When somebody was asked whether help has arrived, and what they said when."""
    if one.asked_at is not None and one.way is not None:
        yield (
            one.asked_at,
            f"To ask whether help has arrived, day {one.day}: {ASK_BY_WORDS[one.way].lower()}",
        )
    if one.answer is not None and one.answered_at is not None:
        how = "on their own page" if one.by_person else "on the telephone"
        yield (
            one.answered_at,
            f"Has help arrived? Asked for day {one.day}, said {how}: {ANSWER_WORDS[one.answer]}",
        )


def _asked_line(at: datetime, what: str) -> Line:
    return Line(at.isoformat(timespec="minutes"), moment(at), f"{what}.")


def _when(contact: KeptContact) -> datetime:
    """Return when it was: to the minute where it was written down on its own day, else at that day's end."""
    if contact.recorded_at.astimezone(LONDON).date() == contact.happened_on:
        return contact.recorded_at
    return datetime.combine(contact.happened_on, time(23, 59), LONDON)


def _line(contact: KeptContact) -> Line:
    same_day = contact.recorded_at.astimezone(LONDON).date() == contact.happened_on
    later = "" if same_day else f" Written down on {day(contact.recorded_at)}."
    back = contact.taken_back_at
    return Line(
        iso=_when(contact).isoformat(timespec="minutes"),
        at=moment(contact.recorded_at) if same_day else day(contact.happened_on),
        what=f"{sentence(contact)}{later}",
        note=contact.note,
        contact_id=contact.id if contact.of_team and contact.stands else None,
        taken_back=f"Taken back on {day(back)}." if back else "",
    )


def sentence(contact: KeptContact) -> str:
    """Return a contact as a sentence: who, how, with whom, what came of it."""
    how = HOW.get(contact.how) or CHANNEL_WORDS.get(contact.how, "Contact")
    minutes = f", {contact.minutes} minute{'' if contact.minutes == 1 else 's'}" if contact.minutes else ""
    came_of = CAME_OF.get(contact.came_of or "") or ("Reached" if contact.reached else "Not reached")
    if contact.came_of == SPOKE:
        came_of = "We spoke" if contact.how in ("phone", "visit", "video") else "They answered"
    whom = WITH.get(contact.with_whom, "The person")
    return f"{contact.by}: {how.lower()}, {whom[0].lower()}{whom[1:]}{minutes}. {came_of}."
