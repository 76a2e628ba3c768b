"""Ranks services for a referral and says why, in words; it suggests, a person decides."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from hashlib import blake2b

from app.domain.explanation import Explanation, Reason
from app.domain.place import DEFAULT_RULES, PlaceRules
from app.domain.routing_evidence import clues, points
from app.domain.routing_rules import bars, first_bar
from app.domain.routing_values import Candidate, Ranking, Standing, Wanted


def rank(
    wanted: Wanted, candidates: Iterable[Candidate], today: date, *, rules: PlaceRules = DEFAULT_RULES
) -> Ranking:
    """Return every candidate once: the suitable ones in order, then those that a hard rule stands against.

    The order is by points; a tie falls by lot: a digest of `wanted.draw` (the referral) and the service's id. The same
    inputs give the same order, and over many referrals no service is preferred by its name or its place in a table.
    """
    suitable, ruled_out = [], []
    for candidate in candidates:
        bar = first_bar(wanted, candidate, today, rules)
        if bar is None:
            suitable.append(Standing(candidate, points(wanted, candidate, today, rules), None))
        else:
            ruled_out.append(Standing(candidate, 0, bar))
    suitable.sort(key=lambda each: (-each.points, _lot(wanted.draw, each.service.id.bytes)))
    ruled_out.sort(key=lambda each: (each.service.name, each.service.id.bytes))
    return Ranking(tuple(suitable), tuple(ruled_out))


def explain(
    wanted: Wanted, candidate: Candidate, today: date, *, rules: PlaceRules = DEFAULT_RULES
) -> Explanation:
    """Return all that speaks for and against one service, every hard rule and every piece of evidence in words."""
    found = clues(wanted, candidate, today, rules)
    told = [Reason(sentence, number) for number, sentence in found]
    return Explanation(
        reasons=tuple(sorted((r for r in told if r.points > 0), key=lambda r: -r.points)),
        cautions=tuple(sorted((r for r in told if r.points <= 0), key=lambda r: r.points)),
        against=bars(wanted, candidate, today, rules),
    )


def _lot(draw: bytes, service_id: bytes) -> bytes:
    return blake2b(service_id, key=draw[:64], digest_size=8).digest()
