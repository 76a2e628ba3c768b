"""Whether a telephone number and an e-mail address can be what they are taken for, however people write them."""

from __future__ import annotations

import re

PHONE_SENTENCE = "Enter one telephone number of 5 to 15 digits, such as 07700 900000."
EMAIL_SENTENCE = "Enter an e-mail address such as ada@example.org."
_PHONE = re.compile(r"\+?[0-9()\s./-]+(?:\s*(?:x|ext\.?|extension)\s*[0-9]{1,6})?", re.IGNORECASE | re.ASCII)
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
_FEWEST, _MOST = 5, 15  # digits: a short local number, and the longest of ITU-T E.164


def is_phone(text: str) -> bool:
    """Tell whether somebody could dial this: digits and what stands between them, perhaps an extension."""
    number = re.split("x|ext", text, maxsplit=1, flags=re.IGNORECASE)[0]
    digits = sum(sign in "0123456789" for sign in number)
    return _PHONE.fullmatch(text.strip()) is not None and _FEWEST <= digits <= _MOST


def is_email(text: str) -> bool:
    """Tell whether this has the shape of an e-mail address."""
    return _EMAIL.fullmatch(text.strip()) is not None
