"""Refusals: the sentences the anonymiser stops with, and never a value from anybody's record."""


class Refusal(Exception):
    """The work cannot be done safely. `problems` are whole sentences; nothing has been written."""

    exit_code = 1

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class SetUpRefusal(Refusal):
    """The program may not start like this: its environment, its keys or its arguments are wrong."""

    exit_code = 2
