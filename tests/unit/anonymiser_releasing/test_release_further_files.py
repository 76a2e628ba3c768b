"""Tables with cell keys and private tables, where they are asked for by the command line."""

import csv
import json
import shutil
import sys
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from frictionless import Package, system

from anonymiser.__main__ import main
from anonymiser.errors import Refusal
from anonymiser.keys import Keys
from anonymiser.releasing.counted import PERTURBED, PRIVATE
from anonymiser.releasing.definitions import CROSSED, OPEN, definitions
from anonymiser.releasing.frames import raw_frame, referral_frame
from anonymiser.releasing.sources import Order, read_extracts
from anonymiser.releasing.tables import CELL_KEY_PURPOSE, table_frame
from anonymiser.releasing.verify import manifest_sum, verify_release
from anonymiser.tables.cell_keys import perturbed_counts, ptable_centred, record_keys
from tests.unit.anonymiser.sample import Fields, outcome_records
from tests.unit.anonymiser_releasing.release_orders import LATER_ID, Sealing

Run = Callable[..., int]
Line = Mapping[str, str]
FIRST, SECOND = "release-1-2026-11-22", "release-2-2026-11-22"
ROWS = 700
PRIVATELY = ("--also-private", "0.5", "--private-total", "0.9")


@pytest.fixture(scope="module")
def everybody() -> list[Fields]:
    return outcome_records(ROWS + 400, seed=41)


@pytest.fixture(scope="module")
def extracts(sealed: Sealing, everybody: list[Fields]) -> tuple[Path, Path]:
    return sealed(everybody[:ROWS]), sealed(everybody[ROWS:], extract_id=LATER_ID)


@pytest.fixture
def run(keys_folder: Path, tmp_path: Path) -> Run:
    def commanded(extract: Path, *more: str, command: str = "release", out: str = "out") -> int:
        return commanded_at(keys_folder, tmp_path / out, extract, *more, command=command)

    return commanded


def commanded_at(keys: Path, out: Path, extract: Path, *more: str, command: str = "release") -> int:
    return main([command, "--extract", str(extract), "--keys", str(keys), "--out", str(out), *more], {})


@pytest.fixture(scope="module")
def asked(keys_folder: Path, extracts: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a series of one release for which everything was asked; tests that change it work on a copy."""
    out = tmp_path_factory.mktemp("asked") / "out"
    assert commanded_at(keys_folder, out, extracts[0], "--also-perturbed", *PRIVATELY) == 0
    return out


@pytest.fixture
def begun(asked: Path, tmp_path: Path) -> Path:
    """The same series in the folder of the test's own."""
    return Path(shutil.copytree(asked, tmp_path / "out"))


def lines(release: Path, name: str) -> list[Line]:
    with (release / "data" / f"{name}.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def numbers(release: Path) -> dict[tuple[str, str, str], str]:
    return {
        (each["table"], each["value"], each["answer"]): each["people"]
        for each in lines(release, PERTURBED.name)
    }


def described(release: Path) -> None:
    """The folder is whole, and every description of it knows of all its files."""
    manifest = verify_release(release)
    package = json.loads((release / "datapackage.json").read_text())
    paths = {told["path"] for each in package["resources"] for told in (each, *each["alternates"])}
    assert paths == {
        name for name in manifest["files"] if name.endswith((".csv", ".parquet")) and "data/" in name
    }
    with system.use_context(trusted=True):
        report = Package.from_descriptor(package, basepath=str(release)).validate()
    assert report.valid, report.flatten(["title", "message"])


def test_without_the_options_there_are_no_such_files(
    run: Run, extracts: tuple[Path, Path], tmp_path: Path
) -> None:
    assert run(extracts[0]) == 0
    release = tmp_path / "out" / FIRST
    assert not [path for path in release.rglob("*") if "perturbed" in path.name or "private" in path.name]
    assert not {"perturbed", "private"} & json.loads((release / "manifest.json").read_text()).keys()


@pytest.mark.parametrize("command", ["release", "build"])
def test_tables_with_cell_keys_are_told_in_a_file_of_their_own(
    run: Run, extracts: tuple[Path, Path], tmp_path: Path, command: str
) -> None:
    assert run(extracts[0], "--also-perturbed", command=command) == 0
    release = tmp_path / "out" / (FIRST if command == "release" else f"candidate-{FIRST}")
    described(release)
    told = lines(release, PERTURBED.name)
    shown = [int(each["people"]) for each in told if each["people"] not in ("", "0")]
    assert len(shown) > 60
    assert min(shown) >= 10
    assert len({number % 5 for number in shown}) == 5  # not rounded
    assert {each["status"] for each in told} == {"shown", "small", "further"}
    page, manifest = (
        (release / "dictionary.html").read_text(),
        json.loads((release / "manifest.json").read_text()),
    )
    assert f"data/{PERTURBED.name}" in (release / "README.txt").read_text()
    for each in definitions(PERTURBED):
        assert f">{each.table}<" in page
    assert manifest["perturbed"]["threshold"] == 10
    assert len(manifest["perturbed"]["ptable_sha256"]) == 64


def test_every_number_is_that_of_the_method_for_its_people(
    asked: Path, extracts: tuple[Path, Path], keys: Keys
) -> None:
    """The module that is held against the statistics office's own package, on rows that the test puts together."""
    told = numbers(asked / FIRST)
    frame = frame_of(extracts[0], keys)
    checked = 0
    for by, measure in CROSSED:
        for value, answer, people in perturbed_counts(frame, [by, measure], ptable_centred()).iter_rows():
            printed = told.get((f"{measure}-by-{by}", value, answer), "")
            assert printed in ("", "0") or int(printed) == people
            checked += printed not in ("", "0")
    assert checked > 60


def frame_of(extract: Path, keys: Keys) -> pl.DataFrame:
    """The rows that the tables count, each person with the record key that the anonymiser gives."""
    given = read_extracts([extract], Order(extracts=[extract], keys=keys, out=extract.parent))
    referrals = referral_frame(raw_frame(each for _, each in given.values()), keys.root)
    made = table_frame(referrals, date(2026, 11, 22))
    return made.with_columns(record_keys(made["person"], keys.root.derive(CELL_KEY_PURPOSE)))


def test_no_group_is_told_by_both_rules(asked: Path) -> None:
    release = asked / FIRST
    rounded = {each["table"] for each in lines(release, "tables")}
    assert rounded.isdisjoint(each["table"] for each in lines(release, PERTURBED.name))
    crossed = {frozenset(each) for each in CROSSED}
    assert crossed.isdisjoint(frozenset((each["by"], each["measure"])) for each in lines(release, "tables"))


def test_tables_of_a_release_are_the_same_whether_others_are_asked_for_or_not(
    run: Run, extracts: tuple[Path, Path], asked: Path, tmp_path: Path
) -> None:
    assert run(extracts[0]) == 0
    plain, more = (out / FIRST / "data" / "tables.csv" for out in (tmp_path / "out", asked))
    assert plain.read_bytes() == more.read_bytes()


def test_number_stays_until_ten_people_have_changed_it(
    run: Run,
    extracts: tuple[Path, Path],
    sealed: Sealing,
    everybody: list[Fields],
    begun: Path,
    tmp_path: Path,
) -> None:
    few = sealed(everybody[ROWS : ROWS + 3], extract_id=LATER_ID)
    shutil.copytree(begun, tmp_path / "few")
    assert run(few, "--also-perturbed", out="few") == 0
    assert numbers(tmp_path / "few" / SECOND) == numbers(tmp_path / "few" / FIRST)
    assert run(extracts[1], "--also-perturbed") == 0
    before, after = numbers(begun / FIRST), numbers(begun / SECOND)
    assert sum(before[place] != after.get(place) for place in before) > 20


def test_cell_keys_go_with_the_default_rule_alone(
    run: Run, extracts: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(extracts[0], "--also-perturbed", "--table-rule", "hes") == 1
    assert "go with the rule default alone" in capsys.readouterr().err
    assert not list((tmp_path / "out").glob("release-*"))


def test_private_tables_list_every_cell_and_their_noise_is_told(asked: Path) -> None:
    release = asked / FIRST
    described(release)
    told = lines(release, PRIVATE.name)
    assert len(told) == sum(len({each["value"] for each in told if each["by"] == by}) * 5 for by, _ in OPEN)
    assert {each["value"] for each in told if each["by"] == "deprivation"} == {
        *map(str, range(1, 11)),
        "unknown",
    }
    assert all(
        int(each["people"]) >= 10 if each["status"] == "shown" else not each["people"] for each in told
    )
    private = json.loads((release / "manifest.json").read_text())["private"]
    assert (private["epsilon"], private["epsilon_spent_in_series"], private["epsilon_of_series"]) == (
        0.5,
        0.5,
        0.9,
    )
    assert {*private["off_by_at_most_in_95_percent"]} == {f"{measure}-by-{by}" for by, measure in OPEN}


def test_what_was_drawn_for_a_candidate_is_kept_and_spent_once(
    run: Run, extracts: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(extracts[0], *PRIVATELY, command="build") == 0
    path = tmp_path / "out" / f"candidate-{FIRST}" / "data" / f"{PRIVATE.name}.csv"
    drawn = path.read_bytes()
    assert run(extracts[0], "--also-private", "0.4") == 1
    assert "were drawn with an epsilon of 0.5" in capsys.readouterr().err
    assert run(extracts[0], "--also-private", "0.5") == 0
    assert (tmp_path / "out" / FIRST / "data" / path.name).read_bytes() == drawn


def test_series_stops_drawing_when_its_budget_is_spent(
    run: Run, extracts: tuple[Path, Path], begun: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(extracts[1], "--also-private", "0.5") == 1
    said = capsys.readouterr().err
    assert "an epsilon of 0.9, and 0.5 of it is spent: 0.5 more is not left" in said
    assert not (begun / SECOND).exists()
    assert run(extracts[1], "--also-private", "0.4") == 0
    private = json.loads((begun / SECOND / "manifest.json").read_text())["private"]
    assert private["epsilon_spent_in_series"] == pytest.approx(0.9)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--also-private", "0.5"], "need --private-total"),
        (["--also-private", "0.5", "--private-total", "2.1"], "at most 2"),
    ],
)
def test_first_private_tables_need_a_total_that_is_not_too_large(
    run: Run, extracts: tuple[Path, Path], more: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(extracts[0], *more) == 1
    assert said in capsys.readouterr().err


def test_total_of_a_series_cannot_be_changed(
    run: Run, extracts: tuple[Path, Path], begun: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(extracts[1], "--also-private", "0.1", "--private-total", "1.5") == 1
    assert "cannot be changed" in capsys.readouterr().err


def test_lost_record_of_what_was_spent_stops_the_next_drawing(
    run: Run, extracts: tuple[Path, Path], begun: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for path in (begun / ".series").glob("private.ledger*"):
        path.unlink()
    assert run(extracts[1], *PRIVATELY) == 1
    assert "lacks entries" in capsys.readouterr().err


@pytest.mark.parametrize("words", ["0", "-1", "much", "inf", "nan"])
def test_epsilon_is_a_number_above_nought(run: Run, extracts: tuple[Path, Path], words: str) -> None:
    with pytest.raises(SystemExit) as end:
        run(extracts[0], f"--also-private={words}")
    assert end.value.code == 2


def test_missing_library_is_named(
    run: Run,
    extracts: tuple[Path, Path],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    monkeypatch.delitem(sys.modules, "anonymiser.tables.private_counts", raising=False)
    monkeypatch.setitem(sys.modules, "opendp", None)
    monkeypatch.setitem(sys.modules, "opendp.prelude", None)
    assert run(extracts[0], *PRIVATELY) == 1
    assert "needs the library OpenDP, and it is not installed here" in capsys.readouterr().err
    assert not list((tmp_path / "out").glob("release-*"))


@pytest.mark.parametrize("name", [PERTURBED.name, PRIVATE.name])
def test_verify_finds_a_number_that_no_such_file_can_hold(begun: Path, name: str) -> None:
    release = begun / FIRST
    path = release / "data" / f"{name}.csv"
    path.write_bytes(path.read_bytes().replace(b",shown\r\n", b",seen\r\n", 1))
    with pytest.raises(Refusal, match=f"data/{name}.csv: changed"):
        verify_release(release)
    manifest = json.loads((release / "manifest.json").read_text())
    package_sum(manifest, path, release)
    with pytest.raises(Refusal, match=f"data/{name}.csv, status: not an allowed value"):
        verify_release(release)


def package_sum(manifest: dict[str, dict[str, str]], path: Path, release: Path) -> None:
    """Make the sums fit what was forged."""
    from_path = manifest_sum(path.read_bytes()).split()[0]
    manifest["files"][path.relative_to(release).as_posix()] = from_path
    forged = json.dumps(manifest).encode()
    (release / "manifest.json").write_bytes(forged)
    (release / "manifest.sha256").write_text(manifest_sum(forged))
