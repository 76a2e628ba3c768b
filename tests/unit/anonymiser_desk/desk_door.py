"""What the tests of the desk share: a box that is written to and read as the other side does it."""

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from anonymiser.desk.box import Box
from anonymiser.desk.serving import Counter
from anonymiser.releasing.sources import Order

FIRST = "release-1-2026-11-22"
SECOND = "release-2-2026-11-22"
LATER_ID = "6f0c1d7e-6a0b-4c55-9d0e-0a4be2c0a002"
Letter = dict[str, Any]


@dataclass
class Door:
    """A desk that looks into its box when a test says so."""

    order: Order
    folder: Path
    said: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.box = Box(self.folder / "box")
        self.box.prepare()
        rows = self.folder / "rows"
        rows.mkdir()
        self.counter = Counter(self.order, self.box, rows, self.said.append)

    def put(self, question: Mapping[str, Any], /, **changes: Any) -> str:
        """Lay a question into the box and give its id."""
        name = str(uuid.uuid4())
        letter = {"id": name, "project": "open", "release": FIRST, "question": question} | changes
        self.lay(name, json.dumps(letter).encode())
        return name

    def lay(self, name: str, content: bytes) -> None:
        """Lay any bytes into the box, aside first."""
        aside = self.box.questions / f".{name}"
        aside.write_bytes(content)
        aside.rename(self.box.questions / f"{name}.json")

    def answer(self, name: str) -> Letter:
        """The answer that lies there."""
        found: Letter = json.loads((self.box.answers / f"{name}.json").read_text())
        return found

    def ask(self, question: Mapping[str, Any], /, **changes: Any) -> Letter:
        """Question in, answer out."""
        name = self.put(question, **changes)
        self.counter.look()
        assert not list(self.box.questions.iterdir())
        return self.answer(name)

    def number(self, question: Mapping[str, Any], /, **changes: Any) -> int | None:
        """The one number that a question without dimensions gives; nothing where it is refused or withheld."""
        told = self.ask(question, **changes)
        return people(told)[()] if told["status"] == "answered" else None


def people(told: Letter) -> dict[tuple[str, ...], int | None]:
    """The counts of an answer by their labels."""
    at: int = told["columns"].index("people")
    rows: Sequence[Sequence[Any]] = told["rows"]
    return {tuple(row[:at]): row[at] for row in rows}
