"""Blocks in order of filing, how long outcomes take, and when there is something to do."""

from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.core.mapping import MappedRow
from tests.filings import entry, line, party
from training.ingest import Ingested
from training.job.declared import declared
from training.job.mature import fiscal_year, fiscal_years, still_open
from training.job.snapshot import known_before
from training.job.split import Chosen, blocks, fingerprints, new_party
from training.outcomes import OutcomeRecord, load_taxonomy

GAP = timedelta(days=90)
AS_OF = date(2026, 3, 1)


def record(number: str, code: str, event: date, known: date, **rest: Any) -> OutcomeRecord:
    return OutcomeRecord(number, None, code, rest.pop("regime", "UFLPA"), event, known, **rest)


def mapped(*entries: Any) -> Ingested:
    rows = tuple(
        MappedRow(each, tuple({} for _ in each.lines), (), (at,) * len(each.lines))
        for at, each in enumerate(entries, 1)
    )
    return Ingested(Path("lines.csv"), rows, (), len(rows), Counter(), ())


def filed(number: str, day: date, maker: str = "A", revision: int = 1, **rest: Any) -> Any:
    return entry(
        line(manufacturer=party("CN", name=maker)),
        entry_number=number,
        entry_date=day,
        revision=revision,
        identifier_scheme="own",
        **rest,
    )


def test_between_two_blocks_lies_the_time_that_outcomes_take() -> None:
    plan = blocks(AS_OF, GAP, 60, 30)
    assert plan["test"].end == AS_OF - GAP
    assert (plan["test"].end - plan["test"].first).days == 30
    assert plan["test"].known == AS_OF
    assert plan["validation"].end == plan["test"].first - GAP
    assert plan["validation"].known == plan["test"].first
    assert plan["train"].end == plan["validation"].first - GAP
    assert plan["train"].known == plan["validation"].first
    assert plan["test"].to_json()["known"] == "2026-03-01"


def test_a_fiscal_year_starts_in_october() -> None:
    assert fiscal_year(date(2025, 9, 30)) == 2025
    assert fiscal_year(date(2025, 10, 1)) == 2026


def test_outcomes_are_counted_by_fiscal_year_regime_and_source() -> None:
    day = date(2025, 9, 30)
    records = {
        "A": [
            record("A", "seized", day, day, source="government", outcome_id="1"),
            record("A", "examined_clear", day, day, source="government", corrects="1"),
        ],
        "B": [record("B", "detained_pending", day + GAP, day + GAP, source="government")],
    }
    first, second = fiscal_years(records, load_taxonomy())
    assert first["fiscal_year"] == 2025
    assert (first["positive"], first["negative"], first["release_share"]) == (0, 1, 1.0)
    assert (second["fiscal_year"], second["open"], second["release_share"]) == (2026, 1, None)


def test_the_curve_of_open_cases_by_hand() -> None:
    day = date(2025, 12, 1)  # 90 days before
    waits = {"A": 20, "B": 40, "C": None, "D": 200}
    records = {
        name: [
            record(name, "seized" if wait else "detained_pending", day, day + timedelta(wait or 1))
        ]
        for name, wait in waits.items()
    }
    entered = dict.fromkeys(waits, day)
    shares = {
        each["days"]: each["share"] for each in still_open(entered, records, load_taxonomy(), AS_OF)
    }
    # 1 of 4 ends by day 20, 1 of 3 by day 40; C is open on day 90 and censored then
    assert shares[30] == pytest.approx(3 / 4)
    assert shares[60] == pytest.approx(3 / 4 * 2 / 3)
    assert shares[180] == pytest.approx(1 / 2)
    assert shares[270] == 0


def test_a_shipment_is_told_by_its_bills_not_by_its_amounts() -> None:
    day = date(2025, 1, 1)
    one = filed("A1", day, bills_of_lading=("MAEU1",))
    two = filed("A2", day, bills_of_lading=("MAEU1",))
    bare = filed("A3", day)
    first, second, third = fingerprints(mapped(one, two, bare))
    assert first == second != ""
    assert third == ""


def test_a_new_party_is_one_that_no_earlier_line_names() -> None:
    days = [date(2025, 1, 1) + timedelta(days=at) for at in range(4)]
    found = mapped(
        *(
            filed(f"A{at}", day, maker)
            for at, (day, maker) in enumerate(zip(days, "ABCA", strict=True))
        )
    )
    columns = declared(found.rows)
    empty = np.zeros(2)
    test = Chosen(np.array([2, 3]), empty, empty, empty > 0)
    assert new_party(columns, {"test": test}).tolist() == [True, False]


def test_only_the_last_revision_before_the_day_is_read() -> None:
    class Only:
        as_of = AS_OF

    day = date(2025, 1, 1)
    found = mapped(
        filed("A1", day, "B", revision=2),
        filed("A1", day, "A", revision=1),
        filed("A2", AS_OF, "C"),
    )
    kept = known_before(found, Only())  # type: ignore[arg-type]  # its day is all that is read
    assert [row.entry.revision for row in kept.rows] == [2]
