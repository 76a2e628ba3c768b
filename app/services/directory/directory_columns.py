"""The columns of a directory's spreadsheet, and in which of them stands what the reader of feeds finds wrong."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from app.domain.directory_words import CareLevel, LedBy, LegalForm, ServiceKind, Size
from app.domain.eligibility import GENDERS, About, Operator
from app.domain.sheet import Column
from app.domain.vocabulary import NEED_WORDS, Access

EXAMPLE_ORGANISATION: Final = "Invented Friends"
# What a list says of safeguarding, insurance or DBS checks is what a group says of itself, and nobody has seen it.
NOT_TAKEN: Final = (
    "Safeguarding, insurance, DBS checks and data protection are not taken from a list: there a group speaks of "
    "itself. Write them down with their dates once you have seen them, on the organisation's page."
)


def _one(codes: Iterable[str]) -> str:
    return f"One of: {', '.join(codes)}."


def _several(codes: Iterable[str]) -> str:
    return f"Any of: {', '.join(codes)}; parted by semicolons."


COLUMNS: Final = (
    Column("service_id", "Your own id of the service. Without it the two names are its id: then do not change them.",
           also=("id",)),
    Column("organisation", "Who offers it.", True, EXAMPLE_ORGANISATION, also=("organization", "organisation_name")),
    Column("charity_number", "Where it has one."),
    Column("legal_form", f"{_one(LegalForm)} Without it: charity where it has a number, else another form.",
           example="unconstituted"),
    Column("size", f"How big the organisation is: {_one(Size)}", example="volunteers-only"),
    Column("led_by", f"Who runs it. {_several(LedBy)}", longest=400),
    Column("website", "Begins with https://.", example="https://friends.example"),
    Column("service", "What it is called.", True, "Tuesday lunch club", also=("service_name", "name")),
    Column("description", "In plain words.", longest=10_000, example="Lunch and company for older people."),
    Column("needs", f"One or more of: {', '.join(NEED_WORDS)}; parted by semicolons.", True,
           "social-connection; food", 400),
    Column("kind", f"{_one(ServiceKind)} Without it: activity.", example="activity"),
    Column("status", "active, inactive or temporarily closed. Without it: active.", example="active"),
    Column("minimum_age", "In whole years.", example="60"),
    Column("maximum_age", "In whole years."),
    Column("genders", f"Where it is not for everybody. {_several(GENDERS)}"),
    Column("for_whom", f"Whom it is especially for. {_several(LedBy)}", longest=400, example="older-people"),
    Column("rules", "Who may come, for the matching to check: such as registered-with any-of A81001, A81002; "
           f"has-need none-of housing. Parted by semicolons. Of {', '.join(About)}; {', '.join(Operator)}.",
           longest=1000),
    Column("care_level", f"Who is there for somebody with a safeguarding concern. {_one(CareLevel)} "
           "Without it: volunteers-only.", also=("takes",)),
    Column("eligibility", "Who may come, in words.", longest=10_000),
    Column("areas", "Postcode districts such as E8, or ONS codes; parted by semicolons. Without it: everywhere.",
           example="E8; E9", longest=2000),
    Column("languages", "Codes such as tr, or names in English; parted by semicolons.", example="en; tr"),
    Column("cost", "In words, or free.", example="free"),
    Column("phone", "For people who want to come.", example="020 7946 0000", longest=40),
    Column("email", "For people who want to come.", example="hello@friends.example"),
    Column("venue", "Where it meets.", example="St Anne's Hall"),
    Column("host", "Whose place that is, where it is another's: the name of an organisation of the directory."),
    Column("address", "Street and house number.", example="4 Mill Lane"),
    Column("town", "Such as London.", example="London"),
    Column("postcode", "Of the venue.", example="E8 1AB", longest=10),
    Column("access", f"Of the venue, such as {Access.STEP_FREE} or {Access.QUIET_SPACE}; parted by semicolons.",
           example="step-free"),
    Column("sessions", "Day and hours, such as Tuesday 10:00-12:00; several parted by semicolons.",
           example="Tuesday 12:00-14:00", longest=1000),
    Column("checked_on", "When somebody last asked whether all this is right, such as 15/3/2026."),
)  # fmt: skip
# By the beginning of the path that the reader of feeds, or our own rules of entries, give.
_COLUMN_OF: Final = (
    ("organization.charity", "charity_number"), ("organization.website", "website"),
    ("organization.led_by", "led_by"), ("organization.legal_form", "legal_form"), ("organization.size", "size"),
    ("host", "host"), ("genders", "genders"), ("for_whom", "for_whom"), ("rules", "rules"), ("kind", "kind"),
    ("organization", "organisation"),
    ("service_at_locations[0].location.addresses", "postcode"), ("service_at_locations", "venue"),
    ("schedules", "sessions"), ("service_areas", "areas"), ("areas", "areas"), ("languages", "languages"),
    ("attributes", "needs"), ("needs", "needs"), ("minimum_age", "minimum_age"), ("min_age", "minimum_age"),
    ("maximum_age", "maximum_age"), ("max_age", "maximum_age"), ("eligibility", "eligibility"),
    ("fees", "cost"), ("cost", "cost"), ("phones", "phone"), ("contact_phone", "phone"),
    ("email", "email"), ("contact_email", "email"), ("assured_date", "checked_on"),
    ("verified_on", "checked_on"), ("description", "description"), ("status", "status"),
    ("name", "service"), ("id", "service_id"),
)  # fmt: skip


def column_of(path: str) -> str:
    """Return the column in which something stands that is told by its path in a feed, empty when it is none."""
    return next((column for begins, column in _COLUMN_OF if path.startswith(begins)), "")
