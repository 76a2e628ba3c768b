"""Versions: what a resource was after each change, under the number that a read gave it then."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

from app.domain.access import Actor
from app.domain.lifecycle import ReferralStatus
from app.runtime import Runtime
from app.services.caring import endings, triage
from app.services.helping import delivery
from app.store.outcomes import Contact
from tests.conftest import Clock
from tests.factories import MadePlace, acknowledge, make_ending, make_referral
from tests.integration.api_fhir_write.writer import Json, Writer, problems

KINDS = ("ServiceRequest", "Task")


def test_every_version_that_was_read_can_be_read_again(
    writer: Writer, runtime: Runtime, place: MadePlace, clock: Clock
) -> None:
    made = make_referral(runtime.db, place, ReferralStatus.RECEIVED)
    worker, provider = place.link_worker, place.provider_of(place.services[0].id)
    seen: dict[str, list[Json]] = {}

    def look(placement_id: object = None) -> None:
        for path in [f"{kind}/{made.id}" for kind in KINDS] + (
            [f"Task/{placement_id}"] if placement_id else []
        ):
            found = writer.read(path)
            listed = seen.setdefault(path, [])
            if not listed or listed[-1] != found:
                listed.append(found)
        clock.advance(seconds=5)

    look()
    triage.start(runtime.db, worker, made.id)
    look()
    placement_id = triage.offer(runtime.db, worker, made.id, (place.services[0].id,))
    look(placement_id)
    delivery.accept(runtime.db, provider, placement_id)
    look(placement_id)
    contact = Contact("phone", True, clock.today, 20, "Rang.")
    delivery.record_contact(runtime.db, provider, placement_id, contact)
    look(placement_id)
    endings.complete(runtime.db, provider, placement_id, make_ending(clock.today))
    look(placement_id)
    acknowledge(runtime.db, made)
    look(placement_id)
    endings.reopen(runtime.db, worker, made.id, reason="person-returned")
    look(placement_id)
    endings.end_early(runtime.db, worker, made.id, make_ending(clock.today, reason="moved-away"))
    look(placement_id)
    endings.reopen(runtime.db, worker, made.id, reason="ended-by-mistake")
    look(placement_id)
    for path, versions in seen.items():
        assert len(versions) >= 3, path
        for each in versions:
            answer = writer.get(f"{path}/_history/{each['meta']['versionId']}")
            assert answer.status_code == 200, answer.text
            assert answer.json == each
            assert answer.headers["ETag"] == f'W/"{each["meta"]["versionId"]}"'
        bundle = writer.read(f"{path}/_history")
        assert bundle["type"] == "history"
        listed = [each["resource"] for each in bundle["entry"]]
        assert listed[0] == versions[-1]
        assert [each for each in versions if each not in listed] == []
        assert [each["request"]["method"] for each in bundle["entry"]][-1] == "POST"


def test_provider_reads_the_versions_of_its_own_task(
    writer_of: Callable[..., Writer], runtime: Runtime, place: MadePlace, clock: Clock
) -> None:
    provider = writer_of(organisation_id=place.providers[0].id)
    made = make_referral(runtime.db, place, ReferralStatus.ACTIVE)
    path, actor = f"Task/{made.placement_id}", place.provider_of(place.services[0].id)
    versions = [provider.read(path)]
    for step in (delivery.accept, delivery.start):
        clock.advance(seconds=5)
        step(runtime.db, actor, made.placement_id)
        versions.append(provider.read(path))
    listed = [each["resource"] for each in provider.read(f"{path}/_history")["entry"]]
    assert listed == versions[::-1]
    only = provider.read(f"ServiceRequest/{made.id}/_history")["entry"]
    assert [each["resource"] for each in only] == [provider.read(f"ServiceRequest/{made.id}")]
    problems(writer_of(organisation_id=place.providers[1].id).get(f"{path}/_history"), 404)


def test_version_that_never_was_is_not_found(writer: Writer, runtime: Runtime, place: MadePlace) -> None:
    made = make_referral(runtime.db, place, ReferralStatus.RECEIVED)
    for kind in KINDS:
        (sentence,) = problems(writer.get(f"{kind}/{made.id}/_history/999"), 404).values()
        assert "no such version" in sentence
    assert writer.get("ServiceRequest/nobody/_history").status_code == 404


def test_of_other_types_only_the_present_version_is_kept(
    writer: Writer, runtime: Runtime, place: MadePlace
) -> None:
    make_referral(runtime.db, place, ReferralStatus.CLOSED)
    for kind in ("Patient", "CarePlan", "Observation", "Communication", "Provenance", "AuditEvent"):
        (found, *_) = [each["resource"] for each in writer.read(kind)["entry"]]
        now = writer.get(f"{kind}/{found['id']}/_history/{found['meta']['versionId']}")
        assert now.status_code == 200, (kind, now.text)
        (sentence,) = problems(writer.get(f"{kind}/{found['id']}/_history/other"), 404).values()
        assert "only the present version" in sentence
        assert writer.get(f"{kind}/{found['id']}/_history").status_code == 404


def test_versions_of_another_practices_referral_are_absent(
    writer_of: Callable[..., Writer], runtime: Runtime, place: MadePlace
) -> None:
    made = make_referral(runtime.db, place, ReferralStatus.RECEIVED)
    stranger = writer_of(place.other_practice)
    for kind in KINDS:
        theirs = problems(stranger.get(f"{kind}/{made.id}/_history"), 404)
        assert theirs == problems(stranger.get(f"{kind}/{uuid4()}/_history"), 404)
        theirs = problems(stranger.get(f"{kind}/{made.id}/_history/1"), 404)
        assert theirs == problems(stranger.get(f"{kind}/{uuid4()}/_history/1"), 404)


def test_change_of_needs_alone_is_a_version(writer: Writer, runtime: Runtime, place: MadePlace) -> None:
    made = make_referral(runtime.db, place, ReferralStatus.IN_TRIAGE)
    worker: Actor = place.link_worker
    before = writer.read(f"ServiceRequest/{made.id}")
    triage.set_needs(runtime.db, worker, made.id, needs=("food",), access=())
    after = writer.read(f"ServiceRequest/{made.id}")
    assert after["meta"]["versionId"] != before["meta"]["versionId"]
    assert writer.read(f"ServiceRequest/{made.id}/_history/{before['meta']['versionId']}") == before


def test_conditional_read_knows_the_version(writer: Writer, runtime: Runtime, place: MadePlace) -> None:
    made = make_referral(runtime.db, place, ReferralStatus.RECEIVED)
    for kind in KINDS:
        first = writer.get(f"{kind}/{made.id}")
        same = writer.get(f"{kind}/{made.id}", If_None_Match=first.headers["ETag"])
        since = writer.get(f"{kind}/{made.id}", If_Modified_Since=first.headers["Last-Modified"])
        assert (same.status_code, since.status_code) == (304, 304)
