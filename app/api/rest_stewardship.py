"""The JSON API for what the steward watches, and for reporting a system blockage."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from app.api.guard import actor, database, requires
from app.api.rest_parts import Part
from app.api.schemas_stewardship import (
    AreaQuery,
    BlockageIn,
    BlockagesOut,
    DoneIn,
    EntryPairIn,
    EntryPairsOut,
    FairnessOut,
    MadeOut,
    PatternsOut,
    PeriodQuery,
    UnmetNeedsOut,
)
from app.domain import blockages as rules
from app.domain.blockages import Blockage
from app.domain.unmet_need import AreaKind
from app.domain.vocabulary import Role
from app.services.directory import entry_pairs
from app.services.directory.entry_pairs import Pairs
from app.services.watching import blockages, fairness, unmet_need, unmet_needs
from app.services.watching.blockages import About, Patterns
from app.services.watching.fairness import FairnessView
from app.services.watching.unmet_needs import Report

part = Part(
    "stewardship", "Who is asked, what nobody can help with, what stands in the way, entries that are one."
)


@part.route("/fairness")
@requires(Role.STEWARD)
@part.arguments(PeriodQuery, location="query")
@part.response(200, FairnessOut)
def find_fairness(query: dict[str, Any]) -> FairnessView:
    """Tell how a period's offers spread over size and kind; nothing of how anybody fared."""
    return fairness.find_fairness(database(), actor(), since=query["since"], until=query["until"])


@part.route("/unmet-needs")
@requires(Role.STEWARD)
@part.arguments(AreaQuery, location="query")
@part.response(200, UnmetNeedsOut)
def find_unmet_needs(query: dict[str, str]) -> Report:
    """Tell for what nobody was found, by need, area, reason and month. Small numbers: for the steward alone."""
    return unmet_needs.find_report(database(), actor(), kind=AreaKind(query["area"]))


@part.route("/referrals/<uuid:referral_id>/unmet-need/take-back", methods=["POST"])
@requires(Role.LINK_WORKER)
@part.response(204)
def take_back_unmet_need(referral_id: UUID) -> None:
    """Say that somebody can help after all."""
    unmet_need.take_back(database(), actor(), referral_id)


@part.route("/blockages", methods=["POST"])
@requires(Role.LINK_WORKER, Role.PROVIDER)
@part.arguments(BlockageIn)
@part.response(201, MadeOut)
def report_blockage(told: dict[str, Any]) -> dict[str, UUID]:
    """Report what stood in the way and no single service can mend."""
    read = rules.read(told["theme"], told["words"], told["area"])
    about = About(told["referral_id"], told["placement_id"])
    return {"id": blockages.report(database(), actor(), read, about)}


@part.route("/blockages")
@requires(Role.LINK_WORKER, Role.PROVIDER)
@part.response(200, BlockagesOut)
def list_blockages() -> dict[str, Sequence[Blockage]]:
    """List what your organisation reported, and what was done about it."""
    return {"items": blockages.list_own(database(), actor())}


@part.route("/blockages/<uuid:blockage_id>/take-back", methods=["POST"])
@requires(Role.LINK_WORKER, Role.PROVIDER)
@part.response(204)
def take_back_blockage(blockage_id: UUID) -> None:
    """Take a report of your own organisation back."""
    blockages.take_back(database(), actor(), blockage_id)


@part.route("/blockages/patterns")
@requires(Role.STEWARD)
@part.response(200, PatternsOut)
def find_blockage_patterns() -> Patterns:
    """Tell the year's blockages, without whom they were about."""
    return blockages.find_patterns(database(), actor())


@part.route("/blockages/<uuid:blockage_id>/looked-at", methods=["POST"])
@requires(Role.STEWARD)
@part.arguments(DoneIn)
@part.response(204)
def look_at_blockage(told: dict[str, str], blockage_id: UUID) -> None:
    """Write what was done; whoever reported it reads that."""
    blockages.look_at(database(), actor(), blockage_id, told["done"])


@part.route("/directory-duplicates")
@requires(Role.STEWARD)
@part.response(200, EntryPairsOut)
def list_entry_pairs() -> Pairs:
    """List entries that may be one, and what was decided."""
    return entry_pairs.find_pairs(database(), actor())


@part.route("/directory-duplicates", methods=["POST"])
@requires(Role.STEWARD)
@part.arguments(EntryPairIn)
@part.response(201, MadeOut)
def decide_entry_pair(told: dict[str, Any]) -> dict[str, UUID]:
    """Say that two entries are one, and which is kept, or that they are not."""
    decide = entry_pairs.keep_one if told["decision"] == "same" else entry_pairs.keep_both
    return {"id": decide(database(), actor(), told["kept_id"], told["other_id"])}


@part.route("/directory-duplicates/<uuid:pair_id>/undo", methods=["POST"])
@requires(Role.STEWARD)
@part.response(204)
def undo_entry_pair(pair_id: UUID) -> None:
    """Take a decision back."""
    entry_pairs.undo(database(), actor(), pair_id)
