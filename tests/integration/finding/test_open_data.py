"""Open data come from files as they are published; a wrong line is told by its number and left aside."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from app.demo.directory import POSTCODES
from app.domain.access import system
from app.domain.areas import Point
from app.domain.errors import Invalid
from app.domain.geography import Located, OdsEntry, OdsRole
from app.services.feeds import open_data
from app.services.feeds.open_data import Loaded
from app.store import geography
from app.store.session import Database

ODS = Path(__file__).parents[2] / "data" / "ods-terminology-api"
# Headings as ONS has them, of one year and of another
OLD = "pcd,pcd2,pcds,dointr,doterm,oscty,oslaua,osward,usertype,lat,long,imd,lsoa11,msoa11,lsoa21,msoa21"
NEW = "pcd7,pcd8,pcds,dointr,doterm,lad25cd,wd25cd,usrtypind,lat,long,imd20ind,lsoa21cd,msoa21cd"
OLD_LINE = (
    "ZZ1 1AA,ZZ1  1AA,ZZ1 1AA,198001,,E99999999,E09990001,E05990001,0,51.5,-0.1,{rank},"
    "E01990001,E02990001,E01990002,E02990002"
)
NEW_LINE = "ZZ1 1AB,ZZ1  1AB,ZZ1 1AB,198001,202001,E09990001,E05990001,0,99.999999,0.0,,E01990002,E02990002"


def load(db: Database, tmp_path: Path, *lines: str, name: str = "file.csv") -> Loaded:
    path = tmp_path / name
    path.write_text("\n".join(lines), encoding="utf-8-sig")
    return open_data.load(db, path)


def place_of(db: Database, postcode: str) -> Located | None:
    with db.transaction(system("tests")) as tx:
        return geography.find_place(tx, postcode)


def entry_of(db: Database, code: str) -> OdsEntry | None:
    with db.transaction(system("tests")) as tx:
        return geography.find_ods(tx, code)


def epraccur(code: str, name: str, *, setting: str = "4", status: str = "A") -> str:
    cells = [""] * 27
    cells[0], cells[1], cells[4], cells[9] = code, name, "1 HIGH STREET", "ZZ1 1AA"
    cells[12], cells[17], cells[25] = status, "01632 960100", setting
    return ",".join(f'"{cell}"' for cell in cells)


def test_the_boroughs_own_sample_is_in_the_directorys_shape(database: Database) -> None:
    loaded = open_data.load(database, POSTCODES)
    assert (loaded.what, loaded.taken, loaded.left_aside) == ("postcodes", 160, 0)
    found = place_of(database, "bv1 1ab")
    assert found
    assert found.areas == ("ward:E05990001", "lsoa:E01990001", "lad:E09990001")
    assert (found.point, found.imd_decile) == (Point(51.59835, 1.67515), 2)


@pytest.mark.parametrize(("rank", "decile"), [(1, 1), (3284, 1), (3285, 2), (32844, 10), (40000, None)])
def test_the_directorys_rank_becomes_a_decile(
    database: Database, tmp_path: Path, rank: int, decile: int | None
) -> None:
    load(database, tmp_path, OLD, OLD_LINE.format(rank=rank))
    found = place_of(database, "ZZ1 1AA")
    assert found
    assert found.imd_decile == decile
    assert (found.lsoa, found.msoa, found.ward) == ("E01990002", "E02990002", "E05990001")


def test_another_years_headings_an_ended_postcode_and_one_without_a_point_are_read(
    database: Database, tmp_path: Path
) -> None:
    load(database, tmp_path, NEW, NEW_LINE)
    found = place_of(database, "zz11ab")
    assert found
    assert (found.point, found.ended, found.ward) == (None, True, "E05990001")


def test_wrong_lines_are_left_aside_and_told_by_number(database: Database, tmp_path: Path) -> None:
    wrong = OLD_LINE.format(rank=1)
    loaded = load(
        database,
        tmp_path,
        OLD,
        wrong.replace("ZZ1 1AA", "nowhere"),
        wrong,
        wrong.replace("51.5", "north"),
        wrong.replace("51.5", "-95"),
    )
    assert (loaded.taken, loaded.left_aside) == (1, 3)
    assert [problem.line for problem in loaded.problems] == [2, 4, 5]
    assert all("nowhere" not in problem.sentence for problem in loaded.problems)


def test_only_the_wanted_districts_of_a_national_file_are_taken(database: Database, tmp_path: Path) -> None:
    lines = [OLD_LINE.format(rank=1).replace("ZZ1 1AA", code) for code in ("E1 6AN", "E10 5AA", "EC1A 1BB")]
    path = tmp_path / "onspd.csv"
    path.write_text("\n".join([OLD, *lines]))
    assert open_data.load(database, path, only=["e1"]).taken == 1
    assert open_data.load(database, path, only=["E"]).taken == 2


def test_look_ups_give_areas_names_neighbourhoods_and_deciles_in_any_order(
    database: Database, tmp_path: Path
) -> None:
    index = "Index of Multiple Deprivation (IMD)"
    decile = f"{index} Decile (where 1 is most deprived 10% of LSOAs)"
    imd = f"LSOA code (2021),LSOA name (2021),{index} Rank,{decile}"
    load(database, tmp_path, imd, "E01990002,Vale 001A,900,3")
    load(database, tmp_path, "WD25CD,WD25NM,LAD25CD,LAD25NM", "E05990001,Mill End,E09990001,Brook Vale")
    load(database, tmp_path, "lsoa21cd,neighbourhood", "E01990002,Weir Estate")
    load(database, tmp_path, OLD, OLD_LINE.format(rank=32844))
    found = place_of(database, "ZZ1 1AA")
    assert found
    assert (found.imd_decile, found.neighbourhood) == (3, "neighbourhood:weir-estate")
    with database.transaction(system("tests")) as tx:
        assert geography.find_area_name(tx, "ward:E05990001") == "Mill End"
        assert geography.find_area_name(tx, "lsoa:E01990002") == "Vale 001A"


def test_practices_of_epraccur_are_taken_and_other_prescribers_are_not(
    database: Database, tmp_path: Path
) -> None:
    lines = (
        epraccur("A99001", "MILL RACE"),
        epraccur("A99002", "SHUT", status="C"),
        epraccur("Y99003", "WALK-IN", setting="1"),
    )
    loaded = load(database, tmp_path, *lines, "too,short")
    assert (loaded.taken, [problem.line for problem in loaded.problems]) == (2, [4])
    assert entry_of(database, "A99001") == OdsEntry(
        "A99001", OdsRole.PRACTICE, "MILL RACE", ("1 HIGH STREET",), "ZZ1 1AA", "01632 960100", active=True
    )
    assert entry_of(database, "Y99003") is None
    with database.transaction(system("tests")) as tx:
        assert [one.code for one in geography.list_ods(tx)] == ["A99001"]


def test_networks_and_their_practices_join_what_epraccur_told(database: Database, tmp_path: Path) -> None:
    load(database, tmp_path, epraccur("A99001", "MILL RACE"))
    dates = "Practice to PCN Relationship Start Date,Practice to PCN Relationship End Date"
    heading = f"Partner Organisation Code,Partner Name,PCN Code,PCN Name,{dates}"
    ended = "A99002,SHUT,U99999,BROOK NORTH PCN,20200401,20210331"
    load(database, tmp_path, heading, "A99001,,U99999,BROOK NORTH PCN,20200401,", ended)
    practice = entry_of(database, "A99001")
    assert practice
    assert (practice.name, practice.network, practice.active) == ("MILL RACE", "U99999", True)
    assert entry_of(database, "A99002") is None
    with database.transaction(system("tests")) as tx:
        assert [one.code for one in geography.list_ods(tx, network="U99999")] == ["A99001"]


def test_answers_of_the_ods_api_are_read_and_other_organisations_left_out(
    database: Database, tmp_path: Path
) -> None:
    for name in ("get_Organization-200", "get_OrganizationAffiliation-200", "get_Organization_id-404"):
        assert open_data.load(database, ODS / f"{name}.json").taken == 0
    text = (ODS / "get_Organization_id-200.json").read_text()
    practice = text.replace('"RO197"', '"RO76"').replace('"RR8"', '"A99001"')
    loaded = load_json(database, tmp_path, practice)
    assert loaded.taken == 1
    found = entry_of(database, "A99001")
    assert found
    assert (found.name, found.postcode) == ("LEEDS TEACHING HOSPITALS NHS TRUST", "LS9 7TF")


def test_an_affiliation_of_the_ods_api_puts_a_practice_into_its_network(
    database: Database, tmp_path: Path
) -> None:
    answer = json.loads((ODS / "get_OrganizationAffiliation-200.json").read_text())
    for entry in answer["entry"]:
        resource = entry["resource"] | {"active": True}
        resource["code"][0]["coding"][0]["code"] = "RE8"
        entry["resource"] = resource
    assert load_json(database, tmp_path, json.dumps(answer)).taken == 2 * len(answer["entry"])
    practice = entry_of(database, "FDC49")
    assert practice
    assert practice.network


def load_json(db: Database, tmp_path: Path, text: str) -> Loaded:
    path = tmp_path / "answer.json"
    path.write_text(text)
    return open_data.load(db, path)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", b""),
        ("a.csv", b"name,age\nA,1\n"),
        ("a.csv", b"\xff\xfe\x00"),
        ("a.json", b"{"),
        ("a.json", b"[]"),
        ("a.json", b'{"resourceType": "Bundle", "entry": [1]}'),
    ],
)
def test_a_file_of_another_kind_is_refused_and_loads_nothing(
    database: Database, tmp_path: Path, name: str, content: bytes
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(Invalid, match="none that can be loaded"):
        open_data.load(database, path)


def test_a_sample_of_the_borough_has_no_postcode_in_use() -> None:
    with POSTCODES.open() as file:
        assert {row["pcds"][:2] for row in csv.DictReader(file)} == {"BV"}
