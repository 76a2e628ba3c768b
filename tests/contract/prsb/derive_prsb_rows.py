"""Derives app/services/prsb/prsb_rows.json from the file that PRSB publishes: names, counts, lengths and value sets."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path
from typing import Any

PUBLISHED = Path("tests/data/prsb/SocialPrescribing.json")
DERIVED = Path("app/services/prsb/prsb_rows.json")


def derived() -> list[dict[str, Any]]:
    """Return the sections of the standard, as the app keeps them."""
    published = json.loads(PUBLISHED.read_text(encoding="utf-8"))
    return [_row(each) for each in published["dataset"][0]["concept"]]


def _row(published: dict[str, Any]) -> dict[str, Any]:
    domains = published.get("valueDomain") or []
    told = {
        "name": published["name"].strip(),
        "group": published["type"] == "group",
        "least": int(published["minimumMultiplicity"]),
        "most": None if published["maximumMultiplicity"] == "*" else int(published["maximumMultiplicity"]),
        "obligation": published.get("mro") or "-",
        "type": next((each["type"] for each in domains), ""),
        "value_set": _plain(published.get("valueSets") or ""),
    }
    for domain in domains:
        for each in domain.get("property") or []:
            told |= {
                "longest": int(each["maxLength"]) if "maxLength" in each else told.get("longest"),
                "shortest": int(each["minLength"]) if "minLength" in each else told.get("shortest"),
                "precision": each.get("timeStampPrecision", told.get("precision", "")),
            }
    told["rows"] = [_row(each) for each in published.get("concept") or []]
    return {name: value for name, value in told.items() if name in ("least", "most") or value}


def _plain(markup: str) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]*>", " ", markup))).strip()


if __name__ == "__main__":
    DERIVED.write_text(json.dumps(derived(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
