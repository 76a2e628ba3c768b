"""The releases on their pages: what is in them, what may be downloaded by whom, and what is written down of it."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from app.config import Settings
from tests.integration.dataset_api.conftest import Series
from tests.integration.dataset_pages.conftest import SignIn
from tests.integration.projects.conftest import Bench
from tests.integration.web.conftest import Visitor


def audited(admin: Engine, act: str) -> list[str]:
    with admin.connect() as connection:
        found = connection.execute(
            text("select subject_id from audit_event where act = :act order by 1"), {"act": act}
        )
        return [str(each[0]) for each in found]


def test_releases_are_listed_newest_first_with_what_changed(analyst: Visitor, series: Series) -> None:
    page = analyst.get("/dataset")
    names = sorted((each.name for each in series.out.glob("release-*")), reverse=True)
    assert [link for link in page.links if link.count("/") == 3 and "/releases/" in link][::2] == [
        f"/dataset/releases/{name}" for name in names
    ]
    assert "This is the first release of its series." in page.text
    assert "This release holds referrals and people that no earlier one has." in page.text
    assert "Superseded by release 2." in page.text


def test_a_release_tells_every_file_with_its_size_and_sum(analyst: Visitor, newest: Path) -> None:
    page = analyst.get(f"/dataset/releases/{newest.name}")
    manifest = json.loads((newest / "manifest.json").read_text())
    for name, told_sum in manifest["files"].items():
        assert name in page.text
        assert told_sum in page.text
    counts = manifest["counts"]
    assert f"Rows released {counts['rows_released']:,}" in page.text
    assert "from backstitch_dataset import Dataset" in page.html


@pytest.mark.parametrize("who", ["analyst", "steward"])
def test_a_file_is_what_the_manifest_says(
    who: str, analyst: Visitor, sign_in: SignIn, newest: Path, admin: Engine
) -> None:
    visitor = analyst if who == "analyst" else sign_in("steward")
    path = f"/dataset/releases/{newest.name}/files/data/outcomes.csv"
    answer = visitor.client.get(path)
    assert answer.status_code == 200
    told = json.loads((newest / "manifest.json").read_text())["files"]["data/outcomes.csv"]
    assert hashlib.sha256(answer.data).hexdigest() == told
    assert answer.headers["ETag"] == f'"{told}"'
    assert audited(admin, "download") == [f"{newest.name}/data/outcomes.csv"]


def test_a_broken_download_goes_on_where_it_stopped(analyst: Visitor, newest: Path) -> None:
    path = f"/dataset/releases/{newest.name}/files/data/tables.csv"
    whole = (newest / "data" / "tables.csv").read_bytes()
    rest = analyst.client.get(path, headers={"Range": "bytes=1000-"})
    assert (rest.status_code, rest.data) == (206, whole[1000:])
    beyond = analyst.client.get(path, headers={"Range": f"bytes={len(whole) + 5}-"})
    assert beyond.status_code == 416
    assert "has no such part" in beyond.text


def test_a_condition_that_fails_sends_nothing_of_the_file(
    analyst: Visitor, newest: Path, admin: Engine
) -> None:
    path = f"/dataset/releases/{newest.name}/files/data/outcomes.csv"
    for headers in ({"If-Match": '"x"'}, {"If-Match": '"x"', "Range": "bytes=0-99"}):
        refused = analyst.client.get(path, headers=headers)
        assert refused.status_code == 412
        assert "row_id" not in refused.text
        assert "This is another file" in refused.text
    assert audited(admin, "download") == []
    told = analyst.client.get(path, headers={"Range": "bytes=abc"})
    assert (told.status_code, told.headers["Content-Type"]) == (200, "text/csv; charset=utf-8")


@pytest.mark.parametrize(
    "name",
    [
        "../../keys/root.key",
        "..%2f..%2fkeys",
        ".series/ledger.jsonl",
        "data/nothing.csv",
        "data",
        "/etc/passwd",
    ],
)
def test_only_what_the_manifest_names_is_handed_out(name: str, analyst: Visitor, newest: Path) -> None:
    answer = analyst.client.get(f"/dataset/releases/{newest.name}/files/{name}")
    assert answer.status_code in (404, 308)
    assert b"PRIVATE" not in answer.data


@pytest.mark.parametrize("release", [".series", "..", "release-9-2026-01-01", "candidate-1"])
def test_an_unknown_release_is_not_there(release: str, analyst: Visitor) -> None:
    assert analyst.client.get(f"/dataset/releases/{release}").status_code == 404


def test_tables_alone_give_no_rows(analyst_with: Callable[..., Visitor], newest: Path) -> None:
    visitor = analyst_with("tables")
    path = f"/dataset/releases/{newest.name}"
    assert visitor.client.get(f"{path}/files/data/tables.csv").status_code == 200
    refused = visitor.get(f"{path}/files/data/outcomes.csv", status=403)
    assert "was not given the tier" in refused.text
    page = visitor.get(path)
    assert f"{path}/files/data/outcomes.csv" not in page.links
    assert f"{path}/files/data/tables.csv" in page.links
    assert visitor.client.get(f"{path}/rows/referrals.csv").status_code == 403


def test_rows_come_cut_to_the_agreed_columns(analyst_with: Callable[..., Visitor], newest: Path) -> None:
    visitor = analyst_with("rows", fields=("need", "outcome"))
    path = f"/dataset/releases/{newest.name}"
    assert visitor.client.get(f"{path}/files/data/outcomes.csv").status_code == 403
    page = visitor.get(path)
    assert f"{path}/rows/referrals.csv" in page.links
    assert "Cut to the columns agreed for your project" in page.text
    lines = visitor.client.get(f"{path}/rows/referrals.csv").text.splitlines()
    assert lines[0] == "row_id,need,outcome"
    assert len(lines) - 1 == json.loads((newest / "manifest.json").read_text())["rows"]["outcomes"]


def test_dictionary_and_risk_report_are_shown_and_can_do_nothing(
    analyst: Visitor, newest: Path, admin: Engine
) -> None:
    for paper, heading in (("dictionary", "Data dictionary"), ("risk-report", "Risk report")):
        answer = analyst.client.get(f"/dataset/releases/{newest.name}/papers/{paper}")
        assert answer.status_code == 200
        assert heading in answer.text
        policy = answer.headers["Content-Security-Policy"]
        assert "unsafe" not in policy
        assert "sandbox" in policy
        assert "style-src 'sha256-" in policy
    assert len(audited(admin, "read")) == 2
    assert analyst.client.get(f"/dataset/releases/{newest.name}/papers/manifest").status_code == 404


def test_an_analyst_without_a_project_is_told_what_to_do(sign_in: SignIn, bench: Bench, newest: Path) -> None:
    bench.agreed()  # not approved yet
    visitor = sign_in("analyst")
    assert "You have no project that is approved" in visitor.get("/dataset").text
    path = f"/dataset/releases/{newest.name}"
    for inside in (path, f"{path}/files/data/tables.csv", "/dataset/figures", "/dataset/questions"):
        assert "You have no project that is approved" in visitor.get(inside, status=403).text


def test_a_project_past_its_day_reads_nothing(analyst: Visitor, bench: Bench, newest: Path) -> None:
    path = f"/dataset/releases/{newest.name}/files/data/tables.csv"
    assert analyst.client.get(path).status_code == 200
    bench.clock.advance(days=91)
    again = Visitor(analyst.client)
    assert again.client.get(path).status_code in (302, 403)
    fresh = again.sign_in("analyst")
    assert "last day is past" in fresh.get(path, status=403).text


@pytest.mark.parametrize("username", ["link-worker", "practice-0", "provider-0"])
def test_other_roles_do_not_read_releases(username: str, sign_in: SignIn, newest: Path) -> None:
    visitor = sign_in(username)
    for path in (
        "/dataset",
        f"/dataset/releases/{newest.name}/files/data/outcomes.csv",
        "/dataset/questions",
    ):
        assert "Projects" not in visitor.get(path, status=403).text
        assert "You cannot open this page" in visitor.get(path, status=403).text


def test_a_stranger_signs_in_first(visitor: Visitor, newest: Path) -> None:
    for path in ("/dataset", "/dataset/figures", f"/dataset/releases/{newest.name}/files/data/tables.csv"):
        answer = visitor.client.get(path)
        assert (answer.status_code, answer.location.split("?")[0]) == (302, "/sign-in")


class TestCountsOfAFew:
    """A manifest tells no count of a few."""

    @pytest.fixture
    def settings(self, settings: Settings, series: Series, newest: Path, tmp_path: Path) -> Settings:
        out = Path(shutil.copytree(series.out, tmp_path / "out"))
        path = out / newest.name / "manifest.json"
        told = json.loads(path.read_text())
        told["counts"] |= {"rows_suppressed": None, "rows_waiting": None, "rows_released": 1000}
        path.write_text(json.dumps(told))
        lines = f"{hashlib.sha256(path.read_bytes()).hexdigest()}  manifest.json\n"
        path.with_name("manifest.sha256").write_text(lines)
        return replace(settings, releases_dir=out)

    def test_are_worded(self, analyst: Visitor, newest: Path) -> None:
        page = analyst.get(f"/dataset/releases/{newest.name}")
        assert "Rows released 1,000" in page.text
        assert "would stand out a few" in page.text
        assert "wait for company a few" in page.text


class TestBeforeTheFirstRelease:
    """Nothing was published yet."""

    @pytest.fixture
    def settings(self, settings: Settings, tmp_path: Path) -> Settings:
        return replace(settings, releases_dir=tmp_path / "not-there-yet")

    def test_pages_say_what_happens_next(self, analyst: Visitor, sign_in: SignIn) -> None:
        assert "There is no release yet" in analyst.get("/dataset").text
        assert "appear here on that day" in analyst.get("/dataset/figures").text
        assert "There is no release yet" in sign_in("steward").get("/dataset").text
