"""Keyed prints of a person's names, by which the anonymiser finds a name within a code, and is never told the name."""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata
from collections.abc import Iterable

NAME_PRINTS, NAME_KEY = "name_prints", "name_key"
KEY_BYTES = 32
_LETTERS = 3  # 12 bits: of all names very many have one print, so that a print tells nobody's
_MOST = 40  # as the other side bounds them


def prints_of(names: Iterable[str], key: bytes) -> str:
    """Return the prints of every word of some names, sorted, between spaces; `key` is of one extract."""
    words = {word for name in names for word in _words(name)}
    made = {hmac.new(key, word.encode(), hashlib.sha256).hexdigest()[:_LETTERS] for word in words}
    return " ".join(sorted(made)[:_MOST])


def _words(name: str) -> list[str]:
    """Return the words of two letters or more, small, without accents and apostrophes, as the other side parts them."""
    plain = unicodedata.normalize("NFKC", name).lower()
    seen = "".join(
        letter for letter in plain if unicodedata.category(letter) != "Cf" and letter not in "'\u2019"
    )
    bare = "".join(
        letter for letter in unicodedata.normalize("NFKD", seen) if not unicodedata.combining(letter)
    )
    return [word for word in re.split(r"[^a-z]+", bare) if len(word) > 1]
