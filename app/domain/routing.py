"""Ranks services for a referral and says why, in words; it suggests, a person decides."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from hashlib import blake2b
from operator import itemgetter

from app.domain.explanation import Explanation, Reason
from app.domain.place import DEFAULT_RULES, PlaceRules
from app.domain.routing_evidence import looks_for
from app.domain.routing_notes import notes_for
from app.domain.routing_rules import checks_for
from app.domain.routing_values import Candidate, Ranking, Standing, Wanted


def rank(
    wanted: Wanted, candidates: Iterable[Candidate], today: date, *, rules: PlaceRules = DEFAULT_RULES
) -> Ranking:
    """Return every candidate once: the suitable ones in order, then those that a hard rule stands against.

    The order is by points; a tie falls by lot: a digest of `wanted.draw` (the referral) and the service's id. The same
    inputs give the same order, and over many referrals no service is preferred by its name or its place in a table.
    """
    checks, looks = checks_for(wanted, rules), looks_for(wanted, rules)
    suitable, ruled_out = [], []
    for candidate in candidates:
        for check in checks:
            bar = check(wanted, candidate, today, rules)
            if bar is not None:
                ruled_out.append(Standing(candidate, 0, bar[0]))
                break
        else:
            points = 0
            for look in looks:
                clue = look(wanted, candidate, today, rules)
                if clue is not None:
                    points += clue[0]
            lot = _lot(wanted.draw, candidate.service.id.bytes)
            suitable.append((-points, lot, Standing(candidate, points, None)))
    suitable.sort(key=itemgetter(0, 1))
    ruled_out.sort(key=lambda each: (each.candidate.service.name, each.candidate.service.id.int))
    return Ranking(tuple(standing for *_, standing in suitable), tuple(ruled_out))


def explain(
    wanted: Wanted, candidate: Candidate, today: date, *, rules: PlaceRules = DEFAULT_RULES
) -> Explanation:
    """Return all that speaks for and against one service, every hard rule and every piece of evidence in words."""
    found = (check(wanted, candidate, today, rules) for check in checks_for(wanted, rules))
    bars = [bar for bar in found if bar is not None]
    looks = (*looks_for(wanted, rules), *notes_for(wanted, rules))
    clues = [look(wanted, candidate, today, rules) for look in looks]
    told = [Reason(clue[1](*clue[2]), clue[0]) for clue in clues if clue is not None]
    return Explanation(
        reasons=tuple(sorted((r for r in told if r.points > 0), key=lambda r: -r.points)),
        cautions=tuple(sorted((r for r in told if r.points <= 0), key=lambda r: r.points)),
        against=tuple(bar[1](*bar[2]) for bar in bars),
        rules=tuple(bar[0].value for bar in bars),
    )


def _lot(draw: bytes, service_id: bytes) -> bytes:
    return blake2b(draw + service_id, digest_size=8).digest()
