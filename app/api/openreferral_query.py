"""Reads the query of the open directory: every wrong value at once; parameters that we do not know are passed over."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate

from app.domain.directory_words import Weekday
from app.domain.eligibility import OLDEST
from app.domain.errors import FieldProblem, Invalid
from app.domain.openreferral import read_day
from app.services.directory.openreferral import Asked
from app.store.openreferral import Wanted

_MOST_LINES: Final = 500
_LONGEST_SEARCH: Final = 200
_FARTHEST: Final = 1_000_000  # metres


class _Day(fields.Field[Weekday]):
    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> Weekday:  # noqa: ARG002
        day = read_day(str(value))
        if day is None:
            raise ValidationError('Give a day of the week, such as "MO" or "Monday".')
        return day


class _Query(Schema):
    class Meta:
        """Parameters of other versions and of other makers do no harm."""

        unknown = EXCLUDE

    page = fields.Integer(load_default=1, validate=validate.Range(1, 1_000_000))
    per_page = fields.Integer(load_default=50, validate=validate.Range(1, _MOST_LINES))
    search = fields.String(load_default="", validate=validate.Length(max=_LONGEST_SEARCH))
    taxonomy_term_id = fields.String()
    taxonomy_id = fields.String()
    minimum_age = fields.Integer(validate=validate.Range(0, OLDEST))
    maximum_age = fields.Integer(validate=validate.Range(0, OLDEST))
    day = _Day()
    start_time = fields.Time()
    end_time = fields.Time()
    postcode = fields.String()
    proximity = fields.Float(validate=validate.Range(0, _FARTHEST))


def read_query(args: Mapping[str, str]) -> Asked:
    """Return what is asked for; raises Invalid. An empty parameter is none; proximity is in metres."""
    try:
        told = _Query().load({name: value for name, value in args.items() if value.strip()})
    except ValidationError as fault:
        wrong = fault.messages_dict.items()
        raise Invalid([FieldProblem(name, str(said[0])) for name, said in wrong]) from None
    if "proximity" in told and "postcode" not in told:
        raise Invalid([FieldProblem("proximity", "Say from which postcode, too.")])
    wanted = Wanted(
        search=told["search"].replace("\x00", ""),
        minimum_age=told.get("minimum_age"),
        maximum_age=told.get("maximum_age"),
        day=told.get("day"),
        starts=told.get("start_time"),
        ends=told.get("end_time"),
    )
    return Asked(
        page=told["page"],
        per_page=told["per_page"],
        wanted=wanted,
        taxonomy_term_id=told.get("taxonomy_term_id"),
        taxonomy_id=told.get("taxonomy_id"),
        postcode=told.get("postcode"),
        metres=told.get("proximity"),
    )
