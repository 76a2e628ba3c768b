"""Makes a release: builds it aside, lets the checker try to refuse it, and only then gives it its name."""

import json
import os
import re
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from anonymiser.dictionary import COLUMN_NAMES, dictionary_csv, dictionary_json, table
from anonymiser.disclosure import Placement, Subject, place
from anonymiser.errors import Refusal
from anonymiser.extract import Extract, Header, read_extract
from anonymiser.generalise import Record, change, contacts, weeks_to_start
from anonymiser.keys import Keys
from anonymiser.policy import MEASURES, MINIMUM_OUTCOMES, MINIMUM_PEOPLE, POLICY_VERSION
from anonymiser.pseudonym import Domain, tokens_for
from anonymiser.readme import readme_text
from anonymiser.risk import Measured, measure
from anonymiser.seal import open_sealed
from anonymiser.verify import DATA, MANIFEST, MANIFEST_SUM, describe, manifest_sum, sha256, verify_release


@dataclass(frozen=True)
class Recoded:
    """The data file, and for its rows the tokens of the people behind them, which never leave this process."""

    data: bytes
    people: Mapping[str, str]
    suppressed: int


def make_release(extract_file: Path, keys: Keys, out: Path) -> Path:
    """Turn a sealed extract into a new folder in `out` and give its path.

    Raises Refusal, with nothing left behind, if the extract or the result fails any check.
    """
    try:
        with extract_file.open("rb") as source:
            extract = read_extract(open_sealed(source, keys.private))
        return _publish(extract, keys, out)
    except OSError as error:
        raise Refusal(f"A file cannot be read or written ({error.strerror}); nothing was released.") from None


def _publish(extract: Extract, keys: Keys, out: Path) -> Path:
    release_id = _next_release_id(out, extract.header)
    recoded = recode(extract, keys.root, release_id)
    measured = measure(recoded.data, recoded.people)
    if measured.findings:
        raise Refusal("The checker refused the release; nothing was written.", *measured.findings)
    files = {
        DATA: recoded.data,
        "data-dictionary.json": dictionary_json().encode(),
        "data-dictionary.csv": dictionary_csv().encode(),
        "README.txt": readme_text(release_id).encode(),
    }
    manifest = _manifest(extract.header, keys, release_id) | _result(recoded, measured, extract.header)
    manifest["files"] = {name: sha256(content) for name, content in files.items()}
    files[MANIFEST] = (json.dumps(manifest, indent=2) + "\n").encode()
    files[MANIFEST_SUM] = manifest_sum(files[MANIFEST]).encode()
    return _write(files, out, release_id)


def recode(extract: Extract, root: bytes, release_id: str) -> Recoded:
    """Pseudonymise, generalise and place every record; rows come out in the order of their random ids."""
    header = extract.header
    person_token = tokens_for(root, _domain("person", release_id, header, id_type="nhs-number"))
    row_token = tokens_for(root, _domain("row", release_id, header, id_type="referral"))
    subjects = [Subject(person_token(record["nhs_number"]), record) for record in extract.records]
    rows: list[list[str]] = []
    people: dict[str, str] = {}
    for subject, placement in zip(subjects, place(subjects), strict=True):
        if placement is not None:
            row_id = row_token(subject.record["referral_key"])
            people[row_id] = subject.person
            rows.append(_row(row_id, placement, subject.record))
    data = table(list(COLUMN_NAMES), sorted(rows)).encode("ascii")
    return Recoded(data, people, suppressed=len(subjects) - len(rows))


def _domain(purpose: str, release_id: str, header: Header, *, id_type: str) -> Domain:
    # The extract's id is part of it because release numbers begin again in another folder.
    return Domain(
        purpose=purpose,
        recipient="analysts",
        project=release_id,
        epoch=header.extract_id,
        id_type=id_type,
    )


def _row(row_id: str, placement: Placement, record: Record) -> list[str]:
    return [
        row_id,
        str(placement.level),
        *placement.labels,
        weeks_to_start(record["weeks_to_start"]),
        record["provider_kind"],
        record["outcome"],
        record["end"],
        contacts(record["contacts"]),
        *(change(record, measure) for measure in MEASURES),
    ]


def _manifest(header: Header, keys: Keys, release_id: str) -> dict[str, Any]:
    return {
        "release_id": release_id,
        "created_on": header.created_on.isoformat(),
        "policy": POLICY_VERSION,
        "key_id": keys.pseudonym_key_id,
        "sealing_key_id": keys.sealing_key_id,
        "thresholds": {"minimum_people": MINIMUM_PEOPLE, "minimum_outcomes": MINIMUM_OUTCOMES},
    }


def _result(recoded: Recoded, measured: Measured, header: Header) -> dict[str, Any]:
    return {
        "counts": {
            "rows_extracted": header.rows,
            "rows_released": measured.rows,
            "rows_suppressed": recoded.suppressed,
            "opted_out": header.opted_out,
            "excluded": dict(sorted(header.excluded.items())),
        },
        "notes": {
            "opted_out": "Exact: one number for the whole extract, told by no attribute, so it points at nobody.",
        },
        "smallest_class_people": measured.smallest_class_people,
        "smallest_class_outcomes": measured.smallest_class_outcomes,
        **describe(measured),
    }


def _next_release_id(out: Path, header: Header) -> str:
    names = [path.name for path in out.iterdir()] if out.is_dir() else []
    numbers = [int(found[1]) for name in names if (found := re.match(r"release-(\d+)-", name))]
    return f"release-{max(numbers, default=0) + 1}-{header.created_on.isoformat()}"


def _write(files: Mapping[str, bytes], out: Path, release_id: str) -> Path:
    """Write the files to a temporary sibling, verify that, and rename it into place."""
    out.mkdir(parents=True, exist_ok=True)
    making = Path(tempfile.mkdtemp(prefix=".making-", dir=out))
    try:
        for name, content in files.items():
            _write_file(making / name, content)
        verify_release(making)
        making.chmod(0o755)
        target = out / release_id
        making.rename(target)
    finally:
        shutil.rmtree(making, ignore_errors=True)
    _sync(out)
    return target


def _write_file(path: Path, content: bytes) -> None:
    path.parent.mkdir(exist_ok=True)
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    """Make a rename survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
