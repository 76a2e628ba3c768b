"""Where an embedded server may live: whose account it runs as, who holds a data directory, where its socket lies."""

import fcntl
import hashlib
import os
import pwd
import shutil
import stat
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

_SOCKET_PATH_LIMIT = 107  # bytes: sun_path of sockaddr_un, less its terminator
_LONGEST_SOCKET_NAME = len("/.s.PGSQL.5432")
_CLAIM_SECONDS = 15.0  # long enough for a server whose parent was killed to shut down
_RUN = "run"  # a link in the data directory to the folder of the socket

Server = TypeVar("Server")


class EmbeddedServerError(RuntimeError):
    """An embedded server cannot be had; the sentence says why and what to do."""


@dataclass(frozen=True)
class Account:
    """The account that a server runs as."""

    uid: int
    gid: int

    @property
    def is_ours(self) -> bool:
        return self.uid == os.geteuid()


def own_account() -> Account:
    """The account of this process."""
    return Account(os.geteuid(), os.getegid())


def unprivileged_account() -> Account:
    """Our own account, or `nobody` when we are root: PostgreSQL refuses root, and we add no user to anyone's system."""
    if os.geteuid() != 0:
        return own_account()
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError as error:
        raise EmbeddedServerError(
            "PostgreSQL does not run as root and this system has no account `nobody` to run it as: "
            "run as an ordinary user, or set DATABASE_URL to a server of yours."
        ) from error
    return Account(nobody.pw_uid, nobody.pw_gid)


def is_open_to_all(path: Path) -> bool:
    """True when every account may pass through `path` and all folders above it."""
    real = path.resolve()
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in (real, *real.parents))


def make_home(data_dir: Path) -> Path:
    """The data directory, made if it is not there, as an absolute path."""
    home = data_dir.absolute()
    try:
        home.mkdir(
            mode=0o711, parents=True, exist_ok=True
        )  # passable: as root, the server is another account
        (home / "lock").touch(mode=0o600)
    except OSError as error:
        raise EmbeddedServerError(
            f"cannot write to {home}: {error.strerror}. Does it belong to someone else?"
        ) from error
    return home


def claim_or_attach(home: Path, attach: Callable[[], Server | None]) -> int | Server:
    """A descriptor that holds `home` for a server of ours, or what `attach` finds already running there.

    The server inherits the descriptor, and it alone keeps it: so the lock is held exactly as long as any of its
    processes lives, also after its parent was killed, and process ids left in files need not be believed.
    """
    deadline = time.monotonic() + _CLAIM_SECONDS
    while True:
        descriptor = os.open(home / "lock", os.O_RDWR | os.O_CLOEXEC)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
        else:
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, str(os.getpid()).encode(), 0)
            return descriptor
        owner = (home / "lock").read_text()
        if _is_alive(owner) and (server := attach()) is not None:
            return server
        if time.monotonic() > deadline:
            raise EmbeddedServerError(
                f"{home} is in use by process {owner or 'unknown'}: stop that one first."
            )
        time.sleep(0.05)


def make_runtime_dir(home: Path, account: Account) -> Path:
    """An empty private folder with a short path for the socket of the server that lives in `home`."""
    name = f"backstitch-{account.uid}-{hashlib.sha256(os.fsencode(home)).hexdigest()[:12]}"
    runtime = _runtime_root(account, name) / name
    try:
        runtime.mkdir(mode=0o700)
    except FileExistsError:
        found = runtime.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid not in (account.uid, os.geteuid()):
            raise EmbeddedServerError(f"{runtime} is not ours: have it removed, or set TMPDIR.") from None
    runtime.chmod(0o700)
    for leftover in runtime.iterdir():
        leftover.unlink()
    if not account.is_ours:
        os.chown(runtime, account.uid, account.gid)
    (home / _RUN).unlink(missing_ok=True)
    (home / _RUN).symlink_to(runtime)
    return runtime


def find_runtime_dir(home: Path) -> Path | None:
    """The folder that `make_runtime_dir` last made for `home`."""
    link = home / _RUN
    return link.readlink() if link.is_symlink() else None


def remove_runtime_dir(home: Path) -> None:
    """Leaves nothing behind after a clean stop."""
    runtime = find_runtime_dir(home)
    if runtime is not None:
        shutil.rmtree(runtime, ignore_errors=True)
        (home / _RUN).unlink(missing_ok=True)


def _runtime_root(account: Account, name: str) -> Path:
    wanted = [tempfile.gettempdir(), "/tmp"]  # noqa: S108 - the folder made in it is private and its owner is checked
    if account.is_ours and account.uid != 0:
        wanted.insert(0, os.environ.get("XDG_RUNTIME_DIR", ""))
    for root in (Path(folder) for folder in wanted if folder):
        fits = len(os.fsencode(root / name)) + _LONGEST_SOCKET_NAME <= _SOCKET_PATH_LIMIT
        if fits and root.is_dir() and os.access(root, os.W_OK) and (account.is_ours or is_open_to_all(root)):
            return root
    raise EmbeddedServerError("no writable folder with a short path for a socket: set TMPDIR to one.")


def _is_alive(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except PermissionError:
        return True
    except (ValueError, ProcessLookupError):
        return False
    return True
