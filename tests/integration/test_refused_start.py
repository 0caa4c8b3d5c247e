"""A process that must not start says why, in one line."""

import asyncio
import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import structlog
from starlette.testclient import TestClient

from app.adapters.ledger_sql import open_ledger
from app.core.errors import SettingsRefused
from app.main import create_app
from app.settings import Settings


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    """Starting configures the process's logging; let go of it afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    structlog.reset_defaults()
    root.handlers, root.level = handlers, level


def test_a_second_process_on_one_sqlite_ledger_is_refused_with_the_reason(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = open_ledger(f"sqlite:///{tmp_path / 'ledger.db'}", now=lambda: datetime.now(UTC))
    app = create_app(Settings(data_dir=tmp_path, models_dir=tmp_path / "models"))
    try:
        with pytest.raises(SettingsRefused), TestClient(app):
            pass
    finally:
        asyncio.run(first.close())
    events = [json.loads(row) for row in capsys.readouterr().err.splitlines() if row[:1] == "{"]
    refused = next(event for event in events if event["event"] == "start_refused")
    assert refused["code"] == "settings-refused"
    assert "process" in refused["detail"] or "pid" in refused["detail"]
