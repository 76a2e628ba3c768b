"""Finding somebody among people one may see: by number, by reference, or by a name that is spelt a little otherwise."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final

LONGEST: Final = 100
_ALIKE: Final = 0.8  # of difflib: one slip in a name of five letters
_SHORTEST_FUZZY: Final = 4  # "Ann" and "Jan" are two names, not a slip
_PLAIN: Final = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "æ": "ae", "œ": "oe", "þ": "th", "ı": "i"}
)
_REFERENCE: Final = re.compile(r"(?:BK)?([0-9A-Z]{7})")  # people leave its hyphen and its BK out


@dataclass(frozen=True, slots=True)
class Sought:
    """What somebody typed, as far as it can be understood; empty words find nobody.

    `perhaps` is the reference that the letters of a name could be too: one in eight references has no digit in it.
    """

    nhs_number: str | None = None
    reference: str | None = None
    names: tuple[str, ...] = ()
    perhaps: str | None = None


def read(typed: str) -> Sought:
    """Return what is looked for: ten digits are an NHS number, BK- and seven signs a reference, all else a name."""
    text = typed.strip()[:LONGEST]
    digits = re.sub(r"[\s-]", "", text)
    if re.fullmatch(r"[0-9]{10}", digits):
        return Sought(nhs_number=digits)
    bare = re.sub(r"[\s-]", "", text.upper())
    reference = _REFERENCE.fullmatch(bare)
    if reference and (bare.startswith("BK") or re.search("[0-9]", bare)):  # no name has a digit in it
        return Sought(reference=f"BK-{reference[1]}")
    return Sought(names=_words([text]), perhaps=f"BK-{reference[1]}" if reference else None)


def likeness(sought: Iterable[str], names: Iterable[str]) -> int:
    """Return how well each word that is sought fits some word of a name, 0 when one of them fits none.

    A whole word counts 3, its beginning 2, a slip 1, and so does a first letter beside a longer word that fits another
    word of the name: alone it would find everybody.
    """
    known = _words(names)
    left, found = set(known), list[int]()
    for word in sorted(sought, key=len, reverse=True):
        if len(word) > 1 or word in known:
            best, name = max(((_fit(word, each), each) for each in known), default=(0, ""))
        else:  # an initial
            name = next((each for each in sorted(left) if found and each.startswith(word)), "")
            best = int(bool(name))
        left.discard(name)
        found.append(best)
    return sum(found) if found and all(found) else 0


def _fit(word: str, name: str) -> int:
    if word == name:
        return 3
    if len(word) > 1 and name.startswith(word):
        return 2
    if min(len(word), len(name)) < _SHORTEST_FUZZY:
        return 0
    is_slip = SequenceMatcher(None, word, name).ratio() >= _ALIKE or _is_one_letter_off(word, name)
    return int(is_slip)


def _is_one_letter_off(word: str, name: str) -> bool:
    """Whether, after the same first letter, one letter is another or two neighbours stand the wrong way round."""
    if len(word) != len(name) or word[0] != name[0]:
        return False
    off = [at for at, (one, other) in enumerate(zip(word, name, strict=True)) if one != other]
    if len(off) == 1:
        return True
    first, last = off[0], off[-1]
    return len(off) == last - first + 1 == 2 and (word[first], word[last]) == (name[last], name[first])


def _words(names: Iterable[str]) -> tuple[str, ...]:
    """Return the words of some names, small, without accents and apostrophes; letters of every script are kept."""
    apart = unicodedata.normalize("NFKD", " ".join(names)).casefold().translate(_PLAIN)
    bare = "".join(
        letter for letter in apart if not unicodedata.combining(letter) and letter not in "'\u2019\u02bc"
    )
    return tuple(re.findall(r"[^\W\d_]+", bare))
