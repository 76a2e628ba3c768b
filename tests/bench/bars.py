"""The bars that the anonymiser has to keep: each is measured, told in one table at the end, and fails where missed."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One comparison: `ratio` has to be `most` at most, or `least` at least."""

    what: str
    ours: str
    theirs: str
    ratio: float
    most: float | None = None
    least: float | None = None

    @property
    def met(self) -> bool:
        """Whether it is kept."""
        return (self.most is None or self.ratio <= self.most) and (
            self.least is None or self.ratio >= self.least
        )

    @property
    def cells(self) -> tuple[str, ...]:
        """The line of the table."""
        bar = f"<= {self.most:g}" if self.most is not None else f">= {self.least:g}"
        return self.what, self.ours, self.theirs, f"{self.ratio:.4g}", bar, "met" if self.met else "MISSED"


@dataclass
class Bars:
    """All that were measured in one run, and what could not be."""

    told: list[Bar] = field(default_factory=list)

    def check(self, bar: Bar) -> None:
        """Write a comparison down. Raises AssertionError where it is missed."""
        self.told.append(bar)
        assert bar.met, " | ".join(bar.cells)

    def table(self) -> list[str]:
        """The lines of the table, in columns."""
        rows = [("what", "ours", "theirs", "ratio", "bar", ""), *(bar.cells for bar in self.told)]
        widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
        return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
