"""What a shard found, what that comes to, and the one file in which it is kept."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

QUIET = 0.25  # share of all cores that others may use before times say nothing
Figure = int | float | str


class Verdict(StrEnum):
    """What a shard comes to; only PASS lets a later run on the same commit skip it."""

    PASS = "pass"
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"
    NOT_RUN = "not run"


@dataclass
class Found:
    """Figures of a shard, and what they break.

    `must` is for what holds on any machine; `in_time` for an upper limit, which a busy machine can
    only exceed; `compare` for what means nothing unless the machine is quiet.
    """

    figures: dict[str, Figure] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)
    late: list[str] = field(default_factory=list)
    compared: bool = False
    partial: bool = False  # less than the promise asks for was tried

    def must(self, holds: bool, rule: str) -> None:
        """Note a broken rule that no noise excuses."""
        if not holds:
            self.broken.append(rule)

    def in_time(self, holds: bool, rule: str) -> None:
        """Note a limit that was exceeded."""
        if not holds:
            self.late.append(rule)

    def compare(self, holds: bool, rule: str) -> None:
        """Note a rule on ratios; on a busy machine the whole shard is inconclusive."""
        self.compared = True
        self.in_time(holds, rule)

    def verdict(self, others_share: float) -> Verdict:
        """Return what it comes to where others used that share of all cores meanwhile."""
        if self.broken:
            return Verdict.FAIL
        if self.partial:
            return Verdict.INCONCLUSIVE
        if others_share > QUIET and (self.late or self.compared):
            return Verdict.INCONCLUSIVE
        return Verdict.FAIL if self.late else Verdict.PASS


def read_records(file: Path) -> dict[str, dict[str, Any]]:
    """Return the newest record of each shard; none where there is no file yet."""
    if not file.is_file():
        return {}
    records: dict[str, dict[str, Any]] = json.loads(file.read_text())
    return records


def keep_record(file: Path, shard: str, record: Mapping[str, Any]) -> None:
    """Put a record in the place of the shard's last one, whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    records = read_records(file) | {shard: dict(record)}
    fresh = file.with_suffix(".new")
    fresh.write_text(json.dumps(records, indent=1, sort_keys=True) + "\n")
    os.replace(fresh, file)


def may_skip(record: Mapping[str, Any] | None, commit: str) -> bool:
    """Say whether that record is a pass of this very commit, with nothing changed beside it."""
    if record is None or commit.endswith("+changes"):
        return False
    return bool(record["commit"] == commit and record["verdict"] == Verdict.PASS)
