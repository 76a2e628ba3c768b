"""What happened in the weeks and months before the demonstration, through the same use cases under an earlier clock."""

from __future__ import annotations

import copy
from datetime import date, timedelta
from uuid import UUID

from app.demo.directory import identity
from app.domain.access import Actor, system
from app.domain.referral import Outcome, Referral
from app.domain.vocabulary import OutcomeState, Role
from app.services.caring import endings, triage
from app.services.caring.endings import Ending
from app.services.helping import delivery
from app.services.incoming import web_referral
from app.services.incoming.web_referral import Asked
from app.store import accounts
from app.store.session import Database

_PRACTICE, _LINK = "practice4", "link"
_COMPANY = ("social-connection",)
# Who was asked for and not heard of since: the worker finds them in its first minute
HELPS_AND_IS_SILENT = "Bryony Salt"
SAID_YES_AND_NEVER_RANG = "Silas Reeve"
NOBODY_LOOKED = "Thora Lyle"
URGENT_AND_NOT_PICKED_UP = "Kit Marsden"
WAITS_SINCE_LONG = "Greta Lovell"
LISTENING = "Listening at home or by phone"
# Sixteen and bereaved: nobody in the borough is there for them
NOT_HELPED = (
    "Abel", "Birch", "Crane", "Dunn", "Eddy", "Frost", "Gale", "Hale", "Iver", "Joyce", "Kemp", "Lamb",
)  # fmt: skip


def write(db: Database) -> None:
    """Write it, before the worker runs: it would mend at once what was left undone on purpose."""
    for number, family in enumerate(NOT_HELPED):
        _Day(db, 40 + 9 * number).nobody_helps(f"Robin {family}")
    _Day(db, 200).waits(WAITS_SINCE_LONG, LISTENING, "bereavement", weeks=24)
    _Day(db, 45).accepted(HELPS_AND_IS_SILENT, "Card afternoon", "polish-house", begun=True)
    _Day(db, 20).accepted(SAID_YES_AND_NEVER_RANG, "Elders' lunch and talk", "mosque", begun=False)
    _Day(db, 16).referred(NOBODY_LOOKED)
    _Day(db, 5).referred(URGENT_AND_NOT_PICKED_UP, urgent=True, needs=("food",))


class _Day:
    """One day in the past: the same database, its clock so many days back."""

    def __init__(self, db: Database, days: int):
        self._db = copy.copy(db)
        self._db.clock = lambda: db.clock() - timedelta(days=days)

    def referred(
        self,
        name: str,
        *,
        needs: tuple[str, ...] = _COMPANY,
        words: str = "Rang the surgery twice.",
        born: date = date(1949, 5, 5),
        urgent: bool = False,
    ) -> Referral:
        given, family = name.split()
        asked = Asked(
            family, given, born, phone="07700 900463", postcode="BV2 1AC", needs=needs, words=words,
            urgent=urgent, agrees_to_sharing=True,
        )  # fmt: skip
        who, request_id = self._actor(_PRACTICE), identity(f"before {name}")
        taken = web_referral.refer(self._db, who, asked, asked_by="Reception 4", request_id=request_id)
        return taken.referral

    def nobody_helps(self, name: str) -> None:
        born = date(2010, 1, 1) + timedelta(days=len(name))
        referral = self.referred(name, needs=("bereavement",), words="Lost a parent.", born=born)
        triage.start(self._db, self._actor(_LINK), referral.id)
        triage.record_unmet_need(self._db, self._actor(_LINK), referral.id)
        outcome = Outcome(OutcomeState.NOT_KNOWN, "Nobody in the area helps at this age.", "")
        ending = Ending(outcome, (), "no-suitable-service")
        endings.end_early(self._db, self._actor(_LINK), referral.id, ending)
        endings.confirm_read(self._db, self._actor(_PRACTICE), referral.id)

    def waits(self, name: str, service: str, provider: str, *, weeks: int) -> None:
        referral = self.referred(name, needs=("bereavement",), words="Her husband died.")
        placement_id = self._offered(referral, service)
        delivery.waitlist(self._db, self._actor(provider), placement_id, wait_weeks=weeks)

    def accepted(self, name: str, service: str, provider: str, *, begun: bool) -> None:
        placement_id = self._offered(self.referred(name), service)
        delivery.accept(self._db, self._actor(provider), placement_id)
        if begun:
            delivery.start(self._db, self._actor(provider), placement_id)

    def _offered(self, referral: Referral, service: str) -> UUID:
        link = self._actor(_LINK)
        triage.start(self._db, link, referral.id)
        return triage.offer(self._db, link, referral.id, [identity(service)], brief="Would like company.")

    def _actor(self, username: str) -> Actor:
        with self._db.transaction(system("demo-calendar")) as tx:
            account = accounts.find_account(tx, username)
        if account is None:
            raise LookupError(f"nobody signs in as {username}")
        return Actor(Role(account.role), account.organisation_id, account.id)
