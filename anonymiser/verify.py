"""Proves a release from its files alone: any flipped byte, lost file or untrue count is found."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from anonymiser.errors import Refusal
from anonymiser.policy import POLICY_VERSION
from anonymiser.risk import Measured, measure

DATA = "data/outcomes.csv"
MANIFEST = "manifest.json"
MANIFEST_SUM = "manifest.sha256"


def sha256(content: bytes) -> str:
    """The SHA-256 of some bytes in lower-case hex."""
    return hashlib.sha256(content).hexdigest()


def manifest_sum(manifest: bytes) -> str:
    """The text of manifest.sha256, in the form that `sha256sum -c` reads."""
    return f"{sha256(manifest)}  {MANIFEST}\n"


def describe(measured: Measured) -> dict[str, Any]:
    """The part of a manifest that anybody can recompute from the data file."""
    return {"classes": measured.classes, "rows_by_detail_level": dict(measured.rows_by_level)}


def verify_release(folder: Path) -> Mapping[str, Any]:
    """Check a release folder and give its manifest. Raises Refusal with every finding."""
    files = _read_all(folder)
    manifest = _read_manifest(files)
    expected = manifest["files"]
    found = {name: sha256(content) for name, content in files.items() if name not in (MANIFEST, MANIFEST_SUM)}
    findings = [f"{name}: missing." for name in sorted(expected.keys() - found.keys())]
    findings += [f"{name}: not part of this release." for name in sorted(found.keys() - expected.keys())]
    findings += [
        f"{name}: changed since the release was made."
        for name in sorted(found.keys() & expected.keys())
        if found[name] != expected[name]
    ]
    findings += _count_findings(manifest, files.get(DATA, b""))
    if findings:
        raise Refusal(*findings)
    return manifest


def _read_all(folder: Path) -> dict[str, bytes]:
    try:
        if not folder.is_dir():
            raise Refusal(f"{folder} is not a release folder.")
        paths = [path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir()]
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
    except OSError as error:
        raise Refusal(f"A file of the release cannot be read: {error.strerror}.") from None


def _read_manifest(files: Mapping[str, bytes]) -> Mapping[str, Any]:
    missing = [f"{name}: missing." for name in (MANIFEST, MANIFEST_SUM) if name not in files]
    if missing:
        raise Refusal(*missing)
    if files[MANIFEST_SUM] != manifest_sum(files[MANIFEST]).encode():
        raise Refusal(f"{MANIFEST} or {MANIFEST_SUM}: changed since the release was made.")
    try:
        manifest: Mapping[str, Any] = json.loads(files[MANIFEST])
        if manifest["policy"] != POLICY_VERSION:
            raise Refusal(
                f"The release was made under another policy than {POLICY_VERSION}, which this checks."
            )
        if not manifest["files"].keys() or not manifest["counts"].keys():
            raise Refusal(f"{MANIFEST} tells of no files or counts.")
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Refusal(f"{MANIFEST} is not the manifest of a release.") from None
    return manifest


def _count_findings(manifest: Mapping[str, Any], data: bytes) -> list[str]:
    measured = measure(data)
    counts = manifest["counts"]
    findings = [f"{DATA}: {finding}" for finding in measured.findings]
    if counts.get("rows_released") != measured.rows:
        findings.append(f"{MANIFEST}: rows_released is not the number of rows in {DATA}.")
    if counts.get("rows_extracted") != measured.rows + counts.get("rows_suppressed", 0):
        findings.append(f"{MANIFEST}: released and suppressed rows do not add up to rows_extracted.")
    if any(manifest.get(name) != value for name, value in describe(measured).items()):
        findings.append(f"{MANIFEST}: its classes or levels are not those of {DATA}.")
    return findings
