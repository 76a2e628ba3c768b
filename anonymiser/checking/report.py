"""Gathers every measure of a release with what it means, for a reader and for a program alike."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from anonymiser.checking.classes import Measured
from anonymiser.checking.columns import Coded
from anonymiser.checking.hierarchies import Hierarchy
from anonymiser.checking.intruder import Attack
from anonymiser.checking.loss import losses, overall
from anonymiser.checking.risk import Risks, histogram, unique_share
from anonymiser.checking.signatures import Signature

_AS_TOLD = "; rows left out count as they are told, and not where they are few."
_TO_TWENTIETH = "To the nearest twentieth."
_AT_MOST = " At the most: no population was given, so only the people of the release count."


class Kind(StrEnum):
    """How a number is to be read."""

    COUNT = "count"
    SHARE = "share"
    NUMBER = "number"


@dataclass(frozen=True)
class Line:
    """One number, what it is called and what it means; None where it is not told, as a few people are behind it."""

    name: str
    label: str
    value: float | None
    kind: Kind
    meaning: str


@dataclass(frozen=True)
class Section:
    """Numbers that belong together."""

    name: str
    title: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, kw_only=True)
class Assessment:
    """What was found out about one release.

    `suppressed` rows were left out of it; None says that it is not told how many. `before` measures the exact values
    of the same referrals, unprotected, and `together` this release with all earlier ones. `attacks` and `controls` are
    by what the intruder knew: the same attack on the release and on the unprotected rows. `weights` are those by which
    the labels were chosen.
    """

    release: Coded
    measured: Measured
    hierarchies: Mapping[str, Hierarchy]
    risks: Risks
    suppressed: int | None = 0
    before: Measured | None = None
    together: Measured | None = None
    attacks: Mapping[str, Attack] = field(default_factory=dict)
    controls: Mapping[str, Attack] = field(default_factory=dict)
    signatures: Sequence[Signature] = ()
    weights: Mapping[str, float] = field(default_factory=dict)


def sections(assessment: Assessment) -> tuple[Section, ...]:
    """Say everything that was measured. Counts of people who are not in the release are rounded to 5."""
    found = (
        Section("crowds", "Crowds", tuple(_crowds(assessment))),
        Section("diversity", "What a crowd tells", tuple(_diversity(assessment.measured))),
        Section("risk", "Chances of being found", tuple(_risk(assessment))),
        Section("detail", "Detail lost", tuple(_detail(assessment))),
        Section("attack", "The attack", tuple(_attacks(assessment))),
        Section("token", "If a token were added", tuple(_signatures(assessment.signatures))),
        Section("sizes", "Sizes of the classes, in people", tuple(_sizes(assessment.measured))),
    )
    return tuple(section for section in found if section.lines)


def risk_report(found: Sequence[Section]) -> bytes:
    """The report for a program: JSON, section by section, each number with its meaning. Same input, same bytes."""
    report = {
        section.name: {
            line.name: {"value": line.value, "kind": line.kind.value, "meaning": line.meaning}
            for line in section.lines
        }
        for section in found
    }
    return (json.dumps(report, indent=2, ensure_ascii=False) + "\n").encode()


def to_nearest_five(count: int) -> int:
    """Round a count of people."""
    return (count + 2) // 5 * 5


def to_twentieth(share: float) -> float:
    """Round a share that people who are not in the release have a part in."""
    return round(share * 20) / 20


def _left_out(about: Assessment) -> int:
    """The rows left out as they are told: none where it is not told how many."""
    return to_nearest_five(about.suppressed or 0)


def _crowds(about: Assessment) -> Iterable[Line]:
    measured = about.measured
    yield _count("rows", "Rows", measured.rows, "Rows in the release.")
    suppressed = _left_out(about)
    told = None if about.suppressed is None else suppressed
    yield Line(
        "suppressed",
        "Suppressed rows",
        told,
        Kind.COUNT,
        "Referrals left out, to the nearest 5, as the manifest tells them; not told where they are few.",
    )
    share = suppressed / (suppressed + measured.rows) if measured.rows else 0.0
    yield _share(
        "suppressed_share", "Suppressed share", share, f"Of all referrals, the part left out{_AS_TOLD}"
    )
    yield _count("classes", "Classes", measured.classes, "Groups of rows alike in all that might be known.")
    yield _count("k_people", "k, people", measured.k_people, "Different people in the smallest class.")
    yield _count(
        "k_rows", "k, rows", measured.k_rows, "Rows in the smallest class; a person may have several."
    )
    yield _share(
        "largest_share",
        "Largest share of one person",
        measured.largest_share,
        "The largest part of any class's rows that is about one person.",
    )
    if about.together is not None:
        yield _count(
            "k_people_together",
            "k, people, all releases together",
            about.together.k_people,
            "The same for somebody who has every earlier release as well.",
        )


def _diversity(measured: Measured) -> Iterable[Line]:
    for name, found in measured.diversity.items():
        yield _count(f"{name}_l", f"{name}: l", found.l_distinct, "The fewest different values in any class.")
        yield _number(
            f"{name}_l_entropy",
            f"{name}: entropy l",
            found.l_entropy,
            "The values of the class that tells most are as hard to guess as so many equally likely ones.",
        )
        yield _number(
            f"{name}_t",
            f"{name}: t",
            found.t,
            "How far the class that differs most is from the whole release: 0 not at all, 1 entirely.",
        )


def _risk(about: Assessment) -> Iterable[Line]:
    found = about.risks
    yield _share(
        "prosecutor_highest",
        "Prosecutor, highest",
        found.prosecutor_highest,
        "The chance of picking the right person among all whose row it could be, for somebody who knows they are in "
        "the release. Whoever has several rows of a class is picked more often: see the largest share of one person.",
    )
    yield _share("prosecutor_mean", "Prosecutor, mean", found.prosecutor_mean, "The same, mean of all rows.")
    among = _AT_MOST if found.presence_highest is None else ""
    yield _share(
        "journalist_highest",
        "Journalist, highest",
        found.journalist_highest,
        "The same for somebody who knows only that the person is one of the population." + among,
    )
    yield _share(
        "marketer",
        "Marketer",
        found.marketer,
        "Of guesses at everyone among the population, the part that would be right." + among,
    )
    if found.presence_highest is not None:
        yield _share(
            "presence_highest",
            "Presence, highest",
            found.presence_highest,
            "How sure somebody can be that a person of a known kind is in the release at all.",
        )
    if about.before is not None:
        yield _share(
            "unique_before",
            "Unique before",
            to_twentieth(unique_share(about.before)),
            "The part of the referrals that were one of a kind before, to the nearest twentieth.",
        )
    yield _share(
        "unique_after", "Unique after", unique_share(about.measured), "The part that still is. It must be 0."
    )


def _detail(about: Assessment) -> Iterable[Line]:
    columns = losses(about.release, about.hierarchies, _left_out(about))
    yield _share(
        "loss",
        "Loss",
        overall(columns),
        "How much the labels leave open: nothing in exact values, all where a column or row is hidden; mean "
        f"of all{_AS_TOLD}",
    )
    yield _share(
        "loss_weighted",
        "Loss, weighted",
        overall(columns, about.weights),
        "The mean of all columns by their weights, which the labels were chosen to keep small.",
    )
    for name, loss in columns.items():
        yield _share(f"loss_{name}", f"Loss of {name}", loss, "The same for this column.")
        yield _number(
            f"weight_{name}",
            f"Weight of {name}",
            about.weights.get(name, 1.0),
            "How much its detail counts beside that of other columns when labels are chosen.",
        )


def _attacks(about: Assessment) -> Iterable[Line]:
    for where, attacks in (("the release", about.attacks), ("the unprotected rows", about.controls)):
        key = "release" if attacks is about.attacks else "control"
        for at, (title, each) in enumerate(attacks.items(), start=1):
            knows = f"{title} ({', '.join(each.known)})"
            yield _share(
                f"{key}_{at}_success",
                f"{title}, on {where}: success",
                _success(about, each) if key == "release" else to_twentieth(each.success),
                f"Right guesses at people known by name, of whom the intruder knows: {knows}. "
                + (f"Whoever is left out is never found{_AS_TOLD}" if key == "release" else _TO_TWENTIETH),
            )
            # The attack on the unprotected rows is told as shares only: its counts are of people who stood alone.
            if key == "release":
                yield _count(
                    f"{key}_{at}_alone",
                    f"{title}, on {where}: found",
                    each.alone,
                    "People found for certain.",
                )
                yield _count(
                    f"{key}_{at}_fewest",
                    f"{title}, on {where}: fewest people",
                    each.fewest_people,
                    "The fewest people whom the intruder could not tell apart.",
                )


def _success(about: Assessment, each: Attack) -> float:
    """The part of right guesses, of which those at people who are not in the release are as many as is told."""
    rows = about.measured.rows
    among = each.success * each.targets / each.present if each.present else 0.0
    return among * rows / (rows + _left_out(about)) if rows else 0.0


def _signatures(found: Sequence[Signature]) -> Iterable[Line]:
    for number, each in enumerate(found, start=1):
        yield _share(
            f"unique_{number}",
            f"Referrals: {each.referrals}",
            round(each.unique / each.people, 2) if each.people else 0.0,
            "Of people with so many referrals, the part whom their classes alone would single out if rows carried a "
            "token of the person. No row does.",
        )


def _sizes(measured: Measured) -> Iterable[Line]:
    for name, classes, rows in histogram(measured):
        yield _count(
            f"people_{name.replace(' ', '_')}", name, classes, f"Classes so large; {rows} rows in them."
        )


def _count(name: str, label: str, value: int, meaning: str) -> Line:
    return Line(name, label, value, Kind.COUNT, meaning)


def _share(name: str, label: str, value: float, meaning: str) -> Line:
    return Line(name, label, round(value, 4), Kind.SHARE, meaning)


def _number(name: str, label: str, value: float, meaning: str) -> Line:
    return Line(name, label, round(value, 4), Kind.NUMBER, meaning)
