"""Says whether two written names may be one person's, so that nobody asks under another spelling and approves."""

import unicodedata

_TITLES = frozenset(("mr", "mrs", "ms", "miss", "mx", "dr", "prof", "sir", "dame", "rev"))


def may_be_one(one: str, other: str) -> bool:
    """Say whether one name has every word of the other, without case, accents, titles and signs.

    "dr anna", "Anna Dr." and "ANNA Smith" may be "Dr Anna Smith"; a name without a word may be anybody's.
    """
    first, second = _words(one), _words(other)
    return first <= second or second <= first


def is_a_name(text: str) -> bool:
    """Say whether there is a word in it, titles apart, and no word mixes alphabets to look like another."""
    return bool(_words(text)) and all(len(_alphabets(word)) < 2 for word in _folded(text).split())


def _words(text: str) -> frozenset[str]:
    return frozenset(_folded(text).split()) - _TITLES


def _folded(text: str) -> str:
    letters = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    # What is not seen does not part a word; every other sign does, but an apostrophe.
    return "".join(
        letter if letter.isalnum() else " "
        for letter in letters
        if unicodedata.category(letter) not in ("Mn", "Cf") and letter not in "'’"
    )


def _alphabets(word: str) -> set[str]:
    return {unicodedata.name(letter, "?").split()[0] for letter in word if letter.isalpha()}
