"""Walks along the audit's chains: does every line stand as it was written, and is none of them gone?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from sqlalchemy import Engine, select, text

from app.domain.audit_checkpoint import ChainFault, Head
from app.store.audit import GENESIS, SHARDS, line_hash
from app.store.session import Tx
from app.store.tables_messages import AuditRow

_AS_SYSTEM = text("select set_config('app.role', 'system', true)")
_HEADS = text("""select s.shard, e.number, e.hash from generate_series(0, :last) s(shard) cross join lateral
    (select number, hash from audit_event a where a.shard = s.shard order by number desc limit 1) e""")


@dataclass(frozen=True, slots=True)
class Walked:
    """How many lines there are, where each chain ends, and the first fault of each, the oldest line first."""

    lines: int = 0
    heads: Mapping[int, Head] = field(default_factory=dict)
    faults: tuple[ChainFault, ...] = ()


def heads(tx: Tx) -> Mapping[int, Head]:
    """Return where each chain ends now; chains without a line are left out."""
    return {
        shard: Head(number, digest)
        for shard, number, digest in tx.session.execute(_HEADS, {"last": SHARDS - 1})
    }


def walk(engine: Engine, known: Mapping[int, Head] | None = None) -> Walked:
    """Walk every chain from its first line to its end.

    `known` is where the chains stood once, as told by a signed checkpoint: a chain that has lost its end since, or was
    written anew with right hashes, is found by it and by nothing else.
    """
    known, lines, ends, faults = known or {}, 0, {}, []
    with engine.connect().execution_options(stream_results=True, yield_per=1000) as connection:
        connection.execute(_AS_SYSTEM)
        rows = connection.execute(select(AuditRow.__table__).order_by(AuditRow.shard, AuditRow.number))
        for shard, chain in groupby(rows.mappings(), key=lambda row: row["shard"]):
            walker = _Walker(shard, known.get(shard))
            walker.walk(dict(row) for row in chain)
            lines += walker.lines
            ends[shard] = walker.end
            faults += [walker.fault] if walker.fault else []
    faults += [_cut_off(shard, 0) for shard in known if shard not in ends]
    return Walked(lines, ends, tuple(sorted(faults, key=lambda fault: (fault.seq is None, fault.seq or 0))))


class _Walker:
    """Goes along one chain and remembers the first thing that is wrong."""

    def __init__(self, shard: int, known: Head | None):
        self.end = Head(0, GENESIS)
        self.lines = 0
        self.fault: ChainFault | None = None
        self._shard, self._known = shard, known

    def walk(self, chain: Iterator[dict[str, Any]]) -> None:
        for row in chain:
            self.lines += 1
            if self.fault is None:
                self.fault = self._fault_of(row)
                self.end = Head(row["number"], row["hash"])
        if self.fault is None and self._known is not None and self.end.number < self._known.number:
            self.fault = _cut_off(self._shard, self.end.number)

    def _fault_of(self, row: dict[str, Any]) -> ChainFault | None:
        expected = self.end.number + 1
        if row["number"] != expected:
            return ChainFault(self._shard, expected, None, "a line is missing")
        if row["previous_hash"] != self.end.digest:
            sentence = "the line does not follow the one before it"
        elif line_hash(self.end.digest, row) != row["hash"]:
            sentence = "the line was changed after it was written"
        elif self._known is not None and expected == self._known.number and row["hash"] != self._known.digest:
            sentence = "the chain was written anew since the last checkpoint"
        else:
            return None
        return ChainFault(self._shard, expected, row["seq"], sentence)


def _cut_off(shard: int, last: int) -> ChainFault:
    return ChainFault(shard, last + 1, None, "the end of the chain was cut off since the last checkpoint")
