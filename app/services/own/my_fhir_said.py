"""What a person said beside their answers, of themselves and of their record, as FHIR for their own file."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final
from uuid import NAMESPACE_URL, UUID, uuid5

from app.domain.check_in import OWN_WORDS, QUESTION
from app.domain.outcomes import ANSWERED_BY
from app.domain.person_comments import ABOUT, SETTLED, PersonComment
from app.domain.said_in_answers import question_of
from app.services.fhir_reading.fhir_reads_made import versioned
from app.services.measures.characteristics import questions, told_in_words
from app.services.measures.milestones import the_list
from app.store import characteristics, check_ins, milestones, outcomes, person_comments
from app.store.outcomes import About, KeptTaken
from app.store.session import Tx
from fhir import own_record, views_evidence
from fhir.own_record import CommentShown, SaidShown, Whose
from fhir.views_values import Coded, MeasureShown

Json = dict[str, Any]
_ANSWERS: Final = "QuestionnaireResponse"


def with_own_words(tx: Tx, resources: list[Json], about: About, *, audit: str) -> list[Json]:
    """Return resources with the own words of a referral's questionnaires: beside the answers, or by themselves."""
    kept = {str(each.id): each for each in outcomes.list_kept(tx, about, audit=audit) if each.taken.words}
    found = [
        _worded(tx, each, kept.pop(each["id"]))
        if each["resourceType"] == _ANSWERS and each["id"] in kept
        else each
        for each in resources
    ]
    alone = (_worded(tx, _without_numbers(tx, about, each), each) for each in kept.values())
    return [*found, *alone]


def said_of_referral(tx: Tx, about: About, *, audit: str) -> Iterator[Json]:
    """Return what a person said of one referral: milestones, whether help has arrived, and of their record.

    The team's answers stand beside the latter.
    """
    whose, known = Whose(str(about.person_id), str(about.referral_id)), the_list()
    for each in milestones.list_of(tx, about, audit=audit):
        told: Mapping[str, Any] = {
            "code": each.code,
            "words": known.own(each.code),
            "on": each.happened_on,
            "said": each.words,
        }
        yield versioned(own_record.milestone(whose, str(each.id), **told))
    for asked in check_ins.list_for_referral(tx, about.referral_id, audit=audit):
        if asked.answer is not None and asked.answered_at is not None:
            said: Mapping[str, Any] = {
                "question": QUESTION,
                "said": OWN_WORDS[asked.answer],
                "at": asked.answered_at,
            }
            yield versioned(own_record.characteristic(whose, str(asked.id), **said))
    for one in person_comments.list_for_referral(tx, about.referral_id, audit=audit):
        yield versioned(own_record.comment(whose, _comment(one)))


def said_of_themselves(tx: Tx, person_id: UUID, team_id: UUID, *, audit: str) -> Iterator[Json]:
    """Return what the person said of themselves to one team, in the words of its questions."""
    kept = characteristics.list_of_person(tx, person_id, team_id=team_id, audit=audit)
    told = {each.question: each for each in kept}
    for question in questions():
        if (one := told.get(question.code)) and (said := told_in_words(question, one.said)):
            own_id = str(uuid5(NAMESPACE_URL, f"{team_id} {person_id} {question.code}"))
            more: Mapping[str, Any] = {"question": question.title, "said": said, "at": one.recorded_at}
            yield versioned(own_record.characteristic(Whose(str(person_id)), own_id, **more))


def _worded(tx: Tx, response: Json, kept: KeptTaken) -> Json:
    taken, numbered = kept.taken, {each["linkId"] for each in response.get("item", ())}
    said = [
        SaidShown(_link(code, numbered), question_of(tx.measures, taken, code), words)
        for code, words in taken.words.items()
        if code != ANSWERED_BY
    ]
    return own_record.with_words(response, said, taken.words.get(ANSWERED_BY))


def _link(code: str, numbered: Collection[str]) -> str:
    return f"{code}-words" if code in numbered else code


def _without_numbers(tx: Tx, about: About, kept: KeptTaken) -> Json:
    taken = kept.taken
    measure = tx.measures.find(taken.measure, taken.version)
    shown = MeasureShown(
        id=str(kept.id),
        updated=kept.recorded_at,
        person_id=str(about.person_id),
        referral_id=str(about.referral_id),
        measure=Coded(taken.measure, measure.name if measure else taken.measure),
        phase=taken.phase,
        items=(),
        total=None,
        taken_on=taken.taken_on,
        measure_version=taken.version,
    )
    return views_evidence.questionnaire_response(shown)


def _comment(one: PersonComment) -> CommentShown:
    answer = f"{SETTLED[one.settled]} {one.answer}".strip() if one.settled else ""
    topic = ABOUT.get(one.said.about, one.said.about)
    return CommentShown(str(one.id), one.made_at, topic, one.said.words, answer, one.answered_at)
