"""The kinds of field of the JSON API: strict in what they take, with sentences that say how to mend it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

from marshmallow import RAISE, Schema, fields, validate

LONGEST_TEXT: Final = 4000
_UNWRITABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")

REQUIRED: Final = "This is needed: give a value."
UNKNOWN: Final = "There is no such field here: leave it out."
EMPTY: Final = "This cannot be null: give a value or leave it out."
CODE_OF: Final = {REQUIRED: "required", UNKNOWN: "not-supported", EMPTY: "required"}
_MESSAGES: Final = {"required": REQUIRED, "null": EMPTY}


class Strict(Schema):
    """Refuses what it does not know, so that nobody sets a field by guessing its name."""

    error_messages = {  # noqa: RUF012  (marshmallow reads it from the class)
        "unknown": UNKNOWN,
        "type": "Send a JSON object.",
    }

    class Meta:
        unknown = RAISE


class Words(fields.String):
    """Text in people's own words; characters that cannot be printed are refused, length is bounded."""

    default_error_messages = {  # noqa: RUF012
        **_MESSAGES,
        "invalid": "Send text.",
        "unwritable": "The text holds characters that cannot be printed: take them out.",
    }

    def __init__(self, longest: int = LONGEST_TEXT, **kwargs: Any):
        bound = validate.Length(max=longest, error=f"Keep it to {longest} characters.")
        super().__init__(validate=kwargs.pop("validate", bound), **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        if _UNWRITABLE.search(text):
            raise self.make_error("unwritable")
        return text


class Choice(Words):
    """One word of a closed list."""

    def __init__(self, words: Iterable[str], **kwargs: Any):
        listed = [str(word) for word in words]
        super().__init__(
            validate=validate.OneOf(listed, error=f"Choose one of: {', '.join(listed)}."), **kwargs
        )


class Whole(fields.Integer):
    """A whole number between two others; neither text nor 1.0 nor true will do."""

    default_error_messages = {  # noqa: RUF012
        **_MESSAGES,
        "invalid": "Send a whole number.",
        "too_large": "The number is too large.",
    }

    def __init__(self, low: int, high: int, **kwargs: Any):
        bound = validate.Range(low, high, error=f"Give a whole number from {low} to {high}.")
        super().__init__(validate=bound, **({"strict": True} | kwargs))

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if self.strict and not (isinstance(value, int) and not isinstance(value, bool)):
            raise self.make_error("invalid", input=value)
        return super()._deserialize(value, attr, data, **kwargs)


class Flag(fields.Boolean):
    """true or false; neither "yes" nor 1."""

    default_error_messages = {**_MESSAGES, "invalid": "Send true or false."}  # noqa: RUF012

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


class Day(fields.Date):
    """A day, as 2026-11-22."""

    default_error_messages = {  # noqa: RUF012
        **_MESSAGES,
        "invalid": "Send a day as YYYY-MM-DD.",
    }

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
            raise self.make_error("invalid", input=value)
        return super()._deserialize(value, attr, data, **kwargs)


class Ident(fields.UUID):
    """An identifier that this API gave out."""

    default_error_messages = {  # noqa: RUF012
        **_MESSAGES,
        "invalid_uuid": "Send an id as this API gave it.",
    }

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, str):
            raise self.make_error("invalid_uuid")
        return super()._deserialize(value, attr, data, **kwargs)


class Many(fields.List[Any]):
    """A list with a bounded length."""

    default_error_messages = {**_MESSAGES, "invalid": "Send a list."}  # noqa: RUF012

    def __init__(self, inner: fields.Field[Any], *, most: int = 100, **kwargs: Any):
        bound = validate.Length(max=most, error=f"Send {most} at most.")
        super().__init__(inner, validate=bound, **kwargs)


class Part(fields.Nested):
    """An object within an object."""

    default_error_messages = {**_MESSAGES, "type": "Send a JSON object."}  # noqa: RUF012


class ByCode(fields.Dict):
    """An object whose field names are codes."""

    default_error_messages = {**_MESSAGES, "invalid": "Send a JSON object."}  # noqa: RUF012
