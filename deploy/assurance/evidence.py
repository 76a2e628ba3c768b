"""What a claim stands on: whether a named test is there and runs, and whether a named document has that heading."""

from __future__ import annotations

import ast
import csv
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[2]
HERE: Final = Path(__file__).resolve().parent
HAZARDS: Final = HERE / "hazards.toml"
ASVS: Final = HERE / "asvs.tsv"
STATES: Final = ("test", "document", "partly", "not met", "not applicable")
_TEST: Final = re.compile(r"tests/[\w/]+\.py(?:::\w+){1,2}")
_LINK: Final = re.compile(r"\]\(([^)\s]+)\)")
_NEVER_RUN: Final = {"skip", "xfail"}


@dataclass(frozen=True, slots=True)
class Requirement:
    """One line of the ledger: what is asked (in our words), how it stands, and on what."""

    id: str
    level: int
    asks: str
    state: str
    evidence: tuple[str, ...]
    note: str

    @property
    def tests(self) -> tuple[str, ...]:
        """The tests among its evidence."""
        return tuple(each for each in self.evidence if "::" in each)


def hazards() -> dict[str, Any]:
    """Return the hazard log as it stands in its file."""
    return tomllib.loads(HAZARDS.read_text())


def requirements() -> list[Requirement]:
    """Return the lines of the ledger in the order of the file."""
    with ASVS.open(newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [
        Requirement(
            row["id"],
            int(row["level"]),
            row["asks"],
            row["state"],
            tuple(row["evidence"].split()),
            row["note"],
        )
        for row in rows
    ]


def pages() -> list[Path]:
    """Return the written pages whose links and tests are claims."""
    return [*sorted(HERE.glob("*.md")), ROOT / "SECURITY.md"]


def named_tests() -> dict[str, set[str]]:
    """Return every test that is named as a proof anywhere, with where it is named."""
    found: dict[str, set[str]] = {}
    for hazard in hazards()["hazard"]:
        for control in hazard["control"]:
            for test in control.get("proof", ()):
                found.setdefault(test, set()).add(hazard["id"])
    for requirement in requirements():
        for test in requirement.tests:
            found.setdefault(test, set()).add(f"ASVS {requirement.id}")
    for page in pages():
        for test in _TEST.findall(page.read_text()):
            found.setdefault(test, set()).add(page.name)
    return found


def test_problem(named: str) -> str | None:
    """Return what is wrong with a test's name: it is not there, or it never runs. None when it is a proof."""
    file, *inside = named.split("::")
    if not (ROOT / file).is_file():
        return f"{named}: there is no such file"
    found: ast.AST = _tree(file)
    marks = [_module_marks(found)]
    for name in inside:
        inner = [node for node in ast.iter_child_nodes(found) if getattr(node, "name", None) == name]
        if len(inner) != 1:
            return f"{named}: {len(inner)} of that name"
        found = inner[0]
        marks.append({_last_word(each) for each in getattr(found, "decorator_list", ())})
    if not isinstance(found, ast.FunctionDef) or not found.name.startswith("test_"):
        return f"{named}: that is no test"
    return f"{named}: it is marked so that it never runs" if any(m & _NEVER_RUN for m in marks) else None


@cache
def _tree(file: str) -> ast.Module:
    return ast.parse((ROOT / file).read_text())


def _module_marks(tree: ast.AST) -> set[str]:
    found = set()
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Assign) and any(getattr(to, "id", "") == "pytestmark" for to in node.targets):
            listed = node.value.elts if isinstance(node.value, ast.List | ast.Tuple) else [node.value]
            found |= {_last_word(each) for each in listed}
    return found


def _last_word(mark: ast.expr) -> str:
    """Return `skip` of `pytest.mark.skip` and of `pytest.mark.skip(reason=...)`."""
    bare = mark.func if isinstance(mark, ast.Call) else mark
    return getattr(bare, "attr", getattr(bare, "id", ""))


def document_problem(named: str, *, beside: Path = ROOT) -> str | None:
    """Return what is wrong with the name of a document (`path` or `path#heading`), None when it is there."""
    path, _, heading = named.partition("#")
    file = (beside / path).resolve() if path else beside
    if not file.is_relative_to(ROOT) or not file.exists():
        return f"{named}: there is no such document"
    if heading and heading not in headings(file.read_text()):
        return f"{named}: no heading leads there"
    return None


def headings(text: str) -> set[str]:
    """Return the anchors of a page's headings, as code hosts make them."""
    seen: Counter[str] = Counter()
    found = set()
    for title in re.findall(r"^#+ (.+)$", text, re.MULTILINE):
        plain = re.sub(r"[^\w\- ]", "", title.replace("`", "").lower()).strip().replace(" ", "-")
        found.add(f"{plain}-{seen[plain]}" if seen[plain] else plain)
        seen[plain] += 1
    return found


def broken_links(page: Path) -> Iterator[str]:
    """Yield the links of a page that lead to nothing in the tree; addresses of the web are not looked at."""
    for link in _LINK.findall(page.read_text()):
        if "://" in link or link.startswith("mailto:"):
            continue
        beside = page if link.startswith("#") else page.parent
        if problem := document_problem(link, beside=beside):
            yield f"{page.name}: {problem}"
