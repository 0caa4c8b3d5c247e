"""The record proves itself end to end: what serves, its ledger and registry, and no trust in them.

Entries are scored under one model, policy and set of lists, then under others; every decision is
computed again to the last bit, every receipt is signed, and the export is verified by its own file.
"""

import json
import random
import subprocess
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from app.adapters.ledger_verifier import Broken, newest_heads, read_keys, verify
from app.cli import make_app
from app.core.codes import check_digit
from app.core.receipt import receipt_problem
from app.main import create_app
from app.wiring import reference_store
from app.wiring.receipts import receipt_keys
from tests.bundles import other_bundle
from tests.desks import entry, filed, line, run, until
from tests.reference_packs import write_pack
from tests.reference_shelf import AS_OF, CAMEL, COTTON, LIST, MOMENT
from tests.service_process import ServiceProcess

MAKERS = (COTTON, "Camel Group Co., Ltd.", "Plain Textile Works", None)
ORIGINS, GOODS = ("CN", "VN", "RU"), ("6201407511", "8541430010", "0306170000")
SHARE = 100  # entries of a batch
FILES = ("ledger.jsonl", "checkpoints.jsonl", "keys.txt", "decisions.csv")
Json = dict[str, Any]


def documents(count: int, draws: random.Random) -> list[Json]:
    """Return entries of several lines, makers and origins, every other of them filed."""
    found = []
    for number in range(count):
        lines = [line(**goods(draws)) for _ in range(draws.randint(1, 3))]
        is_filed = number % 2 == 0
        found.append(filed(entry_number(draws), *lines) if is_filed else entry(*lines))
    return found


def goods(draws: random.Random) -> Json:
    maker, origin = draws.choice(MAKERS), draws.choice(ORIGINS)
    known = {} if maker is None else {"manufacturer": {"name": maker, "country": origin}}
    value = f"{draws.uniform(100, 90_000):.2f}"
    return {
        "hts": draws.choice(GOODS),
        "origin_country": origin,
        "entered_value_usd": value,
        **known,
    }


def entry_number(draws: random.Random) -> str:
    digits = f"{draws.randrange(10_000_000):07d}"
    return f"B76-{digits}-{check_digit(f'B76{digits}')}"


class Proven:
    """A service that decided under two models, policies and sets of lists."""

    def __init__(self, folder: Path, count: int) -> None:
        tables = write_pack(folder / "tables", entities=[CAMEL])
        self.service = ServiceProcess(folder)  # for its key and bundles; it runs in this process
        own = {"reference_dir": tables, "model_poll_s": 0.2}
        self.settings = self.service.settings.model_copy(update=own)
        self.service.set_live(self.service.put_bundle())
        self.decided: list[Json] = []
        self.receipts: list[bytes] = []
        self.replays: list[Json] = []
        draws = random.Random(41)  # noqa: S311 - which goods, not a secret
        key = {"Authorization": f"Bearer {self.service.key}"}
        with TestClient(create_app(self.settings), headers=key) as client:
            self.score(client, documents(count // 2, draws))
            self.swap(client)
            self.score(client, documents(count - count // 2, draws))
            for each in self.decided:
                path = f"/v1/decisions/{each['decision_id']}"
                self.receipts.append(client.get(f"{path}/receipt").read())
                self.replays.append(client.post(f"{path}/replay").json())
        self.keys = receipt_keys(self.settings)

    def score(self, client: TestClient, entries: list[Json]) -> None:
        for at in range(0, len(entries), SHARE):
            body = {"entries": entries[at : at + SHARE]}
            answer = client.post("/v1/score/batch", params={"explain": "full"}, json=body)
            assert answer.status_code == 200, answer.text
            self.decided += answer.json()["results"]

    def policies(self) -> set[tuple[int, int]]:
        """Return the cut points that decided, as the receipts have them."""
        told = [json.loads(each)["receipt"]["policy"] for each in self.receipts]
        return {(each["review_at"], each["hold_at"]) for each in told}

    def swap(self, client: TestClient) -> None:
        """Put another model with another policy live, and another list in service."""
        store = reference_store(self.settings)
        staged = store.stage("uflpa", LIST, as_of=AS_OF, by="operator", now=MOMENT)[0]
        store.activate(staged.import_id, by="operator", now=MOMENT)
        version = self.service.put_bundle(**other_bundle())
        self.service.set_live(version)

        def is_served() -> bool:
            meta = client.get("/v1/meta").json()
            served = meta["model"]["version"], meta["reference"]["digest"]
            return bool(served == (version, staged.after.digest))

        run(until(is_served, at_most_s=60))


@pytest.fixture(scope="module")
def proven(tmp_path_factory: pytest.TempPathFactory) -> Proven:
    """Forty decisions, half of them under what was swapped since."""
    return Proven(tmp_path_factory.mktemp("proven"), 40)


@pytest.fixture
def here(proven: Proven, monkeypatch: pytest.MonkeyPatch) -> Iterator[Proven]:
    """The same with the environment of an operator on that machine."""
    with monkeypatch.context() as patched:
        at_service(patched, proven)
        yield proven


def at_service(patched: pytest.MonkeyPatch, proven: Proven) -> None:
    for name in ("REDIS_URL", "DATABASE_URL"):
        patched.delenv(name, raising=False)
    patched.setenv("ENTRY_RISK_DATA_DIR", str(proven.settings.data_dir))
    patched.setenv("ENTRY_RISK_MODELS_DIR", str(proven.settings.models_dir))
    patched.setenv("COLUMNS", "200")


def command(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(make_app(), list(words), catch_exceptions=False)
    return done.exit_code, done.output


def assert_proven(proven: Proven, folder: Path) -> None:
    """Hold that everything was decided twice over, replays to the bit, and is signed."""
    assert len({each["model"]["digest"] for each in proven.decided}) == 2
    assert len({each["reference"]["digest"] for each in proven.decided}) == 2
    assert len(proven.policies()) == 2
    assert {each["band"] for each in proven.decided} >= {"release", "hold"}
    not_the_same = [each for each in proven.replays if each["state"] != "identical"]
    assert not_the_same == []
    assert {receipt_problem(each, proven.keys) for each in proven.receipts} == {None}
    paths = []
    for each, data in zip(proven.decided, proven.receipts, strict=True):
        assert json.loads(data)["receipt"]["answer"] == each
        paths.append(folder / f"{each['decision_id']}.json")
        paths[-1].write_bytes(data)
    key = proven.keys[0].raw.hex()
    code, told = command("receipts", "verify", *map(str, paths), "--key", key)
    assert (code, told.count("signed")) == (0, len(paths))


def exported(folder: Path) -> Path:
    """Export the ledger and hold that the file beside it finds all of it whole and proven."""
    code, told = command("ledger", "export", str(folder))
    assert code == 0, told
    done = standalone(folder)
    assert done.returncode == 0, done.stdout
    assert "unproven" not in done.stdout
    return folder


def standalone(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the verifier that lies beside an export, without this project."""
    words = [sys.executable, "-I", "verify_ledger.py", *FILES]
    return subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)


def test_after_model_lists_and_policy_were_swapped_all_is_identical_and_signed(
    here: Proven, tmp_path: Path
) -> None:
    assert_proven(here, tmp_path)


def flipped(data: bytes, draws: random.Random) -> bytes:
    at, bit = draws.randrange(len(data)), 1 << draws.randrange(8)
    return data[:at] + bytes([data[at] ^ bit]) + data[at + 1 :]


def test_any_flipped_bit_of_an_export_is_found(here: Proven, tmp_path: Path) -> None:
    """Of each file many by the verifier's own functions, and a few by the program itself."""
    folder = exported(tmp_path / "out")
    whole = {name: (folder / name).read_bytes() for name in FILES}
    draws = random.Random(7)  # noqa: S311 - which bits are flipped, not a secret
    for name in FILES:
        for _ in range(25):
            changed = whole | {name: flipped(whole[name], draws)}
            with pytest.raises(Broken):
                verify_files(changed)
        (folder / name).write_bytes(flipped(whole[name], draws))
        found = standalone(folder)
        assert (found.returncode, found.stdout[:6]) == (1, "BROKEN"), (name, found.stderr)
        (folder / name).write_bytes(whole[name])


def verify_files(files: dict[str, bytes]) -> list[str]:
    lines, points, keys, table = (files[name] for name in FILES)
    heads = newest_heads(points.splitlines(keepends=True), read_keys(keys))
    return list(verify(lines.splitlines(keepends=True), heads, table=BytesIO(table)))


@pytest.mark.nightly
def test_a_thousand_decisions_prove_themselves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = Proven(tmp_path / "many", 1000)
    at_service(monkeypatch, many)
    (tmp_path / "receipts").mkdir()
    assert_proven(many, tmp_path / "receipts")
    exported(tmp_path / "out")
