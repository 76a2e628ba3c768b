"""Which public keys a system may sign with: kinds, lengths, names; a private key is never taken."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, RSAKey, import_key

from app.domain.errors import FieldProblem

# The NHS's APIs sign by RS512; SMART backend services must offer RS384 and ES384; ES256 is what clouds' key stores do.
ALGORITHMS: Final = ("RS512", "RS384", "RS256", "ES256", "ES384")
SHORTEST_RSA: Final = 2048  # bits; NIST SP 800-131A
CURVES: Final = ("P-256", "P-384")
MOST_KEYS: Final = 20
_SECRET: Final = ("d", "k", "p", "q", "dp", "dq", "qi", "oth")

Json = dict[str, Any]


def usable_keys(jwks: Json) -> KeySet:
    """Return the keys of a set that may verify a signature; what is of another kind is left out, not refused."""
    found = [_imported(each) for each in _listed(jwks) if not list(_faults(each))]
    return KeySet([key for key in found if key is not None])


def key_problems(jwks: Any) -> list[FieldProblem]:
    """Return what is wrong with a set that is to be registered, key by key; nothing of a key is repeated."""
    listed = _listed(jwks)
    if not listed or len(listed) > MOST_KEYS:
        sentence = f'Give a JSON Web Key Set with 1 to {MOST_KEYS} public keys: {{"keys": [...]}}.'
        return [FieldProblem("jwks", sentence)]
    problems = [
        FieldProblem(f"jwks.keys[{number}]", f"Key {number + 1} of the set {fault}")
        for number, each in enumerate(listed)
        for fault in _faults(each)
    ]
    names = [each.get("kid") for each in listed if isinstance(each, dict)]
    if len({str(name) for name in names}) != len(names):
        problems.append(FieldProblem("jwks", "Give each key a kid of its own: one is there twice."))
    return problems


def merged(jwks: Json, newer: Json) -> Json:
    """Return both sets in one; a key of `newer` takes the place of the one with its kid."""
    names = {each["kid"] for each in newer["keys"]}
    return {
        "keys": [*(each for each in jwks.get("keys", []) if each.get("kid") not in names), *newer["keys"]]
    }


def has_key(jwks: Json, kid: str) -> bool:
    """Tell whether a set has a key of this name."""
    return any(isinstance(each, dict) and each.get("kid") == kid for each in _listed(jwks))


def _listed(jwks: Any) -> list[Any]:
    keys = jwks.get("keys") if isinstance(jwks, dict) else None
    return keys if isinstance(keys, list) else []


def _faults(key: Any) -> Iterator[str]:
    if not isinstance(key, dict):
        yield "is no JSON Web Key."
        return
    if any(name in key for name in _SECRET):
        yield "is private: give its public half only, of a new pair, since this one has been shown."
        return
    if not isinstance(key.get("kid"), str) or not key["kid"]:
        yield "has no kid: give it a name, which each assertion's header then repeats."
    imported = _imported(key)
    if imported is None:
        yield f"must be of kty RSA, or EC on {' or '.join(CURVES)}, and whole."
    elif isinstance(imported, RSAKey) and imported.public_key.key_size < SHORTEST_RSA:
        yield f"is too short: an RSA key needs {SHORTEST_RSA} bits or more."
    if key.get("use", "sig") != "sig" or "verify" not in key.get("key_ops", ["verify"]):
        yield "is not for signatures: leave use and key_ops out, or say sig and verify."
    if key.get("alg", ALGORITHMS[0]) not in ALGORITHMS:
        yield f"names another alg than {', '.join(ALGORITHMS)}."


def _imported(key: Any) -> RSAKey | ECKey | None:
    try:
        found = import_key(key)
        if isinstance(found, RSAKey):
            return found if found.public_key.key_size else None
        return found if isinstance(found, ECKey) and found.curve_name in CURVES else None
    except (JoseError, ValueError, TypeError, KeyError, AttributeError):
        return None
