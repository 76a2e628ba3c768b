"""The sign-ins that a demonstration offers: ordinary ones, whose password its page may say; never anywhere else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from app.domain.vocabulary import Role
from app.services.signing_in import staff_demo
from app.web.frame import guard

_LOCAL = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True)
class DemoSignIn:
    """Somebody to try the demonstration as; signing in goes the usual way, with this password."""

    username: str
    full_name: str
    role: Role
    organisation_name: str
    password: str
    also: Sequence[str] = ()  # for whom they act too


def listed() -> Sequence[DemoSignIn]:
    """Return a person for each role, in the order of the setting; none unless this is a demonstration."""
    settings = guard.runtime().settings
    host = urlsplit(settings.public_url).hostname
    if not settings.demo_sign_ins or settings.demo_password is None or host not in _LOCAL:
        return ()
    if settings.cookies_are_secure:
        return ()
    found = staff_demo.list_named(guard.database(), settings.demo_sign_ins)
    also, word = staff_demo.list_also(guard.database(), [one.id for one in found]), settings.demo_password
    return [
        DemoSignIn(one.username, one.full_name, one.role, one.organisation_name, word, also[one.id])
        for one in found
    ]
