"""What must be known before anybody contacts a person: shown first, wherever the person is shown."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any

from app.domain.wording import worded

CONTACT = "Contact: "  # how a note about safe contact begins: providers are told those, and no other note


@dataclass(frozen=True, slots=True)
class Cautions:
    """What keeps a person safe and makes contact possible, as the referrer told it; words, ready to be read."""

    do_not_contact: bool = False  # contact may put the person in danger: arrange it with the practice
    no_telephone: bool = False
    interpreter: bool = False
    preferred_contact: str | None = None
    contact_times: str | None = None
    communication: tuple[str, ...] = ()  # sign language, large print, ...
    safeguarding: tuple[str, ...] = ()
    risks: tuple[str, ...] = ()  # also what nobody could tell the kind of
    adjustments: tuple[str, ...] = ()  # reasonable adjustments beyond the access needs that services list
    notes: tuple[str, ...] = ()  # what else was flagged, each with its kind
    sensitive: bool = False

    def for_team(self) -> tuple[str, ...]:
        """Return the sentences for link workers, the gravest first."""
        grave = list(self.before_contact())
        grave += [f"Safeguarding: {words}" for words in self.safeguarding]
        grave += [f"Risk: {words}" for words in self.risks]
        if self.sensitive:
            grave.append("Some of this record is labelled sensitive.")
        return (*grave, *self._contact(), *(f"{words}." for words in self.notes))

    def before_contact(self) -> tuple[str, ...]:
        """Return what the team must do before any contact."""
        if not self.do_not_contact:
            return ()
        return ("Do not contact the person directly: it may put them in danger. Ring whoever asked first.",)

    def for_provider(self) -> tuple[str, ...]:
        """Return what a provider must know to make contact and to help; the other flags are the team's to tell."""
        if self.do_not_contact:
            return (
                worded("Do not contact the person yourself: the link worker team arranges it."),
                *self._safely(),
            )
        return self._safely()

    def _safely(self) -> tuple[str, ...]:
        told = [words.removeprefix(CONTACT) for words in self.notes if words.startswith(CONTACT)]
        return (*self._contact(), *(worded("For safe contact: %(words)s.", words=words) for words in told))

    def _contact(self) -> tuple[str, ...]:
        said = []
        if self.no_telephone:
            said.append(worded("Do not telephone."))
        if self.preferred_contact:
            said.append(worded("Prefers: %(how)s.", how=self.preferred_contact))
        if self.contact_times:
            said.append(worded("When: %(when)s.", when=self.contact_times))
        if self.interpreter:
            said.append(worded("Needs an interpreter."))
        said += [worded("Needs: %(words)s.", words=words) for words in self.communication]
        return (
            *said,
            *(worded("Reasonable adjustment: %(words)s.", words=words) for words in self.adjustments),
        )


NONE = Cautions()


def joined(told: Iterable[Cautions]) -> Cautions:
    """Return all that was told of one person by several requesters: whatever one of them warns of holds."""
    known = tuple(told)
    merged: dict[str, Any] = {}
    for each in fields(Cautions):
        values = [getattr(one, each.name) for one in known]
        if isinstance(each.default, tuple):
            merged[each.name] = tuple(dict.fromkeys(words for value in values for words in value))
        elif isinstance(each.default, bool):
            merged[each.name] = any(values)
        else:
            merged[each.name] = "; ".join(dict.fromkeys(filter(None, values))) or None
    return Cautions(**merged)
