"""Keys, people and the audit on the command line, in a folder of their own."""

import asyncio
import json
import re
import sqlite3
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from app.adapters.ledger_sql import open_ledger
from app.cli import make_app
from app.core.access import Scope
from app.settings import read_settings
from app.wiring import SystemClock, database_urls
from app.wiring.checkpoints import sign_heads


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that the environment points at."""
    for name in ("REDIS_URL", "DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ENTRY_RISK_DATA_DIR", str(tmp_path))
    return tmp_path


def run(*words: str) -> Result:
    """Run a command; stdout and stderr come apart."""
    return CliRunner().invoke(make_app(), words)


def key_id(made: Result) -> str:
    found = re.search(r"key (\w{26})", made.stderr)
    assert found is not None, made.stderr
    return found[1]


def test_every_scope_is_named_in_the_help() -> None:
    shown = re.sub(r"[\s│]+", "", run("keys", "create", "--help").stdout)
    assert [scope for scope in Scope if str(scope) not in shown] == []


def test_a_key_is_rotated_and_both_are_listed() -> None:
    old = key_id(run("keys", "create", "--tenant", "acme"))
    made = run("keys", "rotate", old, "--overlap-hours", "2", "--expires-days", "30")
    assert made.stdout.strip().startswith("erk_")
    assert "works for 2 more hours" in made.stderr
    assert run("keys", "list").stdout.startswith("2 API keys")
    again = run("keys", "rotate", old)
    assert (again.exit_code, "live successor" in again.stderr) == (1, True)


def test_the_audit_names_who_did_what_and_is_proved_whole() -> None:
    made = run("keys", "create", "--tenant", "acme")
    run("keys", "create", "--tenant", "zenith")
    run("keys", "revoke", key_id(made))
    rows = [json.loads(each) for each in run("audit", "export").stdout.splitlines()]
    assert [(each["tenant"], each["action"]) for each in rows] == [
        ("acme", "key.created"),
        ("zenith", "key.created"),
        ("acme", "key.revoked"),
    ]
    assert all(each["actor"].startswith("command-line:") for each in rows)
    assert made.stdout.strip() not in json.dumps(rows)
    assert len(run("audit", "export", "--tenant", "zenith").stdout.splitlines()) == 1
    whole = run("audit", "verify")
    assert (whole.exit_code, whole.stderr) == (0, "the audit is whole\n")


def test_a_broken_audit_is_told_with_its_place(home: Path) -> None:
    run("keys", "create", "--tenant", "acme")
    run("keys", "create", "--tenant", "acme")
    with sqlite3.connect(home / "control.db") as connection:
        connection.execute("DROP TRIGGER audit_no_update")
        connection.execute("UPDATE audit SET subject = 'other' WHERE seq = 1")
    connection.close()
    broken = run("audit", "verify")
    assert (broken.exit_code, broken.stderr) == (1, "the audit is broken at event 1\n")


def test_someone_is_added_with_a_link_listed_changed_and_disabled() -> None:
    made = run("users", "add", "dana", "--tenant", "acme", "--role", "viewer", "--role", "auditor")
    assert re.fullmatch(r"/console/welcome\?link=[\w-]{43}\n", made.stdout)
    assert "dana of tenant acme: auditor, viewer" in made.stderr
    again = run("users", "link", "dana")
    assert again.stdout != made.stdout
    assert "broker" in run("users", "roles", "dana", "--role", "broker").stderr
    assert run("users", "disable", "dana").exit_code == 0
    assert "disabled" in run("users", "list").stdout
    assert run("users", "link", "dana").exit_code == 1
    assert run("users", "enable", "dana").exit_code == 0
    assert run("users", "list", "--tenant", "other").stdout.startswith("0 people")
    refused = run("users", "add", "eli", "--tenant", "acme", "--role", "king")
    assert (refused.exit_code, "king" in refused.stderr) == (1, True)
    actions = [json.loads(each)["action"] for each in run("audit", "export").stdout.splitlines()]
    assert actions[:2] == ["user.added", "user.sign-in-link"]
    assert made.stdout.strip().partition("=")[2] not in run("audit", "export").stdout


def control(home: Path, *statements: str) -> None:
    """Change the control database as who owns its file can."""
    with sqlite3.connect(home / "control.db") as connection:
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for (name,) in names.fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            connection.execute(statement)
    connection.close()


def signed() -> bool:
    """Make a checkpoint, as the server does; the ledger has to be there."""

    async def use() -> None:
        url = database_urls(read_settings())[0]
        await open_ledger(url, now=SystemClock().now, wal_bytes=0).close()

    asyncio.run(use())
    return sign_heads(read_settings())


def test_a_cut_audit_is_found_as_far_as_a_checkpoint_signed_it(home: Path) -> None:
    run("keys", "create", "--tenant", "acme")
    run("keys", "create", "--tenant", "zenith")
    assert signed()
    whole = run("audit", "verify")
    assert (whole.exit_code, "whole, signed to event 2" in whole.stderr) == (0, True)
    run("users", "add", "dana", "--tenant", "acme", "--role", "broker")
    tail = run("audit", "verify")
    assert (tail.exit_code, "after it unproven" in tail.stderr) == (0, True)
    control(home, "DELETE FROM audit WHERE seq > 1", "DELETE FROM api_keys WHERE tenant = 'zenith'")
    cut = run("audit", "verify")
    assert (cut.exit_code, "event 2 is gone" in cut.stderr) == (1, True)
    run("keys", "create", "--tenant", "acme")
    other = run("audit", "verify")
    assert (other.exit_code, "not that of the checkpoint" in other.stderr) == (1, True)


def test_a_key_that_was_given_more_behind_the_audit_is_named(home: Path) -> None:
    made = key_id(run("keys", "create", "--tenant", "acme"))
    assert run("audit", "verify").exit_code == 0
    control(home, "UPDATE api_keys SET scopes = 'list:admin'")
    found = run("audit", "verify")
    assert (found.exit_code, f"key {made}: tenant or scopes" in found.stderr) == (1, True)
