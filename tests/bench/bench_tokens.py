"""What a keyed token costs beside one unkeyed SHA-256 of each identifier, in the same run."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import polars as pl

from anonymiser.tokens.domains import Domain, IdType
from anonymiser.tokens.nhs_numbers import canonical
from anonymiser.tokens.split_key import SplitKey
from anonymiser.tokens.tokeniser import Tokeniser, hmac_digests
from tests.bench.bars import Bar, Bars

_ROWS, _PEOPLE, _TIMES = 1_000_000, 425_000, 5
_ROOT = SplitKey(bytes(range(32)))
_DOMAIN = Domain(purpose="linkable", recipient="r0", project="p", epoch="2026a", id_type=IdType.NHS_NUMBER)


def _seconds(*works: Callable[[], object]) -> list[float]:
    """The quickest of several turns of each, one after the other, so that a noisy neighbour hits all alike."""
    best = [float("inf")] * len(works)
    for _ in range(_TIMES):
        for place, work in enumerate(works):
            begun = time.perf_counter()
            work()
            best[place] = min(best[place], time.perf_counter() - begun)
    return best


def _people() -> pl.Series:
    """Possible numbers, distinct, in no order: of eleven nine-digit starts ten have a check digit."""
    nine = (
        np.random.default_rng(20261122).choice(399_999_999, size=_PEOPLE * 9 // 8, replace=False)
        + 400_000_000
    )
    check = (11 - sum(nine // 10**place % 10 * (place + 2) for place in range(9)) % 11) % 11
    numbers = pl.Series("nhs_number", (nine * 10 + check)[check < 10]).cast(pl.String)
    return canonical(numbers).drop_nulls().head(_PEOPLE)


def _unkeyed(numbers: pl.Series) -> list[bytes]:
    sha256 = hashlib.sha256
    return [sha256(number.encode()).digest() for number in numbers.to_list()]


def _unkeyed_column(numbers: pl.Series) -> pl.Series:
    sha256 = hashlib.sha256
    return pl.Series([sha256(number.encode()).hexdigest() for number in numbers.to_list()])


def test_tokens_of_a_million_rows(bars: Bars) -> None:
    people = _people()
    rows = people.gather(np.random.default_rng(1).integers(0, _PEOPLE, _ROWS))
    names = pl.Series("row", np.arange(_ROWS)).cast(pl.String)
    tokeniser, key = Tokeniser(_ROOT, _DOMAIN), bytes(32)
    hash_rows, hash_column, ours = _seconds(
        lambda: _unkeyed(rows), lambda: _unkeyed_column(rows), lambda: tokeniser.column(rows, names)
    )
    hash_people, hmac_people, ours_people = _seconds(
        lambda: _unkeyed(people),
        lambda: hmac_digests(key, people.cast(pl.Binary).to_list()),
        lambda: tokeniser.column(people, names[:_PEOPLE]),
    )
    print(
        f"\n{_ROWS:,} rows of {rows.n_unique():,} people, quickest of {_TIMES}: one unkeyed SHA-256 per id "
        f"{hash_rows:.2f} s (as a column {hash_column:.2f} s), check digit and token column {ours:.2f} s: "
        f"{ours / hash_rows:.2f}x (of the column {ours / hash_column:.2f}x)"
        f"\n{_PEOPLE:,} distinct people: SHA-256 alone {hash_people:.2f} s, HMAC alone {hmac_people:.2f} s "
        f"({hmac_people / hash_people:.2f}x), check digit, token and column {ours_people:.2f} s "
        f"({ours_people / hash_people:.2f}x)"
    )
    assert tokeniser.column(rows, names).n_unique() == rows.n_unique()
    bars.check(
        Bar(
            what=f"tokens of {_ROWS:,} rows beside one unkeyed SHA-256 per id, s",
            ours=f"{ours:.2f}",
            theirs=f"{hash_rows:.2f}",
            ratio=ours / hash_rows,
            most=1.5,
        )
    )


def test_tokens_of_a_thousand_recipients_are_all_different() -> None:
    people = _people().head(1_000)
    seen: set[str] = set()
    for recipient in range(1_000):
        seen |= set(Tokeniser(_ROOT, replace(_DOMAIN, recipient=f"r{recipient}")).known(people)["token"])
    print(f"\n1,000 recipients x 1,000 people: {len(seen):,} distinct tokens, 0 in common")
    assert len(seen) == 1_000_000
