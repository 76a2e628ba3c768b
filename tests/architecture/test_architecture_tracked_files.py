"""What lies in the tree speaks of no machine and of no registry."""

import re
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from tests.architecture.source import ROOT

# Written in parts, so that this file does not find itself.
MACHINE_PATHS = re.compile("|".join(f"/{name}/" for name in ("work", "root", "Users", "home/[a-z]+")))
HOSTS = (("pypi", "org"), ("pythonhosted", "org"), ("npmjs", "org"), ("jfrog", "io"))
REGISTRIES = re.compile("|".join(rf"{name}\.{top}" for name, top in HOSTS), re.IGNORECASE)


def tracked() -> list[Path]:
    """The files that git knows or would take in; everything but what .gitignore names where there is no git."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def lines_with(pattern: re.Pattern[str]) -> list[str]:
    found = []
    for path in tracked():
        try:
            text = path.read_text()
        except UnicodeDecodeError:
            continue
        # Other people's data stays as they published it.
        if "tests/data" not in str(path) and pattern.search(text):
            name = path.relative_to(ROOT)
            found += [f"{name}: {line.strip()[:100]}" for line in text.splitlines() if pattern.search(line)]
    return found


def test_no_file_names_a_path_of_one_machine() -> None:
    assert lines_with(MACHINE_PATHS) == []


def test_no_file_names_a_package_registry() -> None:
    assert lines_with(REGISTRIES) == []


def test_sample_data_says_where_it_came_from() -> None:
    folders = {path for path in (ROOT / "tests" / "data").iterdir() if path.is_dir()}
    assert [folder.name for folder in folders if not (folder / "SOURCE.md").is_file()] == []


def test_no_secret_was_left_in_the_tree() -> None:
    assert lines_with(re.compile("BEGIN " r"(EC |RSA )?PRIVATE KEY")) == []


def test_no_two_test_files_have_one_name() -> None:
    """pytest imports them by name alone: two of one name stop the whole run, and no part of it shows that."""
    names = Counter(path.name for path in (ROOT / "tests").rglob("test_*.py"))
    assert [name for name, times in names.items() if times > 1] == []
