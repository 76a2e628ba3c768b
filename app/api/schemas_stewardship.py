"""The schemas of the steward's overviews in the JSON API: fairness, unmet need, blockages, entries that are one."""

from __future__ import annotations

from marshmallow import Schema, fields

from app.api.schemas import Choice, Day, Strict, Words
from app.api.schemas_in import about
from app.domain.blockages import LONGEST_DONE, LONGEST_WORDS, Theme
from app.domain.unmet_need import AreaKind


class PeriodQuery(Strict):
    """From when to when."""

    since = Day(
        load_default=None, metadata=about("The first day; half a year before the last one without it.")
    )
    until = Day(load_default=None, metadata=about("The last day; today without it."))


class ShareOut(Schema):
    """A part of a whole."""

    part = fields.Integer()
    whole = fields.Integer()
    percent = fields.Integer(allow_none=True, metadata=about("Null where the whole is under 10."))


class GroupOut(Schema):
    """Services of one size or kind."""

    words = fields.String()
    services = fields.Nested(ShareOut, metadata=about("Of the services that could help."))
    offers = fields.Nested(ShareOut)
    accepted = fields.Integer()
    begun = fields.Integer()


class AskedServiceOut(Schema):
    """A service and how often it was asked."""

    service_id = fields.UUID()
    name = fields.String()
    provider_name = fields.String()
    last_asked = fields.Date(allow_none=True)
    known_since = fields.Date(allow_none=True)


class SuspectOut(Schema):
    """One of the few that got half of all offers."""

    service = fields.Nested(AskedServiceOut)
    offers = fields.Nested(ShareOut)
    unasked = fields.Integer(metadata=about("How many that help with the same were not asked."))


class SpreadOut(Schema):
    """How offers spread."""

    offers = fields.Integer()
    services = fields.Integer()
    by_size = fields.List(fields.Nested(GroupOut))
    by_form = fields.List(fields.Nested(GroupOut))
    by_paid = fields.List(fields.Nested(GroupOut))
    by_led = fields.List(fields.Nested(GroupOut))
    suspects = fields.List(fields.Nested(SuspectOut), metadata=about("By the number of offers alone."))
    unasked = fields.List(fields.Nested(AskedServiceOut), metadata=about("By name."))


class NudgeOut(Schema):
    """What the nudge is set to and would do today."""

    points = fields.Integer(metadata=about("0 is off."))
    under = fields.Integer()
    days = fields.Integer()
    moved = fields.Integer(metadata=about("Services that were asked fewer times."))
    services = fields.Integer()


class FairnessOut(Schema):
    """A period's fairness view."""

    since = fields.Date()
    until = fields.Date()
    found = fields.Nested(SpreadOut)
    nudge = fields.Nested(NudgeOut)


class AreaQuery(Strict):
    """By which areas."""

    area = Choice(
        AreaKind, load_default=AreaKind.NEIGHBOURHOOD.value, metadata=about("By which areas to count.")
    )


class GapOut(Schema):
    """A need in an area."""

    need = fields.String()
    area = fields.String()
    people = fields.Integer()
    services = fields.Integer(
        metadata=about("Services that help with it, may cover it, and take people today.")
    )


class UnmetNeedsOut(Schema):
    """A year of unmet need; small numbers, for the steward alone."""

    since = fields.Date()
    people = fields.Integer()
    by_need = fields.Dict(keys=fields.String(), values=fields.Integer())
    by_area = fields.Dict(keys=fields.String(), values=fields.Integer())
    by_reason = fields.Dict(keys=fields.String(), values=fields.Integer())
    by_month = fields.Dict(keys=fields.String(), values=fields.Integer())
    trend = fields.String()
    gaps = fields.List(fields.Nested(GapOut))


class BlockageIn(Strict):
    """What stood in the way, without anybody's name."""

    theme = Choice(Theme, required=True, metadata=about("What stood in the way."))
    words = Words(LONGEST_WORDS, required=True, metadata=about("In your words; do not name the person."))
    area = Words(10, load_default=None, allow_none=True, metadata=about("A postcode district.", "E8"))
    referral_id = fields.UUID(
        load_default=None, metadata=about("A link worker's: the referral it came from.")
    )
    placement_id = fields.UUID(load_default=None, metadata=about("A provider's: the offer it came from."))


class MadeOut(Schema):
    """The id of what was written."""

    id = fields.UUID()


class BlockageOut(Schema):
    """A blockage and what was done about it."""

    id = fields.UUID()
    organisation = fields.String(attribute="organisation_name")
    theme = fields.String()
    area = fields.String(allow_none=True)
    words = fields.String()
    written_at = fields.AwareDateTime()
    looked_at = fields.AwareDateTime(allow_none=True)
    done = fields.String(allow_none=True)


class OwnBlockageOut(BlockageOut):
    """A blockage as its writers and the referral's team see it."""

    referral_id = fields.UUID(allow_none=True, metadata=about("For the referral's team alone."))


class BlockagesOut(Schema):
    """One's own blockages."""

    items = fields.List(fields.Nested(OwnBlockageOut))


class PatternOut(Schema):
    """What came up more than once: reports, and of how many organisations."""

    theme = fields.String()
    area = fields.String()
    times = fields.Integer()
    organisations = fields.Integer()


class PatternsOut(Schema):
    """A year of blockages."""

    by_theme = fields.Dict(keys=fields.String(), values=fields.Integer())
    by_area = fields.Dict(keys=fields.String(), values=fields.Integer())
    by_month = fields.Dict(keys=fields.String(), values=fields.Integer())
    repeated = fields.List(fields.Nested(PatternOut))
    to_look_at = fields.List(fields.Nested(BlockageOut))
    looked_at = fields.List(fields.Nested(BlockageOut))


class DoneIn(Strict):
    """What was done."""

    done = Words(LONGEST_DONE, required=True, metadata=about("What was done, or why nothing can be."))


class EntryOut(Schema):
    """An entry of the directory."""

    id = fields.UUID()
    name = fields.String()
    provider = fields.String(attribute="provider_name")
    source = fields.String()


class ProposalOut(Schema):
    """Two entries that may be one."""

    one = fields.Nested(EntryOut)
    other = fields.Nested(EntryOut)
    signs = fields.List(fields.String(), metadata=about("What they have in common."))


class DecidedOut(Schema):
    """A decision that holds."""

    id = fields.UUID()
    kept_id = fields.UUID()
    other_id = fields.UUID()
    decision = fields.String(metadata=about("same or apart", "same"))


class EntryPairsOut(Schema):
    """What to decide, and what was decided."""

    proposals = fields.List(fields.Nested(ProposalOut))
    total = fields.Integer()
    decided = fields.List(fields.Nested(DecidedOut))


class EntryPairIn(Strict):
    """What is decided of two entries."""

    kept_id = fields.UUID(required=True, metadata=about("The entry to keep."))
    other_id = fields.UUID(required=True, metadata=about("The other one."))
    decision = Choice(("same", "apart"), required=True, metadata=about("Whether they are one.", "same"))
