"""Many referrals from one file: what is wrong is told by row and column, the rest is sent, and nobody twice."""

from __future__ import annotations

import re
from pathlib import Path

from app.demo.stage import Stage, must
from app.demo.visitor import said

FILE = Path(__file__).parent / "borough" / "cohort.csv"
RIGHT = 12


def cohort(stage: Stage) -> None:
    """A practice's falls review: thirteen rows, one with a birth date that cannot be."""
    practice, body = stage.visitor("practice4"), FILE.read_bytes()
    form, files = {"name": "Falls review, autumn"}, {"file": (FILE.name, body)}
    before = stage.link.get("/referrals")["total"]
    at = practice.send_to("/cohort", form, files=files)
    checked = said(practice.page(at))
    must("date_of_birth" in checked and "13" in checked, f"The wrong row is not told: {checked[:600]}")
    must(stage.link.get("/referrals")["total"] == before, "Checking a file referred somebody.")
    practice.send(f"{at}/send", {"leave_out": "yes"}, at=at)
    stage.until(
        lambda: re.search(rf"Sent\s+{RIGHT}\b", said(practice.page(at))), "The right rows were not all sent."
    )
    must(stage.link.get("/referrals")["total"] == before + RIGHT, "Not every right row is a referral.")
    again = practice.send_to("/cohort", form, files=files)
    must(f"{RIGHT} of them were sent before" in said(practice.page(again)), "The file would be sent twice.")
    practice.send(f"{again}/discard", at=again)
    stage.show(f"a file of 13: one row told wrong, {RIGHT} referred, and nobody twice", at, "practice4")
