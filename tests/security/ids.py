"""What stands for each part of an address, looked up behind the walls: `referral_id` of a side, its `task_id`, ..."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import Connection, Engine, text

from tests.security.sides import ACTION_ID, GOAL_ID, Side
from tests.security.world import World

# part of an address -> the query that finds one of a side's; "part role" where a role's own is another one
_FOUND = {
    "onward_id": "select id from onward where referral_id = :open and state = 'proposed'",
    "comment_id": "select id from person_comment where team_id = :team",
    "milestone_id": "select id from milestone where referral_id = :open and removed_at is null order by placement_id",
    "feedback_id": "select id from feedback where referral_id = :closed",
    "task_id": "select id from task where organisation_id = :team and done_at is null",
    "venue_id": "select id from venue where host_id = :provider",
    "membership_id": "select id from membership where anchor_id = :provider",
    "member_id": "select member_id from membership where anchor_id = :provider",
    "blockage_id": "select id from blockage where organisation_id = :team",
    "cohort_id": "select id from cohort where uploaded_for = :team",
    "cohort_id practice": "select id from cohort where uploaded_for = :practice",
    "follow_up_id": "select id from follow_up where referral_id = :closed",
    "helper_id": "select id from link_helper where organisation_id = :provider and removed_at is null",
    "grant_id": "select id from funder_grant where organisation_id = :provider",
    "link_id": "select id from funder_link where organisation_id = :provider",
    "story_id": "select id from story where organisation_id = :provider",
    "line_id": "select id from payment_line where provider_id = :provider",
    "terms_id": "select id from payment_terms where provider_id = :provider",
    "file_id": "select id from measure_file",
    "inbox_id": "select id from inbox_message where status = 'parked'",
    "mail_id": "select id from mail_message",
    "place_change_id": "select id from place_change where subject = 'rules'",
    "dead_id": "select id from mail_message where failed_at is not null and left_at is null",
    "change_id": "select id from entry_change where organisation_id = :provider",
    "pair_id": "select id from entry_pair",
    "assurance_id": "select id from assurance where organisation_id = :provider",
    "user_id": "select id from user_account where organisation_id = :provider and username like 'helper-%'",
    "session_id": "select id from user_session where user_id = :user",
    "identity_id": "select id from identity where user_id = :user",
    "draft_id": "select id from kept_form where for_later and organisation_id = :team",
    "draft_id practice": "select id from kept_form where for_later and organisation_id = :practice",
    "draft_id provider": "select id from kept_form where for_later and organisation_id = :provider",
    "seat_id": "select s.id from seat s join user_account u on u.id = s.user_id where u.organisation_id = :provider"
    " and s.ended_at is null",
    "review_id": "select v.id from retention_review v join referral r on r.id = v.referral_id where r.team_id = :team",
    "hold_id": "select h.id from legal_hold h join referral r on r.person_id = h.person_id where r.team_id = :team",
    "seat_id provider": "select id from seat where organisation_id = :provider and ended_at is null",
    "access_id": "select id from subject_access where team_id = :team",
    "look_id": "select id from emergency_access where organisation_id = :team",
    "alert_id": "select id from look_alert",
    "word_id": "select id from late_word where referral_id = :closed",
    "contact_id": "select id from contact where referral_id = :closed",
    "check_in_id": "select id from check_in where referral_id = :open",
    "project_id": "select id from project where asked_by = :analyst",
    "task_id provider": "select id from task where organisation_id = :provider",
    "task_id steward": "select id from task where organisation_id is null",
    "blockage_id provider": "select id from blockage where organisation_id = :provider",
}
# Codes that are one organisation's alone: by which part of its own they are known.
CODE_OF = {"/refer/from/<code>": "begun_code"}
# Parts of addresses that name nothing of anybody's.
_PLAIN = {
    "place": "0",
    "held_on": "2026-03-05",
    "chosen": "all",
    "kind": "figure",
    "channel": "email",
    "slug": "northside",
    "rule": "answer_days",
    "number": "0",
    "code": "ethnicity",
    "invariant": "no-owner",
    "release_id": "2026-10",
    "table": "referrals",
    "measure": "referrals",
    "measure_code": "ons4",
    "paper": "dictionary",
    "name": "manifest.json",
    "told_id": "need",
    "word": "done",
    "way": "nobody",  # a provider that signs people in: none is configured in this house
    "version": "1",
    "step": "answered",
    "about": "goals",
    "goal_id": str(GOAL_ID),
    "action_id": str(ACTION_ID),
    "passkey_id": "00000000-0000-4000-8000-000000000010",
    "question_id": "00000000-0000-4000-8000-00000000000a",
    "query_id": "00000000-0000-4000-8000-00000000000b",
    "token_id": "00000000-0000-4000-8000-00000000000d",  # integration/projects/test_project_walls.py has real ones
    "job_id": "00000000-0000-4000-8000-00000000000c",
}


def key_of(rule: str, parts: Mapping[str, str]) -> dict[str, str]:
    """What one part is at this address and not at others: a section of an entry, a code."""
    key = {"key": "about" if rule.startswith("/services") else "contact"}
    if rule == "/consent-wordings/<code>":
        return key | {"code": "secondary-use"}
    if rule == "/measures/<code>":
        return key | {"code": "ons4"}
    if rule == "/message-templates/<code>":
        return key | {"code": "new-referral"}
    return key | ({"code": parts[CODE_OF[rule]]} if rule in CODE_OF else {})


def parts_for(world: World, side: Side, role: str, state: str = "open") -> dict[str, str]:
    """Return the parts of every address as one role of a side would name its own; `state` names the referral."""
    found = world.parts.get((side.number, role, state))
    if found is None:
        found = world.parts[side.number, role, state] = _PLAIN | _ids_of(world.admin, side, role, state)
    return found


def _ids_of(admin: Engine, side: Side, role: str, state: str) -> dict[str, str]:
    made = side.made[state]
    scope = {
        "open": side.made["open"].id,
        "closed": side.made["closed"].id,
        "team": side.place.accounts[side.worker].organisation_id,
        "practice": side.practice.id,
        "provider": side.service.provider_id,
        "user": side.place.accounts[side.provider].id,
        "analyst": side.place.accounts[side.analyst].id,
    }
    found: dict[str, UUID | None] = {
        "referral_id": made.id,
        "placement_id": made.placement_id or side.made["open"].placement_id,
        "other_id": side.made["triage"].id,
        "service_id": side.service.id,
        "organisation_id": side.service.provider_id,
        "subject_id": made.id,
        "one_id": side.service.id,
        "kept_id": side.service.id,
    }
    with admin.connect() as connection:
        for name, query in _FOUND.items():
            part, _, of_role = name.partition(" ")
            if of_role in ("", role):
                found[part] = _one(connection, query, scope) or found.get(part)
    told = {name: str(each) for name, each in found.items() if each is not None}
    return told | {"begun_code": side.codes["begun"]}


def _one(connection: Connection, query: str, scope: Mapping[str, UUID]) -> UUID | None:
    wanted = {name: value for name, value in scope.items() if f":{name}" in query}
    found: UUID | None = connection.execute(text(query), wanted).scalars().first()
    return found
