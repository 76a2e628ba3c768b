"""Where the national check for opt-outs is asked, as an installation says it."""

from __future__ import annotations

from app.clients.mesh import OptOutMailbox, read_opt_outs

WORKFLOW = "SPINE_NTT_UPHOLDING"


def test_settings_have_the_published_names_unless_told_and_odd_days_are_refused() -> None:
    problems: list[str] = []
    assert read_opt_outs({}, problems) is None
    told = read_opt_outs({"MESH_OPT_OUT_MAILBOX": "X26HC036", "OPT_OUT_VALID_DAYS": "5"}, problems)
    assert told == OptOutMailbox("X26HC036", WORKFLOW, WORKFLOW, 5)
    assert problems == []
    assert read_opt_outs({"MESH_OPT_OUT_MAILBOX": "X26HC036", "OPT_OUT_VALID_DAYS": "30"}, problems) is None
    assert "OPT_OUT_VALID_DAYS" in problems[0]
