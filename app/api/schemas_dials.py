"""What the JSON API takes and gives of dials, of entries to check, and of e-mail that did not arrive."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, post_load

from app.api.schemas import Choice, Day, Strict, Whole, Words
from app.api.schemas_in import PageQuery, about
from app.api.schemas_out import Moment, ServiceOut, Text, page_of
from app.domain.capacity import LONGEST_WAIT, MOST_A_WEEK, Dial
from app.domain.vocabulary import Capacity
from app.services.directory.entry_checks import LONGEST_WORDS


class MyServicesQuery(PageQuery):
    """Which page, and what stands in the name of the service or of its organisation."""

    words = Words(100, load_default="", metadata=about("Part of a name.", "tea"))


class DialIn(Strict):
    """How a service stands from now on; what does not belong to the position is left aside."""

    capacity = Choice(Capacity, required=True, metadata=about("The position.", "limited"))
    weekly_limit = Whole(
        1, MOST_A_WEEK, load_default=None, allow_none=True, metadata=about("limited: so many a week.", 3)
    )
    wait_weeks = Whole(
        0,
        LONGEST_WAIT,
        load_default=None,
        allow_none=True,
        metadata=about("waiting-list: about how long.", 6),
    )
    full_until = Day(
        load_default=None, allow_none=True, metadata=about("full: the first day with places again.")
    )

    @post_load
    def _dial(self, told: dict[str, Any], **_: Any) -> Dial:
        return Dial(Capacity(told["capacity"]), told["weekly_limit"], told["wait_weeks"], told["full_until"])


class EntryChangeIn(Strict):
    """What is not right any more in an entry."""

    words = Words(LONGEST_WORDS, required=True, metadata=about("In a sentence; name nobody who is helped."))


class DialOut(Schema):
    """A service and since when it stands so."""

    service = fields.Nested(ServiceOut)
    checked_at = Moment(allow_none=True, metadata=about("When the dial was last turned or confirmed."))
    email = Text(allow_none=True, metadata=about("Where its link would be sent."))


MyServicesOut = page_of(DialOut, "MyServicesPage")


class LinkSentOut(Schema):
    """Where a link went."""

    email = Text()


class EntryChangeOut(Schema):
    """What an organisation says is not right any more."""

    id = fields.UUID()
    service_id = fields.UUID()
    service_name = Text()
    organisation_name = Text()
    words = Text()
    told_at = Moment()


class ToRingOut(Schema):
    """A stale entry that no e-mail helps with."""

    service_id = fields.UUID()
    service_name = Text()
    organisation_name = Text()
    verified_on = fields.Date(allow_none=True, metadata=about("When it was last confirmed; null is never."))
    phone = Text(allow_none=True)
    contact_name = Text(allow_none=True)
    host_name = Text(allow_none=True, metadata=about("The organisation that enters for them."))
    email = Text(allow_none=True)
    chased_at = Moment(allow_none=True, metadata=about("When they were last written to."))


class ToCheckOut(Schema):
    """The entries that wait for the steward."""

    changes = fields.List(fields.Nested(EntryChangeOut))
    to_ring = fields.List(fields.Nested(ToRingOut))


class FailedMailOut(Schema):
    """An e-mail that could not be delivered; never its text."""

    id = fields.UUID()
    to = Text()
    subject = Text()
    organisation_name = Text(allow_none=True)
    error = Text(metadata=about("A short code.", "smtp-550"))
    failed_at = Moment()


class FailedMailsOut(Schema):
    """E-mail that nobody has seen to since it failed."""

    items = fields.List(fields.Nested(FailedMailOut))
