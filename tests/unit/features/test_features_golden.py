"""Golden rows: what known entries are encoded to. A change here needs a line in CHANGELOG.md.

Regenerate with `python -m tests.unit.features.test_features_golden`, then read the difference.
"""

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from math import isnan, nan
from pathlib import Path
from typing import Any

import pytest

from app.core.document import read_submission
from app.core.features import FEATURES, encode_base
from app.core.history import History
from tests.filings import busy_history, facts_of

GOLDEN = Path(__file__).resolve().parents[2] / "golden"
ENTRIES = GOLDEN / "entries.json"
ROWS = GOLDEN / "feature_rows.json"

Rows = list[dict[str, float | None]]


def _load(path: Path) -> Any:  # parsed JSON
    return json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)


def encoded(case: Mapping[str, Any]) -> Rows:
    """Return the named features of each line of a case; None for NaN."""
    filed = read_submission(case["entry"]).entry
    at = date.fromisoformat(case["at"])
    history = busy_history(filed, at) if case["seen"] else History()
    names = [feature.name for feature in FEATURES]
    return [
        {
            name: None if isnan(value) else float(value)
            for name, value in zip(names, row, strict=True)
        }
        for row in encode_base(facts_of(filed, history, at))
    ]


@pytest.mark.parametrize("case", _load(ENTRIES), ids=lambda case: case["name"])
def test_known_entries_are_encoded_as_ever(case: Mapping[str, Any]) -> None:
    wanted = json.loads(ROWS.read_text(encoding="utf-8"))[case["name"]]
    found = encoded(case)
    assert [list(row) for row in found] == [list(row) for row in wanted]
    for row, golden in zip(found, wanted, strict=True):
        for name, value in row.items():
            # logarithms and sines may differ in the last digit between C libraries
            expected = nan if golden[name] is None else golden[name]
            assert (nan if value is None else value) == pytest.approx(
                expected, rel=1e-12, abs=1e-12, nan_ok=True
            ), name


def main() -> None:
    """Write the rows anew."""
    rows = {case["name"]: encoded(case) for case in _load(ENTRIES)}
    ROWS.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
