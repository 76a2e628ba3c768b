"""Rows come out in the order of their names, also where two names begin alike; a name is made of a whole UUID only."""

import polars as pl
import pytest

from anonymiser.releasing.protect import in_order_of_names
from anonymiser.tokens.domains import Domain, IdType
from anonymiser.tokens.split_key import SplitKey
from anonymiser.tokens.tokeniser import names_of_uuids

DOMAIN = Domain(purpose="rows", recipient="analysts", project="p", epoch="2026a", id_type=IdType.REFERRAL)
UUID = "0b1c2d3e-4f50-4617-8293-a4b5c6d7e8f9"


def test_names_that_begin_alike_are_in_order_too() -> None:
    letters = ["A" * 8, "B" * 8, "2" * 8]
    names = [f"r-{one}{two}{'C' * 10}" for one in letters for two in letters]
    rows = pl.DataFrame({"row_id": names[::-1], "at": range(len(names))})
    found = in_order_of_names(rows)
    assert found["row_id"].to_list() == sorted(names)
    assert found.sort("at").equals(rows)


@pytest.mark.parametrize(
    "wrong", [None, UUID[:-1], UUID.replace("-", ""), UUID.replace("-", "0"), f"{UUID[:-1]}g"]
)
def test_what_is_no_uuid_has_no_name(wrong: str | None) -> None:
    with pytest.raises(ValueError, match=r"UUID|hexadecimal"):
        names_of_uuids(SplitKey(bytes(range(32))), DOMAIN, pl.Series("key", [UUID, wrong]))
