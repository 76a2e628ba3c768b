"""Leaves out whoever said no, before anybody is given a token; tells how many and never who."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

import polars as pl

from anonymiser.errors import Refusal
from anonymiser.tokens.national_check import FRESH_DAYS, NationalAnswer
from anonymiser.tokens.nhs_numbers import canonical


class Reason(StrEnum):
    """Why somebody is left out, in the order in which one reason is counted for each person."""

    TYPE_1 = "type-1-opt-out"
    WITHDRAWN = "consent-withdrawn"
    NATIONAL = "national-data-opt-out"
    NOT_CHECKED = "not-checked-nationally"
    NOT_AGREED = "no-research-consent"


class Exemption(StrEnum):
    """Why the national data opt-out does not apply (its operational policy, chapters 5 and 6)."""

    EXPLICIT_CONSENT = "explicit consent"
    REQUIRED_BY_LAW = "required by law"
    OVERRIDING_PUBLIC_INTEREST = "overriding public interest"
    ANONYMISED = "data anonymised in line with the ICO's code; never for linkable rows"


@dataclass(frozen=True, kw_only=True)
class OptOuts:
    """Whom to leave out, as NHS numbers: lists held for one run, and the national answer or why there is none.

    `agreed` is who agreed to research, for what rests on consent: nobody else is kept. None: nothing does.
    """

    type_1: pl.Series = field(repr=False)
    withdrawn: pl.Series = field(repr=False)
    national: NationalAnswer | Exemption = field(repr=False)
    agreed: pl.Series | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        """Raises Refusal, by line, on a list with an impossible number: somebody's no would be lost."""
        problems = [
            f"{name}, line {at + 1}: not a possible NHS number; mend the list, nobody may be missed."
            for name, numbers in ((Reason.TYPE_1, self.type_1), (Reason.WITHDRAWN, self.withdrawn))
            for at in canonical(numbers).is_null().arg_true().to_list()
        ]
        if problems:
            raise Refusal(*problems[:50])

    @property
    def national_rule(self) -> str:
        """How the national data opt-out was heeded, in words for the metadata."""
        if isinstance(self.national, Exemption):
            return f"does not apply: {self.national}"
        return f"applied, checked on {self.national.checked_on.isoformat()}"


@dataclass(frozen=True, kw_only=True)
class Heeded:
    """The records that may go on, and how many people and rows each reason kept back."""

    kept: pl.DataFrame
    people: Mapping[str, int]
    rows: Mapping[str, int]


def heed(records: pl.DataFrame, opt_outs: OptOuts, today: date, *, number: str = "nhs_number") -> Heeded:
    """Leave out everybody with a reason; each person is counted once, under the first that holds.

    Where the national opt-out applies, whoever could not be checked, or was not, is left out as well: a record
    without a usable number counts as a person of its own. Raises Refusal on an answer older than a week.
    """
    who = canonical(records[number])
    reason = pl.DataFrame([who.alias("who")]).select(_first_reason(opt_outs, today).alias("reason"))["reason"]
    told = pl.DataFrame([who.alias("who"), reason]).filter(pl.col("reason").is_not_null())
    counted = told.group_by("reason").agg(
        rows=pl.len(),
        people=pl.col("who").drop_nulls().n_unique() + pl.col("who").is_null().sum(),
    )
    rows = dict(counted.select("reason", "rows").iter_rows())
    people = dict(counted.select("reason", "people").iter_rows())
    return Heeded(
        kept=records.filter(reason.is_null()),
        people={each.value: people.get(each.value, 0) for each in _counted(opt_outs)},
        rows={each.value: rows.get(each.value, 0) for each in _counted(opt_outs)},
    )


def _counted(opt_outs: OptOuts) -> tuple[Reason, ...]:
    return tuple(each for each in Reason if each is not Reason.NOT_AGREED or opt_outs.agreed is not None)


def _first_reason(opt_outs: OptOuts, today: date) -> pl.Expr:
    who = pl.col("who")
    found = (
        pl.when(who.is_in(canonical(opt_outs.type_1).to_list()))
        .then(pl.lit(Reason.TYPE_1.value))
        .when(who.is_in(canonical(opt_outs.withdrawn).to_list()))
        .then(pl.lit(Reason.WITHDRAWN.value))
    )
    if opt_outs.agreed is not None:
        agreed = who.is_in(canonical(opt_outs.agreed).to_list()).fill_null(value=False)
        found = found.when(~agreed).then(pl.lit(Reason.NOT_AGREED.value))
    national = opt_outs.national
    if isinstance(national, Exemption):
        return found.otherwise(None)
    if not timedelta(0) <= today - national.checked_on <= timedelta(days=FRESH_DAYS):
        raise Refusal(
            f"The national check is of {national.checked_on.isoformat()}; it must be of the last {FRESH_DAYS} days."
        )
    return (
        found.when(~who.is_in(national.asked.to_list()) | who.is_null())
        .then(pl.lit(Reason.NOT_CHECKED.value))
        .when(~who.is_in(national.allowed.to_list()))
        .then(pl.lit(Reason.NATIONAL.value))
        .otherwise(None)
    )
