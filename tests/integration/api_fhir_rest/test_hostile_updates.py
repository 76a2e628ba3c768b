"""Whatever is written to a Task, nothing breaks: it is done or refused, and refused it leaves the Task as it was."""

from __future__ import annotations

import copy
from collections.abc import Callable
from random import Random
from typing import Any

from app.domain.lifecycle import ReferralStatus
from tests.factories import MadeReferral
from tests.integration.api_fhir_rest.reader import Json, Reader

_MUTATIONS = 250
_VALUES: tuple[Any, ...] = (
    None,
    "",
    "x",
    "\x00",
    "\ud800",
    [],
    {},
    [None],
    [[]],
    0,
    -1,
    float("inf"),
    True,
    "9" * 5000,
    {"reference": 7},
    {"coding": [{}]},
    {"coding": "x"},
    [{"type": {"text": "Outcome"}}],
    [{"type": {"text": "Outcome"}, "valueCodeableConcept": {}}],
    [{"type": {}, "valueString": "x"}],
    [{"type": {"text": "Sessions"}, "valueString": "x"}],
    {"reference": "Patient/1"},
    {"text": "because"},
    "received",
    "accepted",
    "in-progress",
    "on-hold",
    "completed",
    "rejected",
)

_OFTEN = ("status", "statusReason", "output", "note")


def test_no_mutation_of_a_task_breaks_its_update(
    provider: Reader, refer: Callable[..., MadeReferral]
) -> None:
    path = f"Task/{refer(ReferralStatus.ACTIVE).placement_id}"
    chance = Random("hostile updates")
    statuses = set()
    for _ in range(_MUTATIONS):
        before = provider.read(path)
        body = mutated(before, chance)
        answer = provider.put(path, body)
        statuses.add(answer.status_code)
        assert answer.status_code in (200, 400, 409, 422), (body, answer.text)
        if answer.status_code != 200:
            assert provider.read(path) == before
    assert {200, 400, 422} <= statuses


def mutated(task: Json, chance: Random) -> Json:
    """The Task with one or two of its values, anywhere in it, put to something else."""
    body = copy.deepcopy(task)
    for _ in range(chance.choice((1, 1, 2))):
        node: Any = body
        while True:
            keys = list(node) if isinstance(node, dict) else list(range(len(node)))
            key = chance.choice([*keys, *_OFTEN] if node is body else keys)
            deeper = node[key] if not isinstance(node, dict) or key in node else None
            if not isinstance(deeper, dict | list) or not deeper or chance.random() < 0.4:
                node[key] = chance.choice(_VALUES)
                break
            node = deeper
    return body
