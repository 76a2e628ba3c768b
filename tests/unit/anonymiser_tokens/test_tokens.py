"""Tokens cannot be guessed back, never meet across uses, and no two people without a number share one."""

import base64
import hashlib
import hmac
from dataclasses import replace

import nhs_number
import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from anonymiser.errors import Refusal
from anonymiser.tokens.domains import Domain, IdType, next_epoch
from anonymiser.tokens.nhs_numbers import canonical
from anonymiser.tokens.split_key import SplitKey
from anonymiser.tokens.tokeniser import Tokeniser, hmac_digests
from tests.unit.anonymiser_tokens.token_people import DOMAIN, NUMBERS, row_names, series


def bodies(root: SplitKey, domain: Domain) -> set[str]:
    return {token.rsplit(".", 1)[1] for token in Tokeniser(root, domain).known(series(*NUMBERS))["token"]}


def test_unkeyed_hash_of_an_nhs_number_is_found_by_trying_them_all() -> None:
    published = hashlib.sha256(NUMBERS[321].encode()).hexdigest()
    assert [n for n in NUMBERS if hashlib.sha256(n.encode()).hexdigest() == published] == [NUMBERS[321]]


def test_the_same_effort_does_not_find_one_of_our_tokens(root: SplitKey) -> None:
    token = Tokeniser(root, DOMAIN).token(NUMBERS[321])
    # What an intruder has: the method, every word that goes into it, other tokens, and every possible number.
    words = [b"", DOMAIN.info, b"anonymiser/v1", token.encode(), DOMAIN.prefix.encode(), root.key_id.encode()]
    tried = {hashlib.sha256(word + n.encode()).digest() for n in NUMBERS for word in words}
    tried |= {hmac.digest(word, n.encode(), "sha256") for n in NUMBERS for word in words}
    tried |= {
        hmac.digest(SplitKey(w).derive(DOMAIN.info), n.encode(), "sha256") for n in NUMBERS for w in words
    }
    assert token not in {_spelt(digest) for digest in tried}
    assert token in {_spelt(hmac.digest(root.derive(DOMAIN.info), n.encode(), "sha256")) for n in NUMBERS}


def _spelt(digest: bytes) -> str:
    return "ns1.2026a." + base64.b32encode(digest[:16]).decode().rstrip("=")


def test_hmac_gives_the_published_answers() -> None:
    # RFC 4231, test cases 2 and 5 (the second cut to 128 bits).
    assert hmac_digests(b"Jefe", [b"what do ya want for nothing?"]).hex() == (
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    )
    assert (
        hmac_digests(b"\x0c" * 20, [b"Test With Truncation"])[:16].hex() == "a3b6167473100ee06e0c796c2955552b"
    )


def test_token_is_the_prefix_and_128_bits_of_hmac_under_a_key_derived_for_the_domain(root: SplitKey) -> None:
    # HKDF-SHA256 for one block and no salt, spelt out by hand (RFC 5869), so that the format cannot drift.
    extracted = hmac.digest(bytes(32), root.secret, "sha256")
    info = b"anonymiser/v1|linkable|icb|p1|2026a|nhs-number"
    key = hmac.digest(extracted, info + b"\x01", "sha256")
    for number in NUMBERS[:50]:
        expected = _spelt(hmac.digest(key, number.encode(), "sha256"))
        assert Tokeniser(root, DOMAIN).token(number) == expected
    whole = Tokeniser(root, DOMAIN).column(series(*NUMBERS), row_names(len(NUMBERS)))
    assert whole.to_list() == [_spelt(hmac.digest(key, n.encode(), "sha256")) for n in NUMBERS]


def test_a_thousand_recipients_share_no_token(root: SplitKey) -> None:
    numbers = series(*NUMBERS[:100])
    seen: set[str] = set()
    for place in range(1_000):
        tokens = Tokeniser(root, replace(DOMAIN, recipient=f"recipient-{place}")).known(numbers)["token"]
        seen |= set(tokens)
    assert len(seen) == 1_000 * 100


@pytest.mark.parametrize(
    "other",
    [
        {"purpose": "journey"},
        {"recipient": "council"},
        {"project": "p2"},
        {"epoch": "2026b"},
        {"id_type": IdType.PRACTICE},
    ],
)
def test_tokens_of_domains_that_differ_in_one_word_never_meet(other: dict[str, str], root: SplitKey) -> None:
    ours, theirs = bodies(root, DOMAIN), bodies(root, replace(DOMAIN, **other))
    assert len(ours) == len(theirs) == len(NUMBERS)
    assert not ours & theirs


def test_tokens_of_another_root_key_never_meet(root: SplitKey) -> None:
    assert not bodies(root, DOMAIN) & bodies(SplitKey(bytes(32)), DOMAIN)


words = st.text(alphabet=st.sampled_from("ab|\\"), min_size=1, max_size=4)


@given(st.tuples(words, words, words), st.tuples(words, words, words))
@example(("a\\", "b", "c|d"), ("a|b", "c\\", "d"))
def test_no_bar_or_backslash_makes_two_domains_into_one(
    one: tuple[str, str, str], two: tuple[str, str, str]
) -> None:
    infos = [
        Domain(purpose=a, recipient=b, project=c, epoch="2026a", id_type=IdType.NHS_NUMBER).info
        for a, b, c in (one, two)
    ]
    assert (infos[0] == infos[1]) == (one == two)


@pytest.mark.parametrize("part", ["purpose", "recipient", "project"])
def test_domain_with_an_empty_word_is_refused(part: str) -> None:
    with pytest.raises(Refusal, match=f"{part} is empty"):
        replace(DOMAIN, **{part: " "})


@pytest.mark.parametrize("epoch", ["", "2026", "2026A", "2026aa", "26a", "2026a.x", "٢٠٢٦a"])
def test_epoch_is_a_year_and_a_letter_because_it_is_shown(epoch: str) -> None:
    with pytest.raises(Refusal, match="2026a"):
        replace(DOMAIN, epoch=epoch)


@pytest.mark.parametrize(
    ("epoch", "year", "following"),
    [("2026a", 2026, "2026b"), ("2026c", 2027, "2027a"), ("2026y", 2026, "2026z")],
)
def test_epochs_follow_one_another(epoch: str, year: int, following: str) -> None:
    assert next_epoch(epoch, year) == following
    assert following > epoch


@pytest.mark.parametrize(("epoch", "year"), [("2026z", 2026), ("2026a", 2025), ("x", 2026)])
def test_there_is_no_epoch_after_the_last_or_before_the_present(epoch: str, year: int) -> None:
    with pytest.raises(Refusal):
        next_epoch(epoch, year)


def test_every_spelling_of_a_number_is_one_person(root: SplitKey) -> None:
    spellings = series("9434765919", "943 476 5919", "943-476-5919", " 943\u00a0476\u20115919 ")
    tokens = Tokeniser(root, DOMAIN).column(spellings, row_names(4))
    assert tokens.to_list() == [Tokeniser(root, DOMAIN).token("9434765919")] * 4


IMPOSSIBLE = [
    None,
    "",
    "unknown",
    "9434765918",
    "1111111111",
    "0000000000",
    "943476591",
    "94347659190",
    "943476591X",
]


def test_missing_and_impossible_numbers_get_a_token_each_that_no_number_has(root: SplitKey) -> None:
    tokens = Tokeniser(root, DOMAIN).column(series(*IMPOSSIBLE, "9434765919"), row_names(10))
    assert tokens.n_unique() == 10
    assert [token.split(".")[0] for token in tokens] == ["ns0"] * 9 + ["ns1"]
    assert not {token.rsplit(".", 1)[1] for token in tokens[:9]} & bodies(root, DOMAIN)


def test_row_that_is_named_like_a_number_does_not_get_that_persons_token(root: SplitKey) -> None:
    named = series(*NUMBERS[:50], name="referral_key")
    tokens = Tokeniser(root, DOMAIN).column(series(*[None] * 50), named)
    assert not {token.rsplit(".", 1)[1] for token in tokens} & bodies(root, DOMAIN)


def test_tokens_of_missing_numbers_are_the_same_in_a_re_run_and_differ_between_projects(
    root: SplitKey,
) -> None:
    def missing(domain: Domain) -> list[str]:
        return Tokeniser(root, domain).column(series(None, None), row_names(2)).to_list()

    assert missing(DOMAIN) == missing(DOMAIN)
    others = missing(replace(DOMAIN, project="p2")) + missing(replace(DOMAIN, recipient="council"))
    assert len({*missing(DOMAIN), *others}) == 6


@pytest.mark.parametrize("names", [["same", "same"], ["one", None]])
def test_rows_without_a_number_need_names_of_their_own(names: list[str | None], root: SplitKey) -> None:
    with pytest.raises(Refusal, match="referral_key: rows without a usable identifier"):
        Tokeniser(root, DOMAIN).column(series(None, "x"), pl.Series("referral_key", names))


def test_number_that_is_not_one_has_no_token_and_is_not_repeated(root: SplitKey) -> None:
    with pytest.raises(Refusal, match="Not a possible nhs-number") as refused:
        Tokeniser(root, DOMAIN).token("9434765918")
    assert "94347" not in str(refused.value)


def test_column_of_numbers_that_are_not_text_is_refused() -> None:
    with pytest.raises(Refusal, match="must be text"):
        canonical(pl.Series("nhs_number", [9434765919]))


def test_practices_have_tokens_of_their_own_kind(root: SplitKey) -> None:
    tokens = Tokeniser(root, replace(DOMAIN, id_type=IdType.PRACTICE)).column(
        pl.Series("practice", ["A81001", " A81001 ", "A81002", None, ""]), row_names(5)
    )
    assert tokens[0] == tokens[1]
    assert tokens.n_unique() == 4
    assert [token[:3] for token in tokens] == ["gp1", "gp1", "gp1", "gp0", "gp0"]


@given(st.lists(st.from_regex(r"[0-9]{10}", fullmatch=True) | st.sampled_from(NUMBERS), max_size=20))
def test_check_digits_are_those_of_the_nhs_number_package(numbers: list[str]) -> None:
    right = [nhs_number.calculate_checksum(n[:9]) == int(n[9]) and len(set(n)) > 1 for n in numbers]
    expected = [n if possible else None for n, possible in zip(numbers, right, strict=True)]
    assert canonical(series(*numbers)).to_list() == expected


@given(st.integers(400_000_000, 799_999_999))
def test_each_nine_digits_have_at_most_one_check_digit_and_it_is_found(nine: int) -> None:
    ten = [f"{nine}{digit}" for digit in range(10)]
    found = canonical(series(*ten)).drop_nulls().to_list()
    assert found == [number for number in ten if nhs_number.is_valid(number) and len(set(number)) > 1]


def test_empty_and_wholly_missing_columns_are_no_special_case(root: SplitKey) -> None:
    assert Tokeniser(root, DOMAIN).column(series(), row_names(0)).to_list() == []
    assert Tokeniser(root, DOMAIN).column(pl.Series("n", [None, None]), row_names(2)).n_unique() == 2


def test_chunks_join_without_a_seam(root: SplitKey) -> None:
    many = pl.Series("practice", [f"P{number}" for number in range(40_000)])
    tokeniser = Tokeniser(root, replace(DOMAIN, id_type=IdType.PRACTICE))
    tokens = tokeniser.column(many, many)
    assert tokens.n_unique() == 40_000
    for place in (0, 16_383, 16_384, 39_999):
        assert tokens[place] == tokeniser.token(f"P{place}")
