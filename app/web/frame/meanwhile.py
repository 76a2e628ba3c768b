"""A form that was opened before somebody else changed the case: it is shown again with what changed, nothing lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from app.domain.errors import Conflict
from app.services.caring.meanwhile import changes_since
from app.web.frame.forms import Form
from app.web.frame.guard import actor, database
from app.web.frame.overtaken import sentence_of
from app.web.frame.words import moment, timeline


def seen_now() -> str:
    """Return the moment at which a form is shown, by the house's clock, to be sent back with it."""
    return database().clock().isoformat()


def looked_at(form: Form, referral_id: UUID) -> Form:
    """Return the form; with `changes` where others have changed the case since it was shown.

    Raises NotFound when the referral is not the team's. A form without the moment, or with nonsense, is as of now.
    """
    since = _moment(form.value("seen"))
    if since is None:
        return form
    found = changes_since(database(), actor(), referral_id, since=since)
    told = [
        (line["iso"], f"{line['at']}: {line['what']} {line['why']}".strip()) for line in timeline(found.steps)
    ]
    told += [(at.isoformat(timespec="minutes"), f"{moment(at)}: {sentence}") for at, sentence in found.acts]
    return replace(form, changes=tuple(dict.fromkeys(sentence for _, sentence in sorted(told))))


def overtaken(form: Form, fault: Conflict) -> Form:
    """Return the form with why it cannot be saved as the case stands now."""
    return replace(form, changes=(sentence_of(fault),))


def _moment(typed: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(typed)
    except ValueError:
        return None
    return found if found.tzinfo else None
