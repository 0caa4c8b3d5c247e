"""One build makes everything, starts without a bundle, and ends in order."""

import asyncio
import os
import signal
import stat
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.adapters.redis_cache import RedisScoreCache
from app.core.access import Scope
from app.core.errors import SettingsRefused
from app.core.model.registry import Registry
from app.core.model.signing import dev_signer
from app.core.reasons import default_reason_map
from app.main import create_app
from app.settings import Settings, read_settings
from app.wiring import (
    SECRET_FILE,
    build,
    database_urls,
    derive,
    exploration_key,
    make_cache,
    open_key_store,
    open_secret,
    running,
    trusted_keys,
)
from tests.bundles import tiny_bundle, tiny_contents, try_in_process
from tests.desks import NUMBERS, TENANT, entry, filed, keys_of, run, until


def settings_in(folder: Path, **given: Any) -> Settings:
    """Return settings that write nowhere but in `folder`."""
    return read_settings(data_dir=folder / "var", models_dir=folder / "models", **given)


def put_bundle(settings: Settings, **changes: Any) -> str:
    """Put a tiny bundle live and return its version."""
    signer = dev_signer(settings.data_dir / "keys")
    names = tiny_contents().schema.names
    made = tiny_bundle(settings.models_dir, signer, reason_map=default_reason_map(names), **changes)
    registry = Registry(settings.models_dir, trusted_keys(settings), trial=try_in_process)
    registry.set_live(made.name)
    return made.name


def make_key(settings: Settings) -> str:
    """Make a key of the tenant and return its secret."""
    with open_key_store(settings) as keys:
        _, secret = keys.create(TENANT, "test", keys_of(Scope.SCORE_WRITE))
    return secret


def test_an_entry_is_scored_by_what_was_built(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    version, secret = put_bundle(settings), make_key(settings)
    with TestClient(create_app(settings)) as client:
        assert client.get("/readyz").status_code == 200
        headers = {"Authorization": f"Bearer {secret}"}
        answer = client.post("/v1/score", json=entry(), headers=headers)
        assert answer.status_code == 200
        assert answer.json()["model"]["version"] == version
        meta = client.get("/v1/meta").json()
        assert meta["ledger"] == {"kind": "sqlite", "writable": True}
        assert meta["cache"] == {"kind": "memory"}
    with TestClient(create_app(settings)) as client:  # the ledger was let go, and remembers
        assert client.get("/readyz").status_code == 200


def test_it_works_the_same_on_postgresql_and_redis(
    tmp_path: Path, database_url: str, redis_url: str
) -> None:
    settings = settings_in(tmp_path, database_url=database_url, redis_url=redis_url)
    put_bundle(settings, baseline_policy={"review_at": 0, "hold_at": 0})
    secret = make_key(settings)
    with TestClient(create_app(settings)) as client:
        headers = {"Authorization": f"Bearer {secret}"}
        first = client.post("/v1/score", json=filed(), headers=headers)
        again = client.post("/v1/score", json=filed(), headers=headers)
        assert (first.status_code, again.content) == (200, first.content)
        drafts = [client.post("/v1/score", json=entry(), headers=headers) for _ in range(3)]
        assert len({str(each.json()["lines"]) for each in drafts}) == 1
        meta = client.get("/v1/meta").json()
        assert meta["ledger"] == {"kind": "postgresql", "writable": True}
        assert meta["cache"] == {"kind": "redis"}
    with TestClient(create_app(settings)) as client:
        later = client.post("/v1/score", json=filed(NUMBERS[1]), headers=headers).json()
        assert later["history_seq"] > 0
        assert "importer history: first entry seen" not in later["unknowns"]


def test_without_a_bundle_it_lives_and_is_not_ready(tmp_path: Path) -> None:
    with TestClient(create_app(settings_in(tmp_path))) as client:
        assert client.get("/livez").status_code == 200
        assert client.get("/readyz").status_code == 503
        assert client.get("/v1/meta").json()["model"]["version"] is None


def test_settings_of_the_environment_are_read_by_the_factory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENTRY_RISK_DATA_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("ENTRY_RISK_MODELS_DIR", str(tmp_path / "models"))
    with TestClient(create_app()) as client:
        assert client.get("/livez").status_code == 200


def test_a_hangup_reloads_at_once(tmp_path: Path) -> None:
    settings = settings_in(tmp_path, model_poll_s=3600)

    async def hang_up() -> None:
        built = build(settings)
        async with running(built) as state:
            assert not state["models"].is_loaded
            put_bundle(settings)
            os.kill(os.getpid(), signal.SIGHUP)
            await until(lambda: state["models"].is_loaded)

    run(hang_up())
    assert signal.getsignal(signal.SIGHUP) is signal.SIG_DFL


def test_the_secret_of_development_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    secret = open_secret(settings)
    path = settings.data_dir / SECRET_FILE
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert open_secret(settings) == secret
    path.chmod(0o644)
    with pytest.raises(SettingsRefused, match="readable by others"):
        open_secret(settings)
    path.chmod(0o600)
    path.write_text("short")
    with pytest.raises(SettingsRefused, match="at least 32"):
        open_secret(settings)


def test_production_makes_no_secret(tmp_path: Path) -> None:
    given = {"environment": "production", "secret": "s" * 32, "trusted_keys": "0" * 64}
    settings = settings_in(tmp_path, **given)
    assert open_secret(settings) == b"s" * 32
    bare = settings.model_copy(update={"secret": None})
    with pytest.raises(SettingsRefused):
        open_secret(bare)
    assert not (settings.data_dir / SECRET_FILE).exists()


def test_production_believes_no_development_key(tmp_path: Path) -> None:
    folder = tmp_path / "var" / "keys"
    line = dev_signer(folder).public_key.line
    given = {"environment": "production", "secret": "s" * 32, "trusted_keys": line}
    assert trusted_keys(settings_in(tmp_path, **given)).keys == ()
    assert len(trusted_keys(settings_in(tmp_path)).keys) == 1


def test_keys_of_different_purposes_have_nothing_in_common() -> None:
    assert derive(b"s", "api-keys") != derive(b"s", "exploration") != derive(b"t", "exploration")
    key = exploration_key(b"s")
    assert len(key.secret_id) == 8
    assert key.secret.hex() not in repr(key)


def test_one_database_holds_ledger_and_keys_where_its_url_is_given(tmp_path: Path) -> None:
    url = "postgresql+psycopg://u:p@h/d"
    assert database_urls(settings_in(tmp_path, database_url=url)) == (url, url)
    ledger, keys = database_urls(settings_in(tmp_path))
    assert ledger.startswith("sqlite:///")
    assert ledger != keys


def test_redis_is_the_cache_where_its_url_is_given(tmp_path: Path) -> None:
    async def make() -> None:
        cache = make_cache(settings_in(tmp_path, redis_url="redis://127.0.0.1:1/0"))
        assert isinstance(cache, RedisScoreCache)
        assert await cache.get_many(["k"]) == [None]
        await cache.close()

    asyncio.run(make())
