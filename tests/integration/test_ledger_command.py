"""`entry-risk ledger`: chains are verified and the index is made again, as an operator does it."""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text
from typer.testing import CliRunner, Result

from app.adapters.ledger_sql import SqlLedger, open_ledger
from app.cli import make_app
from app.core.document import read_submission, submission_bytes
from app.core.index_keys import index_keys_of
from app.core.policy import Band
from app.settings import read_settings
from app.wiring import LEDGER_FILE
from app.wiring.checkpoints import checkpoint_file, checkpointing
from tests.desks import filed, line
from tests.ledger_records import clock, record

MAKER = {"name": "Example Trading Garment Co., Ltd.", "country": "CN"}
SUBMISSION = read_submission(filed("B76-0324527-8", line(manufacturer=MAKER)))
Use = Callable[[SqlLedger], Coroutine[Any, Any, None]]


def use(url: str, work: Use) -> None:
    """Do `work` on the ledger, opened for it and closed after it."""

    async def opened() -> None:
        ledger = open_ledger(url, now=clock(), wal_bytes=0)
        try:
            await work(ledger)
        finally:
            await ledger.close()

    asyncio.run(opened())


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The ledger of a data folder that the environment points at, with one decision."""
    for name in ("REDIS_URL", "DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ENTRY_RISK_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")
    url = f"sqlite:///{read_settings().data_dir / LEDGER_FILE}"

    async def fill(ledger: SqlLedger) -> None:
        await ledger.append([record(request=submission_bytes(SUBMISSION))])

    use(url, fill)
    return url


def run(*words: str) -> Result:
    return CliRunner().invoke(make_app(), ["ledger", *words], catch_exceptions=False)


def test_a_whole_ledger_is_said_to_be_whole_also_while_it_is_open(url: str) -> None:
    async def verify(_: SqlLedger) -> None:
        verified = run("verify")
        assert verified.exit_code == 0
        assert "acme" in verified.stdout
        assert "whole" in verified.stdout

    use(url, verify)


def test_a_changed_decision_is_named_with_exit_code_1(url: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("DROP TRIGGER decisions_no_update"))
        connection.execute(text("UPDATE decisions SET band = 'release'"))
    engine.dispose()
    verified = run("verify")
    assert verified.exit_code == 1
    assert "not as it was linked" in verified.stdout


def test_a_decision_without_keys_is_found_once_the_index_is_made_again(url: str) -> None:
    keys = index_keys_of(SUBMISSION.entry, Band.HOLD)

    async def before(ledger: SqlLedger) -> None:
        assert [await ledger.find("acme", key) for key in keys] == [[]] * len(keys)
        refused = run("reindex")
        assert refused.exit_code == 1
        assert "writes to" in refused.stderr

    async def after(ledger: SqlLedger) -> None:
        assert all([await ledger.find("acme", key) for key in keys])

    use(url, before)
    indexed = run("reindex")
    assert indexed.exit_code == 0
    assert "1 decision is indexed" in indexed.stderr
    use(url, after)


def test_an_export_is_written_and_proven_and_checkpoints_are_held_against_the_ledger(
    url: str, tmp_path: Path
) -> None:
    settings = read_settings()

    async def point(_: SqlLedger) -> None:
        async with checkpointing(settings):
            pass

    use(url, point)
    out = tmp_path / "out"
    exported = run("export", str(out))
    assert exported.exit_code == 0
    assert (out / "verify_ledger.py").is_file()
    assert (out / "checkpoints.jsonl").read_bytes().count(b"\n") == 1
    assert run("verify").exit_code == 0
    path = checkpoint_file(settings).path
    path.write_bytes(path.read_bytes().replace(b'"acme"', b'"acne"'))
    forged = run("verify")
    assert forged.exit_code == 1
    assert "signature" in forged.output
