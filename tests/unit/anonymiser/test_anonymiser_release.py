"""A release holds the rows, what they mean and the proof of both, and nothing that points at a person."""

import csv
import json
import shutil
from itertools import islice
from pathlib import Path

import pytest

from anonymiser.__main__ import main
from anonymiser.errors import Refusal
from anonymiser.extract import read_extract
from anonymiser.keys import Keys
from anonymiser.policy import LADDER, QUASI_IDENTIFIERS
from anonymiser.release import make_release, recode
from anonymiser.verify import manifest_sum, verify_release
from tests.unit.anonymiser.sample import Fields, SealTo, lines, nhs_numbers, outcome_records


def files_of(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_release_folder_is_numbered_dated_and_complete(release: Path) -> None:
    assert release.name == "release-1-2026-11-22"
    assert sorted(files_of(release)) == [
        "README.txt",
        "data-dictionary.csv",
        "data-dictionary.json",
        "data/outcomes.csv",
        "manifest.json",
        "manifest.sha256",
    ]


def test_manifest_counts_add_up_and_fewer_than_a_tenth_of_the_rows_are_suppressed(
    release: Path, released_rows: list[dict[str, str]]
) -> None:
    manifest = json.loads((release / "manifest.json").read_text())
    counts = manifest["counts"]
    assert counts["rows_extracted"] == 1200
    assert counts["rows_released"] == len(released_rows) == 1200 - counts["rows_suppressed"]
    assert counts["rows_suppressed"] < 120
    assert (counts["opted_out"], counts["excluded"]) == (4, {"no-consent": 3})
    assert manifest["thresholds"] == {"minimum_people": 10, "minimum_outcomes": 3}
    assert manifest["smallest_class_people"] >= 10


def test_most_rows_keep_an_age_an_ethnic_group_and_a_need(released_rows: list[dict[str, str]]) -> None:
    told = {
        name: sum(row[name] != "*" for row in released_rows) for name in ("age_band", "ethnicity", "need")
    }
    assert all(count > 0.7 * len(released_rows) for count in told.values()), told


def test_nothing_of_a_record_that_points_at_a_person_is_in_any_file(
    release: Path, records: list[Fields], keys: Keys
) -> None:
    everything = b"\n".join(files_of(release).values())
    assert not [r for r in records if r["nhs_number"].encode() in everything]
    assert not [r for r in records if r["referral_key"].encode() in everything]
    assert b"person1." not in everything
    for secret in (keys.root, keys.root.hex().encode(), keys.private.private_bytes_raw()):
        assert secret not in everything


def test_no_row_name_is_shared_with_another_release_of_the_same_extract(
    extract_file: Path, release: Path, released_rows: list[dict[str, str]], keys: Keys, tmp_path: Path
) -> None:
    (tmp_path / "release-1-2026-10-01").mkdir()
    second = make_release(extract_file, keys, tmp_path)
    assert second.name == "release-2-2026-11-22"
    with (second / "data" / "outcomes.csv").open(newline="") as file:
        names = {row["row_id"] for row in csv.DictReader(file)}
    assert len(names) == len(released_rows)
    assert not names & {row["row_id"] for row in released_rows}


def test_row_names_differ_between_extracts_that_get_the_same_release_number(
    records: list[Fields], keys: Keys
) -> None:
    other_id = "00000000-0000-4000-8000-000000000000"
    first = recode(read_extract(lines(records)), keys.root, "release-1-2026-11-22")
    second = recode(read_extract(lines(records, extract_id=other_id)), keys.root, "release-1-2026-11-22")
    assert first.people
    assert not first.people.keys() & second.people.keys()


def test_name_of_a_row_tells_nothing_about_the_person_behind_it(records: list[Fields], keys: Keys) -> None:
    strangers = [
        {**r, "nhs_number": n} for r, n in zip(records, islice(nhs_numbers(), 5000, None), strict=False)
    ]
    as_they_are = recode(read_extract(lines(records)), keys.root, "release-1-2026-11-22")
    all_different = recode(read_extract(lines(strangers)), keys.root, "release-1-2026-11-22")
    assert len(set(as_they_are.people.values())) < len(records) == len(set(all_different.people.values()))
    assert as_they_are.people.keys() == all_different.people.keys()


def test_order_of_the_rows_is_that_of_their_random_names_and_not_of_the_extract(
    released_rows: list[dict[str, str]], records: list[Fields], keys: Keys
) -> None:
    names = [row["row_id"] for row in released_rows]
    assert names == sorted(names)
    forwards = recode(read_extract(lines(records)), keys.root, "release-1-2026-11-22")
    backwards = recode(read_extract(lines(records[::-1])), keys.root, "release-1-2026-11-22")
    assert forwards.data == backwards.data


def test_same_extract_keys_and_number_give_the_same_bytes(
    extract_file: Path, release: Path, keys: Keys, tmp_path: Path
) -> None:
    assert files_of(make_release(extract_file, keys, tmp_path)) == files_of(release)


def test_planted_rare_person_never_comes_out_with_what_makes_them_rare(
    records: list[Fields], keys: Keys
) -> None:
    rare = {**records[0], "age_years": 97, "ethnicity": "B", "outward_code": "SW1A", "gender": "other"}
    recoded = recode(read_extract(lines([rare, *records[1:]])), keys.root, "release-1-2026-11-22")
    rows = list(csv.DictReader(recoded.data.decode().splitlines()))
    assert not [r for r in rows if r["area"] in ("SW", "SW1A") or r["gender"] == "other"]


def test_extract_too_small_to_hide_anybody_releases_no_row_and_says_so(
    keys: Keys, seal_to: SealTo, tmp_path: Path
) -> None:
    extract = seal_to(tmp_path / "small", lines(outcome_records(9)))
    manifest = verify_release(make_release(extract, keys, tmp_path / "out"))
    assert manifest["counts"]["rows_released"] == 0
    assert manifest["counts"]["rows_suppressed"] == 9


def test_every_ladder_level_names_a_grain_for_every_quasi_identifier() -> None:
    assert {len(level) for level in LADDER} == {len(QUASI_IDENTIFIERS)}


def test_dictionary_describes_every_column_of_the_data_in_order(release: Path) -> None:
    heading = (release / "data" / "outcomes.csv").read_text().splitlines()[0].split(",")
    described = json.loads((release / "data-dictionary.json").read_text())["columns"]
    with (release / "data-dictionary.csv").open(newline="") as file:
        for_people = list(csv.DictReader(file))
    assert [column["column"] for column in described] == heading
    assert [column["column"] for column in for_people] == heading
    assert all(
        c["meaning"] and c["type"] and (c["allowed_values"] or c["allowed_pattern"]) for c in described
    )


def test_readme_names_the_law_against_re_identification(release: Path) -> None:
    text = (release / "README.txt").read_text()
    assert "section 171 of the Data Protection Act 2018" in " ".join(text.split())
    assert "{" not in text


@pytest.mark.parametrize(
    "name",
    [
        "README.txt",
        "data-dictionary.csv",
        "data-dictionary.json",
        "data/outcomes.csv",
        "manifest.json",
        "manifest.sha256",
    ],
)
def test_verify_finds_a_flipped_bit_anywhere_in_a_file(release: Path, tmp_path: Path, name: str) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(release, copy)
    content = (copy / name).read_bytes()
    verify_release(copy)
    for position in range(0, len(content), max(1, len(content) // 10)):
        flipped = bytearray(content)
        flipped[position] ^= 1
        (copy / name).write_bytes(flipped)
        with pytest.raises(Refusal) as refusal:
            verify_release(copy)
        assert name in str(refusal.value)


def test_verify_finds_a_lost_file_and_a_stranger(release: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(release, copy)
    (copy / "README.txt").unlink()
    (copy / "data" / "extra.csv").write_text("x")
    with pytest.raises(Refusal) as refusal:
        verify_release(copy)
    assert refusal.value.problems == ("README.txt: missing.", "data/extra.csv: not part of this release.")


@pytest.mark.parametrize(
    ("place_in", "name"), [("counts", "rows_released"), ("counts", "rows_extracted"), (None, "classes")]
)
def test_verify_finds_a_false_count_even_where_the_hashes_were_made_to_fit(
    release: Path, tmp_path: Path, place_in: str | None, name: str
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(release, copy)
    manifest = json.loads((copy / "manifest.json").read_text())
    (manifest[place_in] if place_in else manifest)[name] += 1
    forged = json.dumps(manifest).encode()
    (copy / "manifest.json").write_bytes(forged)
    (copy / "manifest.sha256").write_text(manifest_sum(forged))
    with pytest.raises(Refusal, match=r"manifest\.json: "):
        verify_release(copy)


def test_release_is_refused_and_nothing_written_when_the_recoder_lets_a_small_crowd_through(
    extract_file: Path, keys: Keys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("anonymiser.disclosure.MINIMUM_PEOPLE", 9)
    with pytest.raises(Refusal, match="The checker refused the release"):
        make_release(extract_file, keys, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_command_line_makes_and_verifies_a_release(
    extract_file: Path, keys_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["release", "--extract", str(extract_file), "--keys", str(keys_folder), "--out", str(tmp_path)]
    assert main(command, {}) == 0
    folder = tmp_path / "release-1-2026-11-22"
    said = capsys.readouterr().out
    assert "1200 rows extracted" in said
    assert said.splitlines()[-1] == str(folder)
    assert main(["verify", "--release", str(folder)], {}) == 0


def test_interrupted_writing_leaves_no_release_behind(
    extract_file: Path, keys: Keys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full_disk(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full_disk)
    with pytest.raises(Refusal, match="No space left"):
        make_release(extract_file, keys, tmp_path)
    assert not list(tmp_path.iterdir())
