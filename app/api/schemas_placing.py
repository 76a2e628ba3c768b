"""What the JSON API takes and gives about registers, about passing somebody on, and about how a referral went round."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, post_load

from app.api.schemas import Choice, Flag, Ident, Many, Strict, Words
from app.api.schemas import Part as Inner
from app.api.schemas_in import about
from app.api.schemas_out import Moment, Number, Text
from app.domain.attendance import LONGEST_NOTE, Attendance
from app.domain.onward import LONGEST_REASON
from app.services.caring.onward import Passing
from app.services.helping.register import Said

_MOST_LINES = 200


class SaidIn(Strict):
    """What is said of one person of the group."""

    placement_id = Ident(required=True, metadata=about("The placement."))
    answer = Choice(Attendance, required=True, metadata=about("Whether they came, or told you.", "came"))
    note = Words(LONGEST_NOTE, load_default="", metadata=about("A word beside it.", "early"))

    @post_load
    def _said(self, told: dict[str, Any], **_: Any) -> Said:
        return Said(**told)


class RegisterIn(Strict):
    """What is said of a session's group; whoever is left out stays as they are."""

    lines = Many(Inner(SaidIn), most=_MOST_LINES, required=True, metadata=about("One line for each person."))


class OnwardIn(Strict):
    """A wish to pass somebody on."""

    reason = Words(
        LONGEST_REASON,
        required=True,
        metadata=about("Why somebody else would help more.", "Would rather walk."),
    )
    agreed = Flag(required=True, metadata=about("That you asked the person and they agree.", example=True))
    service_id = Ident(load_default=None, allow_none=True, metadata=about("The service you suggest, if any."))

    @post_load
    def _wish(self, told: dict[str, Any], **_: Any) -> Passing:
        return Passing(**told)


class SignpostIn(Strict):
    """A service that the person was told of; nobody there hears of it."""

    service_id = Ident(required=True, metadata=about("The service."))
    words = Words(LONGEST_REASON, load_default="", metadata=about("What you told them.", "Saturdays at ten."))


class AttendedOut(Schema):
    """To how many sessions somebody came."""

    came = Number()
    sessions = Number(metadata=about("Of how many the register tells."))
    missed_in_a_row = Number(metadata=about("The newest ones that went by without a word."))


class SaidOut(Schema):
    """One thing said of a session; the newest of a day counts."""

    held_on = fields.Date()
    answer = Text()
    note = Text()
    recorded_at = Moment()


class AttendanceOut(Schema):
    """All that the register says of one placement."""

    attended = fields.Nested(AttendedOut)
    sessions = fields.List(fields.Nested(SaidOut))


class RegisterLineOut(Schema):
    """One person on the register."""

    placement_id = fields.UUID()
    reference = Text()
    person_name = Text(attribute="name", allow_none=True)
    status = Text()
    answer = Text(allow_none=True, metadata=about("null: nothing was said yet."))
    note = Text()
    can_change = fields.Boolean(metadata=about("false: it was written too long ago."))
    attended = fields.Nested(AttendedOut)


class RegisterOut(Schema):
    """Everybody who is placed at a service on a day."""

    service_name = Text(attribute="service.name")
    held_on = fields.Date()
    lines = fields.List(fields.Nested(RegisterLineOut))


class KeptOut(Schema):
    """How many lines were new or changed."""

    changed = Number()


class OnwardMadeOut(Schema):
    """What was written."""

    onward_id = fields.UUID()


class OnwardOut(Schema):
    """A wish to pass on, or a signpost, and what became of it."""

    id = fields.UUID()
    placement_id = fields.UUID(allow_none=True)
    kind = Text(metadata=about("referred: the link worker decides; signposted: the person was only told."))
    state = Text()
    service_id = fields.UUID(allow_none=True)
    service_name = Text(allow_none=True)
    reason = Text()
    made_at = Moment()
    decided_at = Moment(allow_none=True)


class OnwardsOut(Schema):
    """What one provider wished or told, the oldest first."""

    items = fields.List(fields.Nested(OnwardOut))
    helped_before = Text(
        allow_none=True, metadata=about("Who helped before, where the link worker tells it.")
    )


class ChainOut(Schema):
    """A placement that came from others, by name."""

    hops = Number()
    names = fields.List(Text())


class JourneyOut(Schema):
    """How a referral went from one provider to the next."""

    hops = Number(attribute="round.hops")
    in_vain = Number(attribute="round.in_vain", metadata=about("So many in a row came to nothing."))
    is_bounced = fields.Boolean(attribute="round.is_bounced")
    chains = fields.List(fields.Nested(ChainOut))
    items = fields.List(fields.Nested(OnwardOut), attribute="onwards")
