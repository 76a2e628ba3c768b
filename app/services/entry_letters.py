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
