"""Keeps the two sides apart: the anonymiser will not run where the platform's secrets can be read."""

import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from anonymiser.errors import SetUpRefusal

# Whoever holds the pseudonym key and the platform's database together can undo every pseudonym.
FORBIDDEN_NAMES = frozenset(
    {
        "DATABASE_URL",
        "DATABASE_OWNER_URL",
        "REDIS_URL",
        "PGPASSWORD",
        "PGPASSFILE",
        "POSTGRES_PASSWORD",
        "SECRET_KEY",
        "SECRET_KEY_FILE",
        "MESH_PASSWORD",
        "MESH_SHARED_KEY",
        "METRICS_TOKEN",
        "SMTP_URL",
        "OPENID_PROVIDERS_FILE",
    }
)
"""Those that are known; the rules below hold for names that nobody has thought of yet."""
_PREFIXES = ("BACKSTITCH_", "MESH_", "PG", "POSTGRES_", "SMTP_")
_SECRET_NAME = re.compile(
    r"(?:.*_)?(?:PASSWORD|PASSWD|PASSPHRASE|PASS|PWD|TOKEN|SECRET|KEY|KEYS|CREDENTIALS?|DSN)(?:_FILE|_PATH)?"
)
_FOLDERS = frozenset({"PWD", "OLDPWD", "KEYS"})
"""A shell's own and the timer's, which name folders."""
_SECRET_VALUE = re.compile(r"[a-z][a-z0-9+.-]*://[^/?#\s@]*:[^/?#\s@]*@|\bpassword\s*=", re.IGNORECASE)

_STARTS_A_PROGRAM = frozenset(
    {
        *(
            "subprocess.Popen",
            "os.exec",
            "os.posix_spawn",
            "os.spawn",
            "os.system",
            "os.forkpty",
            "pty.spawn",
        ),
        *("os.fork", "os.startfile"),
    }
)
_wanted: list[tuple[str, ...]] = []


def check_environment(environment: Mapping[str, str]) -> None:
    """Raise SetUpRefusal, naming every offending variable (never its value), if one is present."""
    held = sorted(name for name, value in environment.items() if _is_secret(name, value))
    if held:
        raise SetUpRefusal(
            f"The anonymiser does not start with the platform's settings in its environment: {', '.join(held)}.",
            "Start it under its own user with an empty environment, for example: env -i python -m anonymiser …",
        )


def _is_secret(name: str, value: str) -> bool:
    plain = name.upper()
    named = plain not in _FOLDERS and _SECRET_NAME.fullmatch(plain) is not None
    return (
        plain in FORBIDDEN_NAMES or plain.startswith(_PREFIXES) or named or bool(_SECRET_VALUE.search(value))
    )


def forbid_network() -> None:
    """From here on, for good, end the program at the first attempt to speak to anybody or to start another program.

    It ends at once, so that no handler of errors can go on. Libraries for tables load the module `socket`; that is no
    harm as long as no socket is ever used.
    """
    sys.addaudithook(_refuse)


@contextmanager
def one_command(command: Sequence[str]) -> Iterator[None]:
    """Within this, the one program that is named may be started, word for word: it fetches half of a key."""
    _wanted.append(tuple(command))
    try:
        yield
    finally:
        _wanted.pop()


def _refuse(event: str, facts: tuple[object, ...]) -> None:
    if event.startswith("socket.") and event != "socket.__new__":
        _end("The anonymiser speaks to nobody, and something in it tried to use the network.")
    if event in _STARTS_A_PROGRAM and not _is_wanted(event, facts):
        _end("The anonymiser starts no other program, and something in it tried to.")


def _is_wanted(event: str, facts: tuple[object, ...]) -> bool:
    if event != "subprocess.Popen":
        return False
    program, words = facts[0], facts[1]
    return isinstance(words, list) and tuple(words) in _wanted and program == words[0]


def _end(sentence: str) -> None:
    os.write(2, f"{sentence}\n".encode())
    os._exit(SetUpRefusal.exit_code)
