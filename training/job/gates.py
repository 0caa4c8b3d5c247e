"""Gates: limits on calibration, golden cases and cost, and against the champion on the same lines.

Each says pass, fail or cannot tell; cannot tell is no pass. There is no way past a gate.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.core.model.manifest import GateResult
from training.job.config import Gates
from training.job.judged import (
    Judged,
    ap_gap,
    burden,
    by_slice,
    calibration_figures,
    overlap,
    recall_at_budget,
    slice_recall,
)
from training.metrics import average_precision

SIGMAS = 3.0  # specs: training, section 6: a slice's recall
RECALL_FALL = 0.10
LEAST_ALERTS = 5  # below, a share of alerts or of false alerts is chance
MOST_SHOWN = 4  # slices named in one gate

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Cost:
    """What a model costs to serve: microseconds a line with reasons (reckoned), and its bytes."""

    microseconds: float
    bytes: int


@dataclass(frozen=True, slots=True)
class Golden:
    """Known-bad entries that were released: how many of how many."""

    missed: int
    cases: int


def all_gates(  # noqa: PLR0913 - everything a gate may ask
    candidate: Judged,
    champion: Judged | None,
    *,
    limits: Gates,
    budget: float,
    cost: Cost,
    golden: Golden | None,
    seed: int,
) -> tuple[GateResult, ...]:
    """Return every gate's verdict. Gates against a champion are not asked where there is none.

    Alerts are those of the champion's cut point, which is the one at work.
    """
    gates = [*_calibration(candidate, limits), *_cost(cost, limits)]
    if golden is not None:
        gates.append(_at_most("golden cases released", golden.missed, 0, f"of {golden.cases}"))
    if champion is not None:
        gates += _against(candidate.with_cut(champion.review_at), champion, limits, budget, seed)
    return tuple(gates)


def failed(gates: Sequence[GateResult]) -> list[str]:
    """Return what each gate that was not passed says."""
    return [
        f"{gate.name}: {gate.value}, wanted {gate.limit} ({gate.verdict})"
        for gate in gates
        if gate.verdict != "pass"
    ]


def _calibration(candidate: Judged, limits: Gates) -> Iterator[GateResult]:
    found = calibration_figures(candidate)
    yield _at_most("calibration error", found["ece"], limits.ece)
    yield _at_most("calibration error, top tenth", found["ece_top"], limits.ece_top)
    yield _between("calibration slope", found["slope"], limits.slope)
    yield _between(
        "observed over expected, alerts",
        found["observed_over_expected"],
        limits.observed_over_expected,
    )


def _cost(cost: Cost, limits: Gates) -> Iterator[GateResult]:
    yield _at_most("microseconds a line, reckoned", cost.microseconds, limits.microseconds_a_line)
    yield _at_most("model bytes", cost.bytes, limits.model_bytes)


def _against(
    candidate: Judged, champion: Judged, limits: Gates, budget: float, seed: int
) -> Iterator[GateResult]:
    _, low, _ = ap_gap(candidate, champion, seed)
    whole = average_precision(champion.found.labels, champion.found.probabilities)
    least = max(-limits.ap_absolute, -limits.ap_relative * whole)
    yield _at_least("average precision against the champion, lower bound", low, least)
    one, other = recall_at_budget(candidate, budget), recall_at_budget(champion, budget)
    yield _at_least(f"recall at {budget:.1%} of the lines", one, other)
    yield _slices(candidate, champion, limits, seed)
    yield _slice_recalls(candidate, champion, limits, budget)
    yield _alerts(candidate, champion, limits)
    shared = overlap(candidate, champion)
    yield _at_least("overlap of the three first reasons", shared, limits.reason_overlap)
    yield _burden(candidate, champion, limits)


def _slices(candidate: Judged, champion: Judged, limits: Gates, seed: int) -> GateResult:
    name = f"average precision of slices with {limits.slice_positives} positives, lower bound"
    wanted = f"at least {-limits.slice_loss:+.4g}"
    slices = by_slice(candidate.found, limits.slice_positives)
    lows = {each: ap_gap(candidate, champion, seed, rows)[1] for each, rows in slices.items()}
    worse = sorted((low, each) for each, low in lows.items() if not low >= -limits.slice_loss)
    if not lows:
        return _gate(name, wanted, "no slice has so many", "pass")
    if not worse:
        return _gate(name, wanted, f"{min(lows.values()):+.4f} of {len(lows)} slices", "pass")
    said = ", ".join(f"{each} {low:+.4f}" for low, each in worse[:MOST_SHOWN])
    return _gate(name, wanted, said, "fail")


def _slice_recalls(candidate: Judged, champion: Judged, limits: Gates, budget: float) -> GateResult:
    name = "recall of country, chapter and route slices at the budget"
    wanted = f"no fall of more than {RECALL_FALL:.0%} or {SIGMAS:.0f} sigma"
    falls = []
    for each, rows in by_slice(candidate.found, limits.slice_positives).items():
        if not each.startswith(("origin ", "chapter ", "route ")):
            continue
        before = slice_recall(champion, budget, rows)
        fall = before - slice_recall(candidate, budget, rows)
        positives = candidate.found.labels[rows].sum()
        sigma = float(np.sqrt(before * (1 - before) / positives))
        if fall > RECALL_FALL or fall > max(SIGMAS * sigma, 1.5 / positives):
            falls.append((fall, each))
    if not falls:
        return _gate(name, wanted, "none", "pass")
    said = ", ".join(f"{each} {-fall:+.3f}" for fall, each in sorted(falls)[-MOST_SHOWN:])
    return _gate(name, wanted, said, "fail")


def _alerts(candidate: Judged, champion: Judged, limits: Gates) -> GateResult:
    name, wanted = "alerts at the cut point at work", f"within {limits.alerts:.0%}"
    before, now = int(champion.alerts.sum()), int(candidate.alerts.sum())
    if before < LEAST_ALERTS:
        return _gate(name, wanted, f"{now} against {before}: too few", "cannot tell")
    inside = abs(now - before) <= limits.alerts * before
    return _gate(name, wanted, f"{now} against {before}", "pass" if inside else "fail")


def _burden(candidate: Judged, champion: Judged, limits: Gates) -> GateResult:
    name = "false alerts of small importers over large ones"
    wanted = f"at most {limits.burden:.4g} times the champion's"
    one, other = burden(candidate), burden(champion)
    if not (np.isfinite(one) and np.isfinite(other) and other > 0):
        return _gate(name, wanted, "no false alerts of both to compare", "pass")
    verdict = "pass" if one <= limits.burden * other else "fail"
    return _gate(name, wanted, f"{one:.3f} against {other:.3f}", verdict)


def _at_most(name: str, value: float, limit: float, more: str = "") -> GateResult:
    return _gate(
        name, f"at most {limit:.6g}", f"{value:.4g} {more}".strip(), _holds(value, value <= limit)
    )


def _at_least(name: str, value: float, limit: float) -> GateResult:
    return _gate(name, f"at least {limit:.6g}", f"{value:.6g}", _holds(value, value >= limit))


def _between(name: str, value: float, limits: tuple[float, float]) -> GateResult:
    low, high = limits
    return _gate(
        name, f"{low:.4g} to {high:.4g}", f"{value:.4g}", _holds(value, low <= value <= high)
    )


def _holds(value: float, holds: bool) -> str:
    if not np.isfinite(value):
        return "cannot tell"
    return "pass" if holds else "fail"


def _gate(name: str, limit: str, value: str, verdict: str) -> GateResult:
    return GateResult.model_validate(
        {"name": name, "limit": limit, "value": value[:200], "verdict": verdict}
    )
