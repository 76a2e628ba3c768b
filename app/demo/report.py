"""Shows what happened: progress, one readable table, where to look, and the summary file."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from rich import box
from rich.console import Console
from rich.table import Table

from app.demo import place
from app.demo.dataset import Dataset
from app.demo.house import MAIL_FOLDER, House
from app.demo.scenarios import Scenario
from app.domain.access import system
from app.store import extracts

_HEADINGS = ("Referral", "What it shows", "Practice", "Provider", "Status", "Outcome", "Fed back", "Dataset")


@dataclass
class Timings:
    """How long each part took, in seconds."""

    set_up: float = 0.0
    start: float = 0.0
    loop: float = 0.0
    tour: float = 0.0

    @contextmanager
    def measure(self, name: str) -> Iterator[None]:
        """Time a part."""
        begun = time.monotonic()
        yield
        setattr(self, name, time.monotonic() - begun)


@dataclass
class Ended:
    """A referral as it stood at the end, beside how it should."""

    scenario: Scenario
    referral_id: str
    message_id: str
    header_id: str
    reference: str
    provider: str | None
    states: list[dict[str, str]]
    outcome: str | None
    feedback_message_id: str | None
    acknowledged_at: str | None
    extracted: bool = False
    extracted_reason: str = "not closed"
    notes: list[str] = field(default_factory=list)
    on_the_way: list[dict[str, str]] = field(default_factory=list)  # what was told before the end

    @property
    def status(self) -> str:
        """The last state."""
        return self.states[-1]["status"]


def add_extracted(ended: Sequence[Ended], house: House) -> None:
    """Look up which referrals went into the extract, and why the others did not."""
    with house.runtime.db.transaction(system("demo")) as tx:
        for one in ended:
            item = extracts.find_item(tx, UUID(one.referral_id))
            if item is not None:
                one.extracted, one.extracted_reason = item


def failures(ended: Sequence[Ended]) -> list[str]:
    """Return a line for every referral that did not reach its expected end."""
    found = []
    for one in ended:
        expected = (one.scenario.expected, one.scenario.outcome, *one.scenario.extracted)
        actual = (one.status, one.outcome, one.extracted, one.extracted_reason)
        if expected != actual:
            found.append(f"{one.scenario.name}: expected {expected}, found {actual}")
        if one.scenario.expected == "closed" and not (one.feedback_message_id and one.acknowledged_at):
            found.append(f"{one.scenario.name}: closed without an acknowledged message")
        if any(each["status"] == "failed" for each in one.on_the_way):
            found.append(f"{one.scenario.name}: the practice could not be told on the way")
    return found


def table(ended: Sequence[Ended]) -> str:
    """Return the one table of the demonstration."""
    names = {practice.ods: practice.name for practice in place.PRACTICES}
    rows = [_cells(one, names[one.scenario.practice]) for one in ended]
    grid = Table(title="The loop, referral by referral", title_justify="left", box=box.SIMPLE_HEAD)
    for number, heading in enumerate(_HEADINGS):
        words = " ".join([heading, *(row[number] for row in rows)]).split()
        grid.add_column(heading, min_width=max(len(word) for word in words))  # no word is ever broken
    for row in rows:
        grid.add_row(*row)
    terminal = Console()
    console = Console(width=max(terminal.width, 100) if terminal.is_terminal else 160)
    with console.capture() as captured:
        console.print(grid)
    return captured.get()


def _cells(one: Ended, practice: str) -> tuple[str, ...]:
    dataset = "sent" if one.extracted else f"no: {one.extracted_reason}"
    shown = (
        one.status,
        one.outcome or "-",
        one.acknowledged_at[11:19] if one.acknowledged_at else "-",
        dataset,
    )
    codes_as_words = (cell if cell == "-" else cell.replace("-", " ") for cell in shown)
    return one.reference, one.scenario.name, practice, one.provider or "-", *codes_as_words


def on_the_way(ended: Sequence[Ended]) -> str:
    """Return one line on what the practices were told before the ends."""
    told = [each for one in ended for each in one.on_the_way]
    gone = Counter(each["told"].replace("-", " ") for each in told if each["status"] != "superseded")
    words = ", ".join(f"{count} {kind}" for kind, count in gone.items()) or "nothing"
    dropped = len(told) - gone.total()
    gave_way = f"; {dropped} gave way to newer news" if dropped else ""
    return f"On the way the practices were told: {words}{gave_way}."


def _also(signed: place.Signed) -> str:
    """For whom somebody acts beside their own organisation."""
    username, organisation = place.BOTH
    return f", and {organisation}: chooses on each page for which" if signed.username == username else ""


def where_to_look(house: House) -> str:
    """Return where to look and with which sign-ins."""
    lines = [f"\nOpen {house.base_url}  (all passwords: {place.PASSWORD})"]
    lines += [
        f"  {signed.username:<12} {signed.role:<12} {signed.organisation}{_also(signed)}"
        for signed in place.STAFF
    ]
    lines.append("  and every other group by its key in app/demo/borough/organisations.toml")
    lines.append(f"  The directory, without signing in: {house.base_url}/directory")
    lines += [
        f"  API description: {house.base_url}/api/v1/docs",
        f"  Letters filed by the GP systems: {house.var / 'gp-system' / 'filed'}",
        f"  E-mails to providers: {house.var / MAIL_FOLDER}",
        "",
    ]
    return "\n".join(lines)


def closing(dataset: Dataset, timings: Timings, var: Path) -> str:
    """Return the last lines: the dataset, the summary, the times."""
    return (
        f"Dataset: {dataset.rows_released} of {dataset.rows_extracted} rows released, "
        f"{_about(dataset.rows_suppressed)} suppressed, {_about(dataset.opted_out)} opted out: {dataset.path}\n"
        f"Summary: {var / 'summary.json'}\n"
        f"Seconds: set-up {timings.set_up:.0f}, start {timings.start:.1f}, loop {timings.loop:.1f}, "
        f"tour {timings.tour:.1f}"
    )


def _about(number: int | None) -> str:
    return "1 to 9" if number is None else str(number)


def write_summary(
    path: Path,
    ended: Sequence[Ended],
    dataset: Dataset,
    timings: Timings,
    *,
    parked: int,
    shown: Sequence[dict[str, Any]] = (),
) -> None:
    """Write what a program may want to check."""
    referrals: list[dict[str, Any]] = [
        {
            "referral_id": one.referral_id,
            "reference": one.reference,
            "scenario": one.scenario.name,
            "message_id": one.message_id,
            "header_id": one.header_id,
            "practice_ods": one.scenario.practice,
            "provider": one.provider,
            "states": one.states,
            "expected": one.scenario.expected,
            "outcome": one.outcome,
            "feedback_message_id": one.feedback_message_id,
            "acknowledged_at": one.acknowledged_at,
            "on_the_way": one.on_the_way,
            "extracted": one.extracted,
            "extracted_reason": one.extracted_reason,
        }
        for one in ended
    ]
    summary = {
        "referrals": referrals,
        "shown": list(shown),
        "parked_messages": parked,
        "dataset": dataset.as_json(),
        "seconds": {name: round(value, 2) for name, value in asdict(timings).items()},
    }
    path.write_text(json.dumps(summary, indent=2) + "\n")
