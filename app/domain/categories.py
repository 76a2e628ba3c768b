"""Which of our needs the categories of other directories mean: as a person said, or as a name that leaves no doubt."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from app.domain.category_words import CATEGORY_NAMES, NONE_OF_OURS, SEVERAL
from app.domain.directory import Term
from app.domain.openreferral import NEEDS
from app.domain.vocabulary import NEED_WORDS, Need

NONE_KNOWN: Final = [Need.OTHER.value]  # of a service whose categories say nothing
_FILLING: Final = {"and", "of", "the", "for", "s", "service", "scheme", "provision"}


@dataclass(frozen=True, slots=True)
class Category:
    """A category with what it means: None as long as nobody knows, empty when it is none of ours.

    `said` tells that a person decided it; `services` run under it, `waiting` of them under something else alone.
    """

    term: Term
    needs: tuple[str, ...] | None
    said: bool
    services: int
    waiting: int


def _plain(name: str) -> str:
    """A name without case, signs, filling words and plurals: "Lunch Clubs" and "lunch club" are one."""
    words = re.findall(r"[a-z0-9]+", name.casefold().replace("&", " and "))
    kept = [word for word in words if word not in _FILLING and _single(word) not in _FILLING] or words
    return " ".join(_single(word) for word in kept)


def _single(word: str) -> str:
    if len(word) > 4 and word.endswith("ies"):
        return f"{word[:-3]}y"
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def _by_name() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {_plain(name): () for name in NONE_OF_OURS}
    for need, words in NEED_WORDS.items():
        for name in (words, need.value, *CATEGORY_NAMES.get(need, ())):
            found.setdefault(_plain(name), (need.value,))
    return found | {_plain(name): tuple(need.value for need in needs) for name, needs in SEVERAL.items()}


_BY_NAME: Final = _by_name()


def meaning(term: Term, known: Mapping[str, Term]) -> tuple[str, ...] | None:
    """Return the needs that a category means: as was said of it, else by its name; None when neither tells."""
    kept = known.get(term.key, term)
    if kept.needs is not None:
        return kept.needs
    if term.taxonomy == NEEDS:
        return (term.code,) if term.code in set(Need) else None
    return _BY_NAME.get(_plain(term.name))


def needs_of(terms: Iterable[Term], known: Mapping[str, Term]) -> list[str]:
    """Return the needs of a service with these categories, each once; something else when they tell none."""
    met = [need for term in terms for need in meaning(term, known) or ()]
    return list(dict.fromkeys(met)) or list(NONE_KNOWN)


def needs_problem(needs: Sequence[str]) -> str | None:
    """Return what is wrong with the needs that somebody says a category means, None when it is right."""
    if set(needs) <= set(Need) - {Need.OTHER}:
        return None
    return f"Choose from: {', '.join(need for need in Need if need is not Need.OTHER)}."
