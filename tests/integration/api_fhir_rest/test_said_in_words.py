"""Gravity asks for a reason in words; ours is coded: words alone are our "other", and nobody's words are lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine, text

from app.domain.lifecycle import ReferralStatus
from app.domain.vocabulary import DECLINE_REASONS, END_REASONS, PAUSE_REASONS
from app.runtime import Runtime
from app.services.caring.endings import LONGEST_TEXT
from fhir.systems import DOS_REJECTED_REASONS, OUR_END_REASONS, OUR_PAUSE_REASONS
from fhir.views_table import KINDS
from tests.factories import MadePlace, MadeReferral
from tests.integration.api_fhir_rest.reader import Json, Reader, matches, refusals
from tests.integration.api_fhir_rest.test_providers_updating import Played

Refer = Callable[..., MadeReferral]
ReaderOf = Callable[..., Reader]
WORDS = "Marmalade: the hall is shut until May."
FOREIGN = {"system": "https://example.org/reasons", "code": "closed"}
OURS = {
    DOS_REJECTED_REASONS: DECLINE_REASONS,
    OUR_END_REASONS: END_REASONS,
    OUR_PAUSE_REASONS: PAUSE_REASONS,
}


@pytest.fixture
def played(provider: Reader, refer: Refer) -> Played:
    return Played(provider, refer(ReferralStatus.ACTIVE))


def reason(*codings: Json, words: str | None = WORDS) -> Json:
    return {"coding": [*codings], "text": words} if codings else {"text": words}


WAYS = [
    ((), "rejected", DOS_REJECTED_REASONS, "99"),
    ((), "cancelled", DOS_REJECTED_REASONS, "99"),
    (("accepted",), "failed", OUR_END_REASONS, "other"),
    (("accepted", "in-progress"), "cancelled", OUR_END_REASONS, "other"),
    (("accepted",), "on-hold", OUR_PAUSE_REASONS, "other"),
]


@pytest.mark.parametrize("codings", [(), (FOREIGN,)])
@pytest.mark.parametrize(("steps", "status", "system", "code"), WAYS)
def test_words_alone_are_our_other_and_are_kept(
    steps: tuple[str, ...], status: str, system: str, code: str, codings: Any, played: Played, reader: Reader
) -> None:
    for step in steps:
        played.move(step)
    told = reason(*codings)
    done = played.move(status, statusReason=told)
    assert done["status"] == status
    assert done["statusReason"] == {
        "coding": [{"system": system, "code": code, "display": OURS[system][code]}],
        "text": WORDS,
    }
    assert reader.read(played.path)["statusReason"] == done["statusReason"]
    assert played.move(status, statusReason=told) == done
    assert played.move(status) == done
    assert refusals(played.put(status, statusReason=reason(words="Something else")), 422)
    assert played.read() == done


@pytest.mark.parametrize(("steps", "status", "system", "code"), WAYS)
def test_words_beside_a_code_are_kept_with_it(
    steps: tuple[str, ...], status: str, system: str, code: str, played: Played, reader: Reader
) -> None:
    for step in steps:
        played.move(step)
    named = next(each for each in OURS[system] if each != code)
    told = reason({"system": system, "code": named})
    done = played.move(status, statusReason=told)
    assert (done["statusReason"]["coding"][0]["code"], done["statusReason"]["text"]) == (named, WORDS)
    assert reader.read(played.path)["statusReason"]["text"] == WORDS
    assert played.move(status, statusReason=told) == done


def test_our_own_words_sent_back_say_nothing(played: Played, admin: Engine) -> None:
    played.move("accepted")
    played.move("on-hold", statusReason=reason(FOREIGN, words="Full"))
    played.move("in-progress", statusReason=None)
    played.move("on-hold", statusReason={"coding": [{"system": OUR_PAUSE_REASONS, "code": "no-capacity"}]})
    stands = played.read()["statusReason"]
    assert stands["text"] == PAUSE_REASONS["no-capacity"]
    assert played.move("on-hold")["statusReason"] == stands
    for ours in ("Paused by the provider", "Ended early"):
        assert refusals(played.put("failed", statusReason={"text": ours}), 422)
    with admin.connect() as connection:
        said = connection.execute(text("select count(*) from transition where said is not null"))
        assert said.scalar_one() == 1


def test_a_reason_that_says_nothing_or_too_much_is_refused_with_its_place(played: Played) -> None:
    (sentence,) = refusals(played.put("rejected", statusReason={"coding": [FOREIGN]}), 422)
    assert "99 (Another reason)" in sentence
    assert "statusReason.text will do" in sentence
    longest = played.put("rejected", statusReason=reason(words="x" * (LONGEST_TEXT + 1)))
    assert refusals(longest, 422)
    assert longest.json["issue"][0]["expression"] == ["Task.statusReason.text"]
    assert played.read()["status"] == "requested"


def test_only_the_version_that_they_were_said_for_has_the_words(played: Played, reader: Reader) -> None:
    played.move("accepted")
    played.move("on-hold", statusReason=reason())
    played.move("in-progress", statusReason=None)
    played.move("failed", statusReason=reason(words="Something else"))
    for caller in (reader, played.reader):
        versions = [each["resource"] for each in caller.read(f"{played.path}/_history")["entry"]]
        said = [each.get("statusReason", {}).get("text") for each in versions]
        assert said == ["Something else", None, WORDS, None, None]
    steps = matches(reader.search("Provenance", {"target": played.path, "_count": "50"}))
    told = [each["reason"][0]["text"] for each in steps if "reason" in each]
    assert sorted(told) == sorted([WORDS, "Something else"])


def test_nobody_else_reads_them_and_nothing_of_them_stands_in_the_clear(
    played: Played, reader_of: ReaderOf, place: MadePlace, runtime: Runtime, admin: Engine, refer: Refer
) -> None:
    refer(ReferralStatus.ACTIVE, services=(1,))
    played.move("rejected", statusReason=reason())
    others = (
        reader_of(bound_to=place.providers[1]),
        reader_of(place.practices[1]),
        reader_of(place.other_practice),
    )
    for other in others:
        for kind in KINDS:
            assert "Marmalade" not in str(other.search(kind, {"_count": "100"})), kind
        assert refusals(other.get(played.path), 404)
    for username in ("steward", "analyst", "other-link-worker"):
        with runtime.db.transaction(place.actor(username)) as tx:
            seen = tx.session.execute(text("select said from transition where said is not null")).all()
            assert seen == [], username
    with admin.connect() as connection:
        sealed = connection.execute(text("select said from transition where said is not null")).scalar_one()
        details = connection.execute(text("select detail::text from audit_event")).scalars().all()
    assert b"Marmalade" not in bytes(sealed)
    assert not any("Marmalade" in (each or "") for each in details)
