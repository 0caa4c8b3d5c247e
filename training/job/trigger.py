"""Stage trigger: whether there is something to do, and what stands at the start of the run."""

import shutil
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

from app.core.errors import DataRefused
from training.files import open_data
from training.job.artefacts import read_json, write_json
from training.job.config import place_of
from training.job.job import ACCEPTED, Job
from training.job.ledger_file import take_ledger
from training.job.stages import Stopped
from training.job.verdicts import NOTHING_TO_DO

NOTE = "trigger.json"


def trigger(job: Job, out: Path) -> None:
    """Note why the run is made and what it starts from; stop where nothing asks for one.

    Champion, sequence and the last accepted snapshot are taken here once, so that a run that
    resumes is the same run, whatever was registered since.
    """
    champion = job.registry().live()
    trained_on = _trained_on(job, champion)
    fresh = sum(1 for day in _known_days(job) if trained_on <= day < job.as_of)
    reasons = list(_reasons(job, champion, trained_on, fresh))
    last = _last_run(job)
    young = last is not None and (job.as_of - last).days < job.config.trigger.cool_down_days
    if not reasons or (young and job.force is None):
        raise Stopped(NOTHING_TO_DO, list(_idle(job, champion, trained_on, fresh, last)))
    accepted = job.runs / ACCEPTED
    if accepted.is_dir():
        shutil.copytree(accepted, out / ACCEPTED)
    document = {
        "reasons": reasons,
        "champion": champion,
        "champion_trained_on": None if champion is None else trained_on.isoformat(),
        "new_outcomes": fresh,
        "sequence": job.registry().next_sequence(),
    }
    write_json(out / NOTE, document)


def _trained_on(job: Job, champion: str | None) -> date:
    if champion is None:
        return date.min
    for row in job.registry().rows():
        if row.version == champion and row.manifest is not None:
            return row.manifest.trained_on
    raise DataRefused(f"champion {champion}: its manifest does not verify")


def _reasons(job: Job, champion: str | None, trained_on: date, fresh: int) -> Iterator[str]:
    bars = job.config.trigger
    alarm = place_of(job.folder, bars.alarm)
    if job.force is not None:
        yield f"by hand: {job.force}"
    if champion is None:
        yield "no champion yet"
        return
    if fresh >= bars.new_outcomes:
        yield f"{fresh} outcomes that label became known since, wanted {bars.new_outcomes}"
    if (job.as_of - trained_on).days >= bars.champion_age_days:
        yield f"the champion is {(job.as_of - trained_on).days} days old"
    if alarm is not None and alarm.is_file():
        yield f"drift alarm {alarm.name}"


def _idle(
    job: Job, champion: str | None, trained_on: date, fresh: int, last: date | None
) -> Iterator[str]:
    bars = job.config.trigger
    if last is not None and (job.as_of - last).days < bars.cool_down_days:
        yield f"the last run was of {last}, wanted {bars.cool_down_days} days between two"
        return
    yield (
        f"champion {champion} of {trained_on} stays: {fresh} of {bars.new_outcomes} outcomes "
        f"that label are new, it is {(job.as_of - trained_on).days} of {bars.champion_age_days} "
        f"days old, no drift alarm"
    )


def _last_run(job: Job) -> date | None:
    path = job.runs / ACCEPTED / "accepted.json"
    return date.fromisoformat(read_json(path)["as_of"]) if path.is_file() else None


def _known_days(job: Job) -> Iterator[date]:
    """Yield when each outcome that labels became known; malformed rows are the next stages'."""
    taxonomy = job.taxonomy()
    for cells in _outcome_rows(job):
        target = taxonomy.get(cells.get("code", ""))
        if target is None or target.positive is None:
            continue
        try:
            yield date.fromisoformat(cells.get("known_at", "")[:10])
        except ValueError:
            continue


def _outcome_rows(job: Job) -> Iterator[Mapping[str, str]]:
    data = job.config.data
    ledger = place_of(job.folder, data.ledger)
    if ledger is not None:
        yield from take_ledger(ledger, data.tenant, job.as_of, job.steps).outcomes
        return
    path = place_of(job.folder, data.outcomes)
    if path is not None:
        yield from (row.cells for row in open_data(path).read())
