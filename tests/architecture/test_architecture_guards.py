"""No way round: every address says who may use it, every touch of a person's record says why."""

import ast
from collections.abc import Iterator

import pytest
from flask import Flask

from app.runtime import Runtime
from tests.application import application_of
from tests.architecture.source import MODULES

# Modules whose public functions touch a person's record.
OF_PEOPLE = (
    "care_plans",
    "people",
    "referrals",
    "placements",
    "outcomes",
    "feedback",
    "follow_ups",
    "inbox",
    "milestones",
    "questions",
    "stories",
    "waiting",
)
# Functions there that need no audit line of their own, each with its reason.
UNAUDITED = {
    "inbox.hold_case": "holds the name of a case; nothing is opened",
    "people.seal_for": "part of a caller's own write, which is audited",
    "people.open_for": "part of a caller's own read, which is audited",
    "people.open_many": "part of a caller's own read, which is audited",
    "placements.list_overdue": "ids for the sweep; each is audited when it is opened",
    "placements.record_plan": "who is asked next: services, nothing of the person",
    "placements.list_plan": "who is asked next: services, nothing of the person",
    "placements.move_plan": "who is asked next: services, nothing of the person",
    "placements.take_from_plan": "who is asked next: services, nothing of the person",
    "placements.respond_by": "a date",
    "outcomes.count_contacts": "a number",
    "feedback.is_overtaken": "the order of two messages, of which the caller holds one",
    "feedback.list_undelivered": "ids and a transport's references for the sweep",
    "waiting.last_contacts": "days, of placements that the caller has read",
    "waiting.list_unheard": "ids for the sweep; each is audited when it is chased",
    "waiting.without_task": "ids for the sweep; each is audited when it is chased",
    "follow_ups.list_due": "ids for the sweep; each is audited when its step is taken",
    "follow_ups.list_stopped": "ids for the sweep; each is audited when its step is taken",
    "follow_ups.list_under_way": "ids for the sweep; each is audited when its step is taken",
    "follow_ups.list_mailed": "ids for the sweep; each is audited when its step is taken",
    "follow_ups.asked_not_to": "whether, of a person whose referral the caller has read",
    "follow_ups.find_stopped_by": "who said so, of a person whose referral the caller has read",
    "inbox.find": "the house's own memory of a message: whether, not what",
}
# Addresses that are guarded elsewhere than by requires() or public(), each with its reason.
GUARDED_ELSEWHERE = {
    "fhir.process_message": "a GP system's token with its scope, judged inside: the answer is an OperationOutcome",
    "fhir.metadata": "what this server can do: FHIR wants it open",
    "oauth.token": "a GP system's signed assertion, judged inside: this is where tokens come from",
    "health.healthz": "whether the process lives, for whatever starts it again",
    "health.readyz": "whether its parts answer, for whatever sends it requests",
    "health.metrics": "counts only, behind a token of its own where one is set",
}


@pytest.fixture
def app(runtime: Runtime) -> Flask:
    return application_of(runtime)


def test_every_address_says_exactly_once_who_may_use_it(app: Flask) -> None:
    unsaid = [
        f"{rule.rule} ({rule.endpoint})"
        for rule in app.url_map.iter_rules()
        if rule.endpoint not in GUARDED_ELSEWHERE and not markers(app.view_functions[rule.endpoint])
    ]
    assert unsaid == []
    twice = [
        f"{name}: {found}" for name, view in app.view_functions.items() if len(found := markers(view)) > 1
    ]
    assert twice == []


def markers(view: object) -> list[object]:
    """What a view says of who may use it, at each of its wrappers that says something of its own."""
    found: list[object] = []
    while view is not None:
        said = vars(view).get("_access") if hasattr(view, "__dict__") else None
        view = getattr(view, "__wrapped__", None)
        inherited = vars(view).get("_access") if view is not None and hasattr(view, "__dict__") else None
        if said is not None and said is not inherited:
            found.append(said)
    return found


def functions() -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    for module in MODULES:
        name = module.name.removeprefix("app.store.")
        if module.name.startswith("app.store.") and name in OF_PEOPLE:
            for function in module.public_functions():
                if function.args.args:
                    yield f"{name}.{function.name}", function


@pytest.mark.parametrize(("name", "function"), list(functions()))
def test_every_touch_of_a_record_is_made_by_somebody_for_a_reason(
    name: str, function: ast.FunctionDef
) -> None:
    first = function.args.args[0]
    assert (first.arg, getattr(first.annotation, "id", None)) == ("tx", "Tx")
    defaults = zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True)
    reasons = {argument.arg: default for argument, default in defaults}
    if name in UNAUDITED:
        assert "audit" not in reasons, "it has a reason now: strike it off the list"
    else:
        assert "audit" in reasons
        assert reasons["audit"] is None, "a reason by default is no reason"


def test_list_of_unaudited_functions_has_no_strangers() -> None:
    assert set(UNAUDITED) <= {name for name, _ in functions()}


def test_only_the_session_module_opens_a_transaction() -> None:
    """A second way to a session would be a way round the scope and the audit."""
    makers = {"Session", "sessionmaker", "scoped_session"}
    wrong = [
        f"{module.name}: {node.func.id}"
        for module in MODULES
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in makers
        if module.name != "app.store.session"
    ]
    assert wrong == []


def test_use_cases_take_the_database_and_then_who_acts() -> None:
    wrong = []
    for module in MODULES:
        if module.name.startswith("app.services."):
            for function in module.public_functions():
                arguments = [each.arg for each in function.args.args]
                if "actor" in arguments and arguments[:2] not in (["db", "actor"], ["tx", "actor"]):
                    wrong.append(f"{module.name}.{function.name}")
    assert wrong == []
