"""JSON read strictly: what a lenient reader would quietly drop or bend is refused, with its place."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from typing import Any, Final

from fhir.paths import BUNDLE, Place
from fhir.problems import FhirRejected, Problem

MAX_DEPTH: Final = 60
MAX_ENTRIES: Final = 1000  # a referral has about twenty; a thousand takes the model half a second
MAX_VALUES: Final = 50_000  # a full referral has about 1,000; the model takes some 12 us for each
MAX_PROBLEMS: Final = 200  # enough for any reader, and bounds the work that hostile input can ask for
UNPRINTABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_BOM: Final = b"\xef\xbb\xbf"


class _Doubled(dict[str, Any]):
    """An object that named a key twice; the walk finds it and knows where it is."""


class _NotANumber:
    """NaN or Infinity, which JSON does not have."""


_NOT_A_NUMBER: Final = _NotANumber()


def load(raw: bytes) -> dict[str, Any]:
    """Return the JSON object in `raw` (UTF-8, a byte order mark is tolerated).

    Raises FhirRejected with every problem found: 413 for more than MAX_ENTRIES entries or MAX_VALUES values in
    all, 400 for all else.
    No sentence quotes the content.
    """
    body = _parsed(decoded(raw, "JSON"))
    if not isinstance(body, dict):
        raise refused("The body must be one JSON object: a Bundle.")
    return sound(body)


def sound(body: dict[str, Any]) -> dict[str, Any]:
    """Return a body in the JSON shape, however it was written, when it is within the limits.

    Raises FhirRejected as `load` does: too many entries or values (413), depth, characters, numbers (400).
    """
    entries = body.get("entry")
    if isinstance(entries, list) and len(entries) > MAX_ENTRIES:
        sentence = (
            f"The Bundle has {len(entries)} entries; at most {MAX_ENTRIES} are taken. Send less at once."
        )
        raise too_costly("Bundle.entry", sentence)
    problems: list[Problem] = []
    for problem in _faults(body):
        problems.append(problem)
        if len(problems) >= MAX_PROBLEMS:
            break
    if problems:
        raise FhirRejected(problems)
    return body


def refused(sentence: str) -> FhirRejected:
    """Return the refusal of a body that cannot be read at all."""
    return FhirRejected([Problem("Bundle", "invalid", sentence)])


def too_costly(path: str, sentence: str) -> FhirRejected:
    """Return the refusal (413) of a body that asks for more work than any real message."""
    return FhirRejected(
        [Problem(path, "too-costly", sentence)], status=413, rec_code="REC_UNPROCESSABLE_ENTITY"
    )


def decoded(raw: bytes, form: str) -> str:
    """Return the text of a body in UTF-8, without its byte order mark; raises FhirRejected when it is none."""
    body = raw.removeprefix(_BOM)
    if not body.strip():
        raise refused(f"The body is empty. Send a FHIR Bundle as {form}.")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        sentence = f"The body is not UTF-8 at byte {error.start + 1}. Encode it as UTF-8."
    raise refused(sentence)


def _parsed(text: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_object, parse_constant=lambda _name: _NOT_A_NUMBER)
    except json.JSONDecodeError as error:  # its message is a fixed text, without content
        sentence = (
            f"The JSON cannot be read at line {error.lineno}, column {error.colno} "
            f"({error.msg.rstrip(' at')}). It may be cut short: send the whole message."
        )
    except RecursionError:
        sentence = f"The JSON is nested deeper than {MAX_DEPTH} levels. Flatten it."
    except ValueError:  # an integer with thousands of digits
        sentence = "A number in the JSON is too long to be read. Shorten it."
    raise refused(sentence)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    return found if len(found) == len(pairs) else _Doubled(found)


def _faults(body: dict[str, Any]) -> Iterator[Problem]:
    """Walk without recursion, so that depth is counted and never suffered."""
    waiting: list[tuple[Any, Place, int]] = [(body, BUNDLE, 1)]
    seen = 0
    while waiting:
        node, place, depth = waiting.pop()
        seen += 1
        if seen + len(waiting) > MAX_VALUES:
            sentence = f"The message has more than {MAX_VALUES} values. Send less at once."
            raise too_costly("Bundle", sentence)
        if isinstance(node, dict | list):
            if depth > MAX_DEPTH:
                sentence = f"The message is nested deeper than {MAX_DEPTH} levels here. Flatten it."
                yield Problem(str(place), "invalid", sentence)
                continue
            yield from _object_faults(node, place)
            steps = node.items() if isinstance(node, dict) else enumerate(node)
            waiting.extend((child, Place(place, step), depth + 1) for step, child in steps)
        else:
            yield from _value_faults(node, place)


def _object_faults(node: dict[str, Any] | list[Any], place: Place) -> Iterator[Problem]:
    if isinstance(node, _Doubled):
        sentence = "An element is named twice in this object, so one would be lost. Send each name once."
        yield Problem(str(place), "invalid", sentence)
    if isinstance(node, dict) and any(UNPRINTABLE.search(key) for key in node):
        yield Problem(str(place), "invalid", "An element's name here holds a control character. Remove it.")


def _value_faults(value: Any, place: Place) -> Iterator[Problem]:
    if isinstance(value, str):
        if UNPRINTABLE.search(value):
            sentence = "The text holds a control character or half of a surrogate pair. Remove it."
            yield Problem(str(place), "invalid", sentence)
    elif value is _NOT_A_NUMBER or (isinstance(value, float) and not math.isfinite(value)):
        yield Problem(
            str(place), "invalid", "NaN and Infinity are not numbers in JSON. Send a number or nothing."
        )
