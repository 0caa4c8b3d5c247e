"""The command line as an operator types it: real stores in a folder, a real bundle, no server."""

import json
import logging
import re
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from typer.testing import CliRunner, Result

from app.cli import make_app
from app.cli.serve import curl_line, prepare_demo
from app.core.errors import SettingsRefused
from app.core.model.registry import Registry
from app.settings import Settings, read_settings
from tests.bundles import tiny_bundle, trusting, try_in_process

ENTRY = {
    "lines": [
        {
            "line_number": 1,
            "hts": "6201407511",
            "origin_country": "CN",
            "entered_value_usd": "48250.00",
        }
    ]
}


@pytest.fixture(scope="module")
def promoted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of models with one live bundle; tests work on copies."""
    models = tmp_path_factory.mktemp("promoted")
    folder = tiny_bundle(models)
    Registry(models, trusting(models), trial=try_in_process).set_live(folder.name)
    return models


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    """Commands log to the stderr of their run; let go of it afterwards."""
    handlers = logging.getLogger().handlers[:]
    yield
    structlog.reset_defaults()
    logging.getLogger().handlers = handlers


@pytest.fixture
def home(promoted: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a live bundle, which the environment points at."""
    models = tmp_path / "models"
    shutil.copytree(promoted, models)
    for name in ("REDIS_URL", "DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ENTRY_RISK_DATA_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("ENTRY_RISK_MODELS_DIR", str(models))
    monkeypatch.setenv("ENTRY_RISK_TRUSTED_KEYS", str(models / "keys"))
    monkeypatch.setenv("COLUMNS", "200")
    return tmp_path


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(make_app(), [str(word) for word in words], catch_exceptions=False)


def written(home: Path, name: str, content: object) -> Path:
    path = home / name
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def test_the_version_is_the_packages() -> None:
    assert re.fullmatch(r"entry-risk \d+\.\d+\.\d+\n", run("--version").stdout)


def test_a_key_is_shown_once_listed_without_secret_and_revoked(home: Path) -> None:
    made = run("keys", "create", "--tenant", "acme", "--expires-days", "30")
    secret = made.stdout.strip()
    assert secret.startswith("erk_")
    listed = run("keys", "list", "--tenant", "acme")
    assert "live until" in listed.stdout
    assert secret not in listed.stdout
    key_id = re.search(r"key (\w{26})", made.stderr)
    assert key_id is not None
    assert run("keys", "revoke", key_id[1]).exit_code == 0
    assert "revoked" in run("keys", "list").stdout
    assert run("keys", "list", "--tenant", "other").stdout.startswith("0 API keys")


def test_a_key_without_end_is_live_and_an_unknown_one_is_refused(home: Path) -> None:
    run("keys", "create", "--tenant", "acme")
    assert "live" in run("keys", "list").stdout
    refused = run("keys", "revoke", "01ARZ3NDEKTSV4RRFFQ69G5FAV")
    assert (refused.exit_code, refused.stderr) == (1, "Not found: there is no key of that id\n")


def test_an_unknown_scope_is_named(home: Path) -> None:
    refused = run("keys", "create", "--tenant", "acme", "--scope", "everything")
    assert refused.exit_code == 1
    assert "everything" in refused.stderr


def test_one_entry_is_scored_here_and_nothing_is_recorded(home: Path) -> None:
    scored = run("score", written(home, "entry.json", ENTRY), "--output", "json")
    assert scored.exit_code == 0
    result = json.loads(scored.stdout)
    assert 0 <= result["score"] <= 1000
    assert "decision_id" not in result
    assert not (home / "var" / "ledger.db").exists()


def test_a_list_and_lines_of_json_give_one_result_an_entry(home: Path) -> None:
    many = run("score", written(home, "many.json", [ENTRY] * 3), "--output", "json")
    assert len(many.stdout.splitlines()) == 3
    lines = "\n".join([json.dumps(ENTRY), "", json.dumps(ENTRY)])
    two = run("score", written(home, "two.ndjson", lines), "--output", "json")
    assert [json.loads(row)["score"] for row in two.stdout.splitlines()] == [
        json.loads(many.stdout.splitlines()[0])["score"]
    ] * 2


def test_a_csv_is_scored_by_its_mapping_and_bad_rows_are_told(home: Path) -> None:
    rows = (
        "entry_number,line_number,hts,origin_country,entered_value_usd\n"
        "B7603245278,1,6201407511,CN,48250.00\n"
        "B7603245278,2,6203424011,VN,100.00\n"
        "B7603245286,1,62,CN,1.00\n"
    )
    mapping = written(home, "small.toml", SMALL_MAPPING)
    scored = run("score", written(home, "lines.csv", rows), "--mapping", mapping)
    assert scored.exit_code == 0
    assert "row 4 left out: hts" in scored.stderr
    assert "B76-0324527-8" in scored.stdout
    assert scored.stdout.startswith("1 entries")


SMALL_MAPPING = """
title = "A few columns"

[entry]
group_by = "entry_number"

[columns]
entry_number = "entry_number"
line_number = "line_number"
hts = "hts"
origin_country = "origin_country"
entered_value_usd = "entered_value_usd"
"""


def test_a_csv_of_our_own_form_needs_only_what_every_line_must_have(home: Path) -> None:
    rows = "entry_number,hts,origin_country,entered_value_usd\nB7603245278,6201407511,CN,1.00\n"
    scored = run("score", written(home, "few.csv", rows), "--output", "json")
    assert scored.exit_code == 0
    assert "want of a column: revision" in scored.stderr
    assert len(scored.stdout.splitlines()) == 1


def test_a_refused_entry_is_shown_in_its_place_with_exit_code_1(home: Path) -> None:
    bad = {"lines": [{**ENTRY["lines"][0], "hts": "x"}]}
    scored = run("score", written(home, "mixed.json", [ENTRY, bad]))
    assert scored.exit_code == 1
    assert "/lines/0/hts" in scored.stdout


@pytest.mark.parametrize(
    ("name", "content", "word"),
    [
        ("none.json", "[]", "no entry"),
        ("twice.json", '{"lines": [], "lines": []}', "twice.json"),
        ("half.json", '{"lines":', "half.json"),
        ("half.ndjson", '{"lines":', "half.ndjson line 1"),
        ("entry.txt", "{}", "wanted .json"),
        ("short.csv", "a,b\n1,2\n", "columns missing"),
    ],
)
def test_a_file_that_holds_no_entries_is_refused_by_name(
    home: Path, name: str, content: str, word: str
) -> None:
    refused = run("score", written(home, name, content))
    assert refused.exit_code == 1
    assert word in refused.stderr


def test_a_missing_and_a_foreign_file_are_refused(home: Path) -> None:
    assert "No such file" in run("score", home / "nowhere.json").stderr
    (home / "latin.csv").write_bytes("hts\né\n".encode("latin-1"))
    assert "not UTF-8" in run("score", home / "latin.csv").stderr


def test_scoring_without_a_bundle_says_so(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENTRY_RISK_MODELS_DIR", str(home / "empty"))
    refused = run("score", written(home, "entry.json", ENTRY))
    assert refused.exit_code == 1
    assert "Model unavailable" in refused.stderr


@pytest.mark.parametrize("address", ["ftp://127.0.0.1", "nowhere"])
def test_a_server_is_an_http_address(home: Path, address: str) -> None:
    entry, key = written(home, "entry.json", ENTRY), written(home, "key", "erk_x")
    refused = run("score", entry, "--server", address, "--key-file", key)
    assert "wanted an address" in refused.stderr


def test_a_server_needs_a_key_and_has_to_answer(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ENTRY_RISK_KEY", raising=False)
    entry = written(home, "entry.json", ENTRY)
    assert "ENTRY_RISK_KEY" in run("score", entry, "--server", "http://127.0.0.1:9").stderr
    gone = run("score", entry, "--server", "http://127.0.0.1:9", "--key-file", home / "gone")
    assert "--key-file" in gone.stderr
    monkeypatch.setenv("ENTRY_RISK_KEY", "erk_x")
    refused = run("score", entry, "--server", "http://127.0.0.1:9")
    assert refused.exit_code == 1
    assert "refused" in refused.stderr


def test_bundles_are_listed_shown_verified_and_promoted(home: Path) -> None:
    version = next(path.name for path in (home / "models").iterdir() if "-" in path.name)
    assert "verifies" in run("models", "list").stdout
    shown = json.loads(run("models", "show").stdout)
    assert shown["version"] == version
    assert run("models", "verify").stdout.startswith(f"verified {version}")
    assert run("models", "verify", home / "models" / version).stdout.startswith("verified")
    assert run("models", "promote", version).stderr == f"live: {version}\n"


def test_a_tampered_bundle_is_listed_as_refused_and_does_not_verify(home: Path) -> None:
    version = next(path for path in (home / "models").iterdir() if "-" in path.name)
    model = version / "model.txt"
    model.write_bytes(model.read_bytes()[:-1] + b"!")
    assert "bundle-tampered" in run("models", "list").stdout.replace("\n", "")
    refused = run("models", "verify")
    assert refused.exit_code == 1
    assert "tampered" in refused.stderr


def test_the_reference_is_shown_and_checked(home: Path) -> None:
    assert "entities" in run("reference", "show").stdout
    assert "all read" in run("reference", "check").stderr


def test_a_published_list_becomes_a_new_pack_all_or_nothing(home: Path) -> None:
    orders = written(home, "uflpa.csv", "no such form\n")
    out = home / "pack"
    refused = run("reference", "import", "uflpa", orders, "--out", out, "--as-of", "2026-11-01")
    assert refused.exit_code == 1
    assert not out.exists()
    for words in (("--as-of", "soon"), ("--as-of", "2026-11-01")):
        gone = run("reference", "import", "uflpa", home / "gone.csv", "--out", out, *words)
        assert gone.exit_code == 1


def test_the_demo_key_is_private_and_made_anew_only_when_it_no_longer_works(home: Path) -> None:
    settings = read_settings()
    path = prepare_demo(settings)
    first = path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert prepare_demo(settings).read_text() == first
    path.unlink()
    path.write_text("erk_wrongkey_000000000000000000000000\n")
    assert prepare_demo(settings).read_text() not in {first, "erk_wrongkey"}


def test_production_makes_no_demo_tenant(home: Path) -> None:
    settings = Settings(environment="production", secret="s" * 32, trusted_keys="a" * 64)
    with pytest.raises(SettingsRefused, match="demo"):
        prepare_demo(settings)


def test_the_curl_line_can_be_pasted_in_any_folder(home: Path) -> None:
    line = curl_line(Settings(host="::", port=8123), home / "a key", home / "entry.json")
    assert line.startswith("curl -sS http://[::1]:8123/v1/score ")
    assert f"'{home / 'a key'}'" in line
    assert "\n" not in line
