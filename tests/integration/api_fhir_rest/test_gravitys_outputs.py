"""A Task that is completed as Gravity has it, without our outcome: what was done is kept, what came of it not known."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.domain.lifecycle import ReferralStatus
from app.domain.vocabulary import OutcomeState
from app.runtime import Runtime
from app.services.caring.endings import LONGEST_TEXT
from app.services.shown import views
from fhir.systems import OUR_OUTCOMES, SDOHCC, SNOMED
from fhir.views_words import OUR_OUTPUTS
from tests.factories import MadePlace, MadeReferral
from tests.integration.api_fhir_rest.reader import Json, Reader, refusals
from tests.integration.api_fhir_rest.test_providers_updating import BETTER, Played, words

Refer = Callable[..., MadeReferral]


@pytest.fixture
def played(provider: Reader, refer: Refer) -> Played:
    found = Played(provider, refer(ReferralStatus.ACTIVE))
    found.move("accepted")
    return found


def output(kind: str, **value: object) -> Json:
    return {"type": {"coding": [{"system": SDOHCC, "code": kind}]}, **value}


def activity(words: str | None, **coding: str) -> Json:
    concept = {"coding": [{"system": SNOMED, "code": "467681000124101", **coding}]}
    told = {**concept, "text": words} if words else concept
    return output("resulting-activity", valueCodeableConcept=told)


FOUND = output(
    "additional-content", valueReference={"reference": "Observation/1", "display": "Has food for a week"}
)
KEPT = {
    "a code in words": (activity("Food parcel"), "Resulting activity: Food parcel"),
    "a code with its display": (activity(None, display="Food pantry"), "Resulting activity: Food pantry"),
    "a code alone": (activity(None), "Resulting activity: 467681000124101"),
    "a reference in words": (FOUND, "Additional content: Has food for a week"),
    "a reference alone": (
        output("resulting-activity", valueReference={"reference": "Procedure/7"}),
        "Resulting activity: recorded in the provider's own system",
    ),
    "a text": (
        output("additional-content", valueString="Ate with others"),
        "Additional content: Ate with others",
    ),
    "a type in words": (
        {"type": {"text": "Resulting activity"}, "valueReference": {"display": "Lunch club"}},
        "Resulting activity: Lunch club",
    ),
}


def outcome_of(runtime: Runtime, place: MadePlace, played: Played) -> tuple[str, str]:
    found = views.get_placement(runtime.db, place.actor("provider-0"), played.made.placement_id).outcome
    assert found is not None
    return found.state, found.summary


@pytest.mark.parametrize("case", KEPT)
def test_gravitys_output_is_an_outcome_not_known_with_its_words_for_a_summary(
    case: str, played: Played, reader: Reader, runtime: Runtime, place: MadePlace
) -> None:
    sent, kept = KEPT[case]
    done = played.move("completed", output=[sent])
    assert outcome_of(runtime, place, played) == (OutcomeState.NOT_KNOWN, kept)
    told = {each["type"]["coding"][0]["code"]: each for each in done["output"]}
    assert told["outcome"]["valueCodeableConcept"]["coding"][0] | {"display": ""} == {
        "system": OUR_OUTCOMES,
        "code": "not-known",
        "display": "",
    }
    assert told["summary"]["valueString"] == kept
    assert reader.read(f"Task/{played.made.id}")["status"] == "completed"


def test_several_are_all_kept_and_saying_them_again_changes_nothing(
    played: Played, runtime: Runtime, place: MadePlace
) -> None:
    sent = [activity("Food parcel"), activity("Lunch club"), FOUND]
    done = played.move("completed", output=sent)
    kept = "Resulting activity: Food parcel\nResulting activity: Lunch club\nAdditional content: Has food for a week"
    assert outcome_of(runtime, place, played) == (OutcomeState.NOT_KNOWN, kept)
    assert played.move("completed", output=sent) == done
    assert played.move("completed") == done
    assert refusals(played.put("completed", output=[activity("Something else")]), 422)


def test_beside_our_outcome_they_are_part_of_the_summary(
    played: Played, runtime: Runtime, place: MadePlace
) -> None:
    sent = [BETTER, words("summary", "Goes every week."), activity("Lunch club")]
    done = played.move("completed", output=sent)
    told = "Goes every week.\nResulting activity: Lunch club"
    assert outcome_of(runtime, place, played) == (OutcomeState.BETTER, told)
    assert played.move("completed", output=sent) == done


def test_an_end_without_any_output_or_with_our_words_alone_stays_refused(played: Played) -> None:
    (sentence,) = refusals(played.put("completed"), 422)
    assert "resulting-activity" in sentence
    assert refusals(played.put("completed", output=[words("summary", "Went well.")]), 422)
    assert played.read()["status"] == "accepted"


def test_what_cannot_be_read_as_either_is_refused_at_its_place(played: Played) -> None:
    for sent, place in (
        (output("resulting-activity", valueInteger=3), "Task.output[0]"),
        (output("another-thing", valueReference={"display": "x"}), "Task.output[0].type"),
        (activity("x" * LONGEST_TEXT), "Task.output[0]"),
        (
            {"type": {"coding": [{"system": OUR_OUTPUTS, "code": "resulting-activity"}]}, "valueString": "x"},
            "Task.output[0].type",
        ),
    ):
        answer = played.put("completed", output=[sent])
        assert refusals(answer, 422)
        assert answer.json["issue"][0]["expression"] == [place]
    assert refusals(played.put("in-progress", output=[activity("Food parcel")]), 422)
    assert played.read()["status"] == "accepted"
