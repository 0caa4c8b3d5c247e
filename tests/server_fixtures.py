"""Servers and databases for the tests that need real ones; each starts once, when first asked for.

`REDIS_URL` and `DATABASE_URL` (PostgreSQL), where set, stand in for servers of our own.
"""

import itertools
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg.sql import SQL, Identifier
from redis import Redis
from sqlalchemy.engine import make_url

from tests.servers import PostgresServer, RedisServer, ServerError

FreshDatabase = Callable[..., AbstractContextManager[str]]

_numbers = itertools.count()


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer]:
    """A Redis server of our own for the whole session; tests must not break it."""
    with RedisServer() as server:
        yield server


@pytest.fixture
def private_redis() -> Iterator[RedisServer]:
    """A Redis server of the test's own to kill, freeze and restart, whatever REDIS_URL says."""
    with RedisServer() as server:
        yield server


@pytest.fixture(scope="session")
def shared_redis_url() -> str | None:
    """REDIS_URL, where set; its database has to be empty, as every test empties it."""
    url = os.environ.get("REDIS_URL")
    if url:
        with Redis.from_url(url) as client:
            if client.dbsize():
                raise ServerError("REDIS_URL names a database that is not empty; tests flush it")
    return url


@pytest.fixture
def redis_url(request: pytest.FixtureRequest, shared_redis_url: str | None) -> Iterator[str]:
    """An empty Redis database; on our own server another one than the last few tests had."""
    url = shared_redis_url
    if not url:
        server: RedisServer = request.getfixturevalue("redis_server")
        url = server.database(next(_numbers) % 16)
    with Redis.from_url(url) as client:
        client.flushdb()
        yield url
        client.flushdb()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A PostgreSQL server of our own for the whole session."""
    with PostgresServer() as server:
        yield server


@pytest.fixture(scope="session")
def postgres_url(request: pytest.FixtureRequest) -> str:
    """DATABASE_URL if it names a PostgreSQL server, else our own: where to make databases."""
    url = os.environ.get("DATABASE_URL", "")
    if url.startswith("postgres"):
        return url
    server: PostgresServer = request.getfixturevalue("postgres_server")
    return server.url


@pytest.fixture(scope="session")
def fresh_database(postgres_url: str) -> FreshDatabase:
    """What makes a PostgreSQL database: `with fresh_database() as url`, dropped afterwards.

    It is empty, or a copy of the database whose URL is given, which nobody may be connected to.
    """
    server = make_url(postgres_url).set(drivername="postgresql+psycopg")
    conninfo = server.set(drivername="postgresql").render_as_string(hide_password=False)

    def execute(statement: str, *names: str) -> None:
        with closing(psycopg.connect(conninfo, autocommit=True, connect_timeout=10)) as connection:
            connection.execute(SQL(statement).format(*map(Identifier, names)))

    @contextmanager
    def make(template: str = "") -> Iterator[str]:
        name = f"entry_risk_test_{uuid4().hex}"
        source = make_url(template).database if template else None
        execute("CREATE DATABASE {} TEMPLATE {}", name, source or "template1")
        try:
            yield server.set(database=name).render_as_string(hide_password=False)
        finally:
            execute("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)

    return make


@pytest.fixture
def database_url(fresh_database: FreshDatabase) -> Iterator[str]:
    """An empty PostgreSQL database of the test's own."""
    with fresh_database() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind that a ledger can live in: the test runs once on each."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'ledger.db'}"
    url: str = request.getfixturevalue("database_url")
    return url
