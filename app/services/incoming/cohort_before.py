"""Who of a cohort was sent before, whether with the NHS number or by names and birth date."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from app.domain.cohort import ANOTHER_NUMBER, Known
from app.store.cohort import Sent


class SentBefore:
    """Those who were sent before, by the keyed ids under which they are known."""

    ANOTHER: Final = f"Somebody of the same names and birth date was sent before. {ANOTHER_NUMBER}"

    def __init__(self, sent: Sequence[Sent]):
        self._by: dict[UUID, list[Sent]] = defaultdict(list)
        for each in sent:
            for key in (each.person.number, each.person.names):
                if key is not None:
                    self._by[key].append(each)

    def find(self, person: Known[UUID]) -> Sent | None:
        """Return the same person as they were sent before, None when they were not."""
        return next((each for each in self._alike(person) if person.is_same(each.person)), None)

    def has_another_number(self, person: Known[UUID]) -> bool:
        """Tell whether this person was sent by names and birth date with another number, and never with this one."""
        alike = self._alike(person)
        is_same = any(person.number == each.person.number for each in alike if person.number is not None)
        return not is_same and any(person.has_another_number(each.person) for each in alike)

    def _alike(self, person: Known[UUID]) -> list[Sent]:
        keys = (person.number, person.names)
        return [each for key in keys if key is not None for each in self._by[key]]
