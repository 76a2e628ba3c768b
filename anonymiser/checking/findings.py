"""Says in sentences what stands against a release; no sentence, no objection."""

from collections.abc import Mapping
from dataclasses import dataclass

from anonymiser.checking.classes import Measured
from anonymiser.checking.columns import Coded
from anonymiser.checking.hierarchies import Hierarchy


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a release must reach. Ten people is the default of ACRO and SACRO, stricter than the HES rule."""

    people: int = 10
    distinct: int = 3
    distance: float = 0.5


def find_faults(
    release: Coded, measured: Measured, hierarchies: Mapping[str, Hierarchy], limits: Limits
) -> tuple[str, ...]:
    """Give every finding against one release: its labels first, then its classes. Values are never named."""
    if release.rows == 0:
        return ("The release has no rows.",)
    return (*_label_faults(release, hierarchies), *find_class_faults(measured, limits))


def find_class_faults(measured: Measured, limits: Limits, over: str = "") -> tuple[str, ...]:
    """Give the findings against the classes; `over` says of what they are the classes, if not of one release."""
    start = f"{over}: " if over else ""
    faults = []
    small = int((measured.class_people < limits.people).sum())
    if small:
        faults.append(
            f"{start}{small} of {measured.classes} classes have fewer than {limits.people} people "
            f"(the smallest {measured.k_people}); {measured.rows_below(limits.people)} rows stand in them."
        )
    for name, found in measured.diversity.items():
        alike = int((found.distinct < limits.distinct).sum())
        if alike:
            faults.append(
                f"{start}{name}: {alike} classes have fewer than {limits.distinct} different values "
                f"(the fewest {found.l_distinct})."
            )
        # A sum of shares may miss its limit by the last bit.
        far = int((found.distance > limits.distance + 1e-12).sum())
        if far:
            faults.append(
                f"{start}{name}: {far} classes are further than {limits.distance} from the whole "
                f"(the furthest {found.t:.4f})."
            )
    return tuple(faults)


def _label_faults(release: Coded, hierarchies: Mapping[str, Hierarchy]) -> list[str]:
    faults = []
    for name, column in release.quasi.items():
        if name not in hierarchies:
            faults.append(f"{name}: no hierarchy is published for this column.")
            continue
        known = hierarchies[name].covers
        strange = [at for at, label in enumerate(column.labels) if label is None or label not in known]
        if strange:
            rows = int(release.rows_per_label(name)[strange].sum())
            faults.append(f"{name}: {rows} rows have a label that is not in the published hierarchy.")
    return faults
