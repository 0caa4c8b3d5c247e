"""Settings: typed, bounded, documented; a bad one is named and its value never shown."""

from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from app.cli.settings_page import settings_markdown
from app.core.errors import SettingsRefused
from app.settings import (
    Environment,
    HistorySetting,
    Settings,
    read_settings,
    reasons_of,
)

SECRET = "s" * 32


def test_nothing_has_to_be_set_for_development() -> None:
    settings = read_settings()
    assert settings.environment is Environment.DEV
    assert settings.database_url is None
    assert settings.redis_url is None


def test_settings_are_frozen() -> None:
    with pytest.raises(ValidationError):
        read_settings().port = 1  # type: ignore[misc]  # what is tested


@pytest.mark.parametrize("name", ["ENTRY_RISK_REDIS_URL", "REDIS_URL"])
def test_the_plain_urls_of_redis_and_database_are_read_too(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "redis://a")
    monkeypatch.setenv("DATABASE_URL", "sqlite:///x")
    monkeypatch.setenv("ENTRY_RISK_HISTORY", "frozen")
    settings = read_settings()
    assert settings.redis_url == SecretStr("redis://a")
    assert settings.database_url == SecretStr("sqlite:///x")
    assert settings.history is HistorySetting.FROZEN


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"port": 0}, "port"),
        ({"history": "perhaps"}, "history"),
        ({"secret": "hunter2"}, "ENTRY_RISK_SECRET"),
        ({"environment": "production"}, "ENTRY_RISK_SECRET"),
        ({"environment": "production", "secret": SECRET}, "ENTRY_RISK_TRUSTED_KEYS"),
    ],
)
def test_a_setting_out_of_bounds_is_named_and_its_value_not_shown(
    given: dict[str, object], named: str
) -> None:
    with pytest.raises(SettingsRefused) as refused:
        read_settings(**given)
    assert named in refused.value.detail
    assert "hunter2" not in refused.value.detail


def test_production_starts_with_its_secrets_given() -> None:
    settings = read_settings(environment="production", secret=SECRET, trusted_keys="keys.pub")
    assert "s" * 32 not in repr(settings)


def test_the_page_names_every_setting_with_its_meaning() -> None:
    page = settings_markdown()
    for name, field in Settings.model_fields.items():
        assert f"`ENTRY_RISK_{name.upper()}`" in page
        assert field.description
        assert field.description in page
    assert "1 to 65535. Port" in page
    assert f"`{Path('var')}`" in page


def test_an_error_without_fields_is_named_by_its_type() -> None:
    assert reasons_of(ValueError("secret")) == "ValueError"


POSTGRES, SQLITE, REDIS = "postgresql+psycopg://h/d", "sqlite:///l.db", "redis://h"


@pytest.mark.parametrize(
    ("given", "is_in_redis", "poll_s"),
    [
        ({}, False, None),
        ({"redis_url": REDIS}, False, None),
        ({"database_url": SQLITE, "redis_url": REDIS}, False, None),
        ({"database_url": POSTGRES}, False, 1.0),
        ({"database_url": POSTGRES, "redis_url": REDIS}, True, 1.0),
        ({"redis_url": REDIS, "history_store": "redis"}, True, None),
        ({"database_url": POSTGRES, "redis_url": REDIS, "history_store": "memory"}, False, 1.0),
    ],
)
def test_histories_are_in_redis_where_processes_can_share_them(
    given: dict[str, object], is_in_redis: bool, poll_s: float | None
) -> None:
    settings = read_settings(**given)
    assert settings.has_histories_in_redis is is_in_redis
    assert settings.history_pace_s == (poll_s, 300.0)


def test_histories_in_redis_need_a_redis() -> None:
    with pytest.raises(SettingsRefused, match="HISTORY_STORE"):
        read_settings(history_store="redis")


def test_lists_may_be_of_any_age_in_development_and_half_a_year_old_in_production() -> None:
    production = {"environment": "production", "secret": SECRET, "trusted_keys": "ab" * 32}
    assert read_settings().lists_age_limit_days is None
    assert read_settings(**production).lists_age_limit_days == 180
    assert read_settings(**production, lists_max_age_days=30).lists_age_limit_days == 30


def test_networks_that_cannot_be_read_stop_the_start_and_are_not_shown() -> None:
    assert read_settings(webhook_networks="10.1.0.0/16, fd00::/8").webhook_networks
    with pytest.raises(SettingsRefused) as refused:
        read_settings(webhook_networks="10.1.2.3/16")
    assert "WEBHOOK_NETWORKS" in refused.value.detail
    assert "10.1.2.3" not in refused.value.detail
