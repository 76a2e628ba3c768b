"""Pseudonyms cannot be guessed back, compared between uses, or made from a mistyped number."""

import hashlib
import hmac
from itertools import islice

import pytest

from anonymiser.pseudonym import Domain, is_nhs_number, tokens_for
from tests.unit.anonymiser.sample import nhs_numbers

ROOT = bytes(range(32))
DOMAIN = Domain(purpose="person", recipient="analysts", project="p", epoch="e", id_type="nhs-number")


def small_range() -> list[str]:
    return list(islice(nhs_numbers(), 5_000))


def test_unkeyed_hash_of_an_nhs_number_is_found_by_trying_them_all() -> None:
    secret = small_range()[4_321]
    published = hashlib.sha256(secret.encode()).hexdigest()
    assert [n for n in small_range() if hashlib.sha256(n.encode()).hexdigest() == published] == [secret]


def test_trying_every_nhs_number_does_not_find_one_of_our_tokens() -> None:
    secret = small_range()[4_321]
    token = tokens_for(ROOT, DOMAIN)(secret)
    # All that an intruder has: the method, the words that go into it, and every possible number.
    public_words = [b"", DOMAIN.info(), b"anonymiser/v1", token.encode()]
    attempts = {hashlib.sha256(n.encode()).digest()[:16] for n in small_range()}
    attempts |= {hmac.digest(word, n.encode(), "sha256")[:16] for n in small_range() for word in public_words}
    attempts |= {
        hashlib.sha256(word + n.encode()).digest()[:16] for n in small_range() for word in public_words
    }
    wrong_root = tokens_for(bytes(32), DOMAIN)
    assert token not in {wrong_root(n) for n in small_range()}
    assert not [a for a in attempts if token == _as_token(a)]


def _as_token(digest: bytes) -> str:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    bits = int.from_bytes(digest + b"\x00\x00\x00\x00", "big")
    return "person1." + "".join(alphabet[bits >> 155 - 5 * i & 31] for i in range(26))


def test_token_is_128_bits_of_hmac_sha256_under_a_derived_key_behind_a_visible_prefix() -> None:
    # HKDF-SHA256 for one block and no salt, spelt out by hand (RFC 5869), so that the format cannot drift.
    extracted = hmac.digest(bytes(32), ROOT, "sha256")
    key = hmac.digest(extracted, b"anonymiser/v1|person|analysts|p|e|nhs-number\x01", "sha256")
    assert tokens_for(ROOT, DOMAIN)("9434765919") == _as_token(hmac.digest(key, b"9434765919", "sha256")[:16])


@pytest.mark.parametrize("part", ["purpose", "recipient", "project", "epoch", "id_type"])
def test_tokens_of_two_domains_never_meet(part: str) -> None:
    parts = {
        "purpose": "person",
        "recipient": "analysts",
        "project": "p",
        "epoch": "e",
        "id_type": "nhs-number",
    }
    other = tokens_for(ROOT, Domain(**{**parts, part: "another"}))
    ours = tokens_for(ROOT, DOMAIN)
    bodies = [{make(n).split(".")[1] for n in small_range()[:1_000]} for make in (ours, other)]
    assert len(bodies[0]) == len(bodies[1]) == 1_000
    assert not bodies[0] & bodies[1]


@pytest.mark.parametrize("part", ["", "a|b"])
def test_domain_whose_parts_could_be_confused_is_refused(part: str) -> None:
    with pytest.raises(ValueError, match="separator"):
        Domain(purpose=part, recipient="r", project="p", epoch="e", id_type="t").info()


@pytest.mark.parametrize("number", ["9434765919", "9990000018", "9876543210"])
def test_right_check_digit_is_accepted(number: str) -> None:
    assert is_nhs_number(number)


@pytest.mark.parametrize(
    "number",
    ["9434765918", "9434765991", "0000000000", "1111111111", "943476591", "94347659190", "٩٤٣٤٧٦٥٩١٩", ""],
)
def test_wrong_check_digit_length_or_filler_is_refused(number: str) -> None:
    assert not is_nhs_number(number)
