"""Assess entries: screen, read history, encode, predict, decide, and find the reasons."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from math import inf
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from app.core.document import Submission
from app.core.features import LineFacts, line_facts, unknowns
from app.core.policy import Band, Floor, FloorKind, decide, strictest
from app.core.preflight import Finding
from app.core.preflight import check as check_preflight
from app.core.reasons import explain, ranked, reasons_of_strong_hits
from app.core.records import CachedScore
from app.core.resubmitted import (
    MaterialChange,
    change_for,
    resubmission_finding,
    resubmission_floor,
)
from app.core.rules import RuleFinding, findings_of
from app.core.scale import score_of
from app.core.screening import Hit, HitStrength
from app.services.assessed import (
    Assessment,
    Circumstances,
    Explain,
    Explanation,
    LineAssessment,
    Trace,
)
from app.services.histories import HistoryView
from app.services.ports import ScoreCache
from app.services.workers import Workers

REASONS_A_LINE = 5  # with explain=codes; full gives all
LEAVES_A_LINE = 250  # leaves whose contributions take as long as encoding a line does


@dataclass(frozen=True, slots=True)
class _Prepared:
    """One entry before it is scored."""

    submission: Submission
    at: date
    facts: tuple[LineFacts, ...]
    hits: tuple[Hit, ...]
    findings: tuple[Finding, ...]
    keys: tuple[str, ...]


class Assessor:
    """Turns entries into assessments; it stores nothing but explanations in the cache."""

    def __init__(self, cache: ScoreCache, workers: Workers) -> None:
        """Hold the collaborators."""
        self._cache = cache
        self._workers = workers

    async def assess(
        self,
        submissions: Sequence[Submission],
        known: HistoryView,
        around: Circumstances,
        trace: Trace,
        changes: Sequence[Sequence[MaterialChange]],
    ) -> list[Assessment]:
        """Return the assessments in order: one history, one encoding, one prediction for all.

        `changes` are what each submission changes of earlier decisions on the same goods.
        """
        lines = sum(len(each.entry.lines) for each in submissions)
        trace.lines += lines
        prepared, rows = await self._workers.run_sized(
            around.lane, lines, lambda: self._encode(submissions, known, around, trace)
        )
        started = perf_counter()
        raw_scores = await self._workers.run_sized(
            around.lane, lines, lambda: around.serving.bundle.predict(rows)
        )
        scored = _scored(prepared, rows, raw_scores, around)
        held = _held_against(prepared, scored, changes, around)
        explained = await self._explain(held, around, trace)
        trace.model_s += perf_counter() - started
        return _assembled(prepared, explained, known.seq, around)

    def _encode(
        self,
        submissions: Sequence[Submission],
        known: HistoryView,
        around: Circumstances,
        trace: Trace,
    ) -> tuple[list[_Prepared], NDArray[np.float64]]:
        started = perf_counter()
        serving = around.serving
        reading = 0.0
        prepared = []
        for submission in submissions:
            entry = submission.entry
            at = entry.moment or around.today
            before = perf_counter()
            read = known.read(entry, at)
            reading += perf_counter() - before
            hits = serving.screener.screen(entry, at)
            facts = line_facts(entry, read, hits, serving.reference, at)
            findings = check_preflight(entry, serving.reference, at, submission.intent)
            keys = tuple(serving.screener.keys(entry))
            prepared.append(_Prepared(submission, at, facts, hits, tuple(findings), keys))
        rows = around.serving.encoder.encode([one for each in prepared for one in each.facts])
        trace.history_s += reading
        trace.features_s += perf_counter() - started - reading
        return prepared, rows

    async def _explain(
        self, lines: list[LineAssessment], around: Circumstances, trace: Trace
    ) -> list[LineAssessment]:
        wanted = [at for at, line in enumerate(lines) if _wants_reasons(line, around.explain)]
        if not wanted:
            return lines
        contributions = await self._contributions([lines[at] for at in wanted], around, trace)
        explained = list(lines)
        for at, values in zip(wanted, contributions, strict=True):
            explained[at] = _with_reasons(lines[at], values, around)
        return explained

    async def _contributions(
        self, lines: Sequence[LineAssessment], around: Circumstances, trace: Trace
    ) -> list[tuple[float, ...]]:
        """Return contributions from the cache, and anew where it has none of this very score."""
        bundle = around.serving.bundle
        keys = [cache_key(bundle.digest, around.tenant, line.row) for line in lines]
        found = await self._cache.get_many(keys)
        columns = lines[0].row.shape[0] + 1
        values = [
            each.contributions
            if each is not None
            and each.raw_score == line.raw_score
            and each.contributions is not None
            and len(each.contributions) == columns
            else None
            for each, line in zip(found, lines, strict=True)
        ]
        missing = [at for at, each in enumerate(values) if each is None]
        trace.explained_from_cache += len(lines) - len(missing)
        trace.explained_anew += len(missing)
        if missing:
            rows = np.stack([lines[at].row for at in missing])
            worth = len(missing) * max(1, bundle.leaves // LEAVES_A_LINE)
            fresh = await self._workers.run_sized(
                around.lane, worth, lambda: bundle.contributions(rows)
            )
            for at, row in zip(missing, fresh, strict=True):
                values[at] = tuple(float(each) for each in row)
            await self._cache.put_many(
                [(keys[at], CachedScore(lines[at].raw_score, values[at])) for at in missing]
            )
        return [each for each in values if each is not None]


def cache_key(bundle_digest: str, tenant: str, row: NDArray[np.float64]) -> str:
    """Return the key of one encoded line: no party fact, no policy, another for another bundle."""
    hashed = hashlib.sha256(f"{bundle_digest}\x1f{tenant}\x1f".encode())
    hashed.update(row.tobytes())
    return hashed.hexdigest()


def _scored(
    prepared: Sequence[_Prepared],
    rows: NDArray[np.float64],
    raw_scores: NDArray[np.float64],
    around: Circumstances,
) -> list[LineAssessment]:
    # score first, then decide: the cache must not know thresholds
    policy, bundle = around.serving.policy, around.serving.bundle
    degraded = policy.degraded_floor(around.degraded_groups)
    scored = []
    at = 0
    for each in prepared:
        for facts in each.facts:
            raw = float(raw_scores[at])
            probability = bundle.probability(raw)
            score = score_of(probability)
            findings = findings_of(facts)
            floors = _floors(facts, findings, degraded)
            verdict = decide(score, policy, floors)
            scored.append(
                LineAssessment(facts, rows[at], raw, probability, score, verdict, findings)
            )
            at += 1
    return scored


def _floors(
    facts: LineFacts, findings: Sequence[RuleFinding], degraded: Floor | None
) -> list[Floor]:
    floors = [] if degraded is None else [degraded]
    if any(hit.strength is HitStrength.STRONG for hit in facts.hits):
        floors.append(Floor(FloorKind.SCREENING, Band.HOLD))
    bands = [each.floor for each in findings if each.floor is not None]
    if bands:
        floors.append(Floor(FloorKind.RULE, strictest(bands)))
    return floors


def _held_against(
    prepared: Sequence[_Prepared],
    lines: Sequence[LineAssessment],
    changes: Sequence[Sequence[MaterialChange]],
    around: Circumstances,
) -> list[LineAssessment]:
    """Return the lines with the floors of earlier decisions on the same goods."""
    of_line = [found for each, found in zip(prepared, changes, strict=True) for _ in each.facts]
    return [_with_change(line, found, around) for line, found in zip(lines, of_line, strict=True)]


def _with_change(
    line: LineAssessment, changes: Sequence[MaterialChange], around: Circumstances
) -> LineAssessment:
    change = change_for(line.line.line_number, line.score, line.verdict, changes)
    if change is None:
        return line
    floors = [*line.verdict.floors, resubmission_floor(change)]
    return replace(
        line,
        verdict=decide(line.score, around.serving.policy, floors),
        findings=(*line.findings, resubmission_finding(change)),
        change=change,
    )


def _wants_reasons(line: LineAssessment, wanted: Explain) -> bool:
    looked_at = line.verdict.band is not Band.RELEASE
    return wanted is Explain.FULL or (wanted is Explain.CODES and looked_at)


def _with_reasons(
    line: LineAssessment, values: tuple[float, ...], around: Circumstances
) -> LineAssessment:
    bundle = around.serving.bundle
    limit = None if around.explain is Explain.FULL else REASONS_A_LINE
    learned = explain(bundle.schema.names, values[:-1], line.facts, bundle.reason_map, limit)
    # what sets the floor of screening stands before all that was learned, however strong
    rules = [(inf, each) for each in reasons_of_strong_hits(line.facts)]
    rules += [(each.rank, each.reason) for each in line.findings]
    return replace(line, explanation=Explanation(values, ranked(learned, rules)))


def _assembled(
    prepared: Sequence[_Prepared],
    lines: Sequence[LineAssessment],
    history_seq: int,
    around: Circumstances,
) -> list[Assessment]:
    assessments = []
    at = 0
    for each in prepared:
        own = tuple(lines[at : at + len(each.facts)])
        at += len(each.facts)
        assessments.append(
            Assessment(
                submission=each.submission,
                at=each.at,
                lines=own,
                hits=each.hits,
                findings=each.findings,
                unknowns=_unknowns(each.facts, around),
                screening_keys=each.keys,
                history_seq=history_seq,
                degraded_groups=around.degraded_groups,
            )
        )
    return assessments


def _unknowns(facts: Sequence[LineFacts], around: Circumstances) -> tuple[str, ...]:
    groups = [f"{group}: not available, answered without it" for group in around.degraded_groups]
    return (*unknowns(facts), *groups)
