"""What was kept long enough is erased, and the chain and its export still prove the rest."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.adapters.ledger_export import export_ledger
from app.adapters.ledger_prune import Ordered, prune_ledger
from app.adapters.ledger_sql import open_ledger
from app.adapters.ledger_upkeep import verify_ledger
from app.adapters.ledger_verifier import verify
from app.cli import make_app
from app.core.errors import LedgerUnavailable
from app.settings import read_settings
from app.wiring.checkpoints import checkpoint_file
from tests.ledger_records import MOMENT, clock, draft, explanation

ORDERED = Ordered("command-line:dana", "a test", MOMENT + timedelta(days=1))


def write(url: str) -> None:
    async def use() -> None:
        ledger = open_ledger(url, now=clock(), wal_bytes=0)
        await ledger.append([draft(decision_id="old", index_keys=("supplier:1",))])
        await ledger.append([draft(decision_id="new", scored_at=MOMENT + timedelta(days=9))])
        await ledger.append([draft(tenant="zenith")])
        await ledger.append_event(explanation())
        await ledger.close()

    asyncio.run(use())


def test_old_payloads_go_and_every_chain_is_still_whole(ledger_url: str, tmp_path: Path) -> None:
    write(ledger_url)
    later = MOMENT + timedelta(days=1)
    assert prune_ledger(ledger_url, later, ORDERED, "acme") == 2
    assert prune_ledger(ledger_url, later, ORDERED, "acme") == 0
    assert [broken for _, broken in verify_ledger(ledger_url)] == [None, None]

    async def read() -> None:
        ledger = open_ledger(ledger_url, now=clock(), wal_bytes=0)
        old, new = await ledger.decision("acme", "old"), await ledger.decision("acme", "new")
        assert old is not None
        assert new is not None
        assert (old.request, old.band) == (b"", "hold")
        assert new.request
        assert await ledger.find("acme", "supplier:1") == []
        await ledger.close()

    asyncio.run(read())
    export_ledger(ledger_url, tmp_path)
    told = list(verify((tmp_path / "ledger.jsonl").read_bytes().splitlines(keepends=True)))
    assert sum(" 0 erased" not in each for each in told) >= 1


def test_a_ledger_that_cannot_be_opened_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "ledger.db").mkdir()
    with pytest.raises(LedgerUnavailable):
        prune_ledger(f"sqlite:///{tmp_path / 'ledger.db'}", MOMENT, ORDERED)


def test_what_is_younger_than_five_years_is_erased_only_where_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("REDIS_URL", "DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ENTRY_RISK_DATA_DIR", str(tmp_path))
    write(f"sqlite:///{tmp_path / 'ledger.db'}")
    words = ["ledger", "prune", "--before", "2026-11-25"]
    refused = CliRunner().invoke(make_app(), words)
    assert refused.exit_code == 1
    assert "--younger" in refused.output
    words.append("--younger")
    refused = CliRunner().invoke(make_app(), words)
    assert refused.exit_code == 1
    assert "--reason" in refused.output
    words += ["--reason", "asked for by a court"]
    done = CliRunner().invoke(make_app(), words, catch_exceptions=False)
    assert done.exit_code == 0
    assert "3 records are erased" in done.output
    (line,) = checkpoint_file(read_settings()).lines()
    assert b'"acme"' in line  # what was erased is signed
    words = ["ledger", "adopt-erasures", "--reason", "the version before"]
    adopted = CliRunner().invoke(make_app(), words, catch_exceptions=False)
    assert (adopted.exit_code, "0 records are named" in adopted.output) == (0, True)
