"""Stage validate: schema, leak scan, outcomes row by row, poison scan, drift. Nothing half applied.

Stops with `refused` for what is wrong, with `held` for what has to be looked at.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.files import open_data, write_atomically
from training.ingest import Ingested
from training.job.artefacts import read_arrays, read_json, write_arrays, write_json
from training.job.declared import Declared, declared, line_ids
from training.job.drift import drift, missing_rates, profile
from training.job.job import ACCEPTED, Job
from training.job.leak import named_afterwards, telling
from training.job.outcome_file import OutcomeRows, read_rows
from training.job.poison import Bars, Poison, Told, poison, rewritten
from training.job.snapshot import COLUMNS, ENTRIES, OUTCOMES, csv_text, entries_of, frozen
from training.job.stages import Stopped
from training.job.verdicts import HELD, REFUSED
from training.metrics import tie_keys
from training.outcomes import OutcomeRecord, line_labels, read_outcomes

NOTE, BELIEVED, ASIDE = "validation.json", "outcomes.csv", "quarantine.csv"
PROFILE, LABELS = "profile.json", "labels.npz"

Records = Mapping[str, list[OutcomeRecord]]
Floats = NDArray[np.float64]


def validate(job: Job, out: Path) -> None:
    """Write what was found and what is believed; stop where it is not fit to learn from."""
    refusals = list(_schema(job))
    if refusals:
        _stop(out, REFUSED, refusals)
    found = entries_of(job)
    columns = declared(found.rows)
    rows = _outcome_rows(job, found)
    write_atomically(out / BELIEVED, csv_text(COLUMNS, [_known(each) for each in rows.kept]))
    _write_aside(out, found, rows)
    if rows.share_aside > job.config.validation.quarantine:
        reasons = Counter(each.reason for each in rows.aside)
        said = ", ".join(f"{reason}: {count}" for reason, count in sorted(reasons.items()))
        _stop(out, REFUSED, [f"outcomes: {rows.share_aside:.2%} of the rows set aside ({said})"])
    records = read_outcomes(out / BELIEVED, job.steps)
    labels = labels_as_known(job, found, records, job.as_of)
    last = _last(job)
    refusals, notes, scanned = _scans(job, found, columns, records, labels, last)
    moved = {} if last is None else drift(last.profile, _since(columns, last.as_of))
    note = {
        "entries": {"rows": found.total, "set_aside": len(found.quarantined)},
        "outcomes": {"kept": len(rows.kept), "set_aside": len(rows.aside), "later": rows.later},
        "flags": dict(sorted(found.flags.items())),
        "missing": missing_rates(columns),
        "drift": moved,
        "poison": scanned,
        "notes": notes,
    }
    kept = ~np.isnan(labels)
    ids = [each for each, is_kept in zip(columns.ids, kept.tolist(), strict=True) if is_kept]
    write_json(out / PROFILE, {"as_of": job.as_of.isoformat(), **profile(columns)})
    write_arrays(out / LABELS, {"keys": tie_keys(ids), "labels": labels[kept]})
    if refusals:
        _stop(out, REFUSED, refusals, note)
    held = [
        f"drift: PSI of {name} is {psi:.2f}, wanted at most {job.config.validation.psi}"
        for name, psi in sorted(moved.items())
        if psi > job.config.validation.psi
    ]
    if held:
        _stop(out, HELD, held, note)
    write_json(out / NOTE, {**note, "problems": []})


def _stop(
    out: Path, verdict: str, problems: list[str], note: Mapping[str, Any] | None = None
) -> None:
    write_json(out / NOTE, {**(note or {}), "problems": problems})
    raise Stopped(verdict, problems)


@dataclass(frozen=True, slots=True)
class _Last:
    """What the last accepted run saw."""

    as_of: date
    profile: Mapping[str, Any]
    labels: Mapping[int, float]


def _last(job: Job) -> _Last | None:
    folder = job.path("trigger", ACCEPTED)
    if not folder.is_dir():
        return None
    found = read_json(folder / PROFILE)
    arrays = read_arrays(folder / LABELS)
    labels = dict(zip(arrays["keys"].tolist(), arrays["labels"].tolist(), strict=True))
    return _Last(date.fromisoformat(found["as_of"]), found, labels)


def _schema(job: Job) -> Iterator[str]:
    path = frozen(job, ENTRIES)
    if path.suffix == ".ndjson":
        return
    header = open_data(path).header
    mapping = job.mapping()
    missing = mapping.missing_columns(header)
    if missing:
        yield f"schema: entries lack the columns {missing}"
    allowed = [each.column for each in mapping.labels.values()]
    names = named_afterwards(header, allowed)
    if names:
        yield f"leak: columns {names} are named after what is known only later"


def _outcome_rows(job: Job, found: Ingested) -> OutcomeRows:
    lines = {
        row.entry.entry_number or "": frozenset(line.line_number for line in row.entry.lines)
        for row in found.rows
    }
    return read_rows(
        frozen(job, OUTCOMES),
        lines,
        job.taxonomy(),
        job.as_of,
        job.config.data.tenant,
        job.steps,
    )


def _known(cells: Mapping[str, str]) -> dict[str, str]:
    return {name: cells.get(name, "") for name in COLUMNS}


def _write_aside(out: Path, found: Ingested, rows: OutcomeRows) -> None:
    aside = [
        {"file": ENTRIES, "row": str(each.row_number), "reason": f"{each.field}: {each.reason}"}
        for each in found.quarantined
    ]
    aside += [
        {"file": OUTCOMES, "row": str(each.number), "reason": each.reason} for each in rows.aside
    ]
    write_atomically(out / ASIDE, csv_text(("file", "row", "reason"), aside))


def labels_as_known(job: Job, found: Ingested, records: Records, before: date) -> Floats:
    """Return the label (n,) of each line as known before a day: 1, 0 or NaN."""
    taxonomy = job.taxonomy()
    labels = [
        label
        for row in found.rows
        for label, _ in line_labels(
            row.entry, records.get(row.entry.entry_number or "", ()), taxonomy, before
        )
    ]
    return np.array(labels, dtype=np.float64)


def _since(columns: Declared, day: date) -> Declared:
    """Return the lines filed on a day or later."""
    kept = columns.days >= day.toordinal()
    places = np.flatnonzero(kept).tolist()
    return Declared(
        tuple(columns.ids[at] for at in places),
        tuple(columns.entries[at] for at in places),
        columns.days[kept],
        {name: each[kept] for name, each in columns.texts.items()},
        {name: each[kept] for name, each in columns.numbers.items()},
        {name: each[kept] for name, each in columns.parties.items()},
    )


def _scans(  # noqa: PLR0913, PLR0917 - what was read, once
    job: Job,
    found: Ingested,
    columns: Declared,
    records: Records,
    labels: Floats,
    last: _Last | None,
) -> tuple[list[str], list[str], dict[str, Any]]:
    """Return refusals, notes and figures of the leak and poison scans."""
    bars = job.config.validation
    refusals = [
        f"leak: {name} alone has an AUROC of {area:.3f}, wanted below {bars.leak_auroc}"
        for name, area in telling(columns, labels, bars.leak_auroc).items()
    ]
    before = np.full(len(labels), np.nan)
    changed = 0
    if last is not None:
        before = labels_as_known(job, found, records, last.as_of)
        changed, had = rewritten(last.labels, columns.ids, before)
        if changed > bars.rewritten * had:
            refusals.append(
                f"labels: {changed} of {had} that an accepted run had seen were changed without a "
                f"correction, or are gone"
            )
    told = _told(found, records, columns, labels, np.isnan(before) | (before != labels))
    limits = Bars(bars.flip_share, bars.user_sigma, bars.group_sigma, bars.positive_share)
    scanned: Poison = poison(columns, told, limits)
    refusals += scanned.findings
    said = {"flip_share": scanned.flip_share, "fresh": int(told.fresh.sum()), "rewritten": changed}
    return refusals, list(scanned.notes), said


def _told(
    found: Ingested, records: Records, columns: Declared, labels: Floats, fresh: NDArray[np.bool_]
) -> Told:
    kept = np.flatnonzero(~np.isnan(labels))
    who = [
        _last_word(records.get(row.entry.entry_number or "", ()))
        for row in found.rows
        for _ in line_ids(row)
    ]
    return Told(
        places=kept,
        labels=labels[kept],
        fresh=fresh[kept],
        users=np.array([who[at][0] for at in kept.tolist()]),
        sources=np.array([who[at][1] for at in kept.tolist()]),
    )


def _last_word(records: Any) -> tuple[str, str]:  # a sequence of records
    """Return who recorded the newest outcome of an entry, and whose word it is."""
    newest = records[-1] if records else None
    return ("", "") if newest is None else (newest.recorded_by, newest.source)
