"""Runs the loop through its real doors: GP systems post, a link worker and providers act over HTTP, mail goes round."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

from app.demo import messages, place
from app.demo.house import House
from app.demo.people_api import Person
from app.demo.processes import DemoProblem
from app.demo.report import Ended
from app.demo.scenarios import Help, Scenario
from app.domain.access import system
from app.store import feedback, placements

_CLOSE_SECONDS = 120
# NHS England's own examples are people of other towns, one with a safeguarding flag: rules stand against every group
_SPOKEN_WITH = "spoken-with-service"
_DROPPED_OUT = {"state": "did-not-engage", "summary": "Two calls and a letter; no answer."}


@dataclass(frozen=True)
class Sent:
    """A referral as it was posted and what the answer named it."""

    scenario: Scenario
    body: bytes
    request_id: str
    correlation_id: str
    referral_id: str

    @property
    def message_id(self) -> str:
        """The Bundle.id."""
        return str(json.loads(self.body)["id"])

    @property
    def header_id(self) -> str:
        """The MessageHeader's id: two of the published examples share their Bundle.id and differ here."""
        header = json.loads(self.body)["entry"][0]
        return str(header["fullUrl"].removeprefix("urn:uuid:"))


class Loop:
    """The people and systems of the demonstration at work."""

    def __init__(self, house: House):
        self._house = house
        self._link = Person(house.base_url, "link", place.PASSWORD)
        self._groups = {group.service: group for group in place.GROUPS}
        self._providers: dict[str, Person] = {}
        self.parked = 0

    def run(self, scenarios: Sequence[Scenario]) -> Iterator[Ended]:
        """Send every referral, see each through, wait for the practices' answers; yields each as it ended."""
        print("GP systems send their referrals ...", flush=True)
        sent = [self._send(scenario) for scenario in scenarios]
        self._send_again(sent[0])
        self._send_from_unknown_practice(sent[-1])
        for one in sent:
            self._see_through(one)
        print("Waiting for the practices to acknowledge ...", flush=True)
        for one in sent:
            yield self._await_end(one)

    def send_for_visitors(self, scenarios: Sequence[Scenario]) -> None:
        """Send a few referrals that nobody touches, so that whoever looks has something to do."""
        for scenario in scenarios:
            self._send(scenario)

    def _send(self, scenario: Scenario) -> Sent:
        body = (
            messages.example(scenario.example) if scenario.example else messages.referral(_request(scenario))
        )
        ids = {"request_id": str(uuid4()), "correlation_id": str(uuid4())}
        answer = self._house.gp_clients[scenario.practice].post(body, **ids)
        if answer.status_code != 200:
            raise DemoProblem(
                f"{scenario.name}: the referral was answered {answer.status_code}: {answer.text[:500]}"
            )
        header = answer.json()["entry"][0]["resource"]
        referral_id = header["focus"][0]["reference"].removeprefix("ServiceRequest/")
        print(f"  received: {scenario.name}", flush=True)
        return Sent(scenario, body, **ids, referral_id=referral_id)

    def _send_again(self, sent: Sent) -> None:
        """A sender that heard no answer repeats itself: no second referral may come of it."""
        client = self._house.gp_clients[sent.scenario.practice]
        before = self._link.get("/referrals")["total"]
        again = client.post(sent.body, request_id=sent.request_id, correlation_id=sent.correlation_id)
        renamed = client.post(sent.body, correlation_id=sent.correlation_id)
        if self._link.get("/referrals")["total"] != before:
            raise DemoProblem("A repeated message made a second referral.")
        print(
            f"  the first message again: answered {again.status_code} (duplicate), and under a new request id "
            f"{renamed.status_code} (the first answer); still one referral"
        )

    def _send_from_unknown_practice(self, like: Sent) -> None:
        patient = messages.Patient("Carys", "Green", "1970-01-01", "female", "9991000127")
        request = messages.Request("Z99999", "Unknown Surgery", patient, ("food",), "Needs a food parcel.")
        answer = self._house.gp_clients[like.scenario.practice].post(messages.referral(request))
        if answer.status_code != 202:
            raise DemoProblem(f"A referral of an unknown practice was answered {answer.status_code}.")
        self.parked += 1
        print("  a practice that the place does not know: kept for the steward, not dropped")

    def _see_through(self, sent: Sent) -> None:
        scenario, at = sent.scenario, f"/referrals/{sent.referral_id}"
        if scenario.cancelled:
            self._cancel(sent)
            return
        self._link.post(f"{at}/triage")
        if scenario.set_needs:
            self._link.put(f"{at}/needs", {"needs": list(scenario.set_needs), "access": []})
        suggested = self._link.get(f"{at}/suggestions")["items"]
        if scenario.unmet:
            self._record_unmet(sent, suggested)
            return
        ids = {match["service_name"]: match["service_id"] for match in suggested}
        asked = [ids[name] for name in scenario.ask]
        offers = {
            "service_ids": asked,
            "brief": scenario.brief,
            "although": {
                match["service_id"]: _SPOKEN_WITH
                for match in suggested
                if match["service_id"] in asked and match["needs_reason"]
            },
        }
        self._link.post(f"{at}/offers", offers)
        for name in scenario.ask:
            if not self._answers(sent, name):
                continue
            break
        print(f"  {scenario.outcome}: {scenario.name}", flush=True)

    def _answers(self, sent: Sent, service: str) -> bool:
        """Let one provider answer its offer; False when the next must be asked."""
        scenario, provider = sent.scenario, self._provider(service)
        placement_id = self._placement(sent, service)
        at = f"/placements/{placement_id}"
        if service in scenario.silent:
            self._let_time_pass(sent, placement_id)
            return False
        provider.post(f"{at}/open")
        reason = dict(scenario.declines).get(service)
        if reason:
            provider.post(f"{at}/decline", {"reason": reason})
            return False
        provider.post(f"{at}/accept")
        if scenario.drops_out:
            self._drop_out(sent, provider, at)
        elif scenario.help:
            self._help(provider, at, scenario.help)
        return True

    def _help(self, provider: Person, at: str, help_given: Help) -> None:
        today = date.today().isoformat()  # noqa: DTZ011 - the day on this machine's wall
        contact = {"channel": "visit", "reached": True, "happened_on": today, "minutes": 40}
        provider.post(f"{at}/contacts", contact)
        before, after = help_given.goal_scores
        outcome = {
            "state": help_given.outcome,
            "summary": help_given.summary,
            "actions": help_given.actions,
            "goal": help_given.goal,
            "goal_before": before,
            "goal_after": after,
        }
        provider.post(f"{at}/complete", {"outcome": outcome, "measures": _measures(help_given, today)})

    def _drop_out(self, sent: Sent, provider: Person, at: str) -> None:
        today = date.today().isoformat()  # noqa: DTZ011 - the day on this machine's wall
        provider.post(f"{at}/contacts", {"channel": "phone", "reached": False, "happened_on": today})
        end = {"reason": "did-not-engage", "outcome": _DROPPED_OUT}
        provider.post(f"{at}/end-early", end)
        self._link.post(f"/referrals/{sent.referral_id}/end-early", end)

    def _record_unmet(self, sent: Sent, suggested: list[dict[str, Any]]) -> None:
        if any(match["suitable"] for match in suggested):
            raise DemoProblem("A service was suitable where none should be.")
        at = f"/referrals/{sent.referral_id}"
        self._link.post(f"{at}/unmet-need")
        outcome = {
            "state": "not-known",
            "summary": "No service in the area can help with this need at present.",
        }
        self._link.post(f"{at}/end-early", {"reason": "no-suitable-service", "outcome": outcome})
        print(f"  unmet need: {sent.scenario.name}", flush=True)

    def _cancel(self, sent: Sent) -> None:
        client = self._house.gp_clients[sent.scenario.practice]
        answer = client.post(messages.cancelled(sent.body), correlation_id=sent.correlation_id)
        if answer.status_code != 200:
            raise DemoProblem(f"The cancellation was answered {answer.status_code}: {answer.text[:500]}")
        print(f"  cancelled: {sent.scenario.name}", flush=True)

    def _let_time_pass(self, sent: Sent, placement_id: str) -> None:
        """Nobody answers for days: the demonstration moves the day of this one offer, the sweep does the rest."""
        db = self._house.runtime.db
        with db.transaction(system("demo-calendar")) as tx:
            placements.respond_by(tx, UUID(placement_id), tx.today - timedelta(days=1))
        deadline = time.monotonic() + _CLOSE_SECONDS
        while self._detail(sent)["placements"][0]["status"] != "expired":
            self._pause(deadline, "A silent offer did not expire.")

    def _await_end(self, sent: Sent) -> Ended:
        deadline = time.monotonic() + _CLOSE_SECONDS
        while (detail := self._detail(sent))["status"] != sent.scenario.expected:
            if time.monotonic() > deadline:
                break  # the table and the exit code will say it
            self._pause(deadline, "")
        return self._ended(sent, detail)

    def _ended(self, sent: Sent, detail: dict[str, Any]) -> Ended:
        with self._house.runtime.db.transaction(system("demo")) as tx:
            told = feedback.list_for_referral(tx, UUID(sent.referral_id), audit="demo report")
            before = feedback.list_on_the_way(tx, UUID(sent.referral_id), audit="demo report")
        states = [
            {"status": step["after"], "at": step["at"]}
            for step in detail["timeline"]
            if step["track"] == "referral"
        ]
        helped = [p for p in detail["placements"] if p["status"] in ("completed", "ended-early")]
        acknowledged = told[-1].acknowledged_at if told else None
        return Ended(
            scenario=sent.scenario,
            referral_id=sent.referral_id,
            message_id=sent.message_id,
            header_id=sent.header_id,
            reference=detail["reference"],
            provider=helped[-1]["provider_name"] if helped else None,
            states=states,
            outcome=detail["outcome"]["state"] if detail["outcome"] else None,
            feedback_message_id=told[-1].message_id if told else None,
            acknowledged_at=acknowledged.isoformat() if acknowledged else None,
            on_the_way=[
                {"told": each.kind.value, "status": each.status, "message_id": each.message_id}
                for each in before
            ],
        )

    def _placement(self, sent: Sent, service: str) -> str:
        offered = self._detail(sent)["placements"]
        return next(str(p["id"]) for p in offered if p["service_name"] == service)

    def _detail(self, sent: Sent) -> dict[str, Any]:
        told: dict[str, Any] = self._link.get(f"/referrals/{sent.referral_id}")
        return told

    def _provider(self, service: str) -> Person:
        username = self._groups[service].username
        if username not in self._providers:
            self._providers[username] = Person(self._house.base_url, username, place.PASSWORD)
        return self._providers[username]

    def _pause(self, deadline: float, sentence: str) -> None:
        self._house.check()
        if sentence and time.monotonic() > deadline:
            raise DemoProblem(sentence)
        time.sleep(0.2)


def _request(scenario: Scenario) -> messages.Request:
    if scenario.patient is None:
        raise ValueError("a scenario has an example or a patient")
    practice = next(practice for practice in place.PRACTICES if practice.ods == scenario.practice)
    return messages.Request(
        practice.ods, practice.name, scenario.patient, scenario.needs, scenario.words, scenario.access
    )


def _measures(help_given: Help, today: str) -> list[dict[str, Any]]:
    found = []
    for phase, life, lonely in zip(("before", "after"), help_given.life, help_given.lonely, strict=True):
        ons4 = {"life-satisfaction": life, "worthwhile": life, "happy": life, "anxious": 10 - life}
        ucla3 = {"companionship": lonely, "left-out": lonely, "isolated": lonely}
        found.append({"measure": "ons4", "phase": phase, "answers": ons4, "taken_on": today})
        found.append({"measure": "ucla3", "phase": phase, "answers": ucla3, "taken_on": today})
    return found
