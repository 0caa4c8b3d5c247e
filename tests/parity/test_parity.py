"""200,000 entries and late outcomes served from memory and from Redis equal what is computed.

Four parts of each kind, under 20 minutes a part on a quiet machine; what was served on this commit
is kept under var/parity and not served again.
"""

from pathlib import Path

import pytest

from tests.parity.replay import ENTRIES, Parts
from tests.reliability.machine import ROOT, commit

PARTS = 4
NO_LIMIT = float("inf")


@pytest.mark.nightly
def test_parts_go_on_where_one_ended(tmp_path: Path) -> None:
    parts = Parts("memory", tmp_path / "memory", "a", entries=1_000)
    first = parts.serve(60, NO_LIMIT)
    assert 60 <= first.progress.entries < 160  # a chunk may go past it
    whole = parts.serve(160, NO_LIMIT)
    assert whole.progress.entries >= 160
    assert whole.lines > first.lines
    assert parts.serve(160, NO_LIMIT).ids == whole.ids  # nothing is served again
    anew = Parts("memory", tmp_path / "memory", "b", entries=1_000).serve(1, NO_LIMIT)
    assert anew.progress.entries < whole.progress.entries


@pytest.mark.nightly
@pytest.mark.parametrize("part", range(1, PARTS + 1))
@pytest.mark.parametrize("kind", ["memory", "redis"])
def test_200_000_entries_served_equal_offline(kind: str, part: int) -> None:
    until = ENTRIES * part // PARTS
    state = Parts(kind, ROOT / "var" / "parity" / kind, commit()).serve(until, NO_LIMIT)
    assert state.progress.entries >= until
    assert state.lines >= state.progress.entries
    assert state.progress.outcomes > until / 200
