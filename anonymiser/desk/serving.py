"""Keeps the desk: looks into the box, answers, lets go of the ledger in between, and notices a new release."""

import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any, Final

from anonymiser.desk.box import Box, Unreadable
from anonymiser.desk.letters import answered, may_be_asked, read_letter, refused
from anonymiser.desk.opening import Closed, Opened, newest, open_newest
from anonymiser.errors import Refusal
from anonymiser.releasing.sources import Order
from anonymiser.tables.desk import Answer, Desk
from anonymiser.tables.ledger import open_ledger
from anonymiser.tables.queries import QueryRefused
from anonymiser.tables.updates import rule_of

LOOK_SECONDS: Final = 0.2
Tell = Callable[[str], None]


def serve(order: Order, box: Box, tell: Tell, *, once: bool) -> None:
    """Answer what lies in the box, once or until the process is told to end. `tell` hears what an operator may know.

    Raises Refusal where the series or its ledger cannot be read. One desk at a time serves a box.
    """
    box.prepare()
    # The rows lie there while they are asked, mode 0700.
    with _ending_in_order(), tempfile.TemporaryDirectory(prefix="desk-") as folder:
        counter = Counter(order, box, Path(folder), tell)
        try:
            counter.look()
            while not once:
                time.sleep(LOOK_SECONDS)
                counter.look()
        finally:
            box.close()


@contextmanager
def _ending_in_order() -> Iterator[None]:
    """Until then, whoever is told to end tidies up first."""
    before = {wanted: signal.signal(wanted, _end) for wanted in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for wanted, handler in before.items():
            signal.signal(wanted, handler)


def _end(_number: int, _frame: FrameType | None) -> None:
    # Wherever it strikes: a line cut short in the ledger was never printed from, and an answer is renamed into place.
    sys.exit(0)


@dataclass
class Counter:
    """The desk with its box: what is open now, and which files could not be taken out of the box."""

    order: Order
    box: Box
    folder: Path
    tell: Tell
    _release: str | None = None
    _opened: Opened | None = None
    _desk: Desk | None = None
    _head: str | None = None
    _shut: str = ""
    _stuck: set[Path] = field(default_factory=set)

    def look(self) -> None:
        """Answer everything that waits, after a look whether there is a new release that it could be about."""
        waiting = self.box.waiting()
        self._open()
        self._stuck &= {*waiting}
        for question in waiting:
            if question not in self._stuck:
                self._serve(question)

    def _open(self) -> None:
        now = newest(self.order)
        if now == self._release:
            return
        self.box.close()
        self._release, self._opened, self._desk, self._head = now, None, None, None
        try:
            self._opened = open_newest(self.order, self.folder)
        except Closed as closed:
            self._shut = str(closed)
            self.tell(self._shut)
            return
        self.box.open(may_be_asked(self._opened.release, self._opened.allowed))
        self.tell(f"{self._opened.release} may be asked about; questions go to {self.box.questions}.")

    def _serve(self, question: Path) -> None:
        known = self.box.is_answered(question)
        letter = {"status": "has its answer already; a new question needs a new id"}
        letter = letter if known else self._letter(question)
        try:
            if known:
                self.box.take_away(question)
            else:
                self.box.answer(question, letter)
            self.tell(f"{question.stem}: {letter['status']}.")
        except OSError as error:
            self._stuck.add(question)
            self.tell(f"{question.stem}: cannot be answered or taken away ({error.strerror}).")

    def _letter(self, question: Path) -> dict[str, Any]:
        """The answer or the refusal. Only what is wrong with the series itself ends the desk."""
        name = question.stem
        try:
            content = self.box.read(question)
            if self._opened is None:
                return refused(name, self._shut)
            asked = read_letter(content, name, self._opened.release)
            answer = self._answer(self._opened, asked)
            return answered(name, self._opened.release, answer)
        except Unreadable as unreadable:
            return refused(name, str(unreadable))
        except QueryRefused as no:
            return refused(name, *no.problems)
        except (Refusal, OSError):
            raise
        except Exception as error:
            # Its text could hold somebody's data; and whoever writes questions may not end the desk with one.
            place = traceback.extract_tb(error.__traceback__)[-1]
            where = f"{Path(place.filename).name}, line {place.lineno}"
            self.tell(f"{name}: an unforeseen {type(error).__name__} ({where}).")
            return refused(name, "The desk could not work this out; tell the steward which question it was.")

    def _answer(self, opened: Opened, asked: object) -> Answer:
        with open_ledger(opened.ledger, opened.key, head=self._head) as ledger:
            if self._desk is None:
                self._desk = Desk(opened.rows, opened.allowed, ledger, rule=rule_of(ledger.entries))
            self._desk.go_on_with(ledger)
            answer = self._desk.answer(asked)
            self._head = ledger.head
        return answer
