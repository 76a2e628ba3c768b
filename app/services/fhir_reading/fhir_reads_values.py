"""One search parameter and its value: the condition that it sets, and how a link may say it again."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from app.domain.errors import Invalid
from app.domain.identifiers import NhsNumber
from app.services.fhir_reading.fhir_reads_dates import span_of
from app.store.fhir_reads import Condition, Missing, OneOf, Within
from fhir.elements import elements_of, find_resource_class
from fhir.systems import normalised
from fhir.views_capability import ID, parameters_of
from fhir.views_kinds import Kind, Parameter, ParameterType
from fhir.views_table import KINDS

MOST_VALUES: Final = 100
_UNESCAPED_COMMA: Final = re.compile(r"(?<!\\),")
_MISSING: Final = {"true": True, "false": False}
_ID: Final = re.compile(r"[A-Za-z0-9.-]{1,64}\Z")
_MOST_DIGITS: Final = 4  # of an id that is none of ours: more could be a number of somebody
_NONE: Final = "none"  # an id and a code that nothing has
_OPEN_CODE = re.compile(r"[a-z][a-z0-9-]{0,39}")  # never a number of a person, which a link would say again


class Wrong(Exception):
    """A value or a modifier that cannot be understood; its text says what to give, and never what was given."""


@dataclass(frozen=True, slots=True)
class Lookup:
    """Identifiers that stand for ids: rows of `of` that have one, looked for in `column` of what is searched.

    `name` is the parameter that says the ids in a link, where the identifier itself must not stand.
    """

    of: str
    column: str
    pairs: tuple[tuple[str, str], ...]  # (column of the identifier, value)
    name: str


@dataclass(frozen=True, slots=True)
class Told:
    """What one parameter asks for; `echo` is None where it must not be said again as it is."""

    conditions: tuple[Condition, ...] = ()
    lookup: Lookup | None = None
    echo: tuple[str, str] | None = None


def parse(kind: Kind, name: str, modifier: str, value: str, base_url: str) -> Told | None:
    """Return what a parameter asks for, None when this type has none of the name; raises Wrong."""
    parameter = next((each for each in parameters_of(kind) if each.name == name), None)
    if parameter is None:
        return None
    if not value:
        raise Wrong("give a value")
    if "\x00" in value:
        raise Wrong("give a value without control characters")
    if modifier == "missing":
        return _missing(parameter, value)
    if parameter is ID:
        return _ids(kind, modifier, value)
    if parameter.identifiers:
        return _identifier(kind.type, "id", name, modifier, value)
    if parameter.type is ParameterType.DATE:
        return _date(parameter, modifier, value)
    if parameter.type is ParameterType.REFERENCE:
        return _reference(parameter, modifier, value, base_url)
    return _token(kind, parameter, modifier, value)


def split(value: str) -> list[str]:
    """Return the values that a comma parts; an escaped comma parts nothing. Raises Wrong when there are too many."""
    parts = [re.sub(r"\\(.)", r"\1", part) for part in _UNESCAPED_COMMA.split(value)]
    if len(parts) > MOST_VALUES:
        raise Wrong(f"give at most {MOST_VALUES} values")
    return parts


def read_id(kind: Kind, text: str) -> UUID | int | None:
    """Return an id of this type as the database has it, None when it cannot be one."""
    if kind.prefix is not None:
        digits = text.removeprefix(kind.prefix)
        return int(digits) if text != digits and re.fullmatch(r"[0-9]{1,18}", digits) else None
    try:
        found = UUID(text)
    except ValueError:
        return None
    return found if str(found) == text.lower() else None


def _missing(parameter: Parameter, value: str) -> Told:
    if value not in _MISSING:
        raise Wrong("after :missing give true or false")
    columns = tuple(dict.fromkeys((*parameter.targets.values(), *parameter.identifiers.values())))
    columns = columns or (parameter.column,)
    if len(columns) > 1:
        raise Wrong("the modifier :missing is not taken here")
    told = (Missing(columns[0], _MISSING[value]),)
    return Told(told, echo=(f"{parameter.name}:missing", value))


def _ids(kind: Kind, modifier: str, value: str) -> Told:
    _only(modifier)
    found = [read_id(kind, text) for text in split(value)]
    known = tuple(each for each in found if each is not None)
    return Told((OneOf("id", known),), echo=("_id", _said_again(kind, known, value)))


def _said_again(kind: Kind, known: tuple[UUID | int, ...], value: str, before: str = "") -> str:
    """Ids as a link says them: those that can be ours, else what was given where no number of a person can be in it."""
    if known:
        return ",".join(f"{before}{kind.prefix or ''}{each}" for each in known)
    plain = value.rpartition("/")[2]
    harmless = _ID.match(plain) and sum(each.isdigit() for each in plain) <= _MOST_DIGITS
    return f"{before}{plain if harmless else _NONE}"


def _only(modifier: str, *known: str) -> None:
    if modifier and modifier not in known:
        taken = ", ".join(f":{each}" for each in known) or "none"
        raise Wrong(f"this modifier is not taken here (taken: {taken})")


def _date(parameter: Parameter, modifier: str, value: str) -> Told:
    _only(modifier)
    try:
        spans = tuple(span_of(each) for each in split(value))
    except ValueError as fault:
        raise Wrong(str(fault)) from fault
    return Told((Within(parameter.column, spans),), echo=(parameter.name, value.replace(" ", "+")))


def _token(kind: Kind, parameter: Parameter, modifier: str, value: str) -> Told:
    """Read codes: those of FHIR's list that nothing here ever has match nothing, and are not wrong."""
    _only(modifier, "not")
    if parameter.codes is None:
        return _open_token(parameter, modifier, value)
    known = parameter.codes
    found: list[str] = []
    for text in split(value):
        system, bar, code = text.rpartition("|")
        wrong_system = bool(bar) and not _is_system(parameter, system)
        if bar and not code and not wrong_system:
            found += known
        elif (code in known or code in _legal(kind, parameter)) and not wrong_system:
            found.append(code)
        elif parameter.system is None:
            raise Wrong(f"use one of: {', '.join(known)}")
    ours = tuple(value for code in found for value in known.get(code, ()))
    condition = OneOf(parameter.column, ours, negated=modifier == "not", many=parameter.many)
    name = f"{parameter.name}:not" if modifier else parameter.name
    return Told((condition,), echo=(name, ",".join(dict.fromkeys(found)) or _NONE))


def _open_token(parameter: Parameter, modifier: str, value: str) -> Told:
    """Read codes of a list that every installation makes longer: one that is not there matches nothing."""
    told = [text.rpartition("|") for text in split(value)]
    ours = [code for system, bar, code in told if not bar or system == parameter.system]
    name = f"{parameter.name}:not" if modifier else parameter.name
    if "" in ours:  # the system alone: every code of it
        whole = () if not modifier else (OneOf(parameter.column, ()),)
        return Told(whole, echo=(name, f"{parameter.system}|"))
    found = tuple(dict.fromkeys(code for code in ours if _OPEN_CODE.fullmatch(code)))
    condition = OneOf(parameter.column, found, negated=bool(modifier), many=parameter.many)
    return Told((condition,), echo=(name, ",".join(found) or _NONE))


def _legal(kind: Kind, parameter: Parameter) -> frozenset[str]:
    """The codes that R4 binds the element of the parameter's name to, none where it binds none."""
    found = elements_of(find_resource_class(kind.type)).get(parameter.name)
    return found.codes if found else frozenset()


def _is_system(parameter: Parameter, told: str) -> bool:
    """Tell whether this is the codes' system; FHIR's own states have one each, all under one address."""
    return told == parameter.system if parameter.system else told.startswith("http://hl7.org/fhir/")


def _reference(parameter: Parameter, modifier: str, value: str, base_url: str) -> Told:
    _only(modifier, "identifier", *parameter.targets)
    if modifier == "identifier":
        if len(parameter.targets) > 1 or not KINDS[next(iter(parameter.targets))].parameter("identifier"):
            raise Wrong("the modifier :identifier is not taken here")
        (target, column), *_ = parameter.targets.items()
        return _identifier(target, column, parameter.name, "", value)
    pairs = [_target(parameter, modifier, text, base_url) for text in split(value)]
    types = {target for target, _ in pairs}
    if len(types) > 1:
        raise Wrong("give references of one type at a time")
    (target,) = types
    ids = tuple(found for _, text in pairs if (found := read_id(KINDS[target], text)) is not None)
    echo = _said_again(KINDS[target], ids, value, f"{target}/")
    return Told((OneOf(parameter.targets[target], ids),), echo=(parameter.name, echo))


def _target(parameter: Parameter, modifier: str, text: str, base_url: str) -> tuple[str, str]:
    """Return type and id of a reference: Type/id, an address of ours, or an id alone where the type is clear."""
    local = text.removeprefix(f"{base_url}/")
    kind, slash, plain = local.rpartition("/")
    kind = kind or modifier or (next(iter(parameter.targets)) if len(parameter.targets) == 1 else "")
    if (slash and not plain) or kind not in parameter.targets or (modifier and kind != modifier):
        forms = ", ".join(f"{target}/id" for target in parameter.targets)
        raise Wrong(f"give a reference as {forms}")
    return kind, plain


def _identifier(of: str, column: str, name: str, modifier: str, value: str) -> Told:
    _only(modifier)
    parameter = KINDS[of].parameter("identifier")
    known = parameter.identifiers if parameter else {}
    pairs: list[tuple[str, str]] = []
    for text in split(value):
        system, bar, plain = text.rpartition("|")
        if not plain:
            raise Wrong("give system|value")
        named = (normalised(system) or "") if bar else None
        asked = {named} & set(known) if bar else set(known)
        pairs += [
            (at, _as_kept(at, plain, bool(bar))) for each, at in known.items() if each and each in asked
        ]
        if "" in known and (named is None or named not in known or not named):
            pairs.append((known[""], _of_its_own(named, plain)))
    return Told(lookup=Lookup(of, column, tuple(pairs), "_id" if column == "id" else name))


def _of_its_own(system: str | None, value: str) -> str:
    """An identifier of the practice's as it is kept; a value alone is of any system, `|value` of none."""
    return json.dumps({"value": value} | ({} if system is None else {"system": system}))


def _as_kept(column: str, value: str, sure: bool) -> str:
    """Return a value as it is kept; a wrong NHS number is told where the system says that it is one."""
    if column != "nhs_number":
        return value
    try:
        return NhsNumber(value).value
    except Invalid as fault:
        if sure:
            raise Wrong("the NHS number is not right: look it up again") from fault
        return ""
