"""How old a library may be: kept by name, judged by the day, never told as looked at where nobody looked."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from deploy.assurance import audit, libraries
from deploy.assurance.audit import Verdict
from deploy.assurance.evidence import ROOT
from deploy.assurance.libraries import LOOK_EVERY, STAY_AT_MOST, TAKE_WITHIN, Line, judge, looked

TODAY = date(2026, 11, 23)
DAY = timedelta(days=1)
LOCKED = frozenset({("flask", "3.1.3"), ("numpy", "2.4.6"), ("numpy", "2.5.5")})
LINES = tuple(Line(name, version, TODAY) for name, version in sorted(LOCKED))


def since(seen: date, why: str = "") -> tuple[Line, ...]:
    """The list where a newer flask was first seen on a day, and everything was looked at today."""
    return (Line("flask", "3.1.3", TODAY, "3.2.0", seen, why), *LINES[1:])


def verdict(lines: tuple[Line, ...], today: date = TODAY) -> Verdict:
    lock = "\n".join(f"{name}=={version} \\" for name, version in sorted(LOCKED))
    return audit.ages(libraries.text_of(lines), lock, today).verdict


def test_every_library_of_production_was_looked_at_and_none_is_past_its_time() -> None:
    """As of the last look: what has come since, `make audit` says."""
    lines = libraries.ledger(libraries.LEDGER.read_text())
    locked = libraries.pins(libraries.LOCK.read_text())
    judged = judge(lines, locked, max(each.looked_on for each in lines))
    assert (judged.past, judged.unseen) == ((), ())
    assert {(each.name, each.version) for each in lines} == locked
    assert len(locked) > 90


def test_the_times_are_those_that_are_promised() -> None:
    told = " ".join((ROOT / "SECURITY.md").read_text().partition("## How old a library may be")[2].split())
    assert f"every {LOOK_EVERY.days} days" in told
    assert f"within {TAKE_WITHIN.days} days" in told
    assert STAY_AT_MOST.days == 365, "a year, in words"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (LINES, Verdict.CLEAN),
        (since(TODAY - TAKE_WITHIN), Verdict.CLEAN),
        (since(TODAY - TAKE_WITHIN - DAY), Verdict.FOUND),
        (since(TODAY - TAKE_WITHIN - DAY, "the next one drops Python 3.11"), Verdict.CLEAN),
        (since(TODAY - STAY_AT_MOST - DAY, "the next one drops Python 3.11"), Verdict.FOUND),
        (LINES[1:], Verdict.NOT_AUDITED),
        ((Line("flask", "3.1.2", TODAY), *LINES[1:]), Verdict.NOT_AUDITED),
        ((), Verdict.NOT_AUDITED),
    ],
)
def test_what_is_past_its_time_is_found_and_what_was_not_looked_at_is_never_clean(
    lines: tuple[Line, ...], expected: Verdict
) -> None:
    assert verdict(lines) is expected


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        (TODAY + LOOK_EVERY, Verdict.CLEAN),
        (TODAY + LOOK_EVERY + DAY, Verdict.NOT_AUDITED),
        (TODAY - DAY, Verdict.NOT_AUDITED),
    ],
)
def test_a_look_counts_for_a_month_and_not_before_its_day(today: date, expected: Verdict) -> None:
    assert verdict(LINES, today) is expected


@pytest.mark.parametrize("text", ["", "name\tversion\nflask\t3.1.3\n", "\x00"])
def test_a_list_that_cannot_be_read_is_not_audited(text: str) -> None:
    assert audit.ages(text, "flask==3.1.3 \\", TODAY).verdict is Verdict.NOT_AUDITED


def test_a_newer_one_is_known_since_it_was_first_seen_and_a_reason_is_for_its_version() -> None:
    seen = TODAY - 40 * DAY
    before = (Line("flask", "3.1.3", seen, "3.2.0", seen, "a reason"), *LINES[1:])
    newest = frozenset({("flask", "3.10.0"), ("flask", "3.9.0"), ("numpy", "2.4.6"), ("numpy", "2.5.5")})
    assert looked(before, LOCKED, newest, TODAY) == (
        Line("flask", "3.1.3", TODAY, "3.10.0", seen, "a reason"),
        *LINES[1:],
    )
    taken = (LOCKED - {("flask", "3.1.3")}) | {("flask", "3.2.0")}
    assert looked(before, taken, newest, TODAY)[0] == Line("flask", "3.2.0", TODAY, "3.10.0", TODAY)


def test_an_older_one_is_no_newer_one_and_a_library_that_was_not_told_of_was_not_looked_at() -> None:
    newest = frozenset({("flask", "3.1.2")})
    before = tuple(Line(each.name, each.version, TODAY - DAY) for each in LINES[:2])
    assert looked(before, LOCKED, newest, TODAY) == (LINES[0], before[1])


def test_a_look_that_nobody_answered_writes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "libraries.tsv"
    file.write_text(libraries.text_of(LINES))
    for answer in (None, frozenset()):
        assert not libraries.look(lambda _, told=answer: told, TODAY + DAY, file=file)
        assert libraries.ledger(file.read_text()) == LINES


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    file = tmp_path / "libraries.tsv"
    locked = libraries.pins(libraries.LOCK.read_text())
    assert libraries.look(lambda _: locked, TODAY, file=file)
    lines = libraries.ledger(file.read_text())
    assert {(each.name, each.version) for each in lines} == locked
    assert {(each.looked_on, each.newer) for each in lines} == {(TODAY, "")}
