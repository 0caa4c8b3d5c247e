"""An export proves itself by one file, and checkpoints prove that nothing was cut off."""

import asyncio
import csv
import json
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest

from app.adapters import ledger_verifier
from app.adapters.checkpoint_file import CheckpointFile
from app.adapters.checkpoint_heads import SqlHeads
from app.adapters.ledger_export import export_ledger, safe_cell
from app.adapters.ledger_sql import open_ledger
from app.adapters.ledger_upkeep import check_heads
from app.adapters.ledger_verifier import (
    EVIDENCE,
    LONG,
    PAYLOAD,
    RESPONSE,
    Broken,
    newest_heads,
    read_keys,
    verify,
)
from app.core.chain import GENESIS, Link, canonical, link_fields, link_hash
from app.core.checkpoint import read_checkpoints
from app.core.errors import LedgerUnavailable
from app.services.checkpoints import Checkpoints
from tests.fakes import HandClock
from tests.ledger_records import clock, draft, explanation
from tests.proofs import SIGNER

KEY = SIGNER.public_key.raw
ROWS = 60


def write(url: str, count: int, tenant: str = "acme") -> None:
    async def use() -> None:
        ledger = open_ledger(url, now=clock(), wal_bytes=0)
        drafts = [draft(tenant=tenant, examined_because="=1+1") for _ in range(count)]
        await ledger.append(drafts)
        await ledger.append_event(explanation(tenant=tenant))
        await ledger.close()

    asyncio.run(use())


class Exported:
    """An export with a checkpoint over all but the last rows."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.folder = url, folder
        self.shelf = CheckpointFile(folder / "second")
        write(url, ROWS)
        write(url, 2, "zenith")
        self.point()
        write(url, 3)
        self.again()

    def point(self) -> None:
        heads = SqlHeads(self.url)
        assert Checkpoints(heads, self.shelf, SIGNER, HandClock()).look()
        heads.close()

    def again(self) -> None:
        lines = list(self.shelf.lines())
        export_ledger(self.url, self.folder, checkpoints=lines, keys=[KEY.hex()])
        self.lines = (self.folder / "ledger.jsonl").read_bytes().splitlines(keepends=True)
        self.heads = newest_heads(lines, [KEY])


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Exported:
    """An export of a SQLite ledger, for tests that leave it as it is."""
    folder = tmp_path_factory.mktemp("exported")
    return Exported(f"sqlite:///{folder / 'ledger.db'}", folder)


@pytest.fixture
def own(ledger_url: str, tmp_path: Path) -> Exported:
    """An export of a ledger on either database."""
    return Exported(ledger_url, tmp_path)


def test_the_verifier_that_lies_beside_an_export_needs_nothing_of_the_project(
    own: Exported,
) -> None:
    command = [sys.executable, "-I", "verify_ledger.py", "ledger.jsonl"]
    whole = subprocess.run(
        [*command, "checkpoints.jsonl", "keys.txt"],
        cwd=own.folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert whole.returncode == 0, whole.stdout + whole.stderr
    assert whole.stdout.startswith("acme ")
    assert "unproven" in whole.stdout
    (own.folder / "ledger.jsonl").write_bytes(b"".join(own.lines[1:]))
    cut = subprocess.run(command, cwd=own.folder, capture_output=True, check=False)
    assert (cut.returncode, cut.stdout[:14]) == (1, b"BROKEN line 1:")
    source = Path(ledger_verifier.__file__).read_text()
    assert "from app" not in source
    assert "import app" not in source


def test_an_export_is_lines_of_json_and_a_table_that_runs_no_formula(exported: Exported) -> None:
    found = [json.loads(each) for each in exported.lines]
    assert {each["link"]["kind"] for each in found} == {"decision", "explanation"}
    assert found[0]["payload"]["request"] == {"entry": 1}
    with (exported.folder / "decisions.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == ROWS + 2 + 3
    assert {each["examined_because"] for each in rows} == {"'=1+1"}
    assert rows[0]["hash"] == found[0]["hash"]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_a_cell_that_a_spreadsheet_would_run_is_made_text(start: str) -> None:
    assert safe_cell(f"{start}cmd|' /C calc'!A0") == f"'{start}cmd|' /C calc'!A0"
    assert safe_cell("entry") == "entry"


def test_every_mutation_of_the_log_is_found(exported: Exported) -> None:
    """A1: flips, deletions, doublings and swaps, each of them with the checkpoint at hand."""
    draws = random.Random(1)  # noqa: S311 - which rows are changed, not a secret
    covered = len(exported.lines) - 8  # of the tail after the checkpoint, cuts are not provable
    for number in range(1000):
        lines = list(exported.lines)
        at = draws.randrange(covered)
        if number % 4 == 0:
            place, bit = draws.randrange(len(lines[at])), 1 << draws.randrange(8)
            line = lines[at]
            lines[at] = line[:place] + bytes([line[place] ^ bit]) + line[place + 1 :]
        elif number % 4 == 1:
            del lines[at]
        elif number % 4 == 2:
            lines.insert(at, lines[at])
        else:
            lines[at], lines[at + 1] = lines[at + 1], lines[at]
        with pytest.raises(Broken):
            list(verify(lines, exported.heads))


@pytest.fixture(scope="module")
def long_lines(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """Three lines of 64 kB, whose payloads are hashed where they lie."""
    folder = tmp_path_factory.mktemp("long")
    url, evidence = f"sqlite:///{folder / 'ledger.db'}", json.dumps({"row": [0.25] * 10_000})

    async def use() -> None:
        ledger = open_ledger(url, now=clock(), wal_bytes=0)
        await ledger.append([draft(evidence=evidence.encode()) for _ in range(3)])
        await ledger.close()

    asyncio.run(use())
    export_ledger(url, folder)
    return (folder / "ledger.jsonl").read_bytes().splitlines(keepends=True)


def test_long_lines_are_verified_and_every_changed_byte_of_them_is_found(
    long_lines: list[bytes],
) -> None:
    assert all(len(each) > 2 * LONG for each in long_lines)
    assert list(verify(long_lines)) == ["acme main: 3 links whole, 0 erased, links 1 to 3 unproven"]
    draws = random.Random(2)  # noqa: S311 - which bytes are changed, not a secret
    first, second, third = long_lines
    marks = [second.index(each) for each in (PAYLOAD, EVIDENCE, RESPONSE)]
    places = [*marks, *(at + 3 for at in marks), *range(len(second) - 4, len(second))]
    for place in [*places, *draws.choices(range(len(second)), k=200)]:
        changed = second[:place] + bytes([second[place] ^ 1]) + second[place + 1 :]
        with pytest.raises(Broken):
            list(verify([first, changed, third]))
    longer = second.replace(b"[0.25", b"[ 0.25", 1)
    for lost in (second[:-3] + b"\n", second[:-2] + b" }\n", longer):
        with pytest.raises(Broken):
            list(verify([first, lost, third]))


def recomputed(lines: list[bytes]) -> Iterator[bytes]:
    """Yield the lines of acme without the first, every hash made anew."""
    before, number = GENESIS, 0
    for line in lines[1:]:
        found = json.loads(line)
        if found["link"]["tenant"] == "acme":
            number += 1
            link = replace(Link(**found["link"]), number=number, prev_hash=before)
            before = link_hash(link)
            at = line.index(b',"record":')
            head = b'{"hash":"%b","link":%b' % (before.encode(), canonical(link_fields(link)))
            yield head + line[at:]


def test_a_chain_made_again_is_missed_without_a_checkpoint_and_found_with_one(
    exported: Exported,
) -> None:
    lines = list(recomputed([each for each in exported.lines if b'"tenant":"acme"' in each]))
    assert any("links whole" in told for told in verify(lines))
    of_acme = {key: each for key, each in exported.heads.items() if key[0] == "acme"}
    with pytest.raises(Broken, match=r"that of the checkpoint|are gone"):
        list(verify(lines, of_acme))


def test_a_cut_tail_is_found_as_far_as_the_checkpoint_and_the_rest_is_named(
    exported: Exported,
) -> None:
    """A2: what the newest checkpoint covers cannot go unseen; what came after it can."""
    of_acme = [each for each in exported.lines if b'"tenant":"acme"' in each]
    mine = {key: each for key, each in exported.heads.items() if key[0] == "acme"}
    ((proven, _, _),) = mine.values()
    told = list(verify(of_acme, mine))
    assert any("unproven" in each for each in told)
    assert list(verify(of_acme[:proven], mine))
    with pytest.raises(Broken, match="are gone"):
        list(verify(of_acme[: proven - 1], mine))


def test_the_ledger_itself_is_held_against_its_checkpoints(own: Exported) -> None:
    checkpoints, problem = read_checkpoints(own.shelf.lines(), [SIGNER.public_key])
    assert problem is None
    found = list(check_heads(own.url, checkpoints))
    assert {wrong for _, _, wrong, _ in found} == {None}
    assert sum(tail for _, _, _, tail in found) == 4
    (point,) = checkpoints
    longer = [replace(head, number=head.number + 1000) for head in point.heads]
    wrongs = [each[2] for each in check_heads(own.url, [replace(point, heads=tuple(longer))])]
    assert any(wrong is not None and "are gone" in wrong for wrong in wrongs)
    other = [replace(head, hash="f" * 64) for head in point.heads]
    wrongs = [each[2] for each in check_heads(own.url, [replace(point, heads=tuple(other))])]
    assert any(wrong is not None and "not that of" in wrong for wrong in wrongs)


def test_a_checkpoint_whose_end_was_lost_in_a_crash_is_written_again(own: Exported) -> None:
    with own.shelf.path.open("ab") as file:
        file.write(b'{"checkpoint":{"at":"20')
    own.point()
    checkpoints, problem = read_checkpoints(own.shelf.lines(), [SIGNER.public_key])
    assert problem is None
    assert [each.number for each in checkpoints] == [1, 2]
    assert sum(tail for _, _, _, tail in check_heads(own.url, checkpoints)) == 0


def test_a_forged_checkpoint_is_refused_by_the_verifier(exported: Exported) -> None:
    (line,) = exported.shelf.lines()
    with pytest.raises(Broken, match="checkpoint 1"):
        newest_heads([line.replace(b'"acme"', b'"acne"')], [KEY])
    with pytest.raises(Broken, match="checkpoint 1"):
        newest_heads([line], [bytes(32)])


def test_a_ledger_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(LedgerUnavailable):
        export_ledger(f"sqlite:///{tmp_path / 'none.db'}", tmp_path / "out")
    with pytest.raises(LedgerUnavailable):
        SqlHeads(f"sqlite:///{tmp_path / 'none.db'}").last_seq()


def test_an_export_of_one_tenant_is_held_against_its_own_chains_alone(own: Exported) -> None:
    lines = [each for each in own.lines if b'"tenant":"zenith"' in each]
    with pytest.raises(Broken, match=r"acme .* are gone"):
        list(verify(lines, own.heads))
    (told,) = verify(lines, own.heads, tenant="zenith")
    assert told.startswith("zenith ")


def test_a_table_with_another_row_than_the_export_is_refused(exported: Exported) -> None:
    table = (exported.folder / "decisions.csv").read_bytes()
    assert list(verify(exported.lines, table=BytesIO(table)))
    for changed in (
        table.replace(b",hold,", b",release,", 1),
        table[: table.rindex(b"\r\n", 0, -2) + 2],
        table + b"more\r\n",
        table.replace(b"decision_id", b"decision", 1),
    ):
        with pytest.raises(Broken, match="table: "):
            list(verify(exported.lines, table=BytesIO(changed)))


@pytest.mark.parametrize("data", [KEY.hex().upper().encode() + b"\n", KEY.hex().encode(), b"\n"])
def test_keys_have_one_spelling(data: bytes) -> None:
    assert read_keys(KEY.hex().encode() + b"\n") == [KEY]
    with pytest.raises(Broken, match="64 hex digits"):
        read_keys(data)


def test_a_name_that_json_escapes_is_read(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    write(url, 1, 'a "quoted\\ name')
    export_ledger(url, tmp_path / "out")
    with (tmp_path / "out" / "ledger.jsonl").open("rb") as file:
        (told,) = verify(file)
    assert told.startswith('a "quoted\\ name main: 2 links whole')


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """Two thousand lines with rows of 150 features."""
    folder = tmp_path_factory.mktemp("many")
    url, evidence = f"sqlite:///{folder / 'ledger.db'}", json.dumps({"row": [0.5] * 150}).encode()

    async def use() -> None:
        ledger = open_ledger(url, now=clock(), wal_bytes=0)
        await ledger.append([draft(evidence=evidence) for _ in range(2000)])
        await ledger.close()

    asyncio.run(use())
    export_ledger(url, folder)
    return (folder / "ledger.jsonl").read_bytes().splitlines(keepends=True)


def fastest(*works: Callable[[], object]) -> list[float]:
    """Return the least of ten times of each in turn, on the processor's own clock.

    Others may keep it busy: in turn, the same others meet both.
    """
    took: list[list[float]] = [[] for _ in works]
    for _ in range(10):
        for work, times in zip(works, took, strict=True):
            started = time.process_time()
            work()
            times.append(time.process_time() - started)
    return [min(times) for times in took]


def test_verifying_takes_at_most_half_the_time_of_parsing(many: list[bytes]) -> None:
    """A ratio within one run: a fifth where nothing else runs, a third was seen beside other tests.

    A verifier that parsed what it verifies would take longer than parsing.
    """
    parsing, verifying = fastest(
        lambda: [json.loads(each) for each in many], lambda: list(verify(many))
    )
    assert verifying * 2 <= parsing, f"{parsing / verifying:.1f} times as fast"


@pytest.mark.nightly
def test_fifty_thousand_rows_are_verified_a_second_of_processor_time(many: list[bytes]) -> None:
    """70,000 and more where nothing else runs (docs/receipts.md)."""
    rate = len(many) / fastest(lambda: list(verify(many)))[0]
    assert rate >= 25_000, f"{rate:,.0f} rows a second"  # half: a shared core counts for less
