"""The letter box: questions come in as files and answers go out as files, each there whole or not at all."""

import json
import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from anonymiser.errors import SetUpRefusal

MOST_BYTES: Final = 64 * 1024
"""Of a question; one that names every value of every column has a few thousand."""
_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,64}\.json", re.ASCII)
_SUFFIX: Final = ".json"


class Unreadable(Exception):
    """A file that cannot be taken for a question; its text says why and what to do."""


@dataclass(frozen=True)
class Box:
    """A folder with `questions`, `answers` and `desk.json`; who writes questions is not trusted with anything else."""

    folder: Path

    @property
    def questions(self) -> Path:
        """Where questions are put."""
        return self.folder / "questions"

    @property
    def answers(self) -> Path:
        """Where answers are found."""
        return self.folder / "answers"

    def prepare(self) -> None:
        """Make what is missing of it."""
        try:
            for folder in (self.questions, self.answers):
                folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise SetUpRefusal(f"The box {self.folder} cannot be made: {error.strerror}.") from None

    def waiting(self) -> list[Path]:
        """The questions there are, oldest first. A dotted name is being written, any other ending is no question."""
        try:
            entries = [each for each in os.scandir(self.questions) if _is_question(each.name)]
            return [Path(each.path) for each in sorted(entries, key=_age_and_name)]
        except FileNotFoundError:  # one was taken back between the two looks; the next look is soon
            return []

    def read(self, question: Path) -> bytes:
        """What a question says. Follows no link, waits for no pipe, reads no more than a question can hold."""
        if not _NAME.fullmatch(question.name):
            raise Unreadable("Name a question after its id: letters, digits and hyphens, then .json.")
        try:
            file = os.open(question, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError:
            raise Unreadable("The question is a link, or may not be read: put a plain file there.") from None
        if not stat.S_ISREG(os.fstat(file).st_mode):
            os.close(file)
            raise Unreadable("The question is no plain file: put one there.")
        with os.fdopen(file, "rb") as opened:
            content = opened.read(MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            raise Unreadable(f"A question has at most {MOST_BYTES // 1024} KiB: ask for less at once.")
        return content

    def is_answered(self, question: Path) -> bool:
        """Whether an answer lies there under this name: it is somebody's, and stays."""
        return (self.answers / question.name).exists()

    def answer(self, question: Path, document: Mapping[str, Any]) -> None:
        """Write the answer to a question, then take the question away."""
        if _NAME.fullmatch(question.name):
            _put(self.answers / question.name, document)
        self.take_away(question)

    def take_away(self, question: Path) -> None:
        """Take a question out of the box. Raises OSError where that cannot be done."""
        question.unlink(missing_ok=True)

    def open(self, told: Mapping[str, Any]) -> None:
        """Say in desk.json that questions are answered, and what may be asked."""
        _put(self.folder / "desk.json", told)

    def close(self) -> None:
        """Say that none are."""
        (self.folder / "desk.json").unlink(missing_ok=True)


def _is_question(name: str) -> bool:
    return name.endswith(_SUFFIX) and not name.startswith(".")


def _age_and_name(entry: "os.DirEntry[str]") -> tuple[int, str]:
    return entry.stat(follow_symlinks=False).st_mtime_ns, entry.name


def _put(path: Path, document: Mapping[str, Any]) -> None:
    aside = path.with_name(f".{path.name}")
    aside.unlink(missing_ok=True)  # of a run that was killed; also a link that somebody laid there
    with aside.open("x", encoding="ascii") as file:
        json.dump(document, file)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)
