"""An analyst's side of a project: asking, changing, sending and taking back; a change needs both approvals again."""

from __future__ import annotations

from uuid import UUID

from app.domain.access import Actor, check_acts_as
from app.domain.errors import FieldProblem, Invalid, NotAllowed
from app.domain.project_papers import Asked, AskedPerson, asked_problems, in_order, reason_problems
from app.domain.projects import Act, Papers, Project, ProjectStatus, SafePerson, after_change, check_may
from app.domain.vocabulary import Role
from app.store import accounts, project_tokens, projects
from app.store.audit import Entry
from app.store.session import Database, Tx

_NO_ACCOUNT = "No analyst of this place signs in with this user name. Ask the steward to make the account."


def ask(db: Database, actor: Actor, asked: Asked) -> UUID:
    """Write a new project, not sent yet, and return its id. Raises Invalid with every problem, NotAllowed."""
    check_acts_as(actor, Role.ANALYST)
    if actor.user_id is None or actor.organisation_id is None:
        raise NotAllowed("A project is asked for by a person who signs in.")
    with db.transaction(actor) as tx:
        papers = _read(tx, asked)
        project = projects.add(tx, papers, place_id=actor.organisation_id, asked_by=actor.user_id)
        _note(tx, Act.ASKED, project)
    return project.id


def change(db: Database, actor: Actor, project_id: UUID, asked: Asked) -> Project:
    """Write what a project asks for from now on.

    One that was sent or approved waits for both approvals again, and nobody works with its data until they are
    given; the tokens of whoever is no longer named end. Raises Invalid, Conflict, NotFound.
    """
    with db.transaction(actor) as tx:
        before = _hold_own(tx, actor, project_id)
        check_may(before, Act.CHANGED)
        papers = _read(tx, asked)
        if papers == before.papers:
            return before
        project = projects.record_papers(tx, project_id, papers, status=after_change(before.status))
        named = [person.account_id for person in papers.people]
        with tx.as_system("projects") as system_tx:
            project_tokens.revoke_of_project(system_tx, project_id, but=named)
        _note(tx, Act.CHANGED, project)
    return project


def submit(db: Database, actor: Actor, project_id: UUID) -> Project:
    """Send a project to be decided. Raises Invalid when time has overtaken its papers, Conflict, NotFound."""
    with db.transaction(actor) as tx:
        before = _hold_own(tx, actor, project_id)
        check_may(before, Act.SUBMITTED)
        problems = asked_problems(as_asked(before.papers), tx.today)
        if problems:
            raise Invalid(in_order(problems))
        project = projects.record_step(tx, project_id, Act.SUBMITTED, status=ProjectStatus.SUBMITTED)
        _note(tx, Act.SUBMITTED, project)
    return project


def withdraw(db: Database, actor: Actor, project_id: UUID, reason: str) -> Project:
    """Take a project back for good; its tokens end at once. Raises Invalid, Conflict, NotFound."""
    problems = reason_problems(reason)
    if problems:
        raise Invalid(problems)
    with db.transaction(actor) as tx:
        before = _hold_own(tx, actor, project_id)
        check_may(before, Act.WITHDRAWN)
        with tx.as_system("projects") as system_tx:
            project_tokens.revoke_of_project(system_tx, project_id)
        project = projects.record_step(
            tx, project_id, Act.WITHDRAWN, status=ProjectStatus.WITHDRAWN, reason=reason.strip()
        )
        _note(tx, Act.WITHDRAWN, project)
    return project


def as_asked(papers: Papers, usernames: dict[UUID, str] | None = None) -> Asked:
    """Return papers as they were typed; a person whose user name is not told goes by their full name."""
    known = usernames or {}
    people = tuple(
        AskedPerson(
            known.get(each.account_id, each.full_name), each.organisation, each.trained_on, each.trained_until
        )
        for each in papers.people
    )
    return Asked(
        title=papers.title,
        purpose=papers.purpose,
        public_benefit=papers.public_benefit,
        lawful_basis=papers.lawful_basis,
        will_not_do=papers.will_not_do,
        people=people,
        setting=papers.setting,
        tiers=tuple(sorted(papers.tiers)),
        fields=papers.fields,
        outputs=papers.outputs,
        expires_on=papers.expires_on,
    )


def typed_before(db: Database, actor: Actor, project_id: UUID) -> Asked:
    """Return what a project asks for, to be changed in a form. Raises NotFound."""
    with db.transaction(actor) as tx:
        project = _hold_own(tx, actor, project_id)
        found = [accounts.find_account_by_id(tx, person.account_id) for person in project.people]
    return as_asked(project.papers, {each.id: each.username for each in found if each})


def _hold_own(tx: Tx, actor: Actor, project_id: UUID) -> Project:
    check_acts_as(actor, Role.ANALYST)
    project = projects.hold(tx, project_id)
    if project.asked_by != actor.user_id:
        raise NotAllowed("A project is changed, sent and withdrawn by the person who asked for it.")
    return project


def _read(tx: Tx, asked: Asked) -> Papers:
    problems = asked_problems(asked, tx.today)
    people = []
    for number, person in enumerate(asked.people):
        found = _safe_person(tx, person)
        if found is not None:
            people.append(found)
        elif person.username.strip():
            problems.append(FieldProblem(f"person_{number}_username", _NO_ACCOUNT, "not-found"))
    if problems or asked.expires_on is None:
        raise Invalid(in_order(problems))
    return Papers(
        title=asked.title.strip(),
        purpose=asked.purpose.strip(),
        public_benefit=asked.public_benefit.strip(),
        lawful_basis=asked.lawful_basis,
        will_not_do=asked.will_not_do.strip(),
        people=tuple(people),
        setting=asked.setting.strip(),
        tiers=frozenset(asked.tiers),
        fields=tuple(dict.fromkeys(asked.fields)),
        outputs=asked.outputs.strip(),
        expires_on=asked.expires_on,
    )


def _safe_person(tx: Tx, person: AskedPerson) -> SafePerson | None:
    account = None if "\x00" in person.username else accounts.find_account(tx, person.username)
    if account is None or not account.active or account.role is not Role.ANALYST:
        return None
    if account.organisation_id != tx.actor.organisation_id:
        return None
    begun, until = person.trained_on or tx.today, person.trained_until or tx.today
    return SafePerson(account.id, account.full_name, person.organisation.strip(), begun, until)


def _note(tx: Tx, act: Act, project: Project) -> None:
    tx.audit(Entry(f"project {act}", "project", str(project.id), None, {"round": project.round}))
