"""Carries a project's rows to a new epoch, and keeps and opens the notes by which care finds a person again."""

import json
import os
import re
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import polars as pl

from anonymiser.errors import Refusal
from anonymiser.releasing.frames import raw_frame
from anonymiser.releasing.leaving_out import agreed_of, opt_outs
from anonymiser.releasing.package import csv_bytes, json_bytes
from anonymiser.releasing.project import check_place, write_personal
from anonymiser.releasing.series import parquet
from anonymiser.releasing.sources import Order, read_extracts
from anonymiser.tokens.domains import IdType
from anonymiser.tokens.escrow import Escrow
from anonymiser.tokens.linkable import NOTICE, NUMBER, Project, of_basis
from anonymiser.tokens.opt_outs import Exemption, heed
from anonymiser.tokens.papers import Papers, read_paper
from anonymiser.tokens.relinking import Relinking, transit_half, transit_table
from anonymiser.tokens.split_key import SplitKey
from anonymiser.tokens.tokeniser import Tokeniser
from anonymiser.tokens.trail import METADATA

PERSON = "person_token"
NOTES = "notes.csv"
_TOKEN = re.compile(r"[a-z]{2}[01]\.20\d\d[a-z]\.[A-Z2-7]{26}")


def carry_over(order: Order, papers: Papers, new_root: SplitKey, data: Path, now: datetime) -> Path:
    """Write `relinked-REQUEST-DATE` with the rows of `data` (CSV, a column person_token) under new tokens.

    Both ends' people are those of the extracts whom no opt-out excludes. Any other column of old tokens is left out:
    it would join the old rows to the new ones for ever. Raises Refusal unless two signed for exactly this.
    """
    paper = read_paper(papers.paper)
    if paper.domains is None:
        raise Refusal(f"{papers.paper.name} asks for no re-linking.")
    name = f"relinked-{paper.request.id}-{now.date().isoformat()}"
    check_place(order.out, name)
    rows, approvals = _rows(data), papers.approvals(order.out)
    numbers, request = _people(order, now), paper.request
    roots = (order.keys.root, new_root)
    halves = (transit_half(roots[0], request), transit_half(roots[1], request))
    source, target = (
        transit_table(Tokeniser(root, domain), numbers, request, halves)
        for root, domain in zip(roots, paper.domains, strict=True)
    )
    done = Relinking(request, source, target).carry(
        rows, PERSON, approvals=approvals, signatures=paper.signatures, now=now
    )
    told = {
        "notice": NOTICE,
        "approval": request.id,
        "epoch": paper.domains[1].epoch,
        "rows_matched": done.matched,
        "rows_unmatched": done.unmatched,
    }
    files = {
        "linkable.csv": csv_bytes(done.data),
        "linkable.parquet": parquet(done.data),
        "metadata.json": json_bytes(told),
    }
    folder = write_personal(order.out, name, files)
    approvals.trail.keep_head()
    return folder


def keep_notes(order: Order, papers: Papers, key: SplitKey, now: datetime) -> Path:
    """Write `escrow-PROJECT-DATE`: a note for each person of an approved project, for the identifying service."""
    paper = read_paper(papers.paper)
    if paper.project is None:
        raise Refusal(f"{papers.paper.name} asks for no project's rows.")
    name = f"escrow-{paper.project.id}-{now.date().isoformat()}"
    check_place(order.out, name)
    numbers = _people(order, now, paper.project)
    tokeniser = Tokeniser(order.keys.root, paper.project.domain(IdType.NHS_NUMBER))
    approvals = papers.approvals(order.out)
    approvals.use(paper.request, paper.signatures, now, once=False)
    notes = Escrow(key).notes(tokeniser, numbers)
    facts: dict[str, str | int] = {
        "request": paper.request.id,
        "project": paper.project.id,
        "notes": notes.height,
    }
    head = approvals.trail.append(now, "escrow notes made", facts)
    files = {
        NOTES: csv_bytes(notes),
        "metadata.json": json_bytes({"notice": NOTICE, "escrow_key_id": key.key_id, "trail_head": head}),
    }
    folder = write_personal(order.out, name, files)
    approvals.trail.keep_head()
    return folder


def reveal(papers: Papers, key: SplitKey, folder: Path, now: datetime) -> str:
    """Give the NHS number behind the one token that two people signed for, for direct care, once.

    The trail must be the one that the notes were made under; the notes' folder keeps its head. Raises Refusal, which is
    written down too, where the approval does not hold or there is no note of the token.
    """
    paper = read_paper(papers.paper)
    notes = _rows(folder / NOTES, column="token")
    if not os.access(folder, os.W_OK):
        raise Refusal(f"{folder} cannot be written: what was revealed is noted there too.")
    approvals = papers.approvals(folder)
    approvals.trail.verify(_made_under(folder))
    token = paper.request.terms.get("token", "")
    found = notes.filter(pl.col("token") == token)["note"].to_list()
    return Escrow(key).open(
        found[0] if found else "",
        paper.request,
        paper.signatures,
        approvals=approvals,
        now=now,
    )


def _made_under(folder: Path) -> str:
    """The head of the trail that notes were made under. Notes without it could be opened again under another trail."""
    try:
        told = json.loads((folder / METADATA).read_bytes())
        return str(told["trail_head"])
    except (OSError, ValueError, KeyError, TypeError):
        raise Refusal(
            f"{folder} has no {METADATA} that tells which trail its notes were made under: keep the folder whole."
        ) from None


def _people(order: Order, now: datetime, project: Project | None = None) -> pl.Series:
    """The NHS numbers of the extracts, without whoever said no: what is made of them is not anonymous.

    Of a project that rests on consent, and wherever a list of it is given, only who agreed to research.
    """
    extracts = read_extracts(order.extracts, order)
    raw = raw_frame(extract for _, extract in extracts.values())
    lists = replace(opt_outs(order.lists, raw[NUMBER]), agreed=agreed_of(order.lists))
    if project is not None:
        lists = of_basis(project, lists)
    if lists.national is Exemption.ANONYMISED:
        raise Refusal("This is not anonymous: give the national check's answer with --national-answer.")
    return heed(raw, lists, now.date(), number=NUMBER).kept[NUMBER]


def _rows(path: Path, column: str = PERSON) -> pl.DataFrame:
    if not path.is_file():
        raise Refusal(f"There is no file {path}.")
    try:
        rows = pl.read_csv(path, infer_schema=False).fill_null("")
    except (OSError, pl.exceptions.PolarsError):
        raise Refusal(f"{path.name} cannot be read as CSV.") from None
    if column not in rows.columns:
        raise Refusal(f"{path.name} has no column {column}.")
    if column != PERSON:
        return rows
    tokens = [name for name in rows.columns if name != PERSON and _has_tokens(rows[name])]
    return rows.drop(tokens)


def _has_tokens(values: pl.Series) -> bool:
    return any(_TOKEN.fullmatch(value) for value in values.unique().to_list())
