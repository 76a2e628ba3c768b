"""Tier P: rows for a secure environment under an approved project. Personal data, and said so in every file."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import polars as pl

from anonymiser.errors import Refusal
from anonymiser.tokens.approvals import Act, Approvals, Request, Signature
from anonymiser.tokens.domains import Domain, IdType
from anonymiser.tokens.linkable_fields import LINKABLE_FIELDS, ONE_AREA
from anonymiser.tokens.opt_outs import Exemption, Heeded, OptOuts, heed
from anonymiser.tokens.split_key import SplitKey
from anonymiser.tokens.tokeniser import Tokeniser
from anonymiser.tokens.tripwire import Checked, check_records

NOTICE = "personal data: pseudonymised, not anonymous"
PURPOSE = "linkable"
CONSENT = "consent"
NUMBER, ROW = "nhs_number", "referral_key"
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,63}", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Project:
    """What was agreed with one recipient: the project's id, who receives, for what, which fields, which epoch.

    `basis` is CONSENT where the project rests on it: it gets the rows of those alone who agreed to research.
    """

    id: str
    recipient: str
    purpose: str
    fields: tuple[str, ...]
    epoch: str
    basis: str = ""

    def __post_init__(self) -> None:
        """Raises Refusal with everything that could not be agreed."""
        problems = [
            f"A project's {name} is empty."
            for name in ("id", "recipient", "purpose")
            if not getattr(self, name)
        ]
        problems += [
            f"{name}: not a field that linkable data may hold; they are {', '.join(LINKABLE_FIELDS)}."
            for name in self.fields
            if name not in LINKABLE_FIELDS
        ]
        if self.basis not in ("", CONSENT):
            problems.append(f"A project's basis is {CONSENT}, or is left out: it rests on something else.")
        if not self.fields or len(set(self.fields)) != len(self.fields):
            problems.append("A project names each of its fields once, and at least one.")
        if self.id and not _ID.fullmatch(self.id):  # it names a folder
            problems.append(
                "A project's id is 1 to 64 of a to z, 0 to 9 and hyphens, and begins with no hyphen."
            )
        if set(ONE_AREA) <= set(self.fields):
            problems.append(f"A project has one area: {' or '.join(ONE_AREA)}.")
        if problems:
            raise Refusal(*problems)
        self.domain(IdType.NHS_NUMBER)  # refuses an epoch that is not one

    def domain(self, id_type: IdType) -> Domain:
        """The domain of this project's tokens."""
        return Domain(
            purpose=PURPOSE, recipient=self.recipient, project=self.id, epoch=self.epoch, id_type=id_type
        )

    def request(self, *, id: str, reason: str, asked_by: str, dates: tuple[date, date]) -> Request:
        """Write the request that two people sign; `dates` are when it is asked and when the approval ends."""
        terms = {
            "project": self.id,
            "recipient": self.recipient,
            "purpose": self.purpose,
            "fields": ", ".join(self.fields),
            "epoch": self.epoch,
            **({"basis": self.basis} if self.basis else {}),
        }
        asked, ends = dates
        return Request(
            id=id,
            act=Act.PROJECT,
            terms=terms,
            reason=reason,
            asked_by=asked_by,
            asked_on=asked,
            expires_on=ends,
        )


@dataclass(frozen=True, kw_only=True)
class Approval:
    """A project's request as it was signed, and where its use is checked and written down."""

    request: Request
    signatures: Sequence[Signature]
    approvals: Approvals


@dataclass(frozen=True, kw_only=True)
class Linkable:
    """The rows with their notice, what must be said beside them, and which records the tripwire kept back."""

    data: pl.DataFrame
    metadata: Mapping[str, Any]
    tripped: tuple[str, ...]


def make_linkable(
    records: pl.DataFrame,
    project: Project,
    *,
    root: SplitKey,
    approval: Approval,
    opt_outs: OptOuts,
    now: datetime,
) -> Linkable:
    """Make a project's rows from records with `nhs_number`, `referral_key` and the sources of its fields.

    In this order: the approval (of exactly this project, by two, unexpired), the tripwire, the opt-outs, and
    only then tokens. The same project gets the same tokens in each extract of an epoch. Raises Refusal.
    """
    request = approval.request
    opt_outs = of_basis(project, opt_outs)
    if opt_outs.national is Exemption.ANONYMISED:
        raise Refusal(
            "Linkable rows are not anonymous: the national data opt-out needs an answer or another ground."
        )
    _check_asked(records, project, request)
    approval.approvals.use(request, approval.signatures, now, once=False)
    checked = check_records(records, _sources(project))
    heeded = heed(checked.kept, opt_outs, now.date(), number=NUMBER)
    data = _rows(heeded.kept, project, root)
    counts = _counts(records, checked, heeded, data)
    head = approval.approvals.trail.append(
        now, "linkable data made", {"request": request.id, "project": project.id, "rows": data.height}
    )
    metadata = {
        **_described(project, request),
        "key_id": root.key_id,
        "made_on": now.date().isoformat(),
        "national_data_opt_out": opt_outs.national_rule,
        "counts": counts,
        "trail_head": head,
    }
    return Linkable(data=data, metadata=metadata, tripped=tuple(each.sentence for each in checked.findings))


def of_basis(project: Project, opt_outs: OptOuts) -> OptOuts:
    """Return whom to leave out of a project: who agreed to research counts for what rests on consent, and there only.

    Explicit consent needs no national answer. Raises Refusal where a project rests on consent and no list is given.
    """
    if project.basis != CONSENT:
        return replace(opt_outs, agreed=None)
    if opt_outs.agreed is None:
        raise Refusal(
            "This project rests on consent: give the list of who agreed to research, --research FILE."
        )
    if opt_outs.national is Exemption.ANONYMISED:
        return replace(opt_outs, national=Exemption.EXPLICIT_CONSENT)
    return opt_outs


def _sources(project: Project) -> list[str]:
    return sorted({LINKABLE_FIELDS[name].source for name in project.fields})


def _check_asked(records: pl.DataFrame, project: Project, request: Request) -> None:
    agreed = project.request(
        id=request.id,
        reason=request.reason,
        asked_by=request.asked_by,
        dates=(request.asked_on, request.expires_on),
    )
    if request != agreed:
        raise Refusal("The approval is of another project, or of other terms, than this one.")
    missing = sorted({NUMBER, ROW, *_sources(project)} - set(records.columns))
    if missing:
        raise Refusal(*(f"{name}: missing from the records." for name in missing))
    if records[ROW].null_count() or records[ROW].n_unique() != records.height:
        raise Refusal(f"{ROW}: every record needs one, and no two the same.")


def _rows(kept: pl.DataFrame, project: Project, root: SplitKey) -> pl.DataFrame:
    """Sorted by a row's own token, so that neither the order nor a person's neighbours tell anything."""
    people = Tokeniser(root, project.domain(IdType.NHS_NUMBER)).column(kept[NUMBER], kept[ROW])
    rows = Tokeniser(root, project.domain(IdType.REFERRAL)).column(kept[ROW], kept[ROW])
    fields = kept.select(LINKABLE_FIELDS[name].made.alias(name) for name in project.fields)
    named = [
        pl.repeat(NOTICE, kept.height, dtype=pl.String, eager=True).alias("notice"),
        people.alias("person_token"),
        rows.alias("row_token"),
    ]
    return pl.DataFrame([*named, *fields.get_columns()]).sort("row_token")


def _counts(records: pl.DataFrame, checked: Checked, heeded: Heeded, data: pl.DataFrame) -> dict[str, Any]:
    return {
        "rows_read": records.height,
        "rows_rejected_by_tripwire": checked.rejected,
        "people_left_out": dict(heeded.people),
        "rows_left_out": dict(heeded.rows),
        "rows": data.height,
        "people": data["person_token"].n_unique(),
    }


def _described(project: Project, request: Request) -> dict[str, Any]:
    return {
        "notice": NOTICE,
        "tier": "P",
        "project": project.id,
        "recipient": project.recipient,
        "purpose": project.purpose,
        "approval": request.id,
        "expires_on": request.expires_on.isoformat(),
        "epoch": project.epoch,
        **({"basis": project.basis} if project.basis else {}),
        "columns": [
            {"name": "notice", "meaning": "What this row is; never take this column away.", "source": None},
            {
                "name": "person_token",
                "meaning": "The same person in this project and epoch only; a token that "
                "begins ns0. stands for one row whose person is not known.",
                "source": NUMBER,
            },
            {"name": "row_token", "meaning": "This referral in this project and epoch only.", "source": ROW},
            *(
                {
                    "name": name,
                    "meaning": LINKABLE_FIELDS[name].meaning,
                    "source": LINKABLE_FIELDS[name].source,
                }
                for name in project.fields
            ),
        ],
    }
