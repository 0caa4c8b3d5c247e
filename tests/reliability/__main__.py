"""Run the reliability shards, one at a time, and keep what each found.

    python -m tests.reliability [--only R1 L7 ...] [--fresh] [--soak-minutes 20] [--table]

What passed on this commit is not run again unless `--fresh`. Records lie in
`var/reliability/records.json`. Ends with 1 if a shard failed, 0 otherwise: what was not run or was
inconclusive is said, and is no pass. `make nightly` calls this.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.reliability.findings import Found, Verdict, keep_record, may_skip, read_records
from tests.reliability.machine import ROOT, Watch, commit, machine_class
from tests.reliability.shards import LIMIT_S, SHARDS, Shard, chosen

RECORDS = ROOT / "var" / "reliability" / "records.json"


def main() -> int:
    """Run what the command line asks for."""
    arguments = _arguments()
    if arguments.inside:
        return _inside(arguments.inside, Path(arguments.into))
    if arguments.table:
        _say("\n".join(table(read_records(RECORDS))))
        return 0
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that what was started is ended
    os.environ["ENTRY_RISK_SOAK_MINUTES"] = str(arguments.soak_minutes)
    failed = 0
    for shard in chosen(arguments.only):
        here, kept = commit(), read_records(RECORDS).get(shard.name)
        if may_skip(kept, here) and not arguments.fresh:
            _say(f"{shard.name}: passed on this commit already")
            continue
        record = {"commit": here} | run_one(shard, shard.limit_s(arguments.soak_minutes))
        keep_record(RECORDS, shard.name, record)
        _say(f"{shard.name}: {record['verdict']}  {json.dumps(record['figures'])}")
        for why in record["why"]:
            _say(f"    {why}")
        failed += record["verdict"] == Verdict.FAIL
    return 1 if failed else 0


def run_one(shard: Shard, limit_s: float = LIMIT_S) -> dict[str, Any]:
    """Run a shard in a process of its own and return its record."""
    record: dict[str, Any] = {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine_class(),
        "promises": shard.promises,
        "figures": {},
    }
    if lacking := shard.lacking():
        why = [f"no {name}" for name in lacking]
        return record | {"verdict": Verdict.NOT_RUN, "why": why}
    watch, began = Watch(), time.monotonic()
    found = _in_child(shard, limit_s)
    others = watch.others_share()
    return record | {
        "load": watch.load,
        "others_share": others,
        "seconds": round(time.monotonic() - began),
        "figures": found.figures,
        "verdict": found.verdict(others),
        "why": found.broken + found.late,
    }


def _in_child(shard: Shard, limit_s: float) -> Found:
    """Let a process of its own run the shard; what it leaves running ends with it."""
    with tempfile.TemporaryDirectory() as place:
        into = Path(place) / "found.json"
        command = [sys.executable, "-m", "tests.reliability", "--inside", shard.name]
        child = subprocess.Popen([*command, "--into", str(into)], cwd=ROOT, start_new_session=True)
        why = ""
        try:
            code = child.wait(limit_s)
            why = f"the shard ended with {code}" if code else ""
        except subprocess.TimeoutExpired:
            why = f"not over after {limit_s:g} s"
        finally:
            with suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()
        found = Found(**json.loads(into.read_text())) if into.is_file() else Found()
        found.must(not why, why)
        return found


def _inside(name: str, into: Path) -> int:
    (shard,) = (each for each in SHARDS if each.name == name)
    into.write_text(json.dumps(vars(shard.run())))
    return 0


def table(records: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return what is recorded as rows of the table in docs/reliability.md."""
    rows = []
    for name, record in records.items():
        figures = "; ".join(f"{what} {value}" for what, value in record["figures"].items())
        told = "; ".join(filter(None, [figures, *record["why"]]))
        load = f"{record.get('load', '')} / {record.get('others_share', '')}"
        cells = [name, record["verdict"], told, load, record["commit"], record["date"][:16]]
        rows.append(f"| {' | '.join(cells)} |")
    return rows


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.reliability")
    parser.add_argument("--only", nargs="+", default=[], metavar="SHARD")
    parser.add_argument("--fresh", action="store_true", help="run also what passed already")
    parser.add_argument("--soak-minutes", type=float, default=20.0)
    parser.add_argument("--table", action="store_true", help="show what is recorded")
    parser.add_argument("--inside", help=argparse.SUPPRESS)
    parser.add_argument("--into", help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
