"""Processes of one installation add up their counts; the files of those that ended are wiped."""

import subprocess
import sys
from pathlib import Path

import pytest

COUNT = """
import sys
from pathlib import Path
from app.adapters.memory_cache import CacheCounts
from app.core.history.projected import HistoryCounts
from app.telemetry import open_telemetry
from tests.desks import bench

with bench() as at:
    telemetry = open_telemetry(
        at.models, "1", CacheCounts(), HistoryCounts(), metrics_dir=Path(sys.argv[1])
    )
    telemetry.answered("/v1/score", "POST", 200, 0.01)
    sys.stdout.write(telemetry.exposition()[0].decode())
    sys.stdout.flush()
    sys.stdin.read()
    sys.stdout.write(telemetry.exposition()[0].decode())
"""
COUNTED = 'entry_risk_http_requests_total{route="/v1/score",status="2xx"}'


def start(folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", COUNT, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def read_until(process: subprocess.Popen[str], beginning: str) -> str:
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith(beginning):
            return line.strip()
    raise AssertionError(beginning)


@pytest.mark.nightly
def test_running_processes_add_up_and_dead_ones_are_wiped(tmp_path: Path) -> None:
    folder = tmp_path / "metrics"
    folder.mkdir()
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    (folder / f"counter_{gone.pid}.db").write_bytes(b"\0" * 1024)
    first, second = start(folder), start(folder)
    for process in (first, second):
        read_until(process, COUNTED)
    out, _ = first.communicate("")
    assert f"{COUNTED} 2.0" in out
    names = [each.split()[2] for each in out.splitlines() if each.startswith("# TYPE")]
    last = names[names.index("entry_risk_build") + 1 :]
    assert len(last) == len(set(last))  # a name told twice in one scrape would be refused
    second.communicate("")
    assert not (folder / f"counter_{gone.pid}.db").exists()
    third = start(folder)
    assert read_until(third, COUNTED) == f"{COUNTED} 1.0"  # the first two ended before it began
    third.communicate("")
