"""The bill of materials is what is installed: each package in its version with its locked hashes, and others' files."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from importlib.metadata import distributions
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from deploy.assurance import sbom
from deploy.assurance.evidence import ROOT

Parts = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def written() -> str:
    return sbom.text()


@pytest.fixture(scope="module")
def packages(written: str) -> Parts:
    """The Python packages of the bill by name."""
    parts = json.loads(written)["components"]
    return {each["name"]: each for each in parts if each["purl"].startswith("pkg:pypi/")}


def test_it_is_valid_cyclonedx(written: str) -> None:
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(written) is None


def test_it_lists_exactly_what_is_installed(packages: Parts) -> None:
    command = [ROOT / ".tools/bin/uv", "pip", "freeze", "--python", sys.executable]
    if not command[0].is_file():
        command = [sys.executable, "-m", "pip", "freeze", "--all"]
    frozen = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    told = dict(line.split("==") for line in frozen.split())
    assert {sbom.plain(name): version for name, version in told.items()} == {
        name: each["version"] for name, each in packages.items()
    }
    assert len(packages) >= 200


def test_what_is_installed_is_what_is_locked(packages: Parts) -> None:
    locked = sbom.locked("requirements-dev.txt")
    assert {name: version for name, (version, _) in locked.items()} == {
        name: each["version"] for name, each in packages.items()
    }


def test_every_locked_hash_stands_beside_its_component(packages: Parts) -> None:
    for name, (_, hashes) in sbom.locked("requirements-dev.txt").items():
        assert hashes, f"{name} is pinned without a hash"
        (source,) = packages[name]["externalReferences"]
        assert {each["content"] for each in source["hashes"]} == hashes, name


def test_only_what_production_installs_is_required(packages: Parts) -> None:
    required = {name for name, each in packages.items() if each["scope"] == "required"}
    assert required == set(sbom.locked("requirements.txt"))
    assert {"pytest", "ruff", "bandit", "mesh-sandbox"} <= set(packages) - required


def test_files_of_others_are_listed_with_their_hashes(written: str) -> None:
    parts = [each for each in json.loads(written)["components"] if not each["purl"].startswith("pkg:pypi/")]
    listed = {file["name"]: file["hashes"][0]["content"] for each in parts for file in each["components"]}
    assert {each["name"] for each in parts} >= {"nhsuk-frontend", "hl7.fhir.r4.core"}
    for name, digest in listed.items():
        assert hashlib.sha256((ROOT / name).read_bytes()).hexdigest() == digest, name
    # Whatever lies there without being ours has a line; fonts come in packages.
    theirs = {
        path.relative_to(ROOT).as_posix()
        for folder in ("app", "fhir", "anonymiser", "clients")
        for kind in ("*.min.js", "*.min.css", "*.woff*", "*.ttf", "*.otf")
        for path in (ROOT / folder).rglob(kind)
    }
    assert theirs <= set(listed)
    assert "app/web/static/nhsuk/nhsuk-frontend.min.js" in theirs


def test_a_package_that_nobody_asked_for_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    missing = next(each for each in distributions() if each.name == "flask" or each.name == "Flask")
    monkeypatch.setattr(sbom, "installed", lambda: {"stowaway": missing})
    (stowaway,) = [each for each in sbom.bill().components if each.name == "stowaway"]
    assert stowaway.scope is not None
    assert stowaway.scope.value == "excluded"
    assert not stowaway.external_references
