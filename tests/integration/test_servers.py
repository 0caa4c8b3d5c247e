"""The test servers are real ones, and break and recover as tests ask them to."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import AuthenticationError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from tests import servers
from tests.servers import PostgresServer, RedisServer


def client_of(url: str) -> Redis:
    return Redis.from_url(url, socket_timeout=0.2, retry=None)


def query(url: str, statement: str) -> object:
    engine = create_engine(url)
    try:
        with engine.begin() as connection:
            result = connection.execute(text(statement))
            return result.scalar() if result.returns_rows else None
    finally:
        engine.dispose()


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize("program", servers.redis_programs(), ids=str)
def test_every_redis_program_found_serves_and_leaves_nothing_behind(program: Path) -> None:
    with RedisServer(program) as server:
        pid, directory = server.pid, server._directory
        with client_of(server.url) as client:
            client.set("entry", "86000000012")
            assert client.get("entry") == b"86000000012"
    assert not is_running(pid)
    assert not directory.exists()


@pytest.mark.parametrize("directory", servers.postgres_directories(), ids=str)
def test_every_postgresql_found_serves_and_leaves_nothing_behind(directory: Path) -> None:
    with PostgresServer(directory) as server:
        pid, files = server.pid, server._directory
        assert str(query(server.url, "SELECT version()")).startswith("PostgreSQL 1")
    assert not is_running(pid)
    assert not files.exists()


def test_redis_starts_within_a_second() -> None:
    began = time.monotonic()
    with RedisServer():
        assert time.monotonic() - began < 1


def test_a_redis_database_is_empty_at_first(redis_url: str) -> None:
    with client_of(redis_url) as client:
        assert client.dbsize() == 0
        client.set("left", "behind")


def test_redis_wants_its_password(private_redis: RedisServer) -> None:
    with (
        client_of(f"redis://127.0.0.1:{private_redis.port}/0") as client,
        pytest.raises(AuthenticationError),
    ):
        client.ping()


def test_a_frozen_redis_does_not_answer_until_it_is_thawed(private_redis: RedisServer) -> None:
    with client_of(private_redis.url) as client:
        client.set("kept", "1")
        private_redis.freeze()
        with pytest.raises(RedisTimeoutError):
            client.ping()
        private_redis.thaw()
        assert client.get("kept") == b"1"


def test_a_killed_redis_refuses_connections_and_comes_back_empty(
    private_redis: RedisServer,
) -> None:
    url, pid = private_redis.url, private_redis.pid
    with client_of(url) as client:
        client.set("lost", "1")
        private_redis.kill()
        with pytest.raises(RedisConnectionError):
            client.ping()
        private_redis.restart()
        assert client.get("lost") is None
    assert private_redis.url == url
    assert private_redis.pid != pid


def test_a_frozen_redis_can_be_ended() -> None:
    with RedisServer() as server:
        pid = server.pid
        server.freeze()
    assert not is_running(pid)


def test_a_redis_outlives_pytest_by_no_more_than_its_guard_needs(tmp_path: Path) -> None:
    script = (
        "import sys, time\n"
        "from tests.servers import RedisServer\n"
        "with RedisServer() as server:\n"
        "    server.freeze()\n"
        "    print(server.pid, server._directory, flush=True)\n"
        "    time.sleep(60)\n"
    )
    root = Path(servers.__file__).parents[1]
    environment = os.environ | {"PYTHONPATH": str(root), "TMPDIR": str(tmp_path)}
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, env=environment
    ) as owner:
        assert owner.stdout is not None
        pid, _, directory = owner.stdout.readline().strip().partition(" ")
        assert is_running(int(pid))
        owner.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 20
    while Path(directory).exists() or is_running(int(pid)):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_program_that_is_no_server_is_reported_with_its_output(tmp_path: Path) -> None:
    program = tmp_path / "redis-server"
    program.write_text("#!/bin/sh\necho no such luck\nexit 1\n")
    program.chmod(0o755)
    with pytest.raises(servers.ServerError, match="no such luck"), RedisServer(program):
        pass


@pytest.mark.skipif(os.geteuid() != 0, reason="only root starts PostgreSQL as another user")
def test_postgresql_runs_from_a_place_that_only_root_can_read(tmp_path: Path) -> None:
    wheel = servers.postgres_directories()[-1]
    hidden = tmp_path / "hidden"
    hidden.mkdir(mode=0o700)
    shutil.copytree(wheel.parents[1], hidden / wheel.parents[1].name)
    libraries = wheel.parents[1].with_name(f"{wheel.parents[1].name}.libs")
    shutil.copytree(libraries, hidden / libraries.name)
    directory = hidden / wheel.relative_to(wheel.parents[2])
    with PostgresServer(directory) as server:
        assert query(server.url, "SELECT 1") == 1


def test_a_fresh_database_is_a_copy_of_its_template_and_is_dropped(
    fresh_database: Callable[..., AbstractContextManager[str]],
) -> None:
    with fresh_database() as template:
        query(template, "CREATE TABLE entry AS SELECT 7 AS score")
        with fresh_database(template) as copy:
            query(copy, "UPDATE entry SET score = 8")
            assert query(copy, "SELECT score FROM entry") == 8
        assert query(template, "SELECT score FROM entry") == 7
        with pytest.raises(OperationalError, match="does not exist"):
            query(copy, "SELECT 1")


@pytest.mark.parametrize("round_", [1, 2])
def test_a_ledger_database_is_empty_at_first(ledger_url: str, round_: int) -> None:
    assert round_
    query(ledger_url, "CREATE TABLE entry (score INTEGER)")
    query(ledger_url, "INSERT INTO entry VALUES (7)")
    assert query(ledger_url, "SELECT count(*) FROM entry") == 1
