"""Who signs people in for us (NHS CIS2, NHS login, an organisation's own): told as data, one file for all of them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from app.clients.transport import is_safe

ALGORITHMS: Final = ("RS512", "RS384", "RS256", "ES256", "ES384")
_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,30}")
_KNOWN: Final = frozenset(
    ("name", "title", "issuer", "client_id", "client_secret_file", "private_key_file", "key_id", "token_alg")
) | {"scopes", "asks", "must_say", "second_step_by", "max_age", "also_at", "who", "proved_by", "claims"}
STAFF, RESIDENTS = "staff", "residents"
# What NHS login says of somebody, by its interface specification (4.2, ID token).
_PROVED_BY: Final = {"identity_proofing_level": ["P9"]}
_CLAIMS: Final = {"nhs_number": "nhs_number", "birth_date": "birthdate"}
# What we decide at each sign-in is not the file's to say.
_OURS: Final = frozenset(
    ("client_id", "response_type", "redirect_uri", "scope", "state", "nonce", "code_challenge")
) | {"code_challenge_method", "code_verifier", "max_age", "prompt", "response_mode", "request", "request_uri"}

Json = dict[str, Any]


class OpenIdAccountProblem(Exception):
    """The file cannot be used; `sentences` say why, and repeat no secret."""

    def __init__(self, sentences: list[str]):
        super().__init__("\n".join(sentences))
        self.sentences = sentences


@dataclass(frozen=True)
class OpenIdAccount:
    """One provider and our account with it; secrets are left out of the printed form."""

    name: str  # in our addresses
    title: str  # on our pages
    issuer: str
    client_id: str
    secret: str | None = field(default=None, repr=False)
    key: RSAKey | ECKey | None = field(default=None, repr=False)  # for private_key_jwt
    key_id: str | None = None
    token_alg: str = "RS512"  # noqa: S105 - an algorithm; what the NHS's APIs sign by
    scopes: tuple[str, ...] = ("openid",)
    asks: Mapping[str, str] = field(default_factory=dict)  # more of the question: acr_values, vtr, ui_locales
    must_say: Mapping[str, tuple[str, ...]] = field(
        default_factory=dict
    )  # claim -> values one of which it must have
    second_step_by: Mapping[str, tuple[str, ...]] = field(
        default_factory=dict
    )  # claim -> values that are two steps
    max_age: int | None = None  # seconds since they showed there who they are; None: whatever it was
    also_at: tuple[str, ...] = ()  # further origins that its addresses may be at
    for_residents: bool = False  # whom it signs in: people to their own page, or staff to their account
    proved_by: Mapping[str, tuple[str, ...]] = field(
        default_factory=dict
    )  # of residents: claim -> values that stand for an identity which somebody has looked at
    claims: Mapping[str, str] = field(default_factory=dict)  # of residents: our word -> the claim's name

    @property
    def origins(self) -> frozenset[str]:
        """Where we may be led, and may ask: the issuer's origin, and those that were told beside it."""
        return frozenset(map(origin, (self.issuer, *self.also_at)))

    @property
    def tells(self) -> tuple[str, ...]:
        """The claims that are read beside who it is: of staff none."""
        return (*self.proved_by, *self.claims.values())


def origin(url: str) -> str:
    """Return "https://host:port" of an address, "" when it has none."""
    try:
        parts = urlsplit(url)
        port = parts.port or {"https": 443, "http": 80}.get(parts.scheme, 0)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.hostname}:{port}" if parts.hostname and port else ""


def read_providers(environ: Mapping[str, str], problems: list[str]) -> tuple[OpenIdAccount, ...]:
    """Read the file that the settings name, none without one; what is wrong with it is added to `problems`."""
    path = environ.get("OPENID_PROVIDERS_FILE", "").strip()
    try:
        return read_accounts(Path(path)) if path else ()
    except OpenIdAccountProblem as fault:
        problems += [f"OPENID_PROVIDERS_FILE: {each}" for each in fault.sentences]
        return ()


def read_accounts(path: Path) -> tuple[OpenIdAccount, ...]:
    """Read the file of providers; raises OpenIdAccountProblem with everything that is wrong in it at once."""
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        listed = [each for each in told["providers"] if isinstance(each, dict)]
    except (OSError, ValueError, LookupError, TypeError):
        raise OpenIdAccountProblem(['It cannot be read: {"providers": [{...}, ...]}.']) from None
    problems: list[str] = []
    accounts = [_account(each, path.parent, problems) for each in listed]
    names = [each.get("name") for each in listed]
    if len(set(map(str, names))) != len(names):
        problems.append("Two providers have one name.")
    if problems:
        raise OpenIdAccountProblem(problems)
    return tuple(each for each in accounts if each is not None)


def _account(told: Json, folder: Path, problems: list[str]) -> OpenIdAccount | None:
    name = str(told.get("name", ""))
    found = [*_faults(told)]
    secret, key = _secret(told, folder, found)
    if found:
        problems += [f"{name or 'A provider'}: {each}" for each in found]
        return None
    return OpenIdAccount(
        name=name,
        title=str(told["title"]),
        issuer=str(told["issuer"]),
        client_id=str(told["client_id"]),
        secret=secret,
        key=key,
        key_id=told.get("key_id"),
        token_alg=told.get("token_alg", ALGORITHMS[0]),
        scopes=tuple(told.get("scopes", ("openid",))),
        asks=dict(told.get("asks", {})),
        must_say=_values(told.get("must_say", {})),
        second_step_by=_values(told.get("second_step_by", {})),
        max_age=told.get("max_age"),
        also_at=tuple(told.get("also_at", ())),
        **_of_residents(told),
    )


def _of_residents(told: Json) -> Json:
    """What is said beside of a provider that signs people in to their own page; nothing of one for staff."""
    if told.get("who") != RESIDENTS:
        return {}
    proved_by = _values(told.get("proved_by", _PROVED_BY))
    return {"for_residents": True, "proved_by": proved_by, "claims": _CLAIMS | told.get("claims", {})}


def _faults(told: Json) -> list[str]:
    scopes, asks, max_age = told.get("scopes", ["openid"]), told.get("asks", {}), told.get("max_age")
    addresses = [told.get("issuer"), *_listed(told.get("also_at", []))]
    wrong = {
        "it has words that nobody knows here.": not _KNOWN.issuperset(told),
        "its name must be of small letters, digits and hyphens.": not _NAME.fullmatch(
            str(told.get("name", ""))
        ),
        "title and client_id are needed.": not (
            _is_text(told.get("title")) and _is_text(told.get("client_id"))
        ),
        "issuer and also_at must be https addresses.": not all(_is_address(each) for each in addresses),
        "scopes must be a list of texts with openid.": not _are_texts(scopes) or "openid" not in scopes,
        "asks must be texts by name, and none that we decide.": not isinstance(asks, dict)
        or not _are_texts(list(asks.values()))
        or bool(_OURS & set(asks)),
        "must_say and second_step_by must be lists of texts by claim.": not all(
            _are_lists(told.get(each, {})) for each in ("must_say", "second_step_by")
        ),
        "max_age must be a whole number of seconds.": max_age is not None
        and (type(max_age) is not int or max_age < 1),
        f"who must be {STAFF} or {RESIDENTS}.": told.get("who", STAFF) not in (STAFF, RESIDENTS),
        "proved_by and claims are of residents: lists of texts by claim, and names of claims for "
        "nhs_number and birth_date.": _are_wrong_for_residents(told),
        f"token_alg must be one of {', '.join(ALGORITHMS)}.": told.get("token_alg", ALGORITHMS[0])
        not in ALGORITHMS,
    }
    return [sentence for sentence, is_wrong in wrong.items() if is_wrong]


def _are_wrong_for_residents(told: Json) -> bool:
    proved_by, claims = told.get("proved_by", _PROVED_BY), told.get("claims", {})
    if told.get("who") != RESIDENTS:
        return "proved_by" in told or "claims" in told
    named = isinstance(claims, dict) and _are_texts(list(claims.values())) and set(claims) <= set(_CLAIMS)
    return not (named and _are_lists(proved_by) and proved_by)


def _secret(told: Json, folder: Path, found: list[str]) -> tuple[str | None, RSAKey | ECKey | None]:
    """Read what we show the provider that it is us by: exactly one of a shared secret and a private key."""
    named = [each for each in ("client_secret_file", "private_key_file") if _is_text(told.get(each))]
    if len(named) != 1:
        found.append("give client_secret_file or private_key_file, not both.")
        return None, None
    try:
        text = (folder / told[named[0]]).read_text(encoding="utf-8").strip()
        if named[0] == "client_secret_file":
            return text or None, None
        kind = ECKey if told.get("token_alg", ALGORITHMS[0]).startswith("ES") else RSAKey
        key = kind.import_key(json.loads(text) if text.startswith("{") else text)
        if not key.is_private:
            raise ValueError
    except (OSError, ValueError, TypeError, KeyError, AttributeError, JoseError):
        found.append(f"{named[0]} cannot be used.")
        return None, None
    return None, key


def _is_address(url: object) -> bool:
    return _is_text(url) and is_safe(str(url)) and bool(origin(str(url))) and "?" not in str(url)


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _are_texts(values: object) -> bool:
    return isinstance(values, list) and all(_is_text(each) for each in values)


def _are_lists(told: object) -> bool:
    return isinstance(told, dict) and all(_are_texts(each) and each for each in told.values())


def _listed(told: object) -> list[object]:
    return told if isinstance(told, list) else [told]


def _values(told: Json) -> dict[str, tuple[str, ...]]:
    return {claim: tuple(values) for claim, values in told.items()}
