"""Writes the bill of materials (CycloneDX 1.6): what is installed, and what lies in the tree from others. `make sbom`.

Packages are read from the environment that runs this, not from what it was asked for: so a difference shows. Those of
`requirements.txt` are required; what only develops and tests is there too, marked as excluded.
"""

from __future__ import annotations

import hashlib
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Final

from cyclonedx.model import ExternalReference, ExternalReferenceType, HashAlgorithm, HashType, Property, XsUri
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentScope, ComponentType
from cyclonedx.model.dependency import Dependable
from cyclonedx.model.license import DisjunctiveLicense
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL
from packaging.markers import Marker

from deploy.assurance.evidence import ROOT

OUT: Final = ROOT / "var" / "sbom.cdx.json"
LOCKS: Final = ("requirements.txt", "requirements-dev.txt")
_PINNED: Final = re.compile(
    r"^([\w.-]+)==([^ \\;]+)(?: ; ([^\\\n]+))?[^\n]*((?:\n    --hash=sha256:[0-9a-f]{64}[^\n]*)*)",
    re.MULTILINE,
)
_HASH: Final = re.compile(r"sha256:([0-9a-f]{64})")
# Files of others that lie in the tree, or are derived from theirs; the rest comes from packages.
VENDORED: Final = (
    ("npm", "nhsuk-frontend", "10.6.1", "MIT", ("app/web/static/nhsuk/**/*",)),
    (
        "generic",
        "hl7.fhir.r4.core",
        "4.0.1",
        "CC0-1.0",
        ("fhir/data/invariants.json", "fhir/data/required_codes.json"),
    ),
    (
        "generic",
        "uk.nhsdigital.bars.r4",
        "1.20.0-alpha",
        "",  # its publisher states none: tests/data/bars-ig/SOURCE.md
        ("fhir/data/message_definitions.json", "fhir/data/taken_definitions.json"),
    ),
)


def plain(name: str) -> str:
    """Return a package's name as all spellings of it have it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def locked(file: str) -> dict[str, tuple[str, frozenset[str]]]:
    """Return what a lock file pins: version and hashes by name; only the lines that hold for this machine count."""
    text = (ROOT / file).read_text()
    return {
        plain(name): (version, frozenset(_HASH.findall(hashes)))
        for name, version, marker, hashes in _PINNED.findall(text)
        if not marker or Marker(marker).evaluate()
    }


def installed() -> dict[str, Distribution]:
    """Return every package of this environment by its plain name."""
    return {plain(each.name): each for each in distributions() if _is_of_environment(each)}


def _is_of_environment(each: Distribution) -> bool:
    place = Path(str(each.locate_file(""))).resolve()
    return place.is_relative_to(Path(sys.prefix).resolve())


def vendored_files(patterns: tuple[str, ...]) -> Iterator[Path]:
    """Yield the files that patterns name; packed copies are made of their neighbours."""
    for pattern in patterns:
        yield from sorted(p for p in ROOT.glob(pattern) if p.is_file() and p.suffix != ".gz")


def bill() -> Bom:
    """Return the whole bill."""
    made = Bom()
    about = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    own = Component(
        name=about["name"], version=about["version"], type=ComponentType.APPLICATION, bom_ref="itself"
    )
    own.licenses.add(DisjunctiveLicense(id=about["license"]))
    made.metadata.component = own
    shipped, everything = locked(LOCKS[0]), locked(LOCKS[1])
    parts: list[Dependable] = []
    for name, found in sorted(installed().items()):
        scope = ComponentScope.REQUIRED if name in shipped else ComponentScope.EXCLUDED
        parts.append(_package(name, found, scope, everything.get(name, ("", frozenset()))[1]))
    parts += [_vendored(*each) for each in VENDORED]
    for part in parts:
        if isinstance(part, Component):
            made.components.add(part)
    made.register_dependency(own, parts)
    return made


def _package(name: str, found: Distribution, scope: ComponentScope, hashes: frozenset[str]) -> Component:
    purl = PackageURL("pypi", None, name, found.version)
    part = Component(
        name=name,
        version=found.version,
        type=ComponentType.LIBRARY,
        scope=scope,
        purl=purl,
        bom_ref=str(purl),
    )
    if hashes:  # of the wheels that the lock file lets in, one for each machine
        told = [HashType(alg=HashAlgorithm.SHA_256, content=each) for each in sorted(hashes)]
        part.external_references.add(
            ExternalReference(
                type=ExternalReferenceType.DISTRIBUTION,
                url=XsUri(str(purl)),
                hashes=told,
                comment="as locked",
            )
        )
    if licence := found.metadata.get("License-Expression"):
        part.properties.add(Property(name="licence", value=licence))
    return part


def _vendored(kind: str, name: str, version: str, licence: str, patterns: tuple[str, ...]) -> Component:
    purl = PackageURL(kind, None, name, version)
    part = Component(
        name=name,
        version=version,
        type=ComponentType.LIBRARY,
        scope=ComponentScope.REQUIRED,
        purl=purl,
        bom_ref=str(purl),
    )
    told = (
        DisjunctiveLicense(id=licence) if licence else DisjunctiveLicense(name="not stated by its publisher")
    )
    part.licenses.add(told)
    for file in vendored_files(patterns):
        path = file.relative_to(ROOT).as_posix()
        inner = Component(name=path, type=ComponentType.FILE, bom_ref=path)
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        inner.hashes.add(HashType(alg=HashAlgorithm.SHA_256, content=digest))
        part.components.add(inner)
    return part


def text() -> str:
    """Return the bill as JSON."""
    return str(JsonV1Dot6(bill()).output_as_string(indent=1))


if __name__ == "__main__":
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(text() + "\n")
    sys.stdout.write(f"{OUT.relative_to(ROOT)}: {len(bill().components)} components\n")
