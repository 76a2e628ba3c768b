"""Lets a thing be done only when two people of two roles have signed for exactly that, and writes it down."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import combinations

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from anonymiser.errors import Refusal, SetUpRefusal
from anonymiser.tokens.names import is_a_name, may_be_one
from anonymiser.tokens.trail import Facts, Trail
from anonymiser.tokens.tripwire import Kind, identifiers_in

SHORTEST_REASON, LONGEST_REASON = 10, 500
_NO_ASKER = "A request needs the name of who asks (asked_by), in letters of one alphabet."


class Role(StrEnum):
    """Who may sign. The names are those of NHS information governance."""

    CALDICOTT_GUARDIAN = "caldicott-guardian"
    CLINICAL_LEAD = "clinical-lead"
    INFORMATION_RISK_OWNER = "senior-information-risk-owner"


class Act(StrEnum):
    """What can be approved."""

    REIDENTIFY = "re-identify one person for direct care"
    RELINK = "re-link tokens of one epoch to a later one"
    PROJECT = "give a project linkable data"


SIGNED_BY: Mapping[Act, frozenset[Role]] = {
    Act.REIDENTIFY: frozenset({Role.CALDICOTT_GUARDIAN, Role.CLINICAL_LEAD}),
    Act.RELINK: frozenset({Role.CALDICOTT_GUARDIAN, Role.INFORMATION_RISK_OWNER}),
    Act.PROJECT: frozenset({Role.CALDICOTT_GUARDIAN, Role.INFORMATION_RISK_OWNER}),
}
LONGEST_LIFE: Mapping[Act, timedelta] = {
    Act.REIDENTIFY: timedelta(days=7),
    Act.RELINK: timedelta(days=30),
    Act.PROJECT: timedelta(days=366),
}


@dataclass(frozen=True, kw_only=True)
class Request:
    """What somebody asks to be allowed, in `terms` that are signed word for word."""

    id: str
    act: Act
    terms: Mapping[str, str]
    reason: str = field(repr=False)
    asked_by: str
    asked_on: date
    expires_on: date

    def signed_bytes(self) -> bytes:
        """What is signed: the whole request as canonical JSON behind the words that say what it is."""
        plain = {**asdict(self), "terms": dict(self.terms)}
        text = json.dumps(plain, sort_keys=True, separators=(",", ":"), default=date.isoformat)
        return b"anonymiser/v1|request|" + text.encode()


@dataclass(frozen=True, kw_only=True)
class Approver:
    """Somebody who may sign: the Ed25519 public key (32 bytes) is noted when they take up the role."""

    name: str
    role: Role
    public: bytes


@dataclass(frozen=True, kw_only=True)
class Signature:
    """One person's Ed25519 signature (64 bytes) over a request."""

    name: str
    value: bytes


def sign(request: Request, name: str, private: Ed25519PrivateKey) -> Signature:
    """Sign a request, at the approver's own desk."""
    return Signature(name=name, value=private.sign(request.signed_bytes()))


def check_signable(request: Request, name: str, today: date) -> None:
    """Raise Refusal where a request can never be used, whoever signs, or where the signer is who asks.

    One that is dated later than `today` may be signed: it can be used from then on.
    """
    problems = [*_word_problems(request), *_end_problems(request, today)]
    if not is_a_name(request.asked_by):
        problems.append(_NO_ASKER)
    elif may_be_one(name, request.asked_by):
        problems.append(f"{name} asks for this and cannot approve it.")
    if problems:
        raise Refusal(*problems)


class Approvals:
    """The people who may sign and the trail in which every use, and every refusal, is written."""

    def __init__(self, approvers: Iterable[Approver], trail: Trail) -> None:
        """Raises SetUpRefusal where one person would count as two: a name or a key that stands there twice.

        Names are compared as people read them: "dr anna" is "Dr Anna".
        """
        listed = list(approvers)
        self._approvers = {approver.name: approver for approver in listed}
        self.trail = trail
        if any(not is_a_name(approver.name) for approver in listed):
            raise SetUpRefusal("An approver needs a name, in letters of one alphabet.")
        names = any(may_be_one(one.name, other.name) for one, other in combinations(listed, 2))
        if names or len({approver.public for approver in listed}) < len(listed):
            raise SetUpRefusal("Two approvers have one name or one key; each must have their own.")

    def use(
        self,
        request: Request,
        signatures: Sequence[Signature],
        now: datetime,
        *,
        once: bool = True,
        also: Sequence[str] = (),
    ) -> str:
        """Let the caller go on, having written so first; give the trail's head.

        Raises Refusal with every problem: a signature missing, of the wrong role or over other words; expired
        or lasting too long; no reason; or, with `once`, used before; `also` are those that the caller found.
        Refusals are written too.
        """
        problems = [*also, *self._problems(request, signatures), *_time_problems(request, now.date())]
        facts = self._facts(request, signatures)
        try:
            if problems:
                raise Refusal(*problems)
            return self.trail.append(now, request.act, facts, once=request.id if once else None)
        except Refusal as refusal:
            self.trail.append(
                now, f"refused: {request.act}", {**facts, "problems": " ".join(refusal.problems)}
            )
            raise

    def _problems(self, request: Request, signatures: Sequence[Signature]) -> Iterable[str]:
        yield from _word_problems(request)
        if not is_a_name(request.asked_by):
            yield _NO_ASKER
        signed = set()
        for signature in signatures:
            approver = self._approvers.get(signature.name)
            if approver is None:
                yield "A signature is by somebody who is not an approver."
            elif may_be_one(approver.name, request.asked_by):
                yield f"{approver.name} asks for this and cannot approve it."
            elif not _is_signed(request, signature, approver):
                yield f"The signature of {approver.name} is not over this request."
            else:
                signed.add(approver.role)
        for role in sorted(SIGNED_BY[request.act] - signed):
            yield f"The signature of a {role} is missing."

    def _facts(self, request: Request, signatures: Sequence[Signature]) -> Facts:
        hidden = _identifying(request)
        said = {"reason": request.reason[:LONGEST_REASON], **dict(sorted(request.terms.items()))}
        return {
            "request": request.id,
            "asked_by": request.asked_by,
            "expires_on": request.expires_on.isoformat(),
            "signed_by": ", ".join(sorted({each.name for each in signatures} & self._approvers.keys())),
            **{f"its {name}": "" if name in hidden else value for name, value in said.items()},
        }


def _word_problems(request: Request) -> Iterable[str]:
    """What is wrong with the id, the reason and the terms: no signature mends it."""
    if not re.fullmatch(r"[A-Za-z0-9-]{4,64}", request.id):
        yield "A request needs an id of 4 to 64 letters, digits and hyphens."
    if not SHORTEST_REASON <= len(request.reason.strip()) <= LONGEST_REASON:
        yield f"A request needs a reason of {SHORTEST_REASON} to {LONGEST_REASON} characters."
    for name, kinds in _identifying(request).items():
        yield f"Its {name} holds what looks like {kinds[0]}; say it without naming anybody."


def _identifying(request: Request) -> dict[str, tuple[Kind, ...]]:
    """The parts of a request that must not be written down, because they hold somebody's identifier."""
    said = {"reason": request.reason, **request.terms}
    return {name: kinds for name, text in said.items() if (kinds := identifiers_in(text))}


def _time_problems(request: Request, today: date) -> Iterable[str]:
    if today < request.asked_on:
        yield f"The request is dated {request.asked_on.isoformat()}, which has not come yet."
    yield from _end_problems(request, today)


def _end_problems(request: Request, today: date) -> Iterable[str]:
    """What is wrong with the last day: no later day mends it."""
    if today > request.expires_on:
        yield f"The approval ended on {request.expires_on.isoformat()}; ask anew."
    if request.expires_on < request.asked_on:
        yield "Its last day (expires_on) is before the day on which it was asked for (asked_on)."
    longest = LONGEST_LIFE[request.act]
    if request.expires_on - request.asked_on > longest:
        yield f"Such an approval lasts {longest.days} days at most."


def _is_signed(request: Request, signature: Signature, approver: Approver) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(approver.public).verify(signature.value, request.signed_bytes())
    except (InvalidSignature, ValueError):
        return False
    return True
