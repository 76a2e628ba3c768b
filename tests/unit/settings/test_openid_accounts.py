"""Providers that sign people in are told as data: everything that is wrong is said at once, and no secret."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import ECKey, RSAKey

from app.clients.openid_account import OpenIdAccount, OpenIdAccountProblem, origin, read_accounts
from app.config import SettingsProblem, from_environment

SECRET = "a-secret-that-is-in-no-message"
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a file of providers, each the usual one with changes; None leaves a word out."""
    (tmp_path / "secret").write_text(f"{SECRET}\n")

    def make(*changes: dict[str, Any]) -> Path:
        usual = {
            "name": "cis2",
            "title": "NHS CIS2",
            "issuer": "https://am.example/realm",
            "client_id": "ours",
        }
        usual["client_secret_file"] = "secret"
        told = [{k: v for k, v in (usual | each).items() if v is not None} for each in changes or ({},)]
        (tmp_path / "providers.json").write_text(json.dumps({"providers": told}))
        return tmp_path / "providers.json"

    return make


def problems(path: Path) -> str:
    """What reading a file is refused with."""
    with pytest.raises(OpenIdAccountProblem) as refused:
        read_accounts(path)
    return "\n".join(refused.value.sentences)


def test_a_provider_is_read_with_its_secret_and_prints_without(write: Write) -> None:
    (account,) = read_accounts(write())
    assert account.secret == SECRET
    assert SECRET not in repr(account)
    assert account.scopes == ("openid",)
    assert account.origins == {"https://am.example:443"}


def test_a_private_key_may_be_pem_or_jwk_of_the_algorithms_kind(write: Write, tmp_path: Path) -> None:
    rsa, ec = RSAKey.generate_key(2048), ECKey.generate_key("P-256")
    (tmp_path / "rsa").write_bytes(rsa.as_pem(private=True))
    (tmp_path / "ec").write_text(json.dumps(ec.as_dict(private=True)))
    by_key = {"client_secret_file": None}
    found = read_accounts(
        write(
            by_key | {"private_key_file": "rsa", "key_id": "k"},
            by_key | {"name": "other", "private_key_file": "ec", "token_alg": "ES256"},
        )
    )
    assert [type(each.key) for each in found] == [RSAKey, ECKey]
    assert "cannot be used" in problems(write(by_key | {"private_key_file": "ec"}))
    (tmp_path / "public").write_text(json.dumps(rsa.as_dict(private=False)))
    assert "cannot be used" in problems(write(by_key | {"private_key_file": "public"}))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": "CIS 2"}, "small letters"),
        ({"name": None}, "small letters"),
        ({"title": " "}, "title and client_id"),
        ({"client_id": None}, "title and client_id"),
        ({"issuer": "http://am.example"}, "https addresses"),
        ({"issuer": None}, "https addresses"),
        ({"issuer": ["https://am.example"]}, "https addresses"),
        ({"also_at": ["ftp://am.example"]}, "https addresses"),
        ({"scopes": ["profile"]}, "scopes"),
        ({"scopes": "openid"}, "scopes"),
        ({"asks": {"state": "ours"}}, "none that we decide"),
        ({"asks": {"prompt": "none"}}, "none that we decide"),
        ({"asks": ["acr_values"]}, "none that we decide"),
        ({"must_say": {"acr": "AAL3"}}, "lists of texts"),
        ({"second_step_by": {"acr": []}}, "lists of texts"),
        ({"max_age": "600"}, "max_age"),
        ({"max_age": True}, "max_age"),
        ({"max_age": 0}, "max_age"),
        ({"token_alg": "none"}, "token_alg"),
        ({"token_alg": "HS256"}, "token_alg"),
        ({"client_secret_file": None}, "not both"),
        ({"private_key_file": "secret"}, "not both"),
        ({"client_secret_file": "absent"}, "cannot be used"),
        ({"secret": SECRET}, "words that nobody knows"),
        ({"who": "everybody"}, "who must be"),
        ({"proved_by": {"identity_proofing_level": ["P9"]}}, "are of residents"),
        ({"claims": {"nhs_number": "nhs"}}, "are of residents"),
        ({"who": "residents", "proved_by": {}}, "are of residents"),
        ({"who": "residents", "proved_by": {"identity_proofing_level": "P9"}}, "are of residents"),
        ({"who": "residents", "claims": {"family_name": "family_name"}}, "are of residents"),
        ({"who": "residents", "claims": ["nhs_number"]}, "are of residents"),
    ],
    ids=str,
)
def test_what_is_wrong_is_said_by_provider_and_repeats_no_secret(
    write: Write, change: dict[str, Any], said: str
) -> None:
    told = problems(write(change))
    assert said in told
    assert SECRET not in told


def test_a_provider_for_residents_asks_for_the_highest_proof_unless_told_otherwise(write: Write) -> None:
    residents = {"who": "residents"}
    staff, usual, other = read_accounts(
        write(
            {},
            residents | {"name": "nhs-login"},
            residents | {"name": "other", "proved_by": {"vot": ["P9.Cm"]}, "claims": {"nhs_number": "nhs"}},
        )
    )
    assert (staff.for_residents, staff.tells) == (False, ())
    assert usual.proved_by == {"identity_proofing_level": ("P9",)}
    assert usual.tells == ("identity_proofing_level", "nhs_number", "birthdate")
    assert other.tells == ("vot", "nhs", "birthdate")


def test_two_of_one_name_and_what_is_no_list_are_refused(write: Write, tmp_path: Path) -> None:
    assert "one name" in problems(write({}, {}))
    for text in ("", "[]", "{}", '{"providers": 7}', "{" * 9999):
        (tmp_path / "providers.json").write_text(text)
        assert "cannot be read" in problems(tmp_path / "providers.json")


def test_the_environment_names_the_file_and_tells_all_problems_with_the_others(write: Write) -> None:
    with pytest.raises(SettingsProblem) as refused:
        from_environment({"OPENID_PROVIDERS_FILE": str(write({"max_age": 0, "token_alg": "none"}))})
    told = [each for each in refused.value.problems if each.startswith("OPENID_PROVIDERS_FILE: cis2:")]
    assert len(told) == 2


def test_ports_are_part_of_an_origin() -> None:
    assert (
        origin("https://a.example/x")
        == origin("https://a.example:443/y")
        != origin("https://a.example:8443/")
    )
    assert [origin(each) for each in ("https://a.example:x", "a.example", "", "https:///x")] == [""] * 4
    here = OpenIdAccount("a", "A", "https://a.example", "ours", also_at=("https://b.example:8443/keys",))
    assert here.origins == {"https://a.example:443", "https://b.example:8443"}
