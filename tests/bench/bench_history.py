"""What history costs: python -m tests.bench.bench_history [--entries N].

Columns against ten times fewer entries, replay beside them, one read and one filing from memory,
and the bytes of a key. The goals (docs/history.md) are of 10,000,000 entries: `--entries 10000000`.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from rich.console import Console

from app.core.history import History, PastEntry, replay
from app.core.mapping import MappedRow, load_mapping
from tests.bench.history_lines import write_lines
from training.ingest import day_of, ingest
from training.labels import recorded_labels
from training.outcomes import load_taxonomy, read_outcomes
from training.progress import Steps

REPLAYED = 3_000  # entries: replay is slow, and linear
GIB = 1 << 30


class Run(NamedTuple):
    """What one run in columns took: seconds, CPU seconds, and peak memory in bytes."""

    wall_s: float
    cpu_s: float
    peak_bytes: int


def columns(folder: Path, lines: Path, outcomes: Path) -> Run:
    """Run the command on files in a process of its own."""
    began = time.perf_counter()
    files = ("--data", lines, "--outcomes", outcomes, "--out", folder / "features.parquet")
    child = subprocess.Popen(
        [sys.executable, "-m", "training", "history", *map(str, files)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"training history failed: {child.returncode}")
    cpu = used.ru_utime + used.ru_stime
    return Run(time.perf_counter() - began, cpu, used.ru_maxrss * 1024)


def by_replay(rows: Sequence[MappedRow], folder: Path) -> tuple[float, History]:
    """Return the CPU seconds that replay of `rows` takes, and the memory it leaves."""
    by_entry = read_outcomes(folder / "outcomes.parquet", _silent())
    known = recorded_labels(rows, "denied", by_entry, load_taxonomy()).known
    past = [
        PastEntry(row.entry, day_of(row.entry), outcomes)
        for row, outcomes in zip(rows, known, strict=True)
    ]
    history = History()
    began = time.process_time()
    for _ in replay(past, history):
        pass
    return time.process_time() - began, history


def of_memory(rows: Sequence[MappedRow], history: History) -> tuple[float, float]:
    """Return the CPU microseconds of one read and one filing, medians of five rounds."""
    reads, filings = [], []
    for _ in range(5):
        began = time.process_time()
        for row in rows:
            history.read(row.entry, day_of(row.entry))
        between = time.process_time()
        for row in rows:
            history.observe(row.entry, day_of(row.entry))
        reads.append(between - began)
        filings.append(time.process_time() - between)
    per_row = 1e6 / len(rows)
    return sorted(reads)[2] * per_row, sorted(filings)[2] * per_row


def main(entries: int) -> None:
    """Measure and print."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        lines, outcomes = write_lines(folder, REPLAYED)
        columns(folder, lines, outcomes)  # compiles, where nothing is compiled yet
        rows = ingest(lines, load_mapping("canonical"), _silent()).rows
        took, history = by_replay(rows, folder)
        say(f"replay: {len(rows) / took:,.0f} entries per CPU second")
        read, filed = of_memory(rows, history)
        say(f"memory: one read {read:.1f} us, one filing {filed:.1f} us (9 keys a line)")
        sizes = [len(record.pack()) for record in history.records.values()]
        say(f"state: {sum(sizes) / len(sizes):.0f} bytes a key, at most {max(sizes)}")
        runs = []
        for count in (entries // 10, entries):
            run = columns(folder, *write_lines(folder, count))
            runs.append(run)
            say(
                f"columns: {count:,} entries in {run.wall_s:.1f} s ({count / run.wall_s:,.0f} "
                f"entries/s), {run.cpu_s:.1f} CPU s, peak {run.peak_bytes / GIB:.2f} GiB"
            )
        tenth, whole = runs
        say(
            f"ten times the entries: {whole.wall_s / tenth.wall_s:.1f} times the seconds, "
            f"{whole.cpu_s / tenth.cpu_s:.1f} times the CPU seconds (goal: at most 11)"
        )


def say(line: str) -> None:
    """Print one line of figures."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _silent() -> Steps:
    return Steps(Console(quiet=True))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=200_000)
    main(parser.parse_args().entries)
