"""A correction, told to whoever was told of the person: groups and whoever referred, by e-mail or by the team."""

from __future__ import annotations

from typing import Final

from app.domain.message_templates import Channel
from app.domain.referral import Referral
from app.services.messages.messages_out import Message, to_organisation
from app.services.rights.stop_notices import notify
from app.store import departures, placements, places, practice_settings
from app.store.audit import Entry
from app.store.session import Tx
from app.store.tasks import add_task

TASK: Final = "correction-to-tell"
NOTICE: Final = "correction-notice"  # the template
_ACT: Final = "tell of a correction"


def tell(tx: Tx, referral: Referral) -> None:
    """Ask every group that has read of the person, and whoever referred them, to look at the record again.

    Nothing in a notice tells who it is or what was corrected. Whom no address is known of, a person of the team tells.
    A group that the person no longer agrees to was asked to stop, and is told nothing more.
    """
    with tx.as_system("correction") as system_tx:
        reached = [_tell_requester(system_tx, referral)]
        for each in placements.list_for_referral(system_tx, referral.id, audit=_ACT):
            said_no = each.reason == "consent-withdrawn"
            whose = (referral.person_id, each.provider_id)
            if not said_no and departures.has_read(system_tx, *whose, since=each.offered_at):
                reached.append(notify(system_tx, each, NOTICE) > 0)
        if not all(reached):
            add_task(system_tx, TASK, organisation_id=referral.team_id, referral_id=referral.id)
        told = {"told": sum(reached), "to_ring": len(reached) - sum(reached)}
        system_tx.audit(Entry(_ACT, "referral", str(referral.id), referral.person_id, told))


def _tell_requester(tx: Tx, referral: Referral) -> bool:
    """At the address that somebody there has confirmed; False where there is none."""
    setting = practice_settings.get_summary(tx, referral.requester_id)
    if not setting.to or not setting.is_confirmed:
        return False
    profile = places.find_profile(tx, referral.team_id)
    values = {"ref": referral.reference, "phone": profile.phone if profile else None}
    message = Message(NOTICE, Channel.EMAIL, setting.to, values)
    to_organisation(tx, message, organisation_id=referral.requester_id)
    return True
