"""The policy model: what each column is to an intruder and an analyst, and how large and varied a crowd has to be."""

from dataclasses import dataclass, field
from enum import StrEnum

from anonymiser.engine.hierarchies import Hierarchy
from anonymiser.errors import SetUpRefusal


class Role(StrEnum):
    """What a column is in the engine's eyes."""

    QUASI_IDENTIFIER = "quasi-identifier"
    """Known of a person from elsewhere: comes out only as a value of its hierarchy."""
    SENSITIVE = "sensitive"
    """What nobody may learn of a person: comes out as it is, and varies within every class."""
    PERSON = "person"
    """Counts people, never comes out."""
    KEPT = "kept"
    DROPPED = "dropped"


class Count(StrEnum):
    """What has to be k alike. Rows are for comparison with other tools only: a person may have several."""

    PEOPLE = "people"
    ROWS = "rows"


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column of the extract.

    `order` gives a sensitive column's values from lowest to highest where they have an order (scores, bands); a
    column of numbers has one already.
    """

    name: str
    role: Role
    hierarchy: Hierarchy | None = None
    order: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Thresholds:
    """How safe a class has to be: k people, l distinct values and t distance in each sensitive column.

    t is the earth mover's distance to the whole table's distribution, 0 to 1 (Li et al., ICDE 2007): all values
    equally far apart, or by rank where the column is ordered. A share of rows up to `suppressed` may be left out.
    """

    k: int = 10
    l: int = 3  # noqa: E741
    t: float = 0.5
    suppressed: float = 0.05
    count: Count = Count.PEOPLE

    def __post_init__(self) -> None:
        wrong = [
            (self.k < 1, "k has to be 1 or more."),
            (self.l < 1, "l has to be 1 or more."),
            (not 0 <= self.t <= 1, "t has to lie between 0 and 1."),
            (not 0 <= self.suppressed <= 1, "The suppression limit has to lie between 0 and 1."),
        ]
        if problems := [sentence for is_wrong, sentence in wrong if is_wrong]:
            raise SetUpRefusal(*problems)


@dataclass(frozen=True, kw_only=True)
class Policy:
    """The roles of all columns of an extract and the thresholds. Raises SetUpRefusal with all that is wrong."""

    columns: tuple[Column, ...]
    thresholds: Thresholds = field(default_factory=Thresholds)

    def __post_init__(self) -> None:
        names = [column.name for column in self.columns]
        problems = [
            f"Column {name} has more than one role." for name in sorted(set(names)) if names.count(name) > 1
        ]
        for column in self.columns:
            if column.role is Role.QUASI_IDENTIFIER and column.hierarchy is None:
                problems.append(f"Column {column.name} is a quasi-identifier and has no hierarchy.")
            if column.role is not Role.QUASI_IDENTIFIER and column.hierarchy is not None:
                problems.append(f"Column {column.name} has a hierarchy and is no quasi-identifier.")
            if column.order and column.role is not Role.SENSITIVE:
                problems.append(f"Column {column.name} has an order and is not sensitive.")
        people = len(self.named(Role.PERSON))
        if people > 1 or (people == 0 and self.thresholds.count is Count.PEOPLE):
            problems.append(f"One column has to be the person; {people} are.")
        if not self.named(Role.QUASI_IDENTIFIER):
            problems.append("No column is a quasi-identifier.")
        if problems:
            raise SetUpRefusal(*problems)

    def named(self, role: Role) -> tuple[Column, ...]:
        """The columns of one role, in the policy's order."""
        return tuple(column for column in self.columns if column.role is role)

    @property
    def hierarchies(self) -> tuple[Hierarchy, ...]:
        """Those of the quasi-identifiers, in the policy's order."""
        return tuple(column.hierarchy for column in self.columns if column.hierarchy is not None)
