"""Snapshots: whole or not at all, read by their owner alone, and passed over when damaged."""

import stat
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from app.adapters import history_snapshots
from app.adapters.history_snapshots import HistorySnapshots, Kept
from app.core.history import History
from app.core.history.projected import HistoryHead, anchor_of, scope_of
from tests.history_facts import DAY, an_entry

SCOPE, OTHER = scope_of("seed", "acme"), scope_of("seed", "zenith")
HEAD = HistoryHead(7, anchor_of("D7"), True, anchor_of("D1"))


def kept() -> Kept:
    history = History()
    history.observe(an_entry(), DAY)
    return Kept(HEAD, dict(history.records))


def file_of(folder: Path) -> Path:
    (path,) = folder.glob("*.snapshot")
    return path


def test_a_snapshot_comes_back_and_takes_the_place_of_the_one_before(tmp_path: Path) -> None:
    snapshots = HistorySnapshots(tmp_path / "made" / "here")
    assert snapshots.load(SCOPE) is None
    assert snapshots.size(SCOPE) is None
    snapshots.save(SCOPE, Kept(HEAD, {}))
    snapshots.save(SCOPE, kept())
    assert snapshots.load(SCOPE) == kept()
    assert snapshots.load(OTHER) is None
    path = file_of(tmp_path / "made" / "here")
    assert snapshots.size(SCOPE) == path.stat().st_size
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]  # nothing unfinished


def test_a_large_snapshot_is_written_in_pieces(tmp_path: Path) -> None:
    (record,) = [each for key, each in kept().records.items() if key.startswith("importer:")]
    many = Kept(HEAD, {f"goods:{number}": record for number in range(8000)})
    snapshots = HistorySnapshots(tmp_path)
    snapshots.save(SCOPE, many)
    assert snapshots.load(SCOPE) == many
    size = snapshots.size(SCOPE)
    assert size is not None
    assert size > history_snapshots._CHUNK
    assert size / len(many.records) < 1024  # bytes a key


def test_a_damaged_snapshot_is_passed_over_and_told(tmp_path: Path) -> None:
    snapshots = HistorySnapshots(tmp_path)
    snapshots.save(SCOPE, kept())
    path = file_of(tmp_path)
    whole = path.read_bytes()
    middle = len(whole) // 2
    for data in (
        b"",
        whole[:-1],
        whole[:middle],
        whole + b"\0",
        whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :],
        b"something else entirely, yet of some length" * 9,
    ):
        path.write_bytes(data)
        with capture_logs() as logs:
            assert snapshots.load(SCOPE) is None
        assert [each["event"] for each in logs] == ["history_snapshot_refused"]


def test_another_histories_snapshot_is_not_taken(tmp_path: Path) -> None:
    snapshots = HistorySnapshots(tmp_path)
    snapshots.save(SCOPE, kept())
    file_of(tmp_path).rename(tmp_path / f"{OTHER.text}.snapshot")
    with capture_logs() as logs:
        assert snapshots.load(OTHER) is None
    assert logs[0]["why"] == "found another history's snapshot"


def test_a_disk_that_refuses_leaves_the_snapshot_before(tmp_path: Path) -> None:
    snapshots = HistorySnapshots(tmp_path)
    snapshots.save(SCOPE, kept())
    (tmp_path / f"{SCOPE.text}.unfinished").mkdir()
    with pytest.raises(OSError, match="directory"):
        snapshots.save(SCOPE, Kept(HEAD._replace(seq=9), {}))
    assert snapshots.load(SCOPE) == kept()
