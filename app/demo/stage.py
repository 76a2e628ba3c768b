"""What the stories of the demonstration share: who acts, through which door, and what has been shown so far."""

from __future__ import annotations

import email
import email.policy
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from app.demo import directory, messages, place
from app.demo.house import MAIL_FOLDER, House
from app.demo.messages import Patient, Request
from app.demo.people_api import Person
from app.demo.processes import DemoProblem
from app.demo.visitor import Visitor
from app.domain.identifiers import check_digit_is_right
from app.store.session import LONDON

_WAIT_SECONDS = 90
WELL_ENDED = {"state": "better", "summary": "Comes every week and has company.", "goal": "Company"}
_PRACTICE = place.PRACTICES[0]


@dataclass(frozen=True)
class Shown:
    """One thing that was shown, and where somebody who keeps the demonstration open sees it."""

    words: str
    look: str = ""  # a path
    sign_in: str = ""  # a user name; empty needs none


@dataclass
class Stage:
    """The house with everybody in it, as the stories need them."""

    house: House
    shown: list[Shown] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    _people: dict[str, Person] = field(default_factory=dict)
    _visitors: dict[str, Visitor] = field(default_factory=dict)
    _numbers: Iterator[str] = field(default_factory=lambda: _nhs_numbers())

    @property
    def link(self) -> Person:
        """The link worker, at the JSON API."""
        return self.person("link")

    @property
    def steward(self) -> Person:
        """The steward, at the JSON API."""
        return self.person("steward")

    def person(self, username: str) -> Person:
        """Return somebody signed in at the JSON API."""
        if username not in self._people:
            self._people[username] = Person(self.house.base_url, username, place.PASSWORD)
        return self._people[username]

    def visitor(self, username: str) -> Visitor:
        """Return somebody signed in on the pages."""
        if username not in self._visitors:
            self._visitors[username] = self.stranger().sign_in(username, place.PASSWORD)
        return self._visitors[username]

    def stranger(self) -> Visitor:
        """Return somebody with a browser who has not signed in."""
        return Visitor(self.house.base_url)

    @property
    def today(self) -> date:
        """The day in London, as the house counts it."""
        return self.house.runtime.db.clock().astimezone(LONDON).date()

    def show(self, words: str, look: str = "", sign_in: str = "") -> None:
        """Say that something has been shown."""
        self.shown.append(Shown(words, look, sign_in))
        print(f"  shown: {words}", flush=True)

    def patient(
        self,
        given: str,
        family: str,
        born: str,
        *,
        gender: str = "female",
        postcode: str = "BV1 2AB",
        language: str = "en",
    ) -> Patient:
        """Return an invented patient with an NHS number of the range that is never issued."""
        return Patient(given, family, born, gender, next(self._numbers), postcode, language)

    def refer(
        self,
        patient: Patient,
        needs: tuple[str, ...],
        words: str,
        *,
        practice: place.Practice = _PRACTICE,
        urgent: bool = False,
    ) -> str:
        """Let a practice's system send a referral as a FHIR message; return the referral's id."""
        request = Request(practice.ods, practice.name, patient, needs, words, urgent=urgent)
        answer = self.house.gp_clients[practice.ods].post(messages.referral(request))
        must(answer.ok, f"A referral was answered {answer.status_code}: {answer.text[:300]}")
        focus = answer.json()["entry"][0]["resource"]["focus"][0]["reference"]
        return str(focus).removeprefix("ServiceRequest/")

    def take_on(self, referral_id: str) -> None:
        """Let the link worker take a referral on."""
        self.link.post(f"/referrals/{referral_id}/triage")

    def offer(self, referral_id: str, *services: str, **more: Any) -> list[str]:
        """Let the link worker ask services by name; return the placements."""
        ids = [str(directory.identity(service)) for service in services]
        body = {"service_ids": ids, "brief": "Would like help with this, near home.", **more}
        return list(self.link.post(f"/referrals/{referral_id}/offers", body)["placement_ids"])

    def status(self, referral_id: str) -> str:
        """Return where a referral stands."""
        return str(self.link.get(f"/referrals/{referral_id}")["status"])

    def help(self, username: str, placement: str, *measures: Mapping[str, Any], **goal: int) -> None:
        """Let a provider say yes, begin, and end well; with questionnaires and how near the goal was."""
        provider, at = self.person(username), f"/placements/{placement}"
        provider.post(f"{at}/accept")
        provider.post(f"{at}/start")
        provider.post(f"{at}/complete", {"outcome": {**WELL_ENDED, **goal}, "measures": list(measures)})

    def until(self, is_so: Callable[[], Any], sentence: str) -> Any:
        """Wait for the worker's next turns; return what `is_so` found, raise with the sentence when it never does."""
        deadline = time.monotonic() + _WAIT_SECONDS
        while not (found := is_so()):
            self.house.check()
            must(time.monotonic() < deadline, sentence)
            time.sleep(0.3)
        return found

    def mail(self, to: str, subject: str) -> str:
        """Return the text of the newest e-mail that the mail server took for an address, waiting until it came."""
        return str(self.until(lambda: self._mail(to, subject), f"No e-mail '{subject}' came for {to}."))

    def _mail(self, to: str, subject: str) -> str:
        for path in sorted((self.house.var / MAIL_FOLDER).glob("*.eml"), reverse=True):
            found = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            if to in str(found["To"]) and subject.lower() in str(found["Subject"]).lower():
                body = found.get_body()
                return str(body.get_content()) if body else ""
        return ""

    def link_in(self, mail: str, purpose: str) -> str:
        """Return the address of a link for one thing in an e-mail."""
        found = re.search(rf"{re.escape(self.house.base_url)}/{purpose}/\S+", mail)
        must(found is not None, f"The e-mail holds no link for {purpose}.")
        return found[0] if found else ""

    def find(self, words: str) -> dict[str, Any]:
        """Return the link worker's line of somebody by name, or of a reference."""
        page = 1
        while True:
            found = self.link.get(f"/referrals?page={page}")
            for line in found["items"]:
                if words in (line["person_name"], line["reference"]):
                    return dict(line)
            must(found["next"], f"The link worker does not see {words}.")
            page += 1


def must(so: object, sentence: str) -> None:
    """Raise with a sentence unless something is so."""
    if not so:
        raise DemoProblem(sentence)


def _nhs_numbers() -> Iterator[str]:
    for stem in range(999_300_000, 999_400_000):
        yield from (f"{stem}{digit}" for digit in range(10) if check_digit_is_right(f"{stem}{digit}"))
