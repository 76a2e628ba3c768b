"""Lays an installation's licensed words, scale and value set over a shipped scorer: what it may show and we may not."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from marshmallow import ValidationError, fields, post_load

from app.domain.errors import FieldProblem, Invalid
from app.domain.measures import Answer, Band, Item, Measure, Total
from app.domain.measures_checks import problems_of
from app.services.measures.measure_file import (
    BandTable,
    FileSchema,
    TotalTable,
    flat,
    many,
    said,
    text,
    whole,
)

_EVERY: Final = "all"  # the key of answers that are the same for every item


@dataclass(frozen=True, slots=True)
class Pack:
    """What one file of licensed words says: whose measure, and what is laid over it, by item or total."""

    of: str
    version: str
    licence: str
    words: Mapping[str, str]
    introduction: str | None = None
    answers: Mapping[str, Sequence[str]] = field(default_factory=dict)
    scale: tuple[int, int] | None = None
    bands: Mapping[str, Sequence[Band]] = field(default_factory=dict)
    totals: Sequence[Total] = ()


def is_pack(tables: Mapping[str, Any]) -> bool:
    """Tell whether a file is words for a shipped measure, and not a measure of its own."""
    return "of" in tables


def pack_of(tables: Mapping[str, Any], folder: Path) -> Pack:
    """Return the pack that a file's tables tell, its value sets read from beside it; raises Invalid."""
    try:
        told: Pack = _PackFile().load(_with_value_sets(tables, folder))
    except ValidationError as fault:
        raise Invalid(list(flat(fault.messages))) from None
    return told


def laid_over(measure: Measure, pack: Pack) -> Measure:
    """Return the measure with the pack's words; raises Invalid with every problem that they make."""
    problems = list(_unknown(measure, pack))
    if problems:
        raise Invalid(problems)
    found = replace(
        measure,
        licence=pack.licence,
        introduction=pack.introduction or measure.introduction,
        items=tuple(_item(item, pack) for item in measure.items),
        totals=tuple(
            replace(each, bands=tuple(pack.bands.get(each.code, each.bands)))
            for each in (*measure.totals, *pack.totals)
        ),
    )
    if wrong := problems_of(found):
        raise Invalid(wrong)
    return found


def _item(item: Item, pack: Pack) -> Item:
    low, high = pack.scale or (item.low, item.high)
    told = pack.answers.get(item.code, pack.answers.get(_EVERY, ()))
    fitting = tuple(Answer(low + place, each) for place, each in enumerate(told))
    return replace(
        item,
        wording=pack.words.get(item.code, item.wording),
        low=low,
        high=high,
        answers=fitting if item.code in pack.answers or len(fitting) == high - low + 1 else item.answers,
        bands=tuple(pack.bands.get(item.code, item.bands)),
    )


def _unknown(measure: Measure, pack: Pack) -> Iterator[FieldProblem]:
    items = {item.code for item in measure.items}
    counted = items | {total.code for total in (*measure.totals, *pack.totals)}
    told = (
        ("words", pack.words, items),
        ("answers", pack.answers, items | {_EVERY}),
        ("bands", pack.bands, counted),
    )
    for name, given, known in told:
        for code in given:
            if code not in known:
                sentence = (
                    f"{measure.code} {measure.version} has no such item; use: {', '.join(sorted(known))}."
                )
                yield FieldProblem(f"{name}.{code}", sentence)
    yield from _unfit(measure, pack)


def _unfit(measure: Measure, pack: Pack) -> Iterator[FieldProblem]:
    """Answers for all items that fit not one of them would be dropped, and the words of their numbers with them."""
    told = pack.answers.get(_EVERY)
    ranges = {pack.scale or (item.low, item.high) for item in measure.items if item.code not in pack.answers}
    if told is None or any(len(told) == high - low + 1 for low, high in ranges):
        return
    wanted = " or ".join(f"{high - low + 1} (for {low} to {high})" for low, high in sorted(ranges)) or "none"
    sentence = (
        f"These are {len(told)} answers and fit no item. Give as many as an item has numbers: {wanted}."
    )
    yield FieldProblem(f"answers.{_EVERY}", sentence)


def _with_value_sets(tables: Mapping[str, Any], folder: Path) -> Mapping[str, Any]:
    """Return the tables with each total's value set read from the file that it names (answers in a row, value)."""
    totals = tables.get("totals")
    if not isinstance(totals, list):
        return tables
    filled = []
    for number, total in enumerate(totals, 1):
        if isinstance(total, dict) and "values" in total:
            rest = {key: value for key, value in total.items() if key != "values"}
            filled.append(
                rest | {"table": _value_set(folder, str(total["values"]), f"totals.{number}.values")}
            )
        else:
            filled.append(total)
    return {**tables, "totals": filled}


def _value_set(folder: Path, name: str, where: str) -> dict[str, str]:
    if Path(name).name != name:
        raise Invalid([FieldProblem(where, "Name a file that lies beside this one, without a folder.")])
    try:
        with (folder / name).open(encoding="utf-8-sig", newline="") as file:
            lines = [line for line in csv.reader(file) if line]
    except (OSError, UnicodeDecodeError):
        raise Invalid([FieldProblem(where, f"{name} cannot be read; put it beside this file.")]) from None
    if any(len(line) != 2 for line in lines):
        raise Invalid(
            [FieldProblem(where, f"Each line of {name} needs two values: answers in a row, and value.")]
        )
    return {answers: value for answers, value in lines if answers.strip().isdigit()}


class _Scale(FileSchema):
    low = whole(required=True)
    high = whole(required=True)


class _PackFile(FileSchema):
    of = text(required=True)
    version = text(load_default="1")
    licence = text(required=True)
    introduction = text(longest=1000, load_default=None)
    words = fields.Dict(
        keys=fields.String(),
        values=text(longest=600),
        load_default=dict,
        error_messages=said("words by item"),
    )
    answers = fields.Dict(
        keys=fields.String(),
        values=fields.List(text(longest=200)),
        load_default=dict,
        error_messages=said("lists of answers by item, or under all"),
    )
    scale = fields.Nested(_Scale, load_default=None)
    bands = fields.Dict(
        keys=fields.String(),
        values=fields.List(fields.Nested(BandTable)),
        load_default=dict,
        error_messages=said("lists of bands by item or total"),
    )
    totals = many(TotalTable, "scores as [[totals]] tables")

    @post_load
    def _made(self, told: dict[str, Any], **_: Any) -> Pack:
        scale = told.pop("scale")
        return Pack(**told, scale=(scale["low"], scale["high"]) if scale else None)
