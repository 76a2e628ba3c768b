"""An installation that holds a licence: its own folder lays words over PHQ-9 and asks it beside its own concerns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from app.config import Settings
from app.runtime import Runtime
from app.services.helping import delivery
from app.store.outcomes import Contact
from tests.factories import MadePlace, MadeReferral, make_referral
from tests.integration.web.conftest import Visitor

PHQ9 = """
of = "phq9"
licence = "Of the tests"
[words]
{words}
"""
CONCERNS = """
of = "own-concerns"
licence = "Of the tests"
[words]
wellbeing = "How do you feel?"
"""
GARDEN = """
code = "garden"
version = "{version}"
name = "Garden"
about = "other"
attribution = "The garden group"
licence = "Free to use"
[[items]]
code = "hands"
wording = "{wording}"
low = 0
high = 4
better = "higher"
"""
FRAMEWORK = """
code = "valley"
version = "1"
name = "What the valley asks"
author = "Valley partnership"
agreed_by = ["People who use the services"]
effective_from = 2026-01-01
core = ["phq9", "own-concerns", "garden"]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The installation's own folder."""
    found = tmp_path / "measures"
    (found / "frameworks").mkdir(parents=True)
    words = "\n".join(f'q{number} = "Question {number}"' for number in range(1, 10))
    (found / "phq9.toml").write_text(PHQ9.format(words=words))
    (found / "concerns.toml").write_text(CONCERNS)
    (found / "garden-1.toml").write_text(GARDEN.format(version=1, wording="Were your hands dirty?"))
    (found / "frameworks" / "valley.toml").write_text(FRAMEWORK)
    return found


@pytest.fixture
def settings(settings: Settings, folder: Path) -> Settings:
    """The run's settings with that folder."""
    return replace(settings, measures_dir=folder)


@pytest.fixture
def helped(runtime: Runtime, place: MadePlace) -> MadeReferral:
    """Somebody with whom the first provider is at work."""
    made = make_referral(runtime.db, place)
    provider = place.provider_of(place.services[0].id)
    assert made.placement_id is not None
    delivery.accept(runtime.db, provider, made.placement_id)
    today = runtime.db.clock().date()
    delivery.record_contact(
        runtime.db, provider, made.placement_id, Contact("phone", True, today, 20, "Rang.")
    )
    return made


@pytest.fixture
def sign_in(app: Flask, place: MadePlace) -> Callable[[str], Visitor]:
    """Somebody of the place in a browser of their own."""
    return lambda username: Visitor(app.test_client()).sign_in(username)
