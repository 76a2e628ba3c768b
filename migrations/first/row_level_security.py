"""Row-level security and grants as the first migration leaves them; frozen: later changes have their own files."""

from __future__ import annotations

from migrations.first import emergency
from migrations.first.kept_rows import APPEND_ONLY, MAY_DELETE

_SYSTEM = "current_setting('app.role', true) = 'system'"
_STEWARD = "current_setting('app.role', true) = 'steward'"
# An empty setting is what a pooled connection is left with: it must match nobody.
_ORG = "nullif(current_setting('app.org', true), '')::uuid"
_USER = "nullif(current_setting('app.user', true), '')::uuid"
_PERSON = "nullif(current_setting('app.person', true), '')::uuid"  # who comes by their own link

# A silent source (app.domain.sources) hands people on and hears nothing: looked up once a query, not once a row.
_SOURCE_KINDS = "select o.source_kind from organisation o"
_HEARS = f"coalesce(({_SOURCE_KINDS} where o.id = {_ORG}) not in ('jobcentre', 'self'), true)"
_VISIBLE = "select 1 from referral r where r.id = referral_id"
_THEIR_REFERRAL = f"exists ({_VISIBLE} and (r.team_id = {_ORG} or r.requester_id = {_ORG}))"
_TEAMS_REFERRAL = f"exists ({_VISIBLE} and r.team_id = {_ORG})"
_PLACED_HERE = f"from placement p where p.provider_id = {_ORG}"
_THEIR_PLACEMENT = f"exists (select 1 {_PLACED_HERE} and p.id = placement_id)"
_HELPED_HERE = f"exists (select 1 {_PLACED_HERE} and p.referral_id = follow_up.referral_id)"
_VISIBLE_REFERRAL = f"exists ({_VISIBLE})"
_VISIBLE_PLACEMENT = "exists (select 1 from placement p where p.id = placement_id)"
_OF_THEIR_REFERRAL = "exists (select 1 from blockage_referral b where b.blockage_id = blockage.id)"
_OF_A_MESSAGE = "track in ('feedback', 'progress')"  # how far it got, never what it says

# A project's own people see it, and the steward of its place; who works in it never decides on it.
_PLACES_STEWARD = f"{_STEWARD} and place_id = {_ORG}"
_THEIR_PROJECT = "exists (select 1 from project p where p.id = project_id)"

# Somebody who enters for this organisation acts for another (app.by): within what it agreed to, or, as a link worker
# team, on the team's own placements. A table that is seen through placements follows theirs.
_BY = "nullif(current_setting('app.by', true), '')::uuid"
_TODAY = "(nullif(current_setting('app.now', true), '')::timestamptz at time zone 'Europe/London')::date"


_AGREEMENT = "select 1 from membership m where m.ended_at is null"


def _agreed(kinds: str) -> str:
    return (
        f"{_BY} is null or (select exists ({_AGREEMENT} and m.anchor_id = {_BY} "
        f"and m.member_id = {_ORG} and m.kinds && array[{kinds}] "
        f"and m.agreed_on <= {_TODAY} and coalesce(m.until, {_TODAY}) >= {_TODAY}))"
    )


_MAY_SEE, _MAY_RECORD = _agreed("'see', 'record'"), _agreed("'record'")
_ITS_PLACEMENT = "select 1 from placement p where p.id = placement_id"
_ENTERED_HERE = f"exists ({_ITS_PLACEMENT} and p.team_id = {_BY})"

# table -> what narrows the above for whoever enters for another: to see, to write
ENTERING: dict[str, tuple[str, str]] = {
    "placement": (f"{_MAY_SEE} or team_id = {_BY}", f"{_MAY_RECORD} or team_id = {_BY}"),
    **dict.fromkeys(
        (
            "contact",
            "outcome",
            "measure_response",
            "transition",
            "waiting_place",
            "question",
            "attendance",
            "onward",
            "late_word",
            "milestone",
        ),
        ("true", f"{_MAY_RECORD} or {_ENTERED_HERE}"),
    ),
    "story": ("true", f"{_MAY_RECORD} or {_ENTERED_HERE}"),
    "funder_link": (_MAY_SEE, _MAY_RECORD),
    "escalation": (_MAY_SEE, "true"),
    "blockage": (_MAY_SEE, "true"),
    **dict.fromkeys(("link_helper", "links_off"), (f"{_BY} is null", f"{_BY} is null")),
    "task": (f"{_BY} is null", f"{_BY} is null"),
    "subscription": (f"{_BY} is null", f"{_BY} is null"),
    "funder_grant": (_MAY_SEE, _MAY_RECORD),
    "payment_terms": (f"{_BY} is null", "true"),
    "payment_line": (f"{_BY} is null", "true"),
}

# Whoever came by a safe link acts for a provider with one placement (app.placement), and every other row is absent.
# Default: no table at all; here is what is let through, where the policies below narrow by the placement themselves.
_ONLY = "nullif(current_setting('app.placement', true), '')::uuid"
BY_SAFE_LINK: dict[str, str] = {
    "placement": f"id = {_ONLY}",
    "referral": f"exists (select 1 from placement p where p.id = {_ONLY} and p.referral_id = referral.id)",  # noqa: S608
    **dict.fromkeys(("person", "person_key"), "true"),  # of that referral
    **dict.fromkeys(("contact", "outcome", "measure_response", "transition"), "true"),
    **dict.fromkeys(("waiting_place", "question", "attendance", "onward", "milestone", "story"), "true"),
    "late_word": "true",
    **dict.fromkeys(("follow_up", "shared_goal", "referral_version", "step_to_tell"), "true"),
}

# table -> who may see its rows (the platform itself always may) and, if narrower or wider, who may write them
POLICIES: dict[str, tuple[str, str | None]] = {
    "placement": (f"team_id = {_ORG} or provider_id = {_ORG}", None),
    "referral": (
        f"team_id = {_ORG} or (requester_id = {_ORG} and {_HEARS}) or "
        f"exists (select 1 {_PLACED_HERE} and p.referral_id = referral.id)",
        None,
    ),
    "person": ("exists (select 1 from referral r where r.person_id = person.id)", None),
    "person_key": ("exists (select 1 from person p where p.id = person_id)", "false"),  # as their record
    "person_word": (f"practice_id = {_ORG} and {_HEARS}", "false"),
    "person_link": (f"team_id = {_ORG}", "false"),
    "person_comment": (f"team_id = {_ORG}", f"team_id = {_ORG} or person_id = {_PERSON}"),
    "person_correction": (f"team_id = {_ORG}", None),
    "care_plan": (f"team_id = {_ORG}", f"team_id = {_ORG} or person_id = {_PERSON}"),
    "shared_goal": (f"team_id = {_ORG} or {_THEIR_PLACEMENT}", f"team_id = {_ORG}"),  # its words, as agreed
    "person_characteristic": (f"team_id = {_ORG}", None),  # neither providers nor practices; and OWN
    "offer_plan": (_TEAMS_REFERRAL, None),
    "contact": (f"{_TEAMS_REFERRAL} or {_THEIR_PLACEMENT}", None),
    "outcome": (f"{_THEIR_REFERRAL} or {_THEIR_PLACEMENT}", None),
    "measure_response": (f"{_THEIR_REFERRAL} or {_THEIR_PLACEMENT}", None),
    "transition": (
        f"{_THEIR_REFERRAL} or {_THEIR_PLACEMENT} or ({_STEWARD} and {_OF_A_MESSAGE})",
        f"{_VISIBLE_REFERRAL} or ({_STEWARD} and {_OF_A_MESSAGE})",
    ),
    "feedback": (f"{_THEIR_REFERRAL} or {_STEWARD}", None),  # whether news got there, never what it says
    "consent": (_TEAMS_REFERRAL, None),
    "follow_up": (
        f"{_THEIR_REFERRAL} or {_HELPED_HERE}",
        _TEAMS_REFERRAL,
    ),  # who helped sees that it was asked
    "check_in": (_TEAMS_REFERRAL, None),  # what a person says of a service is their team's to hear first
    "practice_setting": (f"practice_id = {_ORG}", None),
    "milestone": (f"{_TEAMS_REFERRAL} or {_THEIR_PLACEMENT}", None),
    "unmet_need": (_TEAMS_REFERRAL, None),
    "waiting_place": (_VISIBLE_PLACEMENT, None),
    "question": (_VISIBLE_PLACEMENT, None),
    "attendance": (_VISIBLE_PLACEMENT, None),
    "onward": (f"{_TEAMS_REFERRAL} or {_THEIR_PLACEMENT}", None),
    "late_word": (f"{_TEAMS_REFERRAL} or {_THEIR_PLACEMENT}", None),  # the practice's once it is passed on
    "task": (f"organisation_id = {_ORG} or (organisation_id is null and {_STEWARD})", None),
    "inbox_message": (f"{_STEWARD} and status = 'parked'", "false"),
    "outbox_message": ("false", None),
    "audit_event": (_STEWARD, "false"),
    "audit_name": (_STEWARD, "false"),
    "audit_check": (_STEWARD, None),
    **emergency.POLICIES,
    "extract_run": ("false", None),
    "national_check": ("false", None),
    "extract_item": ("false", None),
    "async_job": ("false", None),
    "async_part": ("false", None),
    "subscription": (f"organisation_id = {_ORG}", None),
    "subscription_notice": ("false", None),
    "referral_version": (_THEIR_REFERRAL, _VISIBLE_REFERRAL),
    "step_to_tell": ("false", "true"),  # whoever takes a step leaves its number here
    "field_origin": (_STEWARD, "false"),
    "import_set_aside": (_STEWARD, "false"),
    "escalation": (  # each sees what they were told; the practice what was told it, of its own referrals
        f"team_id = {_ORG} or (told = 'provider' and provider_id = {_ORG}) "
        f"or (told = 'practice' and {_THEIR_REFERRAL}) or ({_STEWARD} and told in ('steward', 'practice'))",
        "false",
    ),
    **dict.fromkeys(("snooze", "hand_over"), (_TEAMS_REFERRAL, None)),
    **dict.fromkeys(("invariant_run", "retention_run"), (_STEWARD, "false")),
    "referral_bond": (_TEAMS_REFERRAL, None),
    "mail_message": (_STEWARD, "false"),
    **dict.fromkeys(("subject_access", "access_withheld", "erasure", "person_identity"), ("false", None)),
    "one_tap_link": ("false", None),
    "entry_chase": (_STEWARD, "false"),
    "entry_change": (_STEWARD, None),
    **dict.fromkeys(("link_helper", "links_off"), (f"organisation_id = {_ORG} or {_STEWARD}", None)),
    **dict.fromkeys(("link_visit", "kept_link_form", "own_visit"), ("false", None)),
    "prefilled_referral": (f"organisation_id = {_ORG}", None),
    "cohort": (f"uploaded_for = {_ORG}", None),
    "cohort_line": ("exists (select 1 from cohort c where c.id = cohort_id)", None),
    "blockage": (  # its writers', the team's where it is about a referral of theirs, and the steward's
        f"organisation_id = {_ORG} or {_STEWARD} or {_OF_THEIR_REFERRAL}",
        f"organisation_id = {_ORG} or {_STEWARD}",
    ),
    "blockage_referral": (_TEAMS_REFERRAL, "false"),
    "entry_pair": (_STEWARD, None),
    **dict.fromkeys(("set_aside", "place_change"), (_STEWARD, None)),
    "payment_terms": (f"provider_id = {_ORG} or payer_id = {_ORG} or {_STEWARD}", _STEWARD),
    "payment_line": (
        f"provider_id = {_ORG} or payer_id = {_ORG} or {_STEWARD}",
        f"payer_id = {_ORG} or {_STEWARD}",
    ),
    "story": (_VISIBLE_PLACEMENT, None),
    "funder_link": (f"organisation_id = {_ORG}", None),
    "funder_grant": (f"organisation_id = {_ORG}", None),
    "membership": (f"anchor_id = {_ORG} or member_id = {_ORG} or {_STEWARD}", None),
    **dict.fromkeys(("totp_secret", "passkey", "recovery_code", "identity"), (f"user_id = {_USER}", None)),
    "kept_form": (f"user_id = {_USER} and (organisation_id is null or organisation_id = {_ORG})", None),
    "seat": (f"user_id = {_USER} or organisation_id = {_ORG} or {_STEWARD}", _STEWARD),
    **dict.fromkeys(("steward_grant", "retention_review", "legal_hold"), (_STEWARD, None)),
    "project": (
        f"asked_by = {_USER} or {_USER} = any(member_ids) or ({_PLACES_STEWARD} and status <> 'draft')",
        f"(asked_by = {_USER} and status in ('draft', 'submitted', 'withdrawn')) "
        f"or ({_PLACES_STEWARD} and coalesce(asked_by <> {_USER} and {_USER} <> all(member_ids), false))",
    ),
    "project_step": (
        _THEIR_PROJECT,
        f"{_THEIR_PROJECT} and by_id = {_USER} "
        f"and (act in ('asked', 'submitted', 'changed', 'withdrawn') or {_STEWARD})",
    ),
    "project_token": (
        f"user_id = {_USER} or ({_STEWARD} and {_THEIR_PROJECT})",
        f"{_THEIR_PROJECT} and (user_id = {_USER} or {_STEWARD})",
    ),
}

# What a person sees of their own, who comes by their own link: the rows of their referrals, and no other person's.
_MINE = f"({_PERSON} is not null and exists ({_VISIBLE} and r.person_id = {_PERSON}))"
_LINKED = "select 1 from person_link l where l.referral_id = placement.referral_id"
_MY_PLACEMENT = f"({_PERSON} is not null and {_VISIBLE_PLACEMENT})"
OWN: dict[str, str] = {
    "person": f"id = {_PERSON}",
    "referral": f"person_id = {_PERSON}",
    "consent": f"person_id = {_PERSON}",
    **dict.fromkeys(("person_link", "person_comment", "person_characteristic"), f"person_id = {_PERSON}"),
    **dict.fromkeys(("care_plan", "shared_goal"), f"person_id = {_PERSON}"),
    "audit_event": f"person_id = {_PERSON}",  # who looked
    # Not through the referral: its own policy looks at placements, and the two would go round in a circle.
    "placement": f"({_PERSON} is not null and exists ({_LINKED} and l.person_id = {_PERSON}))",
    **dict.fromkeys(("contact", "outcome", "measure_response", "transition", "feedback"), _MINE),
    **dict.fromkeys(("follow_up", "milestone", "check_in"), _MINE),
    **dict.fromkeys(("waiting_place", "attendance"), _MY_PLACEMENT),
}


def statements(app_role: str) -> list[str]:
    """Return the SQL that locks the tables, in order; `app_role` is the application's own login role."""
    sql: list[str] = []
    for table, (seen, written) in POLICIES.items():
        own = f" or {OWN[table]}" if table in OWN else ""
        sql += [
            f"alter table {table} enable row level security",
            f"alter table {table} force row level security",
            f"create policy {table}_seen on {table} for select using ({_SYSTEM} or {seen}{own})",
            f"create policy {table}_added on {table} for insert with check ({_SYSTEM} or {written or seen})",
            f"create policy {table}_changed on {table} for update using ({_SYSTEM} or {seen}) "
            f"with check ({_SYSTEM} or {written or seen})",
            f"create policy {table}_removed on {table} for delete using ({_SYSTEM} or {seen})",
        ]
    for table, (seen, written) in ENTERING.items():
        sql += [
            f"create policy {table}_entered_seen on {table} as restrictive for select using ({_SYSTEM} or {seen})",
            f"create policy {table}_entered_added on {table} as restrictive for insert "
            f"with check ({_SYSTEM} or {written})",
            f"create policy {table}_entered_changed on {table} as restrictive for update "
            f"using ({_SYSTEM} or {written})",
        ]
    for table in POLICIES:
        narrow = f"{_SYSTEM} or {_ONLY} is null or {BY_SAFE_LINK.get(table, 'false')}"
        sql.append(
            f"create policy {table}_by_safe_link on {table} as restrictive for all using ({narrow}) "
            f"with check ({narrow})"
        )
    sql.append(
        "create policy membership_told_to_steward on membership as restrictive for insert "
        f"with check ({_SYSTEM} or {_STEWARD})"
    )
    sql.append(
        "create function refuse_change() returns trigger language plpgsql as "
        "$$ begin raise exception 'rows of % are never changed or removed', tg_table_name; end $$"
    )
    for table in APPEND_ONLY:
        sql.append(
            f"create trigger {table}_append_only before update or delete or truncate on {table} "
            "for each statement execute function refuse_change()"
        )
    sql += [
        f'grant usage on schema public to "{app_role}"',
        f'grant select, insert, update on all tables in schema public to "{app_role}"',
        f'grant usage on all sequences in schema public to "{app_role}"',
        f'grant delete on {", ".join(MAY_DELETE)} to "{app_role}"',
        f'revoke update on {", ".join(APPEND_ONLY)} from "{app_role}"',
        f'revoke insert, update on alembic_version from "{app_role}"',
    ]
    return sql
