"""What the categories of imported services mean: listed while nobody knows, said by the steward, taken back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from app.domain.access import Actor, check_acts_as
from app.domain.categories import Category, meaning, needs_of, needs_problem
from app.domain.directory import Term
from app.domain.errors import FieldProblem, Invalid, NotFound
from app.domain.vocabulary import Role
from app.store import categories, imports, places
from app.store.audit import Entry
from app.store.session import Database, Tx


def list_categories(db: Database, actor: Actor) -> Sequence[Category]:
    """Return every category that an import brought: those that most services wait on first. Raises NotAllowed."""
    check_acts_as(actor, Role.STEWARD, Role.SYSTEM)
    with db.transaction(actor) as tx:
        return _list(tx)


def get_category(db: Database, actor: Actor, key: str) -> Category:
    """Return one category by "taxonomy:code". Raises NotAllowed, NotFound."""
    found = next((each for each in list_categories(db, actor) if each.term.key == key), None)
    if found is None:
        raise NotFound
    return found


def say(db: Database, actor: Actor, key: str, needs: Sequence[str] | None) -> int:
    """Say which needs a category means: none of ours when empty; None takes back what was said.

    It counts at once: the services that stand under it get their needs anew, but for those whose needs were changed
    here. Return how many did. Raises NotAllowed, NotFound, Invalid.
    """
    check_acts_as(actor, Role.STEWARD, Role.SYSTEM)
    problem = needs_problem(needs or ())
    if problem:
        raise Invalid([FieldProblem("needs", problem, "code-invalid")])
    with db.transaction(actor) as tx:
        term = categories.get_for_update(tx, key)
        before = _known(tx)
        categories.record_needs(tx, term, needs)
        with tx.as_system("category") as system_tx:
            changed = _apply(system_tx, key, before, _known(system_tx))
        said = {"needs": None if needs is None else sorted(needs), "services": changed}
        tx.audit(Entry("say what a category means", "category", key, None, said))
        return changed


def unknown_among(terms: Iterable[Term], known: Mapping[str, Term]) -> list[Term]:
    """Return the categories of which nobody knows what they mean, each once."""
    found = {term.key: term for term in terms if meaning(term, known) is None}
    return list(found.values())


def _list(tx: Tx) -> Sequence[Category]:
    known, counts = _known(tx), categories.count_services(tx)
    found = [
        Category(term, meaning(term, known), term.needs is not None, *counts.get(key, (0, 0)))
        for key, term in known.items()
    ]
    return sorted(found, key=lambda each: (-each.waiting, -each.services, each.term.name, each.term.key))


def _apply(tx: Tx, key: str, before: Mapping[str, Term], after: Mapping[str, Term]) -> int:
    """Give services their needs anew that had them from their categories."""
    changed = 0
    for service_id, terms, needs, source in categories.list_imported_under(tx, key):
        theirs = [after[each] for each in terms if each in after]
        now = needs_of(theirs, after)
        if needs_of(theirs, before) == list(needs) != now:
            categories.record_service_needs(tx, service_id, now)
            imports.record_origins(tx, imports.SERVICE, service_id, source, {"needs": now})
            changed += 1
    return changed


def _known(tx: Tx) -> Mapping[str, Term]:
    return {term.key: term for term in places.list_terms(tx)}
