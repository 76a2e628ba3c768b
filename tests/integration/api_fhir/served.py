"""The application for gunicorn in tests: built from the environment, like the one that is deployed."""

from __future__ import annotations

from app import create_app

app = create_app()
