"""Text that a helper was typing when a visit by a safe link ran out: kept for them alone, back in their next visit."""

from __future__ import annotations

from collections.abc import Sequence

from app.domain.access import system
from app.services.by_link import safe_links
from app.services.by_link.kept_forms import LARGEST, worth_keeping
from app.services.by_link.safe_visits import ByLink
from app.store import kept_link_forms as stored
from app.store.audit import Entry
from app.store.kept_forms import KeptForm
from app.store.session import Database

_SYSTEM = system("safe-links")


def keep(db: Database, token: str, path: str, fields: Sequence[tuple[str, str]]) -> bool:
    """Keep what came with a visit that has run out; tell whether it was kept.

    Nothing is kept of a visit that never opened, was finished, or whose helper may not come back to the offer.
    """
    kept = tuple(worth_keeping(fields))
    if not kept or sum(len(name) + len(value) for name, value in kept) > LARGEST:
        return False
    with db.transaction(_SYSTEM) as tx:
        visit = safe_links.find_run_out(tx, token)
        if visit is None or not path.startswith(f"/offers/{visit.placement_id}/"):
            return False
        stored.add(tx, visit.helper_id, visit.placement_id, KeptForm(path, kept))
        tx.audit(Entry("keep unsent form", "placement", str(visit.placement_id)))
    return True


def find(db: Database, by_link: ByLink) -> KeptForm | None:
    """Return what the helper of a visit had typed before; None when nothing is kept."""
    with db.transaction(_SYSTEM) as tx:
        return stored.find(tx, by_link.helper_id, by_link.placement_id)


def forget(db: Database, by_link: ByLink, path: str) -> None:
    """Forget it where it stood on the page at `path`, because that form was sent."""
    with db.transaction(_SYSTEM) as tx:
        found = stored.find(tx, by_link.helper_id, by_link.placement_id)
        if found is not None and found.path == path:
            stored.remove(tx, by_link.helper_id, by_link.placement_id)
