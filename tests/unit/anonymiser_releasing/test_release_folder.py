"""The folder explains itself to people and programs, and any flipped byte in it is found."""

import json
import shutil
from pathlib import Path

import polars as pl
import pytest
from frictionless import Package, system

from anonymiser.errors import Refusal
from anonymiser.releasing.columns import DATASETS
from anonymiser.releasing.counted import TABLE_COLUMNS, TABLES_PATH
from anonymiser.releasing.diff import differences
from anonymiser.releasing.twin import make_twin
from anonymiser.releasing.verify import manifest_sum, verify_release
from tests.unit.anonymiser_releasing.release_orders import files_of

FILES = [
    "CHANGES.txt",
    "LICENCE.txt",
    "README.txt",
    "data/journeys.csv",
    "data/journeys.csv-metadata.json",
    "data/journeys.parquet",
    "data/outcomes.csv",
    "data/outcomes.csv-metadata.json",
    "data/outcomes.parquet",
    "data/tables.csv",
    "data/tables.csv-metadata.json",
    "data/tables.parquet",
    "datapackage.json",
    "dictionary.html",
    "dictionary.json",
    "manifest.json",
    "manifest.sha256",
    "risk-report.html",
    "risk-report.json",
]


@pytest.fixture(scope="module")
def twin(release: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_twin(release, tmp_path_factory.mktemp("twins"))


def test_folder_is_complete(release: Path) -> None:
    found = sorted(name for name in files_of(release) if not name.startswith("hierarchies/"))
    assert found == FILES
    trees = {column.tree for dataset in DATASETS for column in dataset.quasi}
    assert {path.stem for path in (release / "hierarchies").iterdir()} == trees


@pytest.mark.parametrize("which", ["release", "twin"])
def test_data_package_is_valid_to_frictionless(which: str, request: pytest.FixtureRequest) -> None:
    folder: Path = request.getfixturevalue(which)
    described = json.loads((folder / "datapackage.json").read_text())
    with system.use_context(trusted=True):
        report = Package.from_descriptor(described, basepath=str(folder)).validate()
    assert report.valid, report.flatten(["title", "message"])


def test_every_resource_names_a_file_with_its_size_and_hash(release: Path) -> None:
    described = json.loads((release / "datapackage.json").read_text())
    files = json.loads((release / "manifest.json").read_text())["files"]
    proven = [told for each in described["resources"] for told in (each, *each["alternates"])]
    for told in proven:
        assert told["hash"] == f"sha256:{files[told['path']]}"
        assert told["bytes"] == (release / told["path"]).stat().st_size
    assert len(proven) == 6


def test_csv_and_parquet_hold_the_same(release: Path) -> None:
    for dataset in DATASETS:
        as_csv = pl.read_csv(release / dataset.path, infer_schema=False)
        assert as_csv.equals(pl.read_parquet(release / dataset.path.replace("csv", "parquet")))


def test_web_description_lists_the_columns_in_order(release: Path) -> None:
    for path in ("data/outcomes.csv", "data/tables.csv"):
        described = json.loads((release / f"{path}-metadata.json").read_text())
        heading = (release / path).read_text().splitlines()[0].split(",")
        assert [column["name"] for column in described["tableSchema"]["columns"]] == heading


def test_every_column_has_meaning_values_origin_gaps_and_the_caveat(release: Path) -> None:
    described = json.loads((release / "dictionary.json").read_text())
    page = (release / "dictionary.html").read_text()
    columns = [column for table in described["tables"] for column in table["columns"]]
    assert len(columns) == sum(len(dataset.columns) for dataset in DATASETS) + len(TABLE_COLUMNS)
    for column in columns:
        assert column["meaning"]
        assert column["missing"]
        assert column["values"] or column["pattern"]
        assert "does not show what a service caused" in column["caveat"]
        assert f">{column['name']}<" in page


def test_dictionary_and_risk_report_tell_how_much_each_column_weighs(release: Path) -> None:
    described = json.loads((release / "dictionary.json").read_text())
    report = json.loads((release / "risk-report.json").read_text())
    page = (release / "dictionary.html").read_text()
    columns = {table["name"]: table["columns"] for table in described["tables"]}
    for dataset in DATASETS:
        detail = report[f"{dataset.name}_detail"]
        told = {column["name"]: column["weight"] for column in columns[dataset.name]}
        for name in dataset.names:
            if name not in dataset.quasi_names:
                assert told[name] is None
                continue
            assert told[name] == detail[f"weight_{name}"]["value"] > 0
            assert 0 <= detail[f"loss_{name}"]["value"] <= 1
            assert f"Weight {told[name]:g}:" in page
        assert told["need"] == max(weight for weight in told.values() if weight)


def test_dictionary_defines_every_table_for_people_and_programs(release: Path) -> None:
    defined = json.loads((release / "dictionary.json").read_text())["definitions"]
    page = (release / "dictionary.html").read_text()
    assert set(pl.read_csv(release / TABLES_PATH)["table"]) <= {each["table"] for each in defined}
    for each in defined:
        for part in ("counted", "of_whom", "told_apart_by", "answers", "source", "gaps", "caveat"):
            assert each[part], (each["table"], part)
        assert f">{each['table']}<" in page


def test_tables_print_no_number_below_ten_and_only_fives(release: Path) -> None:
    tables = pl.read_parquet(release / TABLES_PATH.replace("csv", "parquet"))
    people = tables["people"].drop_nulls()
    assert people.len() > 100
    assert people.filter((people != 0) & (people < 10)).is_empty()
    assert people.filter(people % 5 != 0).is_empty()
    assert set(tables.filter(pl.col("people").is_null())["status"]) <= {"small", "further"}


def test_published_hierarchy_names_no_place_that_was_not_released(release: Path) -> None:
    released = set(pl.read_parquet(release / "data" / "outcomes.parquet")["area"])
    for line in (release / "hierarchies" / "area.csv").read_text().splitlines():
        leaf = line.split(";")[0]
        assert leaf.startswith("others") or leaf in released or leaf == "unknown"


def test_risk_report_tells_the_attack_on_the_release_and_on_the_control(release: Path) -> None:
    report = json.loads((release / "risk-report.json").read_text())
    attack = {name: line["value"] for name, line in report["outcomes_attack"].items()}
    assert attack["release_3_success"] <= 0.1
    assert attack["control_3_success"] > 0.9
    assert report["outcomes_crowds"]["k_people"]["value"] >= 10
    assert "Nothing was found against this release" in (release / "risk-report.html").read_text()


def test_words_name_the_law_and_leave_no_gap(release: Path) -> None:
    for name in ("README.txt", "LICENCE.txt", "CHANGES.txt"):
        assert "{" not in (release / name).read_text()
    licence = " ".join((release / "LICENCE.txt").read_text().split())
    assert "section 171 of the Data Protection Act 2018" in licence


@pytest.mark.parametrize("name", FILES)
def test_verify_finds_a_flipped_bit_anywhere_in_a_file(release: Path, tmp_path: Path, name: str) -> None:
    copy = tmp_path / release.name
    shutil.copytree(release, copy)
    content = (copy / name).read_bytes()
    for position in range(0, len(content), max(1, len(content) // 4)):
        flipped = bytearray(content)
        flipped[position] ^= 1
        (copy / name).write_bytes(flipped)
        with pytest.raises(Refusal) as refusal:
            verify_release(copy)
        assert name in str(refusal.value)


def test_verify_finds_a_lost_file_and_a_stranger(release: Path, tmp_path: Path) -> None:
    copy = tmp_path / release.name
    shutil.copytree(release, copy)
    (copy / "README.txt").unlink()
    (copy / "data" / "extra.csv").write_text("x")
    with pytest.raises(Refusal) as refusal:
        verify_release(copy)
    assert refusal.value.problems == ("README.txt: missing.", "data/extra.csv: not part of this release.")


def test_verify_finds_another_name_an_empty_folder_and_a_link(release: Path, tmp_path: Path) -> None:
    def told(folder: Path) -> str:
        with pytest.raises(Refusal) as refusal:
            verify_release(folder)
        return str(refusal.value)

    renamed = Path(shutil.copytree(release, tmp_path / "release-9-2026-11-22"))
    assert "another name" in told(renamed)
    copy = Path(shutil.copytree(release, tmp_path / release.name))
    (tmp_path / "latest").symlink_to(copy)
    assert verify_release(tmp_path / "latest") == verify_release(copy)
    (copy / "empty").mkdir()
    assert told(copy) == "empty: an empty folder, not part of this release."
    (copy / "empty").rmdir()
    shutil.move(copy / "data" / "tables.csv", tmp_path / "outside.csv")
    (copy / "data" / "tables.csv").symlink_to(tmp_path / "outside.csv")
    assert told(copy) == "data/tables.csv: not a file of its own, but a link or the like."


@pytest.mark.parametrize(
    ("place", "name"), [("counts", "rows_released"), ("counts", "rows_extracted"), ("rows", "journeys")]
)
def test_verify_finds_a_false_count_even_where_the_hashes_were_made_to_fit(
    release: Path, tmp_path: Path, place: str, name: str
) -> None:
    copy = tmp_path / release.name
    shutil.copytree(release, copy)
    manifest = json.loads((copy / "manifest.json").read_text())
    manifest[place][name] += 1
    forged = json.dumps(manifest).encode()
    (copy / "manifest.json").write_bytes(forged)
    (copy / "manifest.sha256").write_text(manifest_sum(forged))
    with pytest.raises(Refusal, match=r"manifest\.json: "):
        verify_release(copy)


def test_twin_has_the_same_columns_says_so_everywhere_and_holds_no_released_row(
    release: Path, twin: Path
) -> None:
    manifest = verify_release(twin)
    assert manifest["synthetic"] is True
    for dataset in DATASETS:
        real, invented = (
            pl.read_parquet(f / dataset.path.replace("csv", "parquet")) for f in (release, twin)
        )
        assert invented.columns == real.columns
        assert invented.height > 100
        assert invented["row_id"].str.starts_with("synthetic.").all()
    for name in ("README.txt", "dictionary.html", "datapackage.json", "data/outcomes.csv-metadata.json"):
        assert "SYNTHETIC" in (twin / name).read_text()


def test_twin_is_as_coarse_as_its_release_and_has_its_tables_with_other_numbers(
    release: Path, twin: Path
) -> None:
    for dataset in DATASETS:
        real, invented = (pl.read_csv(f / dataset.path, infer_schema=False) for f in (release, twin))
        for column in dataset.quasi_names:
            assert set(invented[column]) <= set(real[column]), column
            hidden = [(each[column] == "*").mean() for each in (real, invented)]
            assert abs(hidden[0] - hidden[1]) < 0.15, column
    real, invented = (pl.read_csv(f / TABLES_PATH, infer_schema=False) for f in (release, twin))
    lines = ["table", "by", "value", "measure", "answer"]
    assert invented.select(lines).equals(real.select(lines))
    moved = (invented["people"].fill_null("") != real["people"].fill_null("")).sum()
    assert moved > real.height / 4


def test_twin_of_one_release_is_the_same_each_time(release: Path, twin: Path, tmp_path: Path) -> None:
    assert files_of(make_twin(release, tmp_path)) == files_of(twin)


def test_diff_of_a_release_with_itself_finds_nothing_but_its_names(release: Path) -> None:
    told = differences(release, release)
    assert told == [
        f"{release.name} -> {release.name}",
        told[-1],
    ]
    assert told[-1].startswith("tables: 0 of ")
