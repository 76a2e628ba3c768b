"""People whose every detail is a word that stands nowhere else, so that whoever reads a page can look for it."""

from __future__ import annotations

import html
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from app.services.caring import endings, triage
from app.services.helping import delivery
from app.store.outcomes import Contact
from fhir.systems import FLAG_CATEGORIES
from tests.directories import make_safe
from tests.factories import (
    MadeReferral,
    Patient,
    _find,
    make_ending,
    make_message,
    make_nhs_number,
    send,
    sender_for,
)
from tests.security.sides import Side
from tests.unit.letters.pdf import text_of

_RESTRICTED = {"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}
_GRAVITY = "http://hl7.org/fhir/us/sdoh-clinicalcare/CodeSystem/SDOHCC-CodeSystemTemporaryCodes"
_NO_CONTACT = {"system": _GRAVITY, "code": "contacting-subject-prohibited"}
# name of a person -> the letters that all their words begin with
PEOPLE = {"plain": "Plo", "restricted": "Rhu", "no-contact": "Nax", "declined": "Dwe", "helped": "Hju"}
PLACE, REACH, IDENTITY = ("street", "postcode"), ("phone", "email"), ("nhs_number", "birth_date")
WORDS = ("reason", "safeguarding", "risk")


@dataclass(frozen=True)
class Planted:
    """One person: kind of detail -> the spellings by which it would be known again."""

    name: str
    traces: Mapping[str, tuple[str, ...]]

    def found_in(self, text: str) -> set[str]:
        """The kinds of detail that a text gives away."""
        told = text.lower()
        return {kind for kind, spelt in self.traces.items() if any(each.lower() in told for each in spelt)}


def plant(side: Side) -> list[Planted]:
    """Refer one of each to the side, and take each to where their name says; found again in `side.made`."""
    make_safe(side.db, side.place, side.number)
    return [_plant(side, name, letters, number) for number, (name, letters) in enumerate(PEOPLE.items())]


def _plant(side: Side, name: str, letters: str, number: int) -> Planted:
    nhs_number = make_nhs_number(66_600 + number)
    patient = Patient(
        nhs_number=nhs_number,
        family=f"{letters}quist",
        given=f"{letters}bert",
        birth_date=f"19{41 + number}-08-1{number}",
        street=f"{letters}berry Mews",
        postcode=f"E5 9X{letters[0]}",
        phone=f"07700 90088{number}",
    )
    body = json.loads(make_message(side.practice, patient=patient, words=f"The {letters}gumption is gone."))
    _say_more(body, name, letters)
    _take_on(side, name, json.dumps(body).encode())
    grouped = f"{nhs_number[:3]} {nhs_number[3:6]} {nhs_number[6:]}"
    traces = {
        "name": (patient.family, patient.given),
        "nhs_number": (nhs_number, grouped, grouped.replace(" ", "&nbsp;"), grouped.replace(" ", "\u00a0")),
        "birth_date": (patient.birth_date or "", f"1{number} August 19{41 + number}"),
        "street": (f"{letters}berry",),
        "postcode": (patient.postcode, patient.postcode.replace(" ", "")),
        "phone": (patient.phone, patient.phone.replace(" ", ""), f"+4477009008 8{number}".replace(" ", "")),
        "email": (f"{letters}@hidden.example",),
        "reason": (f"{letters}gumption",),
        "safeguarding": (f"{letters}warden",),
        "risk": (f"{letters}hound",),
        "practice": (side.practice.name, side.practice.ods or ""),
    }
    return Planted(name, traces)


def _say_more(body: dict[str, Any], name: str, letters: str) -> None:
    parts = {each["resource"]["resourceType"]: each["resource"] for each in body["entry"]}
    parts["Patient"]["telecom"].append({"system": "email", "value": f"{letters}@hidden.example"})
    if name == "restricted":
        parts["Patient"]["meta"]["security"] = [_RESTRICTED]
    if name == "no-contact":
        more = {"code": {"text": "Social prescribing"}, "orderDetail": [{"coding": [_NO_CONTACT]}]}
        parts["ServiceRequest"] |= more
    for number, (category, words) in enumerate((("SG", f"{letters}warden"), ("RT", f"{letters}hound"))):
        flag = {
            "resourceType": "Flag",
            "status": "active",
            "code": {"text": words},
            "subject": parts["ServiceRequest"]["subject"],
            "category": [{"coding": [{"system": FLAG_CATEGORIES, "code": category}]}],
        }
        full_url = f"urn:uuid:00000000-0000-4000-8000-00000000000{number}"
        body["entry"].append({"fullUrl": full_url, "resource": flag})


def _take_on(side: Side, name: str, body: bytes) -> None:
    db, worker, today = side.db, side.place.link_worker, side.db.clock().date()
    send(db, body, sender_for(side.practice))
    made = _find(db, side.practice, body)
    triage.start(db, worker, made.id)
    placement_id = triage.offer(db, worker, made.id, [side.service.id], brief="Would like company.")
    side.made[name] = MadeReferral(made.id, made.person_id, side.practice, body, placement_id)
    if name == "declined":
        delivery.decline(db, side.provider_actor, placement_id, reason="22")
        return
    delivery.accept(db, side.provider_actor, placement_id)
    delivery.record_contact(db, side.provider_actor, placement_id, Contact("visit", True, today, 20, "Met."))
    if name == "helped":
        endings.complete(db, side.provider_actor, placement_id, make_ending(today))


def text_in(data: bytes, content_type: str) -> str:
    """What a person can read in an answer, whatever its format; compressed parts are opened."""
    if content_type.startswith("application/pdf"):
        return text_of(data)
    if data.startswith(b"PK"):
        with zipfile.ZipFile(BytesIO(data)) as packed:
            return "\n".join(packed.read(each).decode(errors="replace") for each in packed.namelist())
    return html.unescape(data.decode(errors="replace"))
