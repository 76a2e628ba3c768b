"""An intruder of the tests' own, who knows people of the invented year by name and reads a release's files alone.

Nothing here uses the engine or the checker: labels are read from the published hierarchies, people are counted anew.
"""

import csv
import hashlib
import json
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from statistics import fmean

import polars as pl

from anonymiser.keys import Keys
from anonymiser.policy import ANY, POLICY
from anonymiser.releasing.columns import DATASETS, JOURNEYS, REFERRALS, Dataset
from anonymiser.releasing.frames import journey_frame, referral_frame
from anonymiser.releasing.protect import row_names
from tests.unit.anonymiser.sample import Fields

ROOT = Path(__file__).parents[3]
FEWEST_PEOPLE, FEWEST_OUTCOMES = 10, 3
NEIGHBOUR = ("age", "gender", "area", "practice", "referred")
"""What somebody knows who knows a person by name: age, sex, area, practice and the month of the referral."""
EVERYTHING = ("referred", "area", "deprivation", "practice", "source", "age", "ethnicity", "gender", "need")
Facts = Mapping[str, str]


def command(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the real program, with nothing in its environment."""
    return subprocess.run(
        [sys.executable, "-m", "anonymiser", *map(str, arguments)],
        cwd=ROOT,
        env={},
        capture_output=True,
        text=True,
        check=False,
    )


def release_by_command(extract: Path, keys: Path, out: Path) -> Path:
    """Make a release through the real command line and give its folder."""
    ended = command("release", "--extract", extract, "--keys", keys, "--out", out)
    assert ended.returncode == 0, ended.stderr
    return Path(ended.stdout.splitlines()[-1])


def facts_of(record: Fields) -> Facts:
    """Everything that could be known of a referral before it came out, exactly."""
    age = record["age_years"]
    return {
        "referred": record["referred_month"],
        "area": record["outward_code"] or "unknown",
        "deprivation": str(record["deprivation_decile"] or "unknown"),
        "practice": record["practice"] or "no-practice",
        "network": record["network"] or "no-network",
        "source": record["source"],
        "age": "unknown" if age is None else "90 and over" if age >= 90 else str(age),
        "ethnicity": record["ethnicity"] or "99",
        "gender": record["gender"],
        "need": record["need"],
    }


@dataclass(frozen=True)
class Try:
    """One attempt to find one person: who else fits, and how likely a guess is right."""

    people: int
    outcomes: int
    success: float


@dataclass(frozen=True)
class Rows:
    """Published rows with the trees of their labels; `who` is behind each of them only judges the guesses."""

    dataset: Dataset
    frame: pl.DataFrame
    trees: Mapping[str, Sequence[Sequence[str]]]

    def find(self, person: str, facts: Facts, known: Iterable[str]) -> Try | None:
        """Look for somebody of whom the columns `known` are known; None where no row of theirs came out.

        Guesses among all the rows that fit, and among those of the finest labels: the better of the two counts.
        """
        if person not in self._people:
            return None
        fits = self.frame.filter(
            pl.col(name).is_in(self.labels(name, facts)) for name in known if name in facts
        )
        hidden = pl.sum_horizontal(pl.col(name) == ANY for name in self.dataset.quasi_names)
        finest = fits.filter(hidden == fits.select(hidden.min()).item()) if fits.height else fits
        chances = [fmean(guess["who"] == person) if guess.height else 0.0 for guess in (fits, finest)]
        return Try(fits["who"].n_unique(), fits[self.dataset.sensitive.name].n_unique(), max(chances))

    @property
    def _people(self) -> frozenset[str]:
        return frozenset(self.frame["who"].to_list())

    def labels(self, name: str, facts: Facts) -> set[str]:
        """Under which labels an exact value may have come out. What lies above a place is known to all."""
        tree = next(column.tree for column in self.dataset.quasi if column.name == name)
        leaf = facts[name]
        found = {leaf, ANY}
        for row in self.trees[tree]:
            if row[0] == leaf:
                found |= set(row)
        if tree == "area":
            found.add(leaf.rstrip("0123456789"))
        if tree == "practice":
            found.add("no-practice" if leaf == "no-practice" else facts["network"])
        return found


@dataclass(frozen=True)
class Published:
    """A release folder, and who is behind its rows: worked out with the keys, which no intruder has."""

    referrals: Rows
    journeys: Rows
    exact_journeys: pl.DataFrame
    tables: tuple[Mapping[str, str], ...]

    @classmethod
    def read(cls, folder: Path, records: Sequence[Fields], keys: Keys) -> "Published":
        """`records` are those of all extracts that the release was made of."""
        manifest = json.loads((folder / "manifest.json").read_text())
        extracts = "|".join(sorted(each["id"] for each in manifest["extracts"]))
        project = f"{manifest['release_id']} {hashlib.sha256(extracts.encode()).hexdigest()[:16]}"
        exact = referral_frame(raw_of(records), keys.root)
        number = dict(
            zip([r["referral_key"] for r in records], [r["nhs_number"] for r in records], strict=True)
        )
        exact = exact.with_columns(who=pl.col("key").replace_strict(number, return_dtype=pl.String))
        people = exact.select("person", "who").unique()
        journeys = journey_frame(exact.drop("who"), date.fromisoformat(manifest["created_on"]))
        journeys = journeys.join(people, on="person", how="left", maintain_order="left")
        found = {}
        for dataset, frame in zip(DATASETS, (exact, journeys), strict=True):
            names = frame.select("who", row_names(frame, dataset, keys.root, project))
            rows = pl.read_csv(folder / dataset.path, infer_schema=False)
            told = rows.join(names, on="row_id", how="left", maintain_order="left")
            assert not told["who"].null_count()
            found[dataset.name] = Rows(dataset, told, trees_of(folder))
        with (folder / "data" / "tables.csv").open(newline="") as lines:
            tables = tuple(csv.DictReader(lines))
        return cls(found[REFERRALS.name], found[JOURNEYS.name], journeys, tables)


def raw_of(records: Sequence[Fields]) -> pl.DataFrame:
    """Records as columns, with the types of the policy."""
    kinds = {name: pl.Int64 if field.bounds else pl.String for name, field in POLICY.items()}
    return pl.DataFrame({name: [record[name] for record in records] for name in kinds}, schema=kinds)


def trees_of(folder: Path) -> dict[str, list[list[str]]]:
    """The published hierarchies, by name."""
    return {
        path.stem: [line.split(";") for line in path.read_text().splitlines()]
        for path in (folder / "hierarchies").glob("*.csv")
    }


def unprotected_rows(records: Sequence[Fields]) -> Rows:
    """The control: every row as it was, with nothing but the names taken away."""
    rows = [
        {**facts_of(record), "outcome": record["outcome"], "who": record["nhs_number"]} for record in records
    ]
    return Rows(REFERRALS, pl.DataFrame(rows), {column.tree: [] for column in REFERRALS.quasi})


def attack(rows: Rows, targets: Sequence[Fields], known: Iterable[str]) -> list[Try]:
    """Look for each target; whoever has no row in the release cannot be found and is left out."""
    tries = (rows.find(target["nhs_number"], facts_of(target), known) for target in targets)
    return [each for each in tries if each is not None]


def is_held_off(tries: Sequence[Try]) -> bool:
    """Whether guessing is right in one of ten cases at most, and nobody stands among fewer than ten people."""
    enough = all(each.people >= FEWEST_PEOPLE and each.outcomes >= FEWEST_OUTCOMES for each in tries)
    return enough and fmean(each.success for each in tries) <= 1 / FEWEST_PEOPLE
