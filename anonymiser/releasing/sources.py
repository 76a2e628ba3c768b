"""Opens the sealed extracts of a series and puts their records together, without whoever said no."""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import polars as pl

from anonymiser.errors import Refusal
from anonymiser.extract import Extract, read_extract
from anonymiser.hashing import Hashing, HeardFile
from anonymiser.keys import Keys
from anonymiser.policy_trees import Rows
from anonymiser.releasing.frames import networks_in, raw_frame, referral_frame, trees_of
from anonymiser.releasing.leaving_out import Lists, leave_out
from anonymiser.releasing.lineage import Given, check_day, check_lineage
from anonymiser.releasing.series import Series
from anonymiser.seal import open_lines


def quiet(_step: str) -> None:
    """Tell nobody."""


@dataclass(frozen=True, kw_only=True)
class Order:
    """What is to be made: of which sealed extracts, with which keys, into which folder of releases.

    `today` is the day of the run, after which no extract can have been made; without one nothing is held against it.
    `population` is how many people live there (population.py), for the risk report.
    `table_rule` names the rule of the tables (tables/rules.py); None is that of the series, `default` in a new one.
    `also_perturbed` asks for tables with cell keys, `also_private` for differentially private ones: so much epsilon, of
    `private_total` in the whole series (None is that which it began with).
    `progress` hears what is being done, `warn` what is for the steward alone: which records the tripwire rejected.
    """

    extracts: Sequence[Path]
    keys: Keys = field(repr=False)
    out: Path
    lists: Lists = field(default_factory=Lists)
    population: pl.DataFrame | None = None
    table_rule: str | None = None
    also_perturbed: bool = False
    also_private: float | None = None
    private_total: float | None = None
    state: Path | None = None
    today: date | None = None
    progress: Callable[[str], None] = quiet
    warn: Callable[[str], None] = quiet


@dataclass(frozen=True, kw_only=True)
class Source:
    """The extracts of a series, opened: by id where they lie and what they hold, and what follows from them.

    `kept_back` is a name for the set of records that the lists left out; `without_number` counts the records without a
    usable NHS number.
    """

    extracts: Mapping[str, tuple[Path, Extract]]
    raw: pl.DataFrame
    left_out: Mapping[str, int]
    kept_back: str
    without_number: int
    referrals: pl.DataFrame
    trees: Mapping[str, Rows]
    networks: Mapping[str, str | None]

    @property
    def created_on(self) -> date:
        """The day of the latest extract: the release's own, as there is no clock in it."""
        return max(extract.header.created_on for _, extract in self.extracts.values())

    @property
    def digest(self) -> str:
        """A name for the set of extracts."""
        return digest_of(self.extracts)

    def release_id(self, series: Series) -> str:
        """The name of the release that is made of them."""
        return f"release-{series.next_number()}-{self.created_on.isoformat()}"

    def name_in(self, series: Series) -> str:
        """The same with the extracts: by it the ledger knows the release, and its rows have their names."""
        return f"{self.release_id(series)} {self.digest}"

    def without_records(self) -> "Source":
        """The same for who needs the referrals alone: the records of millions take much room."""
        lean = {
            key: (path, replace(each, frame=each.frame.clear()))
            for key, (path, each) in self.extracts.items()
        }
        return replace(self, extracts=lean, raw=self.raw.clear())


def digest_of(keys: Iterable[str]) -> str:
    """A name for a set, of extracts for one, from their ids."""
    return hashlib.sha256("|".join(sorted(keys)).encode()).hexdigest()[:16]


def read_source(order: Order, series: Series, given: Mapping[str, tuple[Path, Extract]]) -> Source:
    """All extracts of the series: those given, and those of earlier releases from where they lay."""
    before = read_earlier({key: place for key, place in series.sources().items() if key not in given}, order)
    extracts = dict(sorted({**before, **given}.items()))
    check_lineage(extracts, series)
    order.progress("put the records together")
    raw = raw_frame(extract for _, extract in extracts.values())
    # Of one extract it was held against itself when it was read.
    if len(extracts) > 1 and raw["referral_key"].n_unique() != raw.height:
        raise Refusal("A referral is in two extracts; the extracts are not of one series.")
    until = max(extract.header.created_on for _, extract in extracts.values())
    every = raw
    raw, left_out = leave_out(every, order.lists, until)
    without = every.join(raw, on="referral_key", how="anti") if raw.height < every.height else every.clear()
    networks = networks_in(raw)
    return Source(
        extracts=extracts,
        raw=raw,
        left_out=left_out,
        kept_back=digest_of(without["referral_key"].to_list()),
        without_number=raw["nhs_number"].null_count(),
        referrals=referral_frame(raw, order.keys.root),
        trees=trees_of(raw, until, {**networks, **series.networks()}),
        networks=networks,
    )


def read_earlier(places: Mapping[str, Path], order: Order) -> Given:
    """Open the extracts of earlier releases where they lay. Raises Refusal where one is gone."""
    gone = [
        f"Extract {key} of an earlier release is not at {place}; give it too."
        for key, place in sorted(places.items())
        if not place.exists()
    ]
    if gone:
        raise Refusal(*gone)
    return read_extracts([place for _, place in sorted(places.items())], order)


def read_extracts(paths: Sequence[Path], order: Order) -> Given:
    """Open and check sealed extracts: id -> where it lies and what it holds."""
    found: Given = {}
    for number, path in enumerate(paths, start=1):
        order.progress(f"open extract {number} of {len(paths)}")
        try:
            extract = _read(path, order)
        except Refusal as refusal:
            if len(paths) == 1:
                raise
            raise Refusal(f"{path}:", *refusal.problems) from None
        if extract.header.extract_id in found:
            raise Refusal(
                f"Extract {extract.header.extract_id}: two of the files given have this id. Give each extract once; "
                "two different ones of one id are not both the platform's."
            )
        found[extract.header.extract_id] = (path.resolve(), extract)
        for sentence in extract.tripped:
            order.warn(f"Extract {extract.header.extract_id}: {sentence}")
    return found


def _read(path: Path, order: Order) -> Extract:
    with path.open("rb") as file, Hashing() as hashing:
        heard = HeardFile(file, hashing)
        extract = read_extract(open_lines(heard, order.keys.private))
        extract = replace(extract, sealed=heard.hexdigest())
    check_day(extract, order.today)
    return extract
