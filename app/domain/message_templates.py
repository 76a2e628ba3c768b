"""What goes out in fixed words, to people and organisations: what each template may hold, and what none may say."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from app.domain.errors import FieldProblem


class Channel(StrEnum):
    """How a message travels."""

    TEXT = "text"
    EMAIL = "email"
    LETTER = "letter"


class Audience(StrEnum):
    """To whom a template is written: a person who is referred, or an organisation and its staff."""

    PERSON = "person"
    ORGANISATION = "organisation"


CHANNEL_WORDS: Final = {
    Channel.TEXT: "Text message",
    Channel.EMAIL: "E-mail",
    Channel.LETTER: "Letter",
}
AUDIENCE_WORDS: Final = {
    Audience.PERSON: "A person who is referred",
    Audience.ORGANISATION: "An organisation or its staff",
}
# The closed list of what a template may hold; nothing here tells who is referred, or why.
PLACEHOLDERS: Final[Mapping[str, str]] = {
    "link": "a link that asks who it is before it opens",
    "phone": "the number to ring; a sentence that holds it is left out where there is none",
    "code": "a code of six digits",
    "date": "a day, as 12 March 2026",
    "ref": "the referral's reference, as BK-7F3K9QP",
    "team": "the name of the link worker team",
    "total": "how many referrals",
    "waiting": "how many of them wait",
}
# A team's name may hold a word of health, and a reference means nothing to the person: neither goes to them.
MAY_HOLD: Final[Mapping[Audience, frozenset[str]]] = {
    Audience.PERSON: frozenset({"link", "phone", "code", "date"}),
    Audience.ORGANISATION: frozenset(PLACEHOLDERS),
}
MAY_BE_MISSING: Final = frozenset({"phone"})
EXAMPLES: Final[Mapping[str, str]] = {
    "link": "https://your.backstitch/my/c-" + "x" * 43,
    "phone": "020 7946 0001",
    "code": "482913",
    "date": "12 March 2026",
    "ref": "BK-7F3K9QP",
    "team": "Northside link workers",
    "total": "12",
    "waiting": "3",
}
LANGUAGES: Final = {"en": "English", "cy": "Welsh"}
LONGEST_TEXT: Final = 306  # characters with everything filled in: two parts, as networks count them
LONGEST_SUBJECT: Final = 150
_PLACEHOLDER: Final = re.compile(r"\(\(([a-z_]+)\)\)")
_OTHER_BRACKETS: Final = re.compile(r"\(\(|\)\)|\{|\}|<|>|\[|\]|%\(|%s|\$")
# The letters that a text takes without becoming twice as long and dear (GSM 03.38).
_GSM: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
# Beginnings of words that tell of health, or of why somebody is helped: a screen may be read by anybody.
_NEVER: Final = (
    "health|wellbeing|well-being|medic|clinic|hospital|nurse|doctor|surger|patient|diagnos|illness|disease|disab|"
    "depress|anxi|mental|lonel|isolat|therap|counsel|prescri|symptom|treatment|diabet|dement|autis|cancer|pregnan|"
    "alcohol|drug|addict|smok|obes|weight|suicid|self-harm|abuse|violen|bereav|grief|debt|housing|homeless|food|"
    "benefits|immigra|asylum|"
    "iechyd|lles|meddyg|ysbyty|nyrs|cleifion|claf|unig|pryder|iselder|therapi|presgrip"
)
_NEVER_AT_ALL: Final = re.compile(rf"\b(?:{_NEVER})\w*", re.IGNORECASE)
_NEVER_THEN: Final = re.compile(
    r"\b(?:nhs|gps?|practices?|referr\w*|referral\w*|link workers?|social|services?|providers?|charit\w*"
    r"|help\w*|support\w*|carers?|councils?|gig|meddygfa|atgyfeir\w*|cymorth|gwasanaeth\w*|elusen\w*)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Wording:
    """A template in one language: the subject of e-mail and letter, and the pieces of each way that it can go.

    The pieces of a text are its sentences; those of an e-mail or a letter are its lines, an empty one parts paragraphs.
    """

    subject: str
    pieces: Mapping[Channel, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Template:
    """One version of a message; `goes` says in words who gets it, and when."""

    code: str
    version: int
    name: str
    audience: Audience
    goes: str
    wordings: Mapping[str, Wording]

    @property
    def channels(self) -> tuple[Channel, ...]:
        """The ways that it has words for, in the house's order."""
        return tuple(each for each in Channel if each in self.wordings["en"].pieces)

    @property
    def holds(self) -> tuple[str, ...]:
        """What is filled in when it goes out, in the list's order."""
        found = {name for _, piece in _all_pieces(self) for name in _PLACEHOLDER.findall(piece)}
        return tuple(each for each in PLACEHOLDERS if each in found)

    @property
    def may_hold(self) -> tuple[str, ...]:
        """What could be filled in, whether it is or not."""
        return tuple(each for each in PLACEHOLDERS if each in MAY_HOLD[self.audience])

    def language_for(self, channel: Channel, preferred: str | None) -> str:
        """Return the language in which it goes out: the preferred one where it has words for that way, else English.

        `preferred` is a tag as records have it: "cy", "cy-GB", None where nothing is known.
        """
        wanted = (preferred or "").lower().partition("-")[0]
        return wanted if wanted in self.wordings and channel in self.wordings[wanted].pieces else "en"

    def filled(self, channel: Channel, values: Mapping[str, str | None], *, language: str = "en") -> Filled:
        """Return subject and lines with everything filled in; a text is one line.

        A piece that holds a telephone number is left out where there is none. Raises KeyError for a way without
        words, and for a value that is missing.
        """
        wording = self.wordings.get(language) or self.wordings["en"]
        kept = [piece for piece in wording.pieces[channel] if not _lacks(piece, values)]
        lines = [_fill(piece, values) for piece in kept]
        if channel is Channel.TEXT:
            lines = [" ".join(lines)]
        return Filled(_fill(wording.subject, values), tuple(lines))


@dataclass(frozen=True, slots=True)
class Filled:
    """A message as it goes out."""

    subject: str
    lines: tuple[str, ...] = field(repr=False)

    @property
    def text(self) -> str:
        """All of it, line by line."""
        return "\n".join(self.lines)


@dataclass(frozen=True, slots=True)
class Templates:
    """Every template known here, older versions first."""

    all: tuple[Template, ...] = ()

    def newest(self, code: str) -> Template:
        """Return the version that goes out today. Raises KeyError."""
        found = self.versions(code)
        if not found:
            raise KeyError(code)
        return found[-1]

    def versions(self, code: str) -> Sequence[Template]:
        """Return every version of one, the oldest first."""
        return sorted((each for each in self.all if each.code == code), key=lambda each: each.version)

    @property
    def codes(self) -> Sequence[str]:
        """What there is, in the order of their names."""
        return sorted({each.code for each in self.all}, key=lambda code: self.newest(code).name)


def problems_of(template: Template) -> Iterator[FieldProblem]:
    """Yield what must not go out: placeholders off the list, words of health, what is too long for its way."""
    for language, wording in template.wordings.items():
        yield from _of_the_subject(f"{language}.subject", wording.subject)
        if Channel.TEXT in wording.pieces and not set(wording.pieces[Channel.TEXT]) - {""}:
            yield FieldProblem(f"{language}.text", "A text needs words.")
        yield from _of_the_text(template, language)
    for place, piece in _all_pieces(template):
        yield from _of_a_piece(template.audience, place, piece)


def _of_the_subject(place: str, subject: str) -> Iterator[FieldProblem]:
    if not subject.strip() or len(subject) > LONGEST_SUBJECT or not subject.isprintable():
        yield FieldProblem(place, f"Give one line of at most {LONGEST_SUBJECT} characters.")


def _of_the_text(template: Template, language: str) -> Iterator[FieldProblem]:
    if Channel.TEXT not in template.wordings[language].pieces:
        return
    shown = template.filled(Channel.TEXT, _Tolerant(EXAMPLES), language=language).text
    if len(shown) > LONGEST_TEXT:
        yield FieldProblem(
            f"{language}.text",
            f"With everything filled in it has {len(shown)} characters, {LONGEST_TEXT} at most.",
        )
    odd = sorted(set(shown) - _GSM)
    if odd and language == "en":
        yield FieldProblem(
            f"{language}.text", f"Texts have no such letters: {' '.join(odd)} Write them plainly."
        )


def _of_a_piece(audience: Audience, place: str, piece: str) -> Iterator[FieldProblem]:
    for name in _PLACEHOLDER.findall(piece):
        if name not in MAY_HOLD[audience]:
            known = ", ".join(f"(({each}))" for each in PLACEHOLDERS if each in MAY_HOLD[audience])
            yield FieldProblem(place, f"(({name})) must not be filled in here. Allowed: {known}.")
    bare = _PLACEHOLDER.sub("", piece)
    if _OTHER_BRACKETS.search(bare):
        yield FieldProblem(place, "Only ((name)) is filled in: leave out every other kind of bracket.")
    found = _NEVER_AT_ALL.findall(bare)
    if audience is Audience.PERSON:
        found += _NEVER_THEN.findall(bare)
    if found:
        told = ", ".join(sorted({each.lower() for each in found}))
        yield FieldProblem(place, f"Say it without words of health, or of who helps and why: {told}.")


def _all_pieces(template: Template) -> Iterator[tuple[str, str]]:
    for language, wording in template.wordings.items():
        yield f"{language}.subject", wording.subject
        for channel, pieces in wording.pieces.items():
            for number, piece in enumerate(pieces, 1):
                yield f"{language}.{channel}.{number}", piece


def _lacks(piece: str, values: Mapping[str, str | None]) -> bool:
    return any(name in MAY_BE_MISSING and not values.get(name) for name in _PLACEHOLDER.findall(piece))


def _fill(piece: str, values: Mapping[str, str | None]) -> str:
    return _PLACEHOLDER.sub(lambda found: values[found[1]] or "", piece)


class _Tolerant(dict[str, str | None]):
    """Examples for what is known; what is off the list is told elsewhere, and shown as it stands."""

    def __missing__(self, name: str) -> str:
        return f"(({name}))"
