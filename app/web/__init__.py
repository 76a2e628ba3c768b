"""The people's pages: server-rendered, in the NHS.UK design system, complete without JavaScript."""

from __future__ import annotations

from flask import Blueprint, Flask
from flask_wtf.csrf import CSRFProtect
from jinja2 import ChainableUndefined, ChoiceLoader, DictLoader, PackageLoader

from app.domain import crisis
from app.domain.lifecycle import ANSWER_RUNS_OUT, OPEN_PLACEMENT
from app.domain.vocabulary import NEED_WORDS, OUTCOME_WORDS
from app.web.accounts import passwords, people, people_seats, second_steps, signing_in, signing_in_elsewhere
from app.web.analysts import dataset, dataset_asking, dataset_figures, projects, projects_deciding
from app.web.caring import (
    about_them,
    care_plan,
    carer_links,
    caseload,
    check_ins,
    completeness,
    contacts,
    duplicates,
    emergency_access,
    follow_ups,
    late_words,
    link_worker,
    link_worker_endings,
    link_worker_find,
    measures_asked,
    milestones,
    offering,
    ownership,
    person_choices,
    person_links,
    person_search,
    prsb,
    referral_shown,
    secondary_use,
    their_details,
    watch,
    wishes,
)
from app.web.directories import (
    dials,
    directory,
    directory_categories,
    directory_duplicates,
    directory_import,
    entering,
    entry_checks,
    entry_editing,
    entry_lists,
    entry_sections,
    entry_venues,
    memberships,
)
from app.web.evaluations import (
    evaluation,
    evaluation_files,
    evaluation_grants,
    funder_links,
    payments,
    stories,
    value,
)
from app.web.frame import (
    acting,
    assets,
    begun,
    developers,
    guard,
    kept,
    languages,
    large_print,
    meanwhile,
    page,
    plain,
    problems,
    slowing,
    step_up,
    uploads,
    wait_words,
    words,
)
from app.web.frame.navigation import navigation
from app.web.helping import (
    offer_papers,
    onward,
    provider,
    provider_endings,
    questions,
    registers,
    safe_contacts,
    safe_links,
    told_late,
    waiting,
)
from app.web.own import my_about, my_answers, my_choices, my_data, my_door, my_pages, my_plan, my_sign_in
from app.web.referring import (
    came_of,
    cohort,
    letters,
    phone_referral,
    practice,
    practice_settings,
    refer,
    self_referral,
)
from app.web.stewardship import (
    audit_check,
    blockages,
    consent_wordings,
    fairness,
    measure_files,
    message_templates,
    place_pages,
    privacy_officer,
    retention,
    steward,
    subject_access,
    undelivered,
    unmet_needs,
)

MACHINE_PATHS = ("/FHIR", "/oauth2", "/api/", "/healthz", "/readyz", "/metrics", "/.well-known", "/openapi")
_PARTS = (
    plain.pages,
    developers.pages,
    directory.pages,
    signing_in.pages,
    signing_in_elsewhere.pages,
    passwords.pages,
    second_steps.pages,
    step_up.pages,
    subject_access.pages,
    retention.pages,
    people.pages,
    people_seats.pages,
    acting.pages,
    caseload.pages,
    link_worker.pages,
    link_worker_endings.pages,
    late_words.pages,
    link_worker_find.pages,
    offering.pages,
    onward.pages,
    registers.pages,
    ownership.pages,
    contacts.pages,
    begun.pages,
    watch.pages,
    wishes.pages,
    care_plan.pages,
    secondary_use.pages,
    person_choices.pages,
    provider.pages,
    dials.pages,
    entry_checks.pages,
    entry_editing.pages,
    entry_lists.pages,
    entry_sections.pages,
    entry_venues.pages,
    provider_endings.pages,
    told_late.pages,
    questions.pages,
    waiting.pages,
    practice.pages,
    practice_settings.pages,
    came_of.pages,
    letters.pages,
    refer.pages,
    cohort.pages,
    directory_import.pages,
    self_referral.pages,
    phone_referral.pages,
    duplicates.pages,
    steward.pages,
    undelivered.pages,
    place_pages.pages,
    audit_check.pages,
    emergency_access.pages,
    privacy_officer.pages,
    message_templates.pages,
    consent_wordings.pages,
    measure_files.pages,
    fairness.pages,
    unmet_needs.pages,
    blockages.pages,
    directory_duplicates.pages,
    directory_categories.pages,
    memberships.pages,
    entering.pages,
    offer_papers.pages,
    safe_contacts.pages,
    safe_links.pages,
    payments.pages,
    evaluation.pages,
    evaluation_files.pages,
    evaluation_grants.pages,
    stories.pages,
    funder_links.pages,
    value.pages,
    projects.pages,
    projects_deciding.pages,
    my_door.pages,
    my_sign_in.pages,
    my_data.pages,
    my_answers.pages,
    my_choices.pages,
    carer_links.pages,
    follow_ups.pages,
    check_ins.pages,
    measures_asked.pages,
    milestones.pages,
    my_pages.pages,
    my_plan.pages,
    person_links.pages,
    person_search.pages,
    prsb.pages,
    completeness.pages,
    about_them.pages,
    their_details.pages,
    my_about.pages,
    dataset.pages,
    dataset_asking.pages,
    dataset_figures.pages,
)


def register(app: Flask) -> None:
    """Add the pages to the application; machines' addresses are left alone."""
    secure = guard.runtime_of(app).settings.cookies_are_secure
    app.config.update(
        WTF_CSRF_CHECK_DEFAULT=False,  # machines' doors have keys of their own; pages check below
        WTF_CSRF_SSL_STRICT=False,  # pages behind links send no referrer; __Host- keeps others' cookies out
        WTF_CSRF_TIME_LIMIT=None,  # a form left open over lunch keeps what was typed: the token ends with the session
        SESSION_COOKIE_NAME="__Host-form"
        if secure
        else "form",  # the form token and the banner after a change
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=secure,
    )
    csrf = CSRFProtect(app)
    pages = Blueprint("web", __name__, template_folder="templates")
    for part in _PARTS:
        pages.register_blueprint(part)
    pages.before_request(uploads.make_room)
    pages.before_request(csrf.protect)
    pages.before_request(slowing.check)
    pages.before_request(step_up.ask_first)
    pages.after_request(kept.forget_when_sent)
    pages.after_request(slowing.note)
    pages.after_request(page.protect)
    problems.handle_on(pages)
    app.register_blueprint(pages)
    problems.handle_unknown_addresses(app, MACHINE_PATHS)
    _set_up_templates(app)
    assets.serve(app)
    languages.set_up(app)
    large_print.set_up(app)


def _set_up_templates(app: Flask) -> None:
    ours = app.jinja_env.loader or DictLoader({})
    app.jinja_env.undefined = ChainableUndefined  # the design system's templates count on it
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.loader = ChoiceLoader([ours, PackageLoader("nhsuk_frontend_jinja")])
    app.jinja_env.autoescape = True  # flask knows only .html; the design system's macros are .jinja
    app.jinja_env.globals.update(
        words=words,
        wait_words=wait_words,
        navigation=navigation,
        named=words.named,
        flags_of=referral_shown.flags_of,
        seen_now=meanwhile.seen_now,
        can_keep=kept.can_keep,
        begun_id=kept.begun_id,
        acting_mark=guard.acting_mark,
        count_begun=kept.count_begun,
        need_words=NEED_WORDS,
        outcome_words=OUTCOME_WORDS,
        unanswered=ANSWER_RUNS_OUT,
        open_placement=OPEN_PLACEMENT,
        open_view_is_on=dataset_figures.open_view_is_on,
        own_page_ways=my_door.ways,
        money_lines_are_on=value.money_lines_are_on,
        crisis_heading=crisis.HEADING,
        crisis_routes=crisis.ROUTES,
    )
    app.jinja_env.filters.update(day=words.day, moment=words.moment)
