"""`entry-risk history` beside a server: histories shown, and built anew from the ledger."""

import logging
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from redis import Redis
from starlette.testclient import TestClient
from typer.testing import CliRunner, Result

from app.adapters.redis_history import NAMESPACE
from app.cli import make_app
from app.core.access import Scope
from app.core.model.registry import Registry
from app.core.model.signing import dev_signer
from app.core.reasons import default_reason_map
from app.main import create_app
from app.settings import Settings, read_settings
from app.wiring import HISTORY_FOLDER, open_key_store, trusted_keys
from tests.bundles import tiny_bundle, tiny_contents, try_in_process
from tests.desks import NUMBERS, TENANT, filed, keys_of


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    """Commands log to the stderr of their run; let go of it afterwards."""
    handlers = logging.getLogger().handlers[:]
    yield
    structlog.reset_defaults()
    logging.getLogger().handlers = handlers


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A folder with a live bundle, which the environment points at."""
    for name in ("REDIS_URL", "DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ENTRY_RISK_DATA_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("ENTRY_RISK_MODELS_DIR", str(tmp_path / "models"))
    monkeypatch.setenv("COLUMNS", "200")
    made = read_settings()
    names = tiny_contents().schema.names
    signer = dev_signer(made.data_dir / "keys")
    folder = tiny_bundle(made.models_dir, signer, reason_map=default_reason_map(names))
    Registry(made.models_dir, trusted_keys(made), trial=try_in_process).set_live(folder.name)
    return made


def run(*words: str) -> Result:
    return CliRunner().invoke(make_app(), list(words), catch_exceptions=False)


def file_entries(settings: Settings, *numbers: str) -> int:
    """Serve, file entries, and return the newest `history_seq` that a decision read."""
    with open_key_store(settings) as keys:
        _, secret = keys.create(TENANT, "test", keys_of(Scope.SCORE_WRITE))
    with TestClient(create_app(settings)) as client:
        for number in numbers:
            headers = {"Authorization": f"Bearer {secret}"}
            answer = client.post("/v1/score", json=filed(number), headers=headers)
            assert answer.status_code == 200
        seq: int = answer.json()["history_seq"]
    return seq


def shown() -> list[str]:
    """Return the cells of the tenant's row of `history show`."""
    result = run("history", "show")
    assert result.exit_code == 0, result.output
    (row,) = [line for line in result.stdout.splitlines() if TENANT in line]
    return [cell.strip() for cell in re.split(r"[│|┃]", row) if cell.strip()]


@pytest.mark.nightly
def test_histories_in_memory_are_kept_at_the_end_and_built_anew(settings: Settings) -> None:
    file_entries(settings, *NUMBERS)
    tenant, at, ledger, state, keys, size = shown()
    assert (tenant, at, ledger, state) == (TENANT, "3", "3", "whole")
    assert int(keys) >= 3  # importer, filer, goods
    assert int(size.replace(",", "")) > 500
    (snapshot,) = (settings.data_dir / HISTORY_FOLDER).glob("*.snapshot")
    kept = snapshot.read_bytes()
    snapshot.write_bytes(b"damaged")
    assert shown()[1:] == ["-", "3", "none", "-", "-"]
    result = run("history", "rebuild", "--tenant", TENANT)
    assert (result.exit_code, "rebuilt 1 histories" in result.stderr) == (0, True), result.output
    assert len(snapshot.read_bytes()) == len(kept)
    assert shown()[1:4] == ["3", "3", "whole"]
    assert file_entries(settings, NUMBERS[0]) >= 0


@pytest.mark.nightly
def test_a_server_that_writes_the_same_file_has_to_be_stopped_first(settings: Settings) -> None:
    file_entries(settings, NUMBERS[0])
    with TestClient(create_app(settings)):
        assert shown()[1:4] == ["1", "1", "whole"]
        refused = run("history", "rebuild")
    assert refused.exit_code == 1
    assert "SQLite takes one process" in refused.stderr


def test_histories_in_redis_are_built_anew_beside_running_servers(
    settings: Settings, database_url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("REDIS_URL", redis_url)
    shared = read_settings()
    assert shared.has_histories_in_redis
    file_entries(shared, *NUMBERS)
    with Redis.from_url(redis_url) as client:
        (name,) = client.keys(f"{NAMESPACE}*")
        client.delete(name)
        assert shown()[3] == "none"
        with TestClient(create_app(shared)):
            result = run("history", "rebuild")
            assert result.exit_code == 0, result.output
            assert shown()[1:4] == ["3", "3", "whole"]
        assert client.keys(f"{NAMESPACE}*") == [name]


def test_a_redis_that_does_not_answer_is_told(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    file_entries(settings, NUMBERS[0])
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:9/0")
    monkeypatch.setenv("ENTRY_RISK_HISTORY_STORE", "redis")
    assert shown()[3] == "none"
    refused = run("history", "rebuild")
    assert (refused.exit_code, "History unavailable" in refused.stderr) == (1, True)
