"""The web serves its assets by their names, and nothing else that lies in the tree."""

from __future__ import annotations

from pathlib import Path

from flask import Flask

ROOT = Path(__file__).parents[3]


def test_nothing_of_the_tree_is_served_but_the_assets(app: Flask) -> None:
    client = app.test_client()
    style = next(part for part in client.get("/sign-in").text.split('"') if part.endswith("backstitch.css"))
    folder = style.rpartition("/")[0]
    assert client.get(style).status_code == 200
    for path in (
        "/static/",
        f"{folder}/",
        f"{folder}/nhsuk/",
        f"{folder}/SOURCE.md/..",
        f"{folder}/../forms.py",
        f"{folder}/%2e%2e/forms.py",
        f"{folder}/..%2f..%2fconfig.py",
        "/.git/config",
        "/.git/HEAD",
        "/app/config.py",
        "/pyproject.toml",
        "/requirements.txt",
        "/deploy/env.sample",
    ):
        answer = client.get(path)
        assert answer.status_code == 404, path
        assert "Index of" not in answer.text
    assert (ROOT / "pyproject.toml").is_file()  # so that the walk above asked for what is there
