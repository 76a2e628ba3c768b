"""An answer that cannot wait calls a person at once, by whatever door it came, and is itself repeated nowhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from app.domain.access import system
from app.domain.errors import Invalid
from app.domain.outcomes import Phase, Taken
from app.domain.referral import Outcome
from app.domain.vocabulary import OutcomeState
from app.runtime import Runtime
from app.services.caring import endings
from app.services.caring.endings import Ending
from app.services.measures import measures_taken
from app.store import tasks
from app.store.tasks import RISK_ALERT, Task
from tests.factories import PASSWORD, MadePlace, MadeReferral
from tests.integration.web.conftest import Visitor

SignIn = Callable[[str], Visitor]
CRISIS = ("999", "111", "116 123")
TOLD = {"phase": "after", "said_by": "person", "way": "phone"}


def open_tasks(runtime: Runtime, place: MadePlace) -> Sequence[Task]:
    with runtime.db.transaction(place.link_worker) as tx:
        return tasks.list_open(tx, audit="test")


def alerts(runtime: Runtime, place: MadePlace) -> list[Task]:
    return [each for each in open_tasks(runtime, place) if each.kind == RISK_ALERT]


def phq9(runtime: Runtime, **answers: int) -> Taken:
    return Taken("phq9", Phase.AFTER, answers, runtime.db.clock().date())


def test_providers_outcome_form_alerts_and_shows_whom_to_ring(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, helped: MadeReferral
) -> None:
    visitor, path = sign_in("provider-0"), f"/offers/{helped.placement_id}"
    form = {"outcome": "no-change", "phq9-after-q1": "2", "phq9-after-q9": "1"}
    assert visitor.send(f"{path}/outcome", form).status_code == 303
    (alert,) = alerts(runtime, place)
    assert alert.referral_id == helped.id
    page = visitor.get(path).text
    assert "urgent task" in page
    assert all(number in page for number in CRISIS)
    assert "urgent task" not in visitor.get(path).text  # said once, to who has just sent it


@pytest.mark.parametrize(
    ("username", "path"),
    [("provider-0", "/offers/{placement}/measures"), ("link-worker", "/referrals/{referral}/measures")],
)
def test_questions_asked_now_alert(
    username: str, path: str, sign_in: SignIn, runtime: Runtime, place: MadePlace, helped: MadeReferral
) -> None:
    visitor = sign_in(username)
    at = path.format(placement=helped.placement_id, referral=helped.id)
    answer = visitor.send(at, TOLD | {"phq9-before-q9": "3"})
    assert answer.status_code == 303, answer.text[:3000]
    assert len(alerts(runtime, place)) == 1
    page = visitor.get(answer.location).text
    assert all(number in page for number in CRISIS)


def test_the_json_api_alerts(
    http: FlaskClient, runtime: Runtime, place: MadePlace, helped: MadeReferral
) -> None:
    who = {"username": "provider-0", "password": PASSWORD}
    token = http.post("/api/v1/sign-in", json=who).json["token"]
    day = runtime.db.clock().date().isoformat()
    measure = {"measure": "phq9", "phase": "after", "answers": {"q9": 2}, "taken_on": day}
    body = {"outcome": {"state": "no-change"}, "measures": [measure]}
    url = f"/api/v1/placements/{helped.placement_id}/complete"
    answer = http.post(url, json=body, headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200, answer.json
    assert all(number in " ".join(answer.json["routes"]) for number in ("999", "111", "116 123"))
    assert len(alerts(runtime, place)) == 1


@pytest.mark.parametrize("answers", [{"q9": 0}, {"q1": 3, "q2": 3}])
def test_no_other_answer_alerts(
    answers: Mapping[str, int], runtime: Runtime, place: MadePlace, helped: MadeReferral
) -> None:
    measures_taken.record(runtime.db, place.link_worker, helped.id, [phq9(runtime, **answers)])
    assert alerts(runtime, place) == []


def test_an_answer_that_is_not_kept_calls_nobody(
    runtime: Runtime, place: MadePlace, helped: MadeReferral
) -> None:
    ending = Ending(Outcome(OutcomeState.BETTER, "", "", goal_before=11), [phq9(runtime, q9=1)])
    provider = place.provider_of(place.services[0].id)
    assert helped.placement_id is not None
    with pytest.raises(Invalid):
        endings.complete(runtime.db, provider, helped.placement_id, ending)
    assert alerts(runtime, place) == []


def test_task_comes_first_names_no_answer_and_stands_once(
    sign_in: SignIn, runtime: Runtime, place: MadePlace, helped: MadeReferral, admin: Engine
) -> None:
    with runtime.db.transaction(system("test")) as tx:
        tasks.add_task(tx, "late-change", organisation_id=place.team.id, referral_id=helped.id)
    for answer in (1, 3):
        measures_taken.record(runtime.db, place.link_worker, helped.id, [phq9(runtime, q9=answer)])
    assert open_tasks(runtime, place)[0].kind == RISK_ALERT
    assert len(alerts(runtime, place)) == 1
    page = sign_in("link-worker").get("/referrals").text
    assert "very hard for this person" in page
    assert "PHQ" not in page
    with admin.connect() as connection:
        (row,) = connection.execute(text("select * from task where kind = 'risk-alert'")).mappings()
    assert row["fields"] == []


def test_alert_is_in_the_audit(
    runtime: Runtime, place: MadePlace, helped: MadeReferral, admin: Engine
) -> None:
    measures_taken.record(runtime.db, place.link_worker, helped.id, [phq9(runtime, q9=1)])
    with admin.connect() as connection:
        query = text(
            "select detail from audit_event where act = 'raise risk alert' and subject = 'referral'"
            " and subject_id = :id and person_id is not null"
        )
        found = connection.execute(query, {"id": str(helped.id)}).all()
    assert len(found) == 1


def test_teams_mailbox_gets_the_reference_and_nothing_else(
    runtime: Runtime, place: MadePlace, helped: MadeReferral, admin: Engine
) -> None:
    with admin.connect() as connection:
        connection.execute(
            text(
                "insert into organisation_profile (organisation_id, email) values (:id, 'team@example.org')"
            ),
            {"id": place.team.id},
        )
    measures_taken.record(runtime.db, place.link_worker, helped.id, [phq9(runtime, q9=1)])
    with admin.connect() as connection:
        query = text("select to_address, subject from mail_message where purpose = 'risk-alert'")
        ((to, subject),) = connection.execute(query).all()
    assert to == "team@example.org"
    assert "BK-" in subject
    assert "PHQ" not in subject
