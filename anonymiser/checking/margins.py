"""Works out what the totals of a table tell of its suppressed cells, as somebody with a solver would."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from anonymiser.checking.cells import Ranges
from anonymiser.checking.runs import Ints
from anonymiser.errors import Refusal

CONTRADICTION = "The table contradicts itself: no counts agree with all its cells and totals."


@dataclass(frozen=True)
class Sum:
    """A published total: the places of the cells that it adds up, and its own range."""

    cells: tuple[int, ...]
    low: int
    high: int


def narrow(cells: Ranges, sums: Sequence[Sum]) -> Ranges:
    """Narrow the ranges by every sum in turn until nothing changes: for sums of any shape, in any number.

    Each cell must lie between its total less the most and less the least that the other cells may be. What this
    finds is known for certain; for tables of rows and columns `narrow_table` finds all that can be known. Raises
    Refusal for a table that contradicts itself.
    """
    low, high = cells.low.copy(), cells.high.copy()
    changed = True
    while changed:
        changed = False
        for total in sums:
            at = np.array(total.cells, dtype=np.int64)
            lowest = np.maximum(low[at], total.low - (high[at].sum() - high[at]))
            highest = np.minimum(high[at], total.high - (low[at].sum() - low[at]))
            if (lowest > highest).any():
                raise Refusal(CONTRADICTION)
            changed = changed or bool((lowest != low[at]).any() or (highest != high[at]).any())
            low[at], high[at] = lowest, highest
    return Ranges(low, high)


def narrow_table(cells: Ranges, rows: Ranges, columns: Ranges, total: tuple[int, int]) -> Ranges:
    """Narrow a table to exactly what can be known: every number left is that of some table which agrees.

    `cells` holds two-dimensional arrays; `rows` and `columns` the ranges of the totals (0 to UNBOUNDED where they are
    not published). A table with its totals is a flow from rows to columns, so that the highest and the lowest of a
    cell are found by sending as much round it as fits (Ford and Fulkerson; whole numbers stay whole). Cells that are
    one number already are left. Raises Refusal for a table that contradicts itself.
    """
    flow = _Flow(cells, rows, columns, total)
    low, high = cells.low.copy(), cells.high.copy()
    for row, column in np.argwhere(low < high):
        high[row, column] = flow.push(int(row), int(column), up=True)
        low[row, column] = flow.push(int(row), int(column), up=False)
    return Ranges(low, high)


class _Flow:
    """A table that agrees with everything published, and how far each of its numbers can still be moved.

    The nodes are the rows, the columns, a source and a sink. `room[a, b]` is how much more can go from a to b.
    """

    def __init__(self, cells: Ranges, rows: Ranges, columns: Ranges, total: tuple[int, int]) -> None:
        self.rows, self.columns = cells.low.shape
        self.low = cells.low
        nodes = self.rows + self.columns + 2
        source, sink = nodes - 2, nodes - 1
        lows, highs = np.zeros((nodes, nodes), np.int64), np.zeros((nodes, nodes), np.int64)
        over = (slice(0, self.rows), slice(self.rows, nodes - 2))
        for bounds, part in ((lows, "low"), (highs, "high")):
            bounds[over] = getattr(cells, part)
            bounds[source, over[0]] = getattr(rows, part)
            bounds[over[1], sink] = getattr(columns, part)
        lows[sink, source], highs[sink, source] = total
        # Begin with the least everywhere; what then runs over at one node and lacks at another is sent across.
        self.room = highs - lows
        self._settle(lows.sum(axis=0) - lows.sum(axis=1))

    def push(self, row: int, column: int, *, up: bool) -> int:
        """Move one cell up or down as far as it goes, and tell the number it then has."""
        start, end = row, self.rows + column
        forth, back = self.room[start, end], self.room[end, start]
        self.room[start, end] = self.room[end, start] = 0
        wanted = int(forth if up else back)
        # More in the cell has to come back to its row by another way, less has to go another way.
        source, sink = (end, start) if up else (start, end)
        moved = 0
        while moved < wanted and (path := self._path(source, sink)) is not None:
            moved += self._send(path, wanted - moved)
        moved = moved if up else -moved
        self.room[start, end], self.room[end, start] = forth - moved, back + moved
        return int(self.low[row, column] + back + moved)

    def _settle(self, over: Ints) -> None:
        over = over.copy()
        while (over > 0).any():
            start = int(np.argmax(over > 0))
            path = self._path(start, over < 0)
            if path is None:
                raise Refusal(CONTRADICTION)
            sent = self._send(path, int(min(over[start], -over[path[-1]])))
            over[start] -= sent
            over[path[-1]] += sent

    def _path(self, start: int, goal: int | npt.NDArray[np.bool_]) -> list[int] | None:
        """The shortest way with room from one node to another, or to any of several."""
        came_from = np.full(len(self.room), -1, np.int64)
        came_from[start] = start
        reached = np.array([start])
        while len(reached):
            with_room = self.room[reached] > 0
            fresh = with_room.any(axis=0) & (came_from < 0)
            came_from[fresh] = reached[with_room.argmax(axis=0)[fresh]]
            reached = np.flatnonzero(fresh)
            ends = reached[reached == goal] if isinstance(goal, int) else reached[goal[reached]]
            if len(ends):
                path = [int(ends[0])]
                while path[-1] != start:
                    path.append(int(came_from[path[-1]]))
                return path[::-1]
        return None

    def _send(self, path: list[int], most: int) -> int:
        from_nodes, to_nodes = np.array(path[:-1]), np.array(path[1:])
        sent = min(most, int(self.room[from_nodes, to_nodes].min()))
        self.room[from_nodes, to_nodes] -= sent
        self.room[to_nodes, from_nodes] += sent
        return sent
