"""Tells what an organisation of another directory is in law, from its registers, its legal status and its name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from app.domain.directory_words import LegalForm
from app.domain.feed import Values
from app.services.feeds.feed_words import items, text

# What a legal status or the end of a name leaves no doubt about, the narrowest first: a CIC is a company too.
_WORDS: Final = (
    (re.compile(r"community interest compan|\bc\.?i\.?c\b"), LegalForm.CIC),
    (re.compile(r"charitable incorporated organi|\bs?cio\b"), LegalForm.CIO),
    (re.compile(r"co-?operative|community benefit society|industrial and provident"), LegalForm.COOPERATIVE),
)
_STATUS: Final = (
    *_WORDS,
    (re.compile(r"charit"), LegalForm.CHARITY),
    (re.compile(r"social enterprise"), LegalForm.SOCIAL_ENTERPRISE),
    (re.compile(r"unincorporated|unconstituted|informal"), LegalForm.UNCONSTITUTED),
    (re.compile(r"statutory|public body|local authority|local government|\bnhs\b"), LegalForm.STATUTORY),
    (re.compile(r"faith|church|mosque|temple|synagogue|gurdwara"), LegalForm.FAITH_GROUP),
    (re.compile(r"tenants.? and residents|residents.? association"), LegalForm.TENANTS_ASSOCIATION),
    (re.compile(r"\bcompany\b|\bltd\b|\blimited\b|private"), LegalForm.COMPANY),
)
# Registers of org-id.guide, the one that says most first: a charity may be a company too.
_REGISTERS: Final = {
    "GB-CHC": LegalForm.CHARITY,
    "GB-SC": LegalForm.CHARITY,
    "GB-NIC": LegalForm.CHARITY,
    "GB-MPR": LegalForm.COOPERATIVE,
    "GB-LAE": LegalForm.STATUTORY,
    "GB-LAS": LegalForm.STATUTORY,
    "GB-NHS": LegalForm.STATUTORY,
    "GB-GOR": LegalForm.STATUTORY,
    "GB-COH": LegalForm.COMPANY,
}


def legal_form(told: Mapping[str, Any]) -> Values:
    """Return {"legal_form": ...} where the source leaves no doubt, else nothing: then what is known stays."""
    form = (
        _worded(text(told, "name"), _WORDS)
        or _worded(text(told, "legal_status"), _STATUS)
        or _registered(told)
    )
    return {} if form is None else {"legal_form": form.value}


def _worded(words: str, known: tuple[tuple[re.Pattern[str], LegalForm], ...]) -> LegalForm | None:
    plain = words.lower()
    return next((form for pattern, form in known if pattern.search(plain)), None)


def _registered(told: Mapping[str, Any]) -> LegalForm | None:
    held = {
        text(each, "identifier_scheme").upper()
        for each in items(told, "organization_identifiers")
        if text(each, "identifier")
    }
    return next((form for scheme, form in _REGISTERS.items() if scheme in held), None)
