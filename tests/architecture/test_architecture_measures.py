"""Answers have one way in: where it is looked at whether a person must be called."""

from __future__ import annotations

import ast

from tests.architecture.source import MODULES

# Who may write answers, each with its reason.
WRITERS = {
    "app.services.measures.measures_taken": "checks them, and calls a person where one cannot wait",
    "app.services.feedback.telling": "copies answers that went that way beside the same person's other request",
}


def test_answers_are_written_only_where_urgent_ones_are_seen() -> None:
    found = {
        module.name
        for module in MODULES
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "add_measure"
    }
    assert found == WRITERS.keys()
