"""Through the real command line: what is not anonymous is given to nobody without two people's signatures."""

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from anonymiser.__main__ import main
from anonymiser.keys import make_keys
from anonymiser.tokens.approvals import sign
from anonymiser.tokens.papers import read_paper
from tests.unit.anonymiser.sample import Fields
from tests.unit.anonymiser_releasing.release_orders import Sealing, files_of

GUARDIAN, OWNER, LEAD = "Guardian One", "Owner One", "Lead One"
ROLES = {
    GUARDIAN: "caldicott-guardian",
    OWNER: "senior-information-risk-owner",
    LEAD: "clinical-lead",
}
FIELDS = ["age_band", "area_outward", "need", "outcome"]
PROJECT = {
    "id": "waits-2026",
    "recipient": "university-of-x",
    "purpose": "Do waits differ by area?",
    "fields": FIELDS,
    "epoch": "2026a",
}
NOTICE = "personal data: pseudonymised, not anonymous"


@dataclass(frozen=True)
class Told:
    """What a command answered."""

    code: int
    said: str
    refused: str


@dataclass(frozen=True)
class Office:
    """A folder with the approvers' keys, the papers, an extract and the national check's answer."""

    folder: Path
    order: Sequence[str]
    say: Callable[..., Told]

    def paper(self, name: str, days: int = 100, **asked: Any) -> Path:
        today = datetime.now(UTC).date()
        request = {
            "id": f"request-{name}",
            "reason": "Agreed by the data access group in November.",
            "asked_by": "The steward",
            "asked_on": today.isoformat(),
            "expires_on": (today + timedelta(days=days)).isoformat(),
        }
        path = self.folder / f"{name}.json"
        path.write_text(json.dumps({"request": request, **asked}))
        return path

    def signed(self, path: Path, *names: str) -> Path:
        for name in names:
            told = self.say("sign", "--paper", path, "--name", name, "--private", self.folder / f"{name}.pem")
            assert told.code == 0, told.refused
        return path

    def signed_elsewhere(self, path: Path, *names: str) -> Path:
        """Signed by a program that does not look at what it signs."""
        request, written = read_paper(path).request, json.loads(path.read_text())
        for name in names:
            private = load_pem_private_key((self.folder / f"{name}.pem").read_bytes(), password=None)
            assert isinstance(private, Ed25519PrivateKey)
            value = base64.b64encode(sign(request, name, private).value).decode()
            written.setdefault("signatures", []).append({"name": name, "value": value})
        path.write_text(json.dumps(written))
        return path

    def ask(self, command: str, paper: Path, *more: str | Path, out: str = "out") -> Told:
        papers = ("--paper", paper, "--approvers", self.folder / "approvers.json", "--trail", self.trail)
        return self.say(command, *papers, *self.order, "--out", self.folder / out, *more)

    @property
    def trail(self) -> Path:
        return self.folder / "trail.jsonl"

    @property
    def acts(self) -> list[str]:
        return [json.loads(line)["act"] for line in self.trail.read_text().splitlines()]


def today(days: int = 0) -> str:
    """The day that it is, or was so many days ago."""
    return (datetime.now(UTC).date() - timedelta(days=days)).isoformat()


@pytest.fixture
def office(
    tmp_path: Path,
    sealed: Sealing,
    keys_folder: Path,
    records: list[Fields],
    capsys: pytest.CaptureFixture[str],
) -> Office:
    def say(*words: str | Path) -> Told:
        capsys.readouterr()
        code = main([str(word) for word in words], {})
        heard = capsys.readouterr()
        return Told(code, heard.out, heard.err)

    lines = [
        say("approver-keygen", "--name", name, "--role", role, "--private", tmp_path / f"{name}.pem").said
        for name, role in ROLES.items()
    ]
    (tmp_path / "approvers.json").write_text(json.dumps({"approvers": [json.loads(line) for line in lines]}))
    few = records[:120]
    numbers = sorted({record["nhs_number"] for record in few})
    (tmp_path / "answer.dat").write_text("".join(f"{number},\n" for number in numbers[1:]))
    (tmp_path / "withdrawn").write_text(f"{numbers[1]}\n")
    order = ("--extract", str(sealed(few)), "--keys", str(keys_folder))
    answer = ("--national-answer", str(tmp_path / "answer.dat"), "--national-answer-date", today())
    lists = (*answer, "--withdrawn", str(tmp_path / "withdrawn"))
    return Office(tmp_path, (*order, *lists), say)


def project_of(office: Office, *names: str, name: str = "project", **changed: Any) -> Path:
    return office.signed(office.paper(name, project={**PROJECT, **changed}), *names)


def rows_of(told: Told) -> pl.DataFrame:
    assert told.code == 0, told.refused
    return pl.read_csv(Path(told.said.strip()) / "linkable.csv", infer_schema=False)


def test_signing_shows_word_for_word_what_is_signed(office: Office) -> None:
    paper = office.paper("project", project=PROJECT)
    told = office.say("sign", "--paper", paper, "--name", OWNER, "--private", office.folder / f"{OWNER}.pem")
    for word in ("Do waits differ by area?", "age_band, area_outward, need, outcome", "university-of-x"):
        assert word in told.said
    assert [each["name"] for each in json.loads(paper.read_text())["signatures"]] == [OWNER]


def test_two_signatures_give_the_agreed_fields_under_tokens_and_say_what_it_is(
    office: Office, records: list[Fields]
) -> None:
    told = office.ask("linkable", project_of(office, GUARDIAN, OWNER))
    rows = rows_of(told)
    assert rows.columns == ["notice", "person_token", "row_token", *FIELDS]
    assert set(rows["notice"]) == {NOTICE}
    folder = Path(told.said.strip())
    assert folder.stat().st_mode & 0o077 == 0
    assert (folder / "NOTICE.txt").read_text() == f"{NOTICE}\n"
    everything = b"\n".join(files_of(folder).values())
    assert not [r for r in records if r["nhs_number"].encode() in everything]
    said = (folder / "metadata.json").read_text()
    assert "anonymous" not in said.replace(NOTICE, "")
    counts = json.loads(said)["counts"]
    assert counts["people_left_out"]["national-data-opt-out"] == 1
    assert counts["people_left_out"]["consent-withdrawn"] == 1
    assert counts["rows"] == rows.height < counts["rows_read"] == 120
    assert office.acts == ["give a project linkable data", "linkable data made"]


@pytest.mark.parametrize(
    ("names", "missing"),
    [
        ((), "signature of a caldicott-guardian is missing"),
        ((GUARDIAN,), "signature of a senior-information-risk-owner is missing"),
        ((GUARDIAN, LEAD), "signature of a senior-information-risk-owner is missing"),
    ],
)
def test_fewer_signatures_or_those_of_other_roles_give_nothing_and_are_written_down(
    office: Office, names: Sequence[str], missing: str
) -> None:
    told = office.ask("linkable", project_of(office, *names))
    assert told.code == 1
    assert missing in told.refused
    assert not (office.folder / "out").exists()
    assert office.acts == ["refused: give a project linkable data"]


def test_field_added_after_the_signatures_gives_nothing(office: Office) -> None:
    paper = project_of(office, GUARDIAN, OWNER)
    written = json.loads(paper.read_text())
    written["project"]["fields"].append("ethnicity")
    paper.write_text(json.dumps(written))
    told = office.ask("linkable", paper)
    assert told.code == 1
    assert "is not over this request" in told.refused
    assert not (office.folder / "out").exists()


def test_project_that_has_ended_gets_nothing(office: Office) -> None:
    paper = office.paper("project", project=PROJECT)
    written = json.loads(paper.read_text())
    today = datetime.now(UTC).date()
    written["request"] |= {
        "asked_on": (today - timedelta(days=40)).isoformat(),
        "expires_on": (today - timedelta(days=1)).isoformat(),
    }
    paper.write_text(json.dumps(written))
    told = office.ask("linkable", office.signed_elsewhere(paper, GUARDIAN, OWNER))
    assert told.code == 1
    assert "The approval ended on" in told.refused


def test_without_the_national_answer_nothing_that_is_not_anonymous_leaves(office: Office) -> None:
    bare = Office(office.folder, office.order[:4], office.say)
    told = bare.ask("linkable", project_of(office, GUARDIAN, OWNER))
    assert told.code == 1
    assert "not anonymous" in told.refused


def test_tokens_of_two_projects_and_of_two_recipients_never_meet(office: Office) -> None:
    one = rows_of(office.ask("linkable", project_of(office, GUARDIAN, OWNER)))
    changes = {"project-2": {"id": "other-2026"}, "project-3": {"recipient": "icb"}}
    for name, changed in changes.items():
        paper = project_of(office, GUARDIAN, OWNER, name=name, **changed)
        two = rows_of(office.ask("linkable", paper, out=name))
        assert two.height == one.height
        for column in ("person_token", "row_token"):
            assert not set(one[column]) & set(two[column])


def test_approvers_key_is_for_its_owner_alone_and_never_written_over(office: Office) -> None:
    key = office.folder / f"{OWNER}.pem"
    before = key.read_bytes()
    assert key.stat().st_mode & 0o777 == 0o600
    words = ("approver-keygen", "--name", OWNER, "--role", ROLES[OWNER], "--private", key)
    assert office.say(*words).code == 2
    assert key.read_bytes() == before


def test_role_that_signs_nothing_gets_no_key(office: Office) -> None:
    place = office.folder / "x.pem"
    told = office.say("approver-keygen", "--name", "X", "--role", "analyst", "--private", place)
    assert told.code == 2
    assert "caldicott-guardian" in told.refused
    assert not place.exists()


@pytest.mark.parametrize("content", ["{", "[]", "{}", '{"request": {}}', '{"project": 1, "request": {}}'])
def test_paper_that_is_none_is_refused_in_a_sentence(office: Office, content: str) -> None:
    paper = office.folder / "bad.json"
    paper.write_text(content)
    told = office.ask("linkable", paper)
    assert told.code == 1
    assert "unforeseen" not in told.refused
    assert "bad.json" in told.refused


@pytest.mark.parametrize("mode", [0o666, 0o640, 0o604])
def test_approvers_key_that_others_can_reach_signs_nothing(office: Office, mode: int) -> None:
    paper, key = office.paper("project", project=PROJECT), office.folder / f"{OWNER}.pem"
    key.chmod(mode)
    told = office.say("sign", "--paper", paper, "--name", OWNER, "--private", key)
    assert told.code == 2
    assert f"chmod 600 {key}" in told.refused
    assert "signatures" not in json.loads(paper.read_text())


@pytest.mark.parametrize("asker", ["owner one", " Owner  One ", "Dr Owner One", ""])
def test_who_asks_cannot_approve_under_another_spelling(office: Office, asker: str) -> None:
    paper = office.paper("project", project=PROJECT)
    written = json.loads(paper.read_text())
    written["request"]["asked_by"] = asker
    paper.write_text(json.dumps(written))
    told = office.ask("linkable", office.signed_elsewhere(paper, GUARDIAN, OWNER))
    assert told.code == 1
    assert "cannot approve it" in told.refused or "needs the name of who asks" in told.refused
    assert not (office.folder / "out").exists()
    own = office.say("sign", "--paper", paper, "--name", OWNER, "--private", office.folder / f"{OWNER}.pem")
    assert own.code == 1
    assert "cannot approve it" in own.refused or "needs the name of who asks" in own.refused


@pytest.mark.parametrize("id", ["../../../tmp/x", "a/b", "..", "Waits", "x" * 65, "waits\n", 5, None])
def test_project_whose_id_names_no_folder_is_refused_when_its_paper_is_read(
    office: Office, id: object
) -> None:
    paper = office.paper("project", project={**PROJECT, "id": id})
    signed = office.say(
        "sign", "--paper", paper, "--name", OWNER, "--private", office.folder / f"{OWNER}.pem"
    )
    told = office.ask("linkable", paper)
    assert (signed.code, told.code) == (1, 1)
    assert "unforeseen" not in told.refused
    assert not office.trail.exists()


@pytest.mark.parametrize("place", ["out", "out/below"])
@pytest.mark.parametrize("mark", [".series", "release-1-2026-11-22/manifest.json"])
def test_personal_data_is_not_written_where_releases_are(office: Office, mark: str, place: str) -> None:
    (office.folder / "out" / mark).mkdir(parents=True)
    told = office.ask("linkable", project_of(office, GUARDIAN, OWNER), out=place)
    assert told.code == 1
    assert "is a folder of releases" in told.refused
    assert not office.trail.exists()


def test_trail_that_is_not_the_one_of_what_lies_there_approves_nothing(office: Office) -> None:
    paper = project_of(office, GUARDIAN, OWNER)
    assert office.ask("linkable", paper).code == 0
    for path in office.folder.glob("trail.jsonl*"):
        path.unlink()
    told = office.ask("linkable", project_of(office, GUARDIAN, OWNER, name="two", id="two"))
    assert told.code == 1
    assert "lacks lines that it had" in told.refused


# --- a new epoch ------------------------------------------------------------------------------------------------


def relinking(office: Office, *names: str, name: str = "relink") -> Path:
    here = {"recipient": PROJECT["recipient"], "project": PROJECT["id"]}
    ends = {"source": {**here, "epoch": "2026a"}, "target": {**here, "epoch": "2026b"}}
    return office.signed(office.paper(name, days=20, relink=ends), *names)


def test_rows_are_carried_to_the_tokens_of_the_next_epoch_and_of_a_new_key(office: Office) -> None:
    make_keys(office.folder / "new-keys")
    old = rows_of(office.ask("linkable", project_of(office, GUARDIAN, OWNER)))
    data = next((office.folder / "out").glob("linkable-*")) / "linkable.csv"
    more = ("--data", data, "--new-keys", office.folder / "new-keys")
    new = rows_of(office.ask("relink", relinking(office, GUARDIAN, OWNER), *more, out="next"))
    assert new.columns == ["notice", "person_token", *FIELDS]  # a row's old token would join the two for ever
    assert new.height == old.height
    assert all(token.startswith("ns1.2026b.") for token in new["person_token"])
    assert new["person_token"].n_unique() == old["person_token"].n_unique()
    assert sorted(new["person_token"].value_counts()["count"]) == sorted(
        old["person_token"].value_counts()["count"]
    )
    assert office.acts[-2:] == ["re-link tokens of one epoch to a later one", "re-linked"]


def test_relinking_needs_both_signatures_and_happens_once(office: Office) -> None:
    office.ask("linkable", project_of(office, GUARDIAN, OWNER))
    data = next((office.folder / "out").glob("linkable-*")) / "linkable.csv"
    told = office.ask("relink", relinking(office, OWNER), "--data", data, out="next")
    assert told.code == 1
    assert "caldicott-guardian is missing" in told.refused
    assert not (office.folder / "next").exists()
    paper = relinking(office, GUARDIAN, OWNER)
    assert office.ask("relink", paper, "--data", data, out="next").code == 0
    again = office.ask("relink", paper, "--data", data, out="again")
    assert again.code == 1
    assert "has been used; ask anew" in again.refused


# --- the way back for direct care -------------------------------------------------------------------------------


@pytest.fixture
def notes(office: Office) -> Path:
    """The notes of the project's people, under the escrow's own key."""
    assert office.say("escrow-keygen", "--escrow-keys", office.folder / "escrow-keys").code == 0
    paper = project_of(office, GUARDIAN, OWNER)
    assert office.ask("linkable", paper).code == 0
    told = office.ask("escrow", paper, "--escrow-keys", office.folder / "escrow-keys", out="escrow")
    assert told.code == 0, told.refused
    return Path(told.said.strip())


def reveal(office: Office, paper: Path, notes: Path, key: str = "escrow-keys") -> Told:
    papers = ("--paper", paper, "--approvers", office.folder / "approvers.json", "--trail", office.trail)
    return office.say("reveal", *papers, "--escrow-keys", office.folder / key, "--notes", notes)


def test_guardian_and_clinical_lead_learn_one_person_once(
    office: Office, notes: Path, records: list[Fields]
) -> None:
    rows = pl.read_csv(next((office.folder / "out").glob("linkable-*")) / "linkable.csv", infer_schema=False)
    token = rows["person_token"][0]
    paper = office.signed(office.paper("reveal", days=5, reveal={"token": token}), GUARDIAN, LEAD)
    told = reveal(office, paper, notes)
    assert told.code == 0, told.refused
    assert told.said.strip() in {record["nhs_number"] for record in records}
    assert told.said.strip() not in office.trail.read_text()
    assert token in office.trail.read_text()
    again = reveal(office, paper, notes)
    assert (again.code, again.said) == (1, "")
    assert "has been used; ask anew" in again.refused


@pytest.mark.parametrize("away", ["last line", "trail", "trail and head", "older copy"])
def test_person_is_not_revealed_again_by_shortening_the_trail(office: Office, notes: Path, away: str) -> None:
    token = pl.read_csv(notes / "notes.csv")["token"][0]
    paper = office.signed(office.paper("reveal", days=5, reveal={"token": token}), GUARDIAN, LEAD)
    head = office.folder / "trail.jsonl.head"
    older = {path: path.read_bytes() for path in (office.trail, head)}
    assert reveal(office, paper, notes).code == 0
    if away == "last line":
        office.trail.write_bytes(older[office.trail])
    elif away == "older copy":
        for path, content in older.items():
            path.write_bytes(content)
    else:
        office.trail.unlink()
        if away == "trail and head":
            head.unlink()
    again = reveal(office, paper, notes)
    assert (again.code, again.said) == (1, "")
    assert "lacks lines that it had" in again.refused


def test_person_is_not_revealed_again_from_a_copy_of_the_notes_under_a_fresh_trail(
    office: Office, notes: Path
) -> None:
    token = pl.read_csv(notes / "notes.csv")["token"][0]
    paper = office.signed(office.paper("reveal", days=5, reveal={"token": token}), GUARDIAN, LEAD)
    assert reveal(office, paper, notes).code == 0
    copy = office.folder / "copy"
    copy.mkdir()
    (copy / "notes.csv").write_bytes((notes / "notes.csv").read_bytes())
    office.trail.unlink()
    office.trail.with_name(f"{office.trail.name}.head").unlink()
    again = reveal(office, paper, copy)
    assert (again.code, again.said) == (1, "")
    assert "keep the folder whole" in again.refused
    (copy / "metadata.json").write_bytes((notes / "metadata.json").read_bytes())
    again = reveal(office, paper, copy)
    assert (again.code, again.said) == (1, "")
    assert "are gone" in again.refused or "lacks lines" in again.refused


@pytest.mark.parametrize("names", [(GUARDIAN,), (GUARDIAN, OWNER), (LEAD,)])
def test_nobody_is_revealed_without_guardian_and_lead(
    office: Office, notes: Path, names: Sequence[str]
) -> None:
    token = pl.read_csv(notes / "notes.csv")["token"][0]
    paper = office.signed(office.paper("reveal", days=5, reveal={"token": token}), *names)
    told = reveal(office, paper, notes)
    assert (told.code, told.said) == (1, "")
    assert "is missing" in told.refused
    assert office.acts[-1] == "refused: re-identify one person for direct care"


def test_notes_hold_no_number_and_nobody_who_opted_out_and_open_under_their_own_key_alone(
    office: Office, notes: Path, records: list[Fields]
) -> None:
    found = pl.read_csv(notes / "notes.csv")
    numbers = {record["nhs_number"] for record in records[:120]}
    assert found.height == len(numbers) - 2
    content = (notes / "notes.csv").read_text()
    assert not [number for number in numbers if number in content]
    office.say("escrow-keygen", "--escrow-keys", office.folder / "other")
    paper = office.signed(office.paper("reveal", days=5, reveal={"token": found["token"][0]}), GUARDIAN, LEAD)
    told = reveal(office, paper, notes, key="other")
    assert (told.code, told.said) == (1, "")
    assert "does not open" in told.refused


def test_root_key_cannot_be_the_escrows(office: Office, keys_folder: Path) -> None:
    paper = project_of(office, GUARDIAN, OWNER)
    told = office.ask("escrow", paper, "--escrow-keys", keys_folder)
    assert told.code == 1
    assert "key of its own" in told.refused
