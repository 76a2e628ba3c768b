"""What organisations are written about their entries: short, in plain words, each thing with its own link."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

# name of the service, how it stands or None, its link
Line = tuple[str, str | None, str]


@dataclass(frozen=True, slots=True)
class Letter:
    """An e-mail before it is addressed."""

    purpose: str
    subject: str
    lines: tuple[str, ...]


def first_letter(organisation: str, asked: Sequence[Line], help_phone: str | None, *, source: str) -> Letter:
    """Return the question whether entries are right, to somebody who stands here by an import and never heard of it."""
    one = len(asked) == 1
    what = "your entry" if one else f"your {len(asked)} entries"
    ring = f"ring us on {help_phone}" if help_phone else "ring us"
    lines = [
        *_greeting(organisation),
        f"Link workers, who find help for people, have a directory. {what[0].upper()}{what[1:]} came into it from "
        f'another list: "{source}". You did not ask for that, so we ask you.',
        f"Please look whether {'it is' if one else 'they are'} right. Is something wrong, or would you rather not "
        f"stand there at all? Write so on the same page, or {ring}: then we change "
        f"{'it or take it' if one else 'them or take them'} away. It takes a minute and you need no password:",
        *_listed(asked),
        *_farewell(help_phone),
    ]
    return Letter("still-right", "You are in our directory: is it right?", tuple(lines))


def still_right_letter(organisation: str, asked: Sequence[Line], help_phone: str | None) -> Letter:
    """Return the question whether entries are still right."""
    one = len(asked) == 1
    what = "your entry" if one else f"your {len(asked)} entries"
    lines = [
        *_greeting(organisation),
        f"Link workers find help for people in our directory. Nobody has told us for six months that {what} "
        f"{'is' if one else 'are'} still right.",
        "Please look, and say yes or no. It takes a minute and you need no password:",
        *_listed(asked),
        *_farewell(help_phone),
    ]
    return Letter("still-right", f"Is {what} in the directory still right?", tuple(lines))


def dial_letter(organisation: str, asked: Sequence[Line], help_phone: str | None) -> Letter:
    """Return the question how services stand today."""
    lines = [
        *_greeting(organisation),
        "Do you have places just now? Tell us with one tap, so that you are asked only for people whom you can take. "
        "You need no password:",
        *_listed(asked),
        *_farewell(help_phone),
    ]
    return Letter("dial", "Do you have places just now?", tuple(lines))


def _greeting(organisation: str) -> tuple[str, ...]:
    return f"Hello {organisation},", ""


def _listed(asked: Sequence[Line]) -> list[str]:
    lines: list[str] = []
    for name, standing, link in asked:
        lines += ["", name if standing is None else f"{name}. Now: {standing[0].lower()}{standing[1:]}", link]
    return lines


def _farewell(help_phone: str | None) -> tuple[str, ...]:
    ring = f"Or ring us on {help_phone}: we do it for you." if help_phone else "Or ring us: we do it for you."
    return (
        "",
        ring,
        "",
        "Each link is yours alone: whoever has it can answer for you. Do not pass this e-mail on.",
    )
