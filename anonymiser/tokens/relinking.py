"""Carries data from one set of tokens to another, one way, by a transit that shows no NHS number to either end."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

import polars as pl

from anonymiser.errors import Refusal
from anonymiser.tokens.approvals import Act, Approvals, Request, Signature
from anonymiser.tokens.domains import Domain
from anonymiser.tokens.split_key import SplitKey
from anonymiser.tokens.tokeniser import Tokeniser, hmac_digests

_LABEL = b"anonymiser/v1|transit|"
_DIGEST_BYTES = 32


@dataclass(frozen=True, kw_only=True)
class TransitTable:
    """What one key holder hands over for one request: a transit value and a token for each person."""

    request: str
    domain: Domain
    pairs: pl.DataFrame = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Relinked:
    """Data under new tokens, sorted by them and without the old ones, and how many rows found none."""

    data: pl.DataFrame
    matched: int
    unmatched: int


def relinking_request(
    source: Domain, target: Domain, *, id: str, reason: str, asked_by: str, dates: tuple[date, date]
) -> Request:
    """Write the request to carry tokens of `source` to `target`; `dates` are when it is asked and when it ends.

    Raises Refusal unless both are of one recipient, project, purpose and kind of thing, and the epoch is a later one:
    the tokens of two recipients, or of two projects, never meet.
    """
    problems = []
    if source.id_type is not target.id_type:
        problems.append("Tokens of one kind of identifier cannot become tokens of another.")
    if _whose(source) != _whose(target):
        problems.append("Re-linking stays with one recipient and one project: tokens of two never meet.")
    if target.epoch <= source.epoch:
        problems.append("Re-linking goes to a later epoch, never back and never to the same one.")
    if problems:
        raise Refusal(*problems)
    terms = {"source": source.info.decode(), "target": target.info.decode()}
    asked, ends = dates
    return Request(
        id=id, act=Act.RELINK, terms=terms, reason=reason, asked_by=asked_by, asked_on=asked, expires_on=ends
    )


def _whose(domain: Domain) -> tuple[str, str, str]:
    return domain.purpose, domain.recipient, domain.project


def transit_half(root: SplitKey, request: Request) -> bytes:
    """One key holder's part of the transit key of one request (32 bytes); worth nothing without the other's."""
    return root.derive(_LABEL + request.signed_bytes())


def transit_table(
    tokeniser: Tokeniser, numbers: pl.Series, request: Request, halves: tuple[bytes, bytes]
) -> TransitTable:
    """Make one end's table, inside its key holder. Give it only people whom no opt-out excludes.

    `halves` are the source's and then the target's. Sorted by transit value, so the order tells nothing.
    """
    first, second = halves
    joint = SplitKey(hashlib.sha256(first + second).digest()).derive(_LABEL + request.signed_bytes())
    known = tokeniser.known(numbers)
    digests = hmac_digests(joint, known["identifier"].cast(pl.Binary).to_list())
    transit = [digests[at : at + _DIGEST_BYTES] for at in range(0, len(digests), _DIGEST_BYTES)]
    pairs = pl.DataFrame([pl.Series("transit", transit, dtype=pl.Binary), known["token"]]).sort("transit")
    return TransitTable(request=request.id, domain=tokeniser.domain, pairs=pairs)


class Relinking:
    """An approved job: the tables of the two ends, joined in memory and never written."""

    def __init__(self, request: Request, source: TransitTable, target: TransitTable) -> None:
        """Raises Refusal if a table was made for another request or stands at the wrong end."""
        ends = {"source": source, "target": target}
        problems = [
            f"The {name} table is not of this request's {name}: re-linking goes one way only."
            for name, table in ends.items()
            if table.request != request.id or table.domain.info.decode() != request.terms.get(name)
        ]
        if problems or request.act is not Act.RELINK:
            raise Refusal(*(problems or ["That is not a request to re-link."]))
        self._request = request
        joined = source.pairs.join(target.pairs, on="transit", suffix="_target")
        self._successor = joined.select(old="token", new="token_target")

    def carry(
        self,
        data: pl.DataFrame,
        column: str,
        *,
        approvals: Approvals,
        signatures: Sequence[Signature],
        now: datetime,
    ) -> Relinked:
        """Give `data` with the tokens of `column` replaced. Raises Refusal unless approved, unexpired, unused.

        Rows whose token has no successor (the person has opted out since, or is not known) are dropped and counted.
        """
        if column not in data.columns:
            raise Refusal(f"{column}: the data has no such column.")
        approvals.use(self._request, signatures, now)
        carried = data.join(self._successor, left_on=column, right_on="old", how="inner")
        renewed = carried.with_columns(pl.col("new").alias(column)).drop("new").select(data.columns)
        result = renewed.sort(column, *(name for name in data.columns if name != column))
        unmatched = data.height - result.height
        approvals.trail.append(
            now,
            "re-linked",
            {"request": self._request.id, "rows_matched": result.height, "rows_unmatched": unmatched},
        )
        return Relinked(data=result, matched=result.height, unmatched=unmatched)
