"""What a loaded look-up changes of the place's neighbourhoods: written into their history, as the pages do."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from app.domain.areas import NEIGHBOURHOOD
from app.domain.geography import Area
from app.store import geography, neighbourhoods, place_changes
from app.store.session import Tx


@dataclass
class AreaChanges:
    """Writes areas, and remembers as sentences what somebody had said otherwise; for one file in one transaction."""

    overruled: list[str] = field(default_factory=list)
    _there: Mapping[str, str] | None = None  # neighbourhoods before the file, each with its name

    def record(self, tx: Tx, areas: Sequence[Area]) -> None:
        """Write some areas and what they change. A neighbourhood that the file itself begins has no history yet."""
        if self._there is None:
            neighbourhoods.hold(tx)
            self._there = {each.code: each.name for each in neighbourhoods.list_all(tx)}
        before = geography.list_areas(tx, [area.code for area in areas])
        geography.record_areas(tx, areas)
        self._note_moves(tx, areas, before)

    def _note_moves(self, tx: Tx, areas: Sequence[Area], before: Mapping[str, Area]) -> None:
        gone: defaultdict[str, list[str]] = defaultdict(list)
        come: defaultdict[str, list[str]] = defaultdict(list)
        for area in areas:
            was = before[area.code].neighbourhood if area.code in before else None
            if area.neighbourhood is None or area.neighbourhood == was:
                continue
            come[area.neighbourhood].append(area.code)
            if was is not None:
                gone[was].append(area.code)
                self.overruled.append(
                    f"{_plain(area.code)} is in {self._name(area.neighbourhood)} now. It was in {self._name(was)}."
                )
        self._note(tx, gone, "area-taken-out")
        self._note(tx, come, "areas-added")

    def _note(self, tx: Tx, moved: Mapping[str, Collection[str]], act: str) -> None:
        for code in sorted(moved):
            if code in (self._there or {}):
                place_changes.add(tx, code, act, {"areas": sorted(moved[code])})

    def _name(self, code: str) -> str:
        return (self._there or {}).get(code, _plain(code))


def _plain(code: str) -> str:
    """A typed code as people write it."""
    return code.removeprefix(NEIGHBOURHOOD) if code.startswith(NEIGHBOURHOOD) else code.partition(":")[2]
