"""Finds who hears of a referral: whoever asked for it, and for those that are worked together with it."""

from __future__ import annotations

from app.domain.hearing import Hearing
from app.domain.referral import Referral
from app.store import duplicates, referrals
from app.store.session import Tx

_ACT = "find who hears"


def hearing_of(tx: Tx, referral: Referral) -> Hearing:
    """Return who hears; a provider sees its own referral only, so those that follow are looked up for it."""
    with tx.as_system("hearing") as system_tx:
        followers = duplicates.list_followers(system_tx, referral.id)
        kinds = [referrals.get(system_tx, each, audit=_ACT).source_kind for each in followers]
    return Hearing((referral.source_kind, *kinds))
