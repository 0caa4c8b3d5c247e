"""An exported ledger as entries and outcomes, as both were known by a day."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from app.core.chain import Link, broken_after
from app.core.document.entry_document import Submission, read_submission
from app.core.entry import Entry
from app.core.errors import DataRefused, InvalidEntry
from training.progress import Steps


@dataclass(frozen=True, slots=True)
class Taken:
    """What a ledger held: the last filed revision of each entry, outcomes as rows, and counts.

    `outcomes` have the columns of a file of outcomes (docs/training.md) and `recorded_by`.
    """

    entries: tuple[Entry, ...]
    outcomes: tuple[Mapping[str, str], ...]
    counts: Mapping[str, int]


def take_ledger(path: Path, tenant: str | None, as_of: date, steps: Steps) -> Taken:
    """Return what the `ledger.jsonl` at `path` says of `tenant` (None: all in it) before a day.

    Every link is checked against the one before. Raises DataRefused naming the line where the
    chain is broken or a record can't be read. What was erased is counted and left out.
    """
    filed: dict[str, tuple[Mapping[str, Any], Entry]] = {}
    outcomes, counts = [], {"links": 0, "erased": 0, "later": 0, "drafts": 0}
    odds: dict[str, float] = {}
    for document in steps.track(_lines(path), f"Read {path.name}"):
        counts["links"] += 1
        record, payload = document["record"], document["payload"]
        kind = document["link"]["kind"]
        if kind not in {"decision", "outcome"} or tenant not in {None, record["tenant"]}:
            continue
        at = date.fromisoformat(str(record.get("scored_at") or record["recorded_at"])[:10])
        if payload is None or at >= as_of:
            counts["erased" if payload is None else "later"] += 1
        elif kind == "outcome":
            outcomes.append(payload["request"])
        elif record["intent"] != "filed" or record["entry_number"] is None:
            counts["drafts"] += 1
        else:
            _file(filed, record, payload["request"])
            if record["exploration"]:
                odds[record["decision_id"]] = float(record["exploration_odds"])
    rows = tuple(_row(each, odds) for each in outcomes)
    entries = sorted(
        (entry for _, entry in filed.values()), key=lambda entry: entry.moment or date.max
    )
    return Taken(tuple(entries), rows, counts)


def _lines(path: Path) -> Iterator[Mapping[str, Any]]:
    before: dict[tuple[str, str], Link] = {}
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                try:
                    document = json.loads(line, parse_float=Decimal)
                    link = Link(**document["link"], hash=document["hash"])
                    record = document["record"]["tenant"]
                except (ValueError, KeyError, TypeError) as error:
                    raise DataRefused(f"{path.name} line {number}: {error}") from error
                chain = (link.tenant, link.stream)
                problem = broken_after(before.get(chain), link)
                if problem is None and record != link.tenant:
                    problem = "the record is another tenant's"
                if problem is not None:
                    raise DataRefused(f"{path.name} line {number}: {problem}")
                before[chain] = link
                yield document
    except OSError as error:
        raise DataRefused(f"{path.name}: {error.strerror}") from error


def _file(
    filed: dict[str, tuple[Mapping[str, Any], Entry]], record: Mapping[str, Any], request: Any
) -> None:
    """Keep the newest revision of an entry; of one revision the newest filing."""
    number = str(record["entry_number"])
    kept = filed.get(number)
    if kept is not None and kept[0]["revision"] > record["revision"]:
        return
    try:
        submission: Submission = read_submission(request)
    except InvalidEntry as error:
        raise DataRefused(f"decision {record['decision_id']}: {error.detail}") from error
    filed[number] = (record, submission.entry)


def _row(found: Mapping[str, Any], odds: Mapping[str, float]) -> dict[str, str]:
    drawn = odds.get(found["decision_id"]) if found["source"] == "review" else None
    return {
        "entry_number": str(found["entry_number"]),
        "line_numbers": "|".join(str(each) for each in found["line_numbers"] or ()),
        "code": str(found["code"]),
        "source": str(found["source"]),
        "regime": found["regime"] or "",
        "event_at": found["event_at"],
        "known_at": found["known_at"],
        "outcome_id": found["outcome_id"],
        "corrects": found["corrects"] or "",
        "recorded_by": found["recorded_by"],
        "odds": "" if drawn is None else repr(drawn),
    }
