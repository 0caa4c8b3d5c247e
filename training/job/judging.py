"""Stages evaluate and gates: the test block, looked at once, by the candidate and the champion."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
from numpy.typing import NDArray

from app.core.model.bundle import Bundle
from app.core.model.forest import Forest
from app.core.model.manifest import GateResult
from app.core.scale import score_of
from training.baseline import baseline_policy
from training.evaluation import figures
from training.job.artefacts import read_arrays, read_json, write_json
from training.job.features import SLICES, Encoded, encoded
from training.job.fitting import CALIBRATION, Fitted, chances_of, fitted, probabilities
from training.job.gates import Cost, Golden, all_gates, failed
from training.job.job import Job
from training.job.judged import (
    Judged,
    ap_gap,
    as_json,
    burden,
    calibration_figures,
    recall_at_budget,
)
from training.job.split import ARRAYS as SPLIT_ARRAYS
from training.job.split import NOTE as SPLIT
from training.job.split import chosen_of
from training.job.stages import Stopped
from training.job.trigger import NOTE as TRIGGERED
from training.job.verdicts import GATE
from training.metrics import summary, tie_keys
from training.scored import Scored

NOTE, GATES, POLICY = "evaluation.json", "gates.json", "policy.json"
REASONED = 200  # test lines whose reasons are compared
_PER_LEAF = 0.25  # microseconds a leaf in trees 5 deep (app/core/model/forest.py)
_DEPTH = 5

Floats = NDArray[np.float64]


def evaluate(job: Job, out: Path) -> None:
    """Write every figure of the candidate on the test block, the champion's beside them."""
    found, model = encoded(job), fitted(job)
    policy = _policy(job, found)
    candidate = candidate_of(job, found, model, int(policy["review_at"]))
    test = found.block("test")
    document = figures(candidate.found, job.config.train.seed)
    document["slices"]["new_party"] = _new_party(job, candidate.found)
    document["slices"]["drawn"] = _part(
        candidate.found, np.flatnonzero(chosen_of(job)["test"].drawn)
    )
    plan = job.read("split", SPLIT)
    document |= {
        "label": job.config.label,
        "as_of": job.as_of.isoformat(),
        "choice": {
            key: each for key, each in model.choice.items() if key != "importance"
        }
        | {"columns": len(model.names), **read_json(job.path("calibrate", CALIBRATION))},
        "importance": model.choice["importance"],
        "blocks": plan["blocks"],
        "counts": plan["counts"],
        "cut": plan["blocks"]["validation"]["first"],
        "training": {
            "n": plan["counts"]["train"]["lines"],
            "positives": plan["counts"]["train"]["positives"],
        },
        "calibration_gates": as_json(calibration_figures(candidate)),
        "budget": job.config.policy.review_share,
        "recall_at_budget": recall_at_budget(candidate, job.config.policy.review_share),
        "burden": as_json({"ratio": burden(candidate)})["ratio"],
        "lines": len(test),
    }  # fmt: skip
    champion = champion_of(job, found)
    if champion is not None:
        document["against"] = _against(job, candidate, champion)
    write_json(out / NOTE, document)
    write_json(out / POLICY, policy)


def _policy(job: Job, found: Encoded) -> dict[str, Any]:
    """Return cut points from the validation lines that no law holds anyway."""
    validation = found.block("validation")
    free = validation[~found.arrays["held_by_law"][validation]]
    rows = free if len(free) else validation
    shares = job.config.policy
    return baseline_policy(
        probabilities(job)[rows],
        shares.review_share,
        shares.hold_share,
        found.held.weights[rows],
    )


def candidate_of(job: Job, found: Encoded, model: Fitted, review_at: int) -> Judged:
    """Return the candidate's scores of the test lines."""
    test = found.block("test")
    rows = found.held.columns(model.names)[test[:REASONED]]
    reasons = top_reasons(model.text, model.names, rows)
    return Judged(lines_of_test(job, found, probabilities(job)[test]), review_at, reasons)


def champion_of(job: Job, found: Encoded) -> Judged | None:
    """Return the champion's scores of the test lines; None where there is no champion."""
    version = job.read("trigger", TRIGGERED)["champion"]
    if version is None:
        return None
    bundle: Bundle = job.registry().recall(version)
    test = found.block("test")
    text = (job.registry().path(version) / "model.txt").read_text("utf-8")
    rows = found.arrays["champion_rows"][test[:REASONED]]
    reasons = top_reasons(text, bundle.schema.names, rows)
    chances = found.arrays["champion_probability"][test]
    return Judged(
        lines_of_test(job, found, chances), int(bundle.baseline_policy["review_at"]), reasons
    )


def lines_of_test(job: Job, found: Encoded, chances: Floats) -> Scored:
    """Return the lines of the test block with the chances (n,) that a model gives them."""
    at = found.block("test")
    slices: Mapping[str, list[str]] = read_json(job.path("features", SLICES))
    arrays = found.arrays
    return Scored(
        ids=tuple(arrays["held_ids"][at].tolist()),
        labels=found.held.labels[at],
        probabilities=chances,
        values=arrays["held_values"][at],
        weights=found.held.weights[at],
        weeks=found.held.weeks[at],
        entry_of=arrays["held_entries"][at],
        unseen=arrays["held_unseen"][at],
        alike=arrays["held_alike"][at],
        slices={name: tuple(values[place] for place in at) for name, values in slices.items()},
    )


def top_reasons(text: str, names: tuple[str, ...], rows: Floats) -> NDArray[np.str_]:
    """Return the names (m, 3) of the columns that move each row's score most."""
    booster = lightgbm.Booster(model_str=text)
    found = np.asarray(booster.predict(rows, pred_contrib=True, num_threads=1))[:, :-1]
    return np.array(names)[np.argsort(-np.abs(found), axis=1, kind="stable")[:, :3]]


def _new_party(job: Job, found: Scored) -> dict[str, Any]:
    return _part(found, np.flatnonzero(read_arrays(job.path("split", SPLIT_ARRAYS))["new_party"]))


def _part(found: Scored, rows: NDArray[np.int64]) -> dict[str, Any]:
    part = found.take(rows)
    said = summary(
        part.labels, part.probabilities, tie_keys(part.ids), part.values, weights=part.weights
    )
    return as_json({name: float(value) for name, value in said.items()}) | {
        "n": len(rows),
        "positives": int(part.labels.sum()),
    }


def _against(job: Job, candidate: Judged, champion: Judged) -> dict[str, Any]:
    gap, low, high = ap_gap(candidate, champion, job.config.train.seed)
    both = {"candidate": candidate.with_cut(champion.review_at), "champion_figures": champion}
    budget = job.config.policy.review_share
    kept = ("ap", "auroc", "p_at_10", "r_at_5", "log_loss", "ece", "brier_skill")
    return {
        "champion": job.read("trigger", TRIGGERED)["champion"],
        "ap_difference": gap,
        "ap_difference_interval": [low, high],
        **{
            name: {key: _part(each.found, np.arange(len(each.found.labels)))[key] for key in kept}
            | {"alerts": int(each.alerts.sum()), "recall_at_budget": recall_at_budget(each, budget)}
            for name, each in both.items()
        },
    }


def gates(job: Job, out: Path) -> None:
    """Write every gate's verdict; stop where one is not passed."""
    found, model = encoded(job), fitted(job)
    policy = job.read("evaluate", POLICY)
    results = all_gates(
        candidate_of(job, found, model, int(policy["review_at"])),
        champion_of(job, found),
        limits=job.config.gates,
        budget=job.config.policy.review_share,
        cost=cost_of(model.text),
        golden=_golden(job, found, model, int(policy["review_at"])),
        seed=job.config.train.seed,
    )
    write_json(out / GATES, [each.model_dump(mode="json") for each in results])
    for each in results:
        job.steps.say(f"  {each.verdict:<11} {each.name}: {each.value} ({each.limit})")
    problems = failed(results)
    if problems:
        raise Stopped(GATE, problems)


def gates_of(job: Job) -> tuple[GateResult, ...]:
    """Return the verdicts that stage gates wrote."""
    return tuple(GateResult.model_validate(each) for each in job.read("gates", GATES))


def cost_of(text: str) -> Cost:
    """Return what the model costs, reckoned from its trees: the same on every machine."""
    trees = lightgbm.Booster(model_str=text).dump_model()["tree_info"]
    depths = [(each["num_leaves"], _depth(each["tree_structure"])) for each in trees]
    microseconds = sum(leaves * _PER_LEAF * max(1.0, depth / _DEPTH) for leaves, depth in depths)
    return Cost(microseconds, len(text.encode()))


def _depth(node: Mapping[str, Any]) -> int:
    below = [node[side] for side in ("left_child", "right_child") if side in node]
    return 1 + max(map(_depth, below)) if below else 0


def _golden(job: Job, found: Encoded, model: Fitted, review_at: int) -> Golden | None:
    """Return how many known-bad entries neither a law nor the score would have looked at."""
    if "golden_rows" not in found.arrays:
        return None
    arrays, names = found.arrays, found.held.names
    columns = [names.index(name) for name in model.names]
    raw = Forest(model.text.encode()).predict(
        np.ascontiguousarray(arrays["golden_rows"][:, columns])
    )
    chances = chances_of(job, raw).tolist()
    caught = arrays["golden_by_law"] | np.array([score_of(each) >= review_at for each in chances])
    entries = set(arrays["golden_entries"].tolist())
    seen = set(arrays["golden_entries"][caught].tolist())
    return Golden(len(entries - seen), len(entries))
