"""What a provider's tokens must say before they are believed: an ID token at sign-in, a logout token at any time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Protocol

from authlib.oidc.core import CodeIDToken
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jws import JWSRegistry

from app.services.systems.key_sets import ALGORITHMS, usable_keys

LEEWAY: Final = timedelta(seconds=60)  # by which two clocks may differ
LOGOUT_AGE: Final = timedelta(minutes=5)  # how old a logout token may be: they are sent at once
_LONGEST_ID: Final = 255  # characters of a subject, by the specification
_LOGOUT: Final = "http://schemas.openid.net/event/backchannel-logout"
_TYPES: Final = {"id": (None, "jwt"), "logout": (None, "jwt", "logout+jwt")}

Json = dict[str, Any]


class Provider(Protocol):
    """What has to be known of a provider to believe it."""

    @property
    def issuer(self) -> str:
        """Its own name, to the letter."""

    @property
    def client_id(self) -> str:
        """Ours with it."""

    @property
    def must_say(self) -> Mapping[str, tuple[str, ...]]:
        """Claim -> values, one of which it must have."""

    @property
    def second_step_by(self) -> Mapping[str, tuple[str, ...]]:
        """Claim -> values that stand for two steps."""

    @property
    def tells(self) -> tuple[str, ...]:
        """Claims that are handed on beside who it is."""

    @property
    def max_age(self) -> int | None:
        """Seconds since somebody showed there who they are."""


class Keys(Protocol):
    """How a provider's keys are found."""

    def __call__(self, kid: str) -> Json:
        """Return its key set, asked for anew when no key has this name."""


class NotBelieved(Exception):
    """A token that is not believed; `why` is a word for the log and repeats nothing of it."""

    def __init__(self, why: str):
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Shown:
    """Who was signed in at a provider: its name for them, its session, when they showed it, by how many steps."""

    issuer: str
    subject: str
    sid: str | None
    shown_at: datetime | None  # None: it did not say
    two_steps: bool
    told: Mapping[str, str] = field(default_factory=dict, repr=False)  # claims that were asked for


@dataclass(frozen=True, slots=True)
class Ended:
    """What a provider says has ended: a session of its own, all of somebody's, or both named together."""

    jti: str
    subject: str | None
    sid: str | None
    expires_at: datetime


def read_id_token(
    provider: Provider,
    keys: Keys,
    tokens: Json,
    *,
    nonce: str,
    now: datetime,
    max_age: timedelta | None = None,
) -> Shown:
    """Return who the tokens of a code are about; `max_age` is asked beside the provider's own. Raises NotBelieved."""
    header, claims = _opened(tokens.get("id_token"), keys, "id")
    told = {"nonce": nonce, "client_id": provider.client_id, "access_token": tokens.get("access_token")}
    options = {
        "iss": {"essential": True, "value": provider.issuer},
        "aud": {"essential": True, "value": provider.client_id},
    }
    try:
        token = CodeIDToken(claims, header, options, told)
        token.validate(now=int(now.timestamp()), leeway=int(LEEWAY.total_seconds()))
    except (JoseError, ValueError, TypeError, AttributeError) as fault:
        raise NotBelieved(f"id token: {getattr(fault, 'claim', None) or type(fault).__name__}") from None
    for claim, values in provider.must_say.items():
        if not _says(claims, claim, values):
            raise NotBelieved(f"id token: {claim}")
    shown_at = _moment(claims.get("auth_time"))
    _check_age(shown_at, now, _least(provider.max_age, max_age))
    two_steps = any(_says(claims, claim, values) for claim, values in provider.second_step_by.items())
    subject = _text(claims, "sub")
    if subject is None:
        raise NotBelieved("id token: sub")
    beside = _texts(claims, provider.tells)
    return Shown(provider.issuer, subject, _text(claims, "sid"), shown_at, two_steps, beside)


def read_logout_token(provider: Provider, keys: Keys, token: str, *, now: datetime) -> Ended:
    """Return what has ended, by OpenID Connect Back-Channel Logout 1.0. Raises NotBelieved; use it up by its `jti`."""
    _, claims = _opened(token, keys, "logout")
    issued, expires = _moment(claims.get("iat")), _moment(claims.get("exp"))
    events, audience = claims.get("events"), claims.get("aud")
    jti, subject, sid = (_text(claims, name) for name in ("jti", "sub", "sid"))
    is_new = issued is not None and now - LOGOUT_AGE - LEEWAY < issued < now + LEEWAY
    wrong = {
        "iss": claims.get("iss") != provider.issuer,
        "aud": provider.client_id not in (audience if isinstance(audience, list) else [audience]),
        "iat": not is_new,
        "exp": "exp" in claims and (expires is None or expires <= now - LEEWAY),
        "jti": jti is None,
        "events": not isinstance(events, dict) or not isinstance(events.get(_LOGOUT), dict),
        "nonce": "nonce" in claims,
        "sub": subject is None and sid is None,
        "sid": any(name in claims and not value for name, value in (("sub", subject), ("sid", sid))),
    }
    found = next((claim for claim, is_wrong in wrong.items() if is_wrong), None)
    if found is not None or jti is None:
        raise NotBelieved(f"logout token: {found}")
    return Ended(jti, subject, sid, now + LOGOUT_AGE + 2 * LEEWAY)


def _opened(token: object, keys: Keys, kind: str) -> tuple[Json, Json]:
    """Return header and claims of a token whose signature is good, by a key of the provider's that `kid` names."""
    if not isinstance(token, str) or not token.isascii():
        raise NotBelieved(f"{kind} token: none")
    try:
        header = jws.extract_compact(token.encode()).headers()
        typ = header.get("typ")
        if (typ.lower() if typ else None) not in _TYPES[kind] or "crit" in header:
            raise NotBelieved(f"{kind} token: header")
        if header.get("alg") not in ALGORITHMS:  # asked for no key: none, and what a secret signs
            raise NotBelieved(f"{kind} token: alg")
        kid = header.get("kid")
        found = usable_keys(keys(kid if isinstance(kid, str) else ""))
        registry = JWSRegistry(algorithms=list(ALGORITHMS), strict_check_header=False)
        opened = jwt.decode(token, found, registry=registry)
    except (JoseError, ValueError, TypeError, LookupError, AttributeError, RecursionError):
        raise NotBelieved(f"{kind} token: signature") from None
    return dict(header), dict(opened.claims)


def _check_age(shown_at: datetime | None, now: datetime, longest: timedelta | None) -> None:
    if shown_at is not None and shown_at > now + LEEWAY:
        raise NotBelieved("id token: auth_time")
    if longest is not None and (shown_at is None or now - shown_at > longest + LEEWAY):
        raise NotBelieved("id token: auth_time is too old")


def _least(seconds: int | None, asked: timedelta | None) -> timedelta | None:
    told = None if seconds is None else timedelta(seconds=seconds)
    return min((each for each in (told, asked) if each is not None), default=None)


def _says(claims: Json, claim: str, values: tuple[str, ...]) -> bool:
    told = claims.get(claim)
    return any(each in values for each in (told if isinstance(told, list) else [told]))


def _text(claims: Json, name: str) -> str | None:
    told = claims.get(name)
    return told if isinstance(told, str) and 0 < len(told) <= _LONGEST_ID and "\x00" not in told else None


def _texts(claims: Json, names: tuple[str, ...]) -> dict[str, str]:
    """Return the claims of these names that are texts."""
    found: dict[str, str] = {}
    for name in names:
        text = _text(claims, name)
        if text is not None:
            found[name] = text
    return found


def _moment(told: object) -> datetime | None:
    if isinstance(told, bool) or not isinstance(told, int | float):
        return None
    try:
        return datetime.fromtimestamp(told, UTC)
    except (ValueError, OverflowError, OSError):
        return None
