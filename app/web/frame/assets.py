"""Style and script under an address that names their content, so that browsers keep them for ever."""

from __future__ import annotations

import hashlib
from pathlib import Path

from flask import Flask
from whitenoise import WhiteNoise

_FOLDER = Path(__file__).resolve().parents[1] / "static"


def serve(app: Flask) -> None:
    """Serve the static folder and give templates `asset(name)`, the address of a file in it."""
    prefix = f"/static/{_digest()}"
    served = WhiteNoise(app.wsgi_app, immutable_file_test=lambda _path, _url: True, allow_all_origins=False)
    served.add_files(str(_FOLDER), prefix=prefix)
    app.wsgi_app = served  # type: ignore[method-assign]

    def asset(name: str) -> str:
        return f"{prefix}/{name}"

    app.jinja_env.globals["asset"] = asset


def _digest() -> str:
    """One digest for the whole folder: the style sheet's own links need no rewriting."""
    digest = hashlib.sha256()
    for path in sorted(_FOLDER.rglob("*")):
        if path.is_file():
            digest.update(path.relative_to(_FOLDER).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]
