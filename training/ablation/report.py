"""The study as JSON and as Markdown tables."""

from statistics import fmean, stdev
from typing import Any

from training.ablation.columns import FULL, SLICES
from training.ablation.study import (
    AT_HOME,
    OBSERVED,
    Difference,
    Scores,
    Study,
    Variant,
    best_single,
)

_COLUMNS = (*SLICES, OBSERVED)


def as_document(study: Study) -> dict[str, Any]:
    """Return everything measured as a JSON object; AP by world, losses with their noise."""
    options = study.options
    name, ahead = best_single(study.default)
    return {
        "entries": options.entries,
        "nexus_share": options.nexus_share,
        "enrichment": options.plan(0).enrichment,
        "worlds": list(options.worlds),
        "learners": list(options.learners),
        "cut": options.cut.isoformat(),
        "default": _scores(study.default),
        "best_single": {"name": name, **_difference(ahead)},
        "precision_at_1_percent": study.precision,
        "relations": [
            {
                "mechanism": relation.mechanism,
                "column_set": relation.column_set,
                "slice": relation.slice,
                "on": _difference(study.default.lost(relation.column_set, relation.slice)),
                "off": _difference(variant.lost(relation.column_set, relation.slice)),
            }
            for relation, variant in zip(options.relations, study.off, strict=True)
        ],
        "transfer": {each.shift: _scores(each) for each in study.transfer},
    }


def as_markdown(study: Study) -> str:
    """Return the tables of docs/synthetic.md."""
    options = study.options
    name, ahead = best_single(study.default)
    return "\n".join(
        [
            f"{len(options.worlds)} worlds of {options.entries:,} entries, "
            f"{options.nexus_share:.1%} nexus (stops {options.plan(0).enrichment:.0f} times as "
            f"frequent as in real trade), {len(options.learners)} learner seeds each; learned from "
            f"outcomes known before {options.cut}, judged on the hidden truth of every line filed "
            "from then on. Mean AP and its standard deviation over worlds.",
            "",
            _table(study.default, [each.name for each in options.column_sets]),
            f"The best single group is *{name}*; the full model is "
            f"{ahead.loss:+.3f} AP ahead of it (noise {ahead.noise:.3f}).",
            f"Of the highest {1} % of lines {study.precision['precision']:.1%} are of forced "
            f"labour; at the real base rate that would be {study.precision['restated']:.2%}.",
            "",
            "| mechanism | left out | slice | loss with it on | loss with it off |",
            "|---|---|---|---|---|",
            *(
                f"| `{relation.mechanism}` | {relation.column_set.removeprefix('without ')} "
                f"| {relation.slice} "
                f"| {_shown(study.default.lost(relation.column_set, relation.slice))} "
                f"| {_shown(variant.lost(relation.column_set, relation.slice))} |"
                for relation, variant in zip(options.relations, study.off, strict=True)
            ),
            "",
            *_transfer(study),
        ]
    )


def _transfer(study: Study) -> list[str]:
    if not study.transfer:
        return []
    head = ["| shifted | taught elsewhere | taught at home |", "|---|---|---|"]
    return [
        *head,
        *(
            f"| `{each.shift}` | {_cell(each.scores[FULL], SLICES[0])} "
            f"| {_cell(each.scores[AT_HOME], SLICES[0])} |"
            for each in study.transfer
        ),
        "",
    ]


def _table(variant: Variant, names: list[str]) -> str:
    head = f"| columns | {' | '.join(_COLUMNS)} |\n|---|{'---|' * len(_COLUMNS)}\n"
    rows = [
        f"| {name} | {' | '.join(_cell(variant.scores[name], each) for each in _COLUMNS)} |\n"
        for name in names
    ]
    return head + "".join(rows)


def _cell(scores: Scores, of_slice: str) -> str:
    values = scores.by_slice[of_slice]
    spread = f" ± {stdev(values):.3f}" if len(values) > 1 else ""
    return f"{fmean(values):.3f}{spread}"


def _shown(found: Difference) -> str:
    verdict = "loss" if found.is_loss else "none"
    return f"{found.loss:+.3f} (noise {found.noise:.3f}): {verdict}"


def _difference(found: Difference) -> dict[str, Any]:
    return {"loss": found.loss, "noise": found.noise, "is_loss": found.is_loss}


def _scores(variant: Variant) -> dict[str, Any]:
    return {
        name: {**scores.by_slice, "learner_noise": scores.learner_noise}
        for name, scores in variant.scores.items()
    }
