"""NHS login as its interface specification has it, played by the certified server and by the lying one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import RSAKey
from sqlalchemy import Engine, text

from app.clients.openid_account import OpenIdAccount
from app.domain.identifiers import check_digit_is_right
from app.domain.lifecycle import ReferralStatus
from app.runtime import Runtime
from tests.factories import MadePlace, MadeReferral, Patient, make_referral
from tests.integration.openid.conftest import Person, RealProvider, account_of, house_with, new_key
from tests.integration.openid.liar import Liar
from tests.serving import free_address

WAY = "/my/sign-in/nhs-login"
HOME = "/my/signed-in"
ALG = "RS512"
BORN = "1951-03-04"
Json = dict[str, Any]


def number_of_a_live_place(serial: int) -> str:
    """A number that a live practice may send and nobody has: 590 is never issued."""
    return next(
        number
        for start in range(serial * 100, serial * 100 + 100)
        for number in (f"590{start:06}{digit}" for digit in range(10))
        if check_digit_is_right(number)
    )


_NAMES = ("ada", "low", "unknown", "closed", "both", "sandboxed", "late")
# People of the certified server, whose records are made with these numbers.
NUMBERS = {name: number_of_a_live_place(place + 1) for place, name in enumerate(_NAMES)}


def claims_of(number: str | None, **more: str) -> Json:
    """What NHS login says of somebody whom it has made sure of."""
    return {"nhs_number": number, "birthdate": BORN, "identity_proofing_level": "P9"} | more


def residents_account(folder: Path, *, issuer: str, our_key: RSAKey, **more: Any) -> OpenIdAccount:
    """Our account with it, as an installation tells it."""
    told: Json = {
        "name": "nhs-login",
        "title": "NHS login",
        "who": "residents",
        "scopes": ["openid", "profile"],
        "asks": {"vtr": '["P9.Cp.Cd","P9.Cp.Ck","P9.Cm"]'},
    }
    return account_of(folder, issuer=issuer, our_key=our_key, **(told | more))


@pytest.fixture(scope="session")
def rsa512() -> RSAKey:
    return new_key("ours-512", ALG)


@pytest.fixture(scope="session")
def real(rsa512: RSAKey) -> Iterator[RealProvider]:
    """The certified server with NHS login's claims and algorithm, for the whole run."""
    people = {name: claims_of(number) for name, number in NUMBERS.items()}
    people["low"]["identity_proofing_level"] = "P5"
    keys = [new_key("theirs", ALG)]
    with RealProvider(free_address(), rsa512, keys, people=people, alg=ALG).serve() as provider:
        yield provider


@pytest.fixture
def liar() -> Iterator[Liar]:
    with Liar().serve() as provider:
        yield provider


@pytest.fixture
def lied_to(runtime: Runtime, liar: Liar, rsa512: RSAKey, tmp_path: Path) -> Runtime:
    """The house, where people may sign in by the one that lies."""
    return house_with(runtime, residents_account(tmp_path, issuer=liar.issuer, our_key=rsa512, token_alg=ALG))


@pytest.fixture
def house(runtime: Runtime, real: RealProvider, rsa512: RSAKey, tmp_path: Path) -> Runtime:
    """The house, where people may sign in by the certified server."""
    return house_with(runtime, residents_account(tmp_path, issuer=real.issuer, our_key=rsa512, token_alg=ALG))


@pytest.fixture
def made(runtime: Runtime, place: MadePlace) -> MadeReferral:
    """Ada's referral."""
    return referral_of(runtime, place, "ada")


def referral_of(
    runtime: Runtime, place: MadePlace, name: str, status: ReferralStatus = ReferralStatus.ACTIVE
) -> MadeReferral:
    """A referral of one of the people whom NHS login knows."""
    patient = Patient(nhs_number=NUMBERS[name])
    return make_referral(runtime.db, place, status, patient=patient, practice=place.live_practice)


def come(liar: Liar, person: Person, **claims: Any) -> Any:
    """Sign in by the one that lies, as `alex`, who it says is Ada, with these claims changed."""
    return liar.come_back(person, WAY, back=f"{WAY}/back", **(claims_of(NUMBERS["ada"]) | claims))


def why_not(admin: Engine) -> list[str]:
    """Why sign-ins opened nothing, as the audit has it, oldest first."""
    query = "select detail->>'why' from audit_event where act = 'refuse a person''s sign-in' order by seq"
    with admin.connect() as connection:
        return list(connection.execute(text(query)).scalars())
