"""Holds the finished bytes of a release against what only the anonymiser knows, and words the risk report."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import repeat
from pathlib import Path

import polars as pl

from anonymiser.checking.columns import Layout, code
from anonymiser.checking.findings import Limits
from anonymiser.checking.hierarchies import hierarchy
from anonymiser.checking.page import risk_page
from anonymiser.checking.report import Assessment, Kind, Line, Section, risk_report, sections
from anonymiser.checking.review import Inside, Review, review
from anonymiser.checking.runs import Codes
from anonymiser.checking.shared import Answers, answers, find_kept_faults, told_together
from anonymiser.memory import give_back
from anonymiser.policy import FURTHEST_OUTCOMES, MINIMUM_OUTCOMES, MINIMUM_PEOPLE, OUTCOMES, WEIGHTS
from anonymiser.policy_trees import Rows
from anonymiser.releasing.columns import JOURNEYS, WITHHELD, Dataset
from anonymiser.releasing.counted import FURTHER, SHOWN, SMALL
from anonymiser.releasing.frames import WORDS
from anonymiser.releasing.package import Described
from anonymiser.releasing.population import as_columns
from anonymiser.tables.rule_words import few, how_told, what_is_shown
from anonymiser.tables.rules import Rule

LIMITS = Limits(people=MINIMUM_PEOPLE, distinct=MINIMUM_OUTCOMES, distance=FURTHEST_OUTCOMES)
FEWEST_LEFT = 2
"""Outcomes that a person's classes in two tables must both leave possible."""
_BITS = {value: 1 << at for at, value in enumerate(OUTCOMES)} | {WITHHELD: (1 << len(OUTCOMES)) - 1}
_READ_AT_ONCE = 8 * 2**20
MISFIT = "The rows of the data file are not those that were meant to be released."


@dataclass(frozen=True, kw_only=True)
class Known:
    """What the anonymiser knows of one dataset: who is behind each row's name, and the exact rows.

    `names` has `row_id`, `row` and `person` in the order of `row_id`; `earlier` are the parts of the same dataset that
    are still out.
    """

    dataset: Dataset
    names: pl.DataFrame
    exact: pl.DataFrame
    trees: Mapping[str, Rows]
    earlier: Sequence[pl.DataFrame] = ()
    population: pl.DataFrame | None = None


@dataclass(frozen=True)
class Inspected:
    """One dataset's review; None where it has no rows. `findings` are sentences that stand against the release.

    `answers` is the file as somebody looks people up in it; `left` what is told of how many rows did not come out.
    """

    dataset: Dataset
    review: Review | None
    findings: tuple[str, ...]
    answers: Answers | None = None
    left: int | None = 0


def inspect_all(folder: Path, known: Sequence[Known]) -> tuple[Inspected, ...]:
    """Inspect each table of a release's rows, and what they tell together, file by file with all earlier ones."""
    with (
        ThreadPoolExecutor() as threads
    ):  # side by side: the intruder keeps one core busy, and the other waits
        found = [*threads.map(lambda each: inspect(folder / each.dataset.path, each), known)]
    give_back()
    shared = _told_together(found, known)
    give_back()
    return tuple(
        replace(each, findings=(*each.findings, *(shared if each.dataset is JOURNEYS else ())), answers=None)
        for each in found
    )


def _told_together(found: Sequence[Inspected], known: Sequence[Known]) -> tuple[str, ...]:
    """What stands against the files of two tables side by side, where one of them at least is of this release."""
    rows, journeys = (
        [*([each.answers] if each.answers else []), *map(_earlier_answers, repeat(it.dataset), it.earlier)]
        for each, it in zip(found, known, strict=True)
    )
    new = {id(each.answers) for each in found}
    people = sum(
        told_together(one, other, FEWEST_LEFT)
        for one in rows
        for other in journeys
        if {id(one), id(other)} & new
    )
    told = (
        f"{found[0].dataset.name} and {found[1].dataset.name}: together two of their files leave fewer than"
    )
    return (f"{told} {FEWEST_LEFT} outcomes possible for some of their people ({people}).",) if people else ()


def _earlier_answers(dataset: Dataset, rows: pl.DataFrame) -> Answers:
    crowd = code(rows, Layout(quasi=dataset.quasi_names, person=None)).crowd
    return _answers(dataset, crowd, rows)


def _answers(dataset: Dataset, crowd: Codes, rows: pl.DataFrame) -> Answers:
    return answers(crowd, rows, dataset.outcomes, _BITS)


def inspect(path: Path, known: Known) -> Inspected:
    """Check and attack a released CSV: crowds by people, diversity, distance, joint with earlier ones, intruders."""
    dataset = known.dataset
    looked_at = [*dict.fromkeys([*dataset.quasi_names, *dataset.outcomes, *dataset.fewest])]
    published = _read_in_parts(path, dataset, known.names["row_id"], looked_at)
    if isinstance(published, str):
        return Inspected(dataset, None, (f"{dataset.path}: {published}",))
    if not published.height:
        return Inspected(dataset, None, ())
    found = published.with_columns(known.names["row"], known.names["person"])
    del published
    give_back()
    checked = ["row", "person", *dataset.quasi_names, dataset.sensitive.name]
    made = review(
        found.select(checked),
        Layout(quasi=dataset.quasi_names, sensitive=(dataset.sensitive.name,), weights=WEIGHTS),
        {column.name: hierarchy(column.name, known.trees[column.tree]) for column in dataset.quasi},
        Inside(
            exact=known.exact.select(checked),
            earlier=[rows.select(checked) for rows in known.earlier],
            knowledge=dataset.knowledge,
            population=as_columns(known.population, dataset, known.trees),
        ),
        LIMITS,
    )
    crowd = made.assessment.release.crowd
    findings = (*made.findings, *find_kept_faults(crowd, found, dataset.fewest, WITHHELD))
    told = tuple(f"{dataset.name}: {sentence}" for sentence in findings)
    return Inspected(dataset, made, told, _answers(dataset, crowd, found))


def _read_in_parts(
    path: Path, dataset: Dataset, names: pl.Series, columns: Sequence[str]
) -> pl.DataFrame | str:
    """Some columns of a released CSV with words as numbers, or what is wrong where its rows are not of these names.

    Some of it at a time, because a million rows have to fit: their names, and what is not looked at, take much room.
    """
    schema = {name: pl.String if name == "row_id" else WORDS for name in dataset.names}
    wanted = [at for at, name in enumerate(schema) if name in ("row_id", *columns)]
    with path.open("rb") as file:
        if file.readline() != ",".join(dataset.names).encode() + b"\r\n":
            return "its heading is not that of the dictionary."
        parts, rows = [pl.DataFrame(schema=schema).select(columns)], 0
        while part := file.read(_READ_AT_ONCE):
            lines = part + file.readline()
            read = pl.read_csv(lines, has_header=False, schema=schema, columns=wanted)
            if not read["row_id"].equals(names.slice(rows, read.height)):
                return MISFIT
            parts.append(read.select(columns))
            rows += read.height
    return pl.concat(parts) if rows == len(names) else MISFIT


def control(known: Known) -> Review:
    """The same attack on the exact rows as if they had been released: it must succeed, or it proves nothing."""
    dataset = known.dataset
    checked = ["row", "person", *dataset.quasi_names, dataset.sensitive.name]
    return review(
        known.exact.select(checked),
        Layout(quasi=dataset.quasi_names, sensitive=(dataset.sensitive.name,), weights=WEIGHTS),
        {column.name: hierarchy(column.name, known.trees[column.tree]) for column in dataset.quasi},
        Inside(exact=known.exact.select(checked), knowledge=dataset.knowledge),
        LIMITS,
    )


def report_files(about: Described, inspected: Sequence[Inspected], tables: pl.DataFrame) -> dict[str, bytes]:
    """The risk report for readers and for programs."""
    found = [*_all_sections(about, inspected), _table_section(tables, about.rule)]
    findings = [sentence for each in inspected for sentence in each.findings]
    return {
        "risk-report.json": risk_report(found),
        "risk-report.html": risk_page(f"Risk report: {about.id}", found, findings),
    }


def read_csv(content: bytes | Path) -> pl.DataFrame:
    """A released CSV as text, an empty cell as an empty text."""
    return pl.read_csv(content, infer_schema=False).fill_null("")


def _all_sections(about: Described, inspected: Sequence[Inspected]) -> list[Section]:
    """The measures of each dataset by what is published: its hierarchies, and what is told of rows left out."""
    return [
        Section(
            f"{each.dataset.name}_{section.name}", f"{each.dataset.title}: {section.title}", section.lines
        )
        for each in inspected
        if each.review is not None
        for section in sections(_as_published(each, each.review, about))
    ]


def _as_published(each: Inspected, made: Review, about: Described) -> Assessment:
    trees = {column.name: hierarchy(column.name, about.trees[column.tree]) for column in each.dataset.quasi}
    return replace(made.assessment, suppressed=each.left, hierarchies=trees)


def _table_section(tables: pl.DataFrame, rule: Rule) -> Section:
    meanings = {
        SHOWN: f"Numbers that are printed, {how_told(rule)}: {what_is_shown(rule)}.",
        SMALL: f"Numbers withheld because they are too small: {few(rule)}.",
        FURTHER: "Numbers withheld because others would give a few people away beside them.",
    }
    lines = tuple(
        Line(status, status, int((tables["status"] == status).sum()), Kind.COUNT, meaning)
        for status, meaning in meanings.items()
    )
    return Section("tables", "Counts of people", lines)
