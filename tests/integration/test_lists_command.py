"""Lists on the command line, as an operator types it, beside a server that may be running."""

import asyncio
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from typer.testing import CliRunner, Result

from app.adapters.ledger_sql import open_ledger
from app.cli import make_app
from app.core.reference import load_reference
from app.settings import read_settings
from app.wiring import database_urls
from tests.desks import NUMBERS, bench, filed, line
from tests.fakes import NOW
from tests.reference_packs import write_pack
from tests.reference_shelf import CAMEL, COTTON, LIST


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    """Commands log to the stderr of their run; let go of it afterwards."""
    handlers = logging.getLogger().handlers[:]
    yield
    structlog.reset_defaults()
    logging.getLogger().handlers = handlers


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of data that begins with a list of one, which the environment points at."""
    for name in ("REDIS_URL", "DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ENTRY_RISK_DATA_DIR", str(tmp_path / "var"))
    tables = write_pack(tmp_path / "tables", entities=[CAMEL])
    monkeypatch.setenv("ENTRY_RISK_REFERENCE_DIR", str(tables))
    monkeypatch.setenv("COLUMNS", "200")
    (tmp_path / "uflpa.csv").write_bytes(LIST)
    return tmp_path


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(make_app(), [str(word) for word in words], catch_exceptions=False)


def file_an_entry() -> None:
    """Put a filed entry into the ledger of the settings, as a server would."""

    async def go() -> None:
        url, _ = database_urls(read_settings())
        ledger = open_ledger(url, now=lambda: NOW)
        with bench(ledger=ledger) as at:  # type: ignore[arg-type]  # a real one in place of the fake
            await at.models.reload()
            maker = line(manufacturer={"name": COTTON, "country": "CN"})
            await at.score(filed(NUMBERS[0], maker, arrival_date="2026-11-16"))
        await ledger.close()

    asyncio.run(go())


def stage(home: Path) -> Result:
    return run("reference", "import", "uflpa", home / "uflpa.csv", "--as-of", "2026-11-20")


def test_a_list_is_staged_with_its_difference_listed_and_activated(home: Path) -> None:
    run("keys", "create", "--tenant", "acme")
    file_an_entry()
    made = stage(home)
    assert made.exit_code == 0
    assert "added 1, changed 0, ended or removed 0" in made.stderr
    assert COTTON in made.stdout
    assert "acme: touches 1 of 1 open entries, 1 suppliers" in made.stdout
    assert "gained" in made.stdout
    import_id = made.stdout.split()[-1]
    listed = run("reference", "list").stdout
    assert import_id in listed
    assert "staged" in listed

    done = run("reference", "activate", import_id)
    assert done.exit_code == 0
    assert "acme: touches 1 of 1 open entries" in done.stdout
    assert "live: 2026-11-20-" in done.stderr
    assert "serves" in run("reference", "list").stdout
    assert "2026-11-20" in run("reference", "show").stdout
    assert run("reference", "activate", import_id).stdout == done.stdout
    again = stage(home)
    assert "added 0, changed 0, ended or removed 0" in again.stderr
    assert "touches 0 of 0 open entries" in again.stdout


def test_without_a_ledger_a_list_is_staged_all_the_same_and_discarded(home: Path) -> None:
    made = stage(home)
    assert made.exit_code == 0
    assert not (home / "var" / "ledger.db").exists()
    assert "was staged" in stage(home).stderr
    import_id = made.stdout.split()[-1]
    assert run("reference", "discard", import_id).stderr == f"discarded {import_id}\n"
    for word in ("discard", "activate"):
        gone = run("reference", word, import_id)
        assert (gone.exit_code, gone.stderr) == (1, "Not found: There is no import of that id.\n")


def test_a_ledger_that_cannot_be_read_is_told_and_stops_nothing(home: Path) -> None:
    run("keys", "create", "--tenant", "acme")
    (home / "var" / "ledger.db").write_bytes(b"no database at all, nor ever was one" * 100)
    made = stage(home)
    assert made.exit_code == 0
    assert "what it touches is not known" in made.stderr


def test_a_whole_pack_is_written_where_a_folder_is_given(home: Path) -> None:
    words = ("reference", "import", "uflpa", home / "uflpa.csv")
    made = run(*words, "--out", home / "pack")
    assert made.stdout.strip() == str(home / "pack")
    assert len(load_reference(home / "pack").listed) == 2
    based = run(*words, "--out", home / "next", "--base", home / "pack", "--as-of", "2026-11-21")
    assert "added 0, changed 0" in based.stderr
    assert run("reference", "show", "--dir", home / "next").exit_code == 0


def test_a_list_that_does_not_parse_is_refused_and_stages_nothing(home: Path) -> None:
    (home / "bad.csv").write_bytes(b"Entity Name,Effective Date\nA Firm,midsummer\n")
    refused = run("reference", "import", "uflpa", home / "bad.csv")
    assert refused.exit_code == 1
    assert "first row 2" in refused.stderr
    assert "0 imports" in run("reference", "list").stdout


def test_a_damaged_version_is_told_in_the_list(home: Path) -> None:
    import_id = stage(home).stdout.split()[-1]
    run("reference", "activate", import_id)
    (table,) = (home / "var" / "reference").glob("2026-11-20-*/entities.csv")
    table.write_bytes(b"")
    listed = run("reference", "list")
    assert "refused, an older version serves: 2026-11-20-" in listed.stderr
    assert "served" in listed.stdout


def test_more_than_a_screenful_is_counted(home: Path) -> None:
    rows = "".join(f'"Firm Number {chr(65 + n)} Ltd","May 1, 2026"\n' for n in range(26))
    rejected = '"A Late One","soon"\n'
    text = f'Entity Name,Effective Date\n"Camel Group Co., Ltd.","August 2, 2023"\n{rows}{rejected}'
    (home / "many.csv").write_text(text)
    made = run("reference", "import", "uflpa", home / "many.csv")
    assert "26 listed entities" in made.stdout
    assert "  row 29: wanted a date" in made.stderr
