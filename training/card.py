"""The model card: what the model is for, what it was made from, and what it can't show."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

LIMITS = (
    "Labels exist only where somebody examined: the model learns what was suspected before as well "
    "as what was found. Recall over goods never examined is not known and not claimed.",
    "On lanes that training never saw it has little to go by; slices.unseen_lane says how little.",
    "Lines whose goods, weight and value occurred in training may be recognised rather than "
    "judged; slices.no_near_duplicate says how it does without them.",
    "The positive rate of the held-out lines is not that of all entries: figures that depend on it "
    "(precision, average precision, log loss) do not carry over.",
    "Synthetic or proxy data show that the machinery works, not that it finds forced labour.",
    "A score is a reason to look at documents. It says nothing of any firm's guilt.",
)

CHOSE = (
    "The held-out lines chose candidate and calibration, so these figures lean to the bright "
    "side; judge a model on a later period."
)
APART = (
    "The lines judged on chose nothing: candidate, rounds and calibration come from earlier ones."
)

_PARTS = ("all", "unseen_lane", "no_near_duplicate")


@dataclass(frozen=True, slots=True, kw_only=True)
class CardFacts:
    """What the card says of the run; windows are first and last day, ISO 8601.

    `judged_apart`: the lines judged on chose nothing.
    """

    label: str
    source: str
    window: tuple[str, str]
    held_out_window: tuple[str, str]
    notes: tuple[str, ...]
    evaluation: Mapping[str, Any]
    judged_apart: bool = False


def model_card(facts: CardFacts) -> dict[str, Any]:
    """Return the card as a JSON object, the twin of `card_text`."""
    evaluation = facts.evaluation
    headline = ("n", "positives", "ap", "auroc", "p_at_10", "r_at_5", "log_loss", "ece")
    return {
        "purpose": "Rank lines of customs entries for a check of documents before filing.",
        "label": facts.label,
        "data": {
            "source": facts.source,
            "training_window": list(facts.window),
            "held_out_window": list(facts.held_out_window),
            "notes": list(facts.notes),
        },
        "selection_bias": LIMITS[0],
        "limits": list(LIMITS[1:]),
        "choice": dict(evaluation["choice"]),
        "held_out": {
            "all": {name: evaluation[name] for name in headline},
            **{
                part: {name: evaluation["slices"][part][name] for name in headline}
                for part in ("unseen_lane", "no_near_duplicate")
            },
            "intervals": evaluation.get("intervals", {}),
        },
        "judged_on": APART if facts.judged_apart else CHOSE,
        "contact": "SECURITY.md of the repository",
    }


def card_text(card: Mapping[str, Any]) -> str:
    """Return the card as Markdown."""
    held, data, choice = card["held_out"], card["data"], card["choice"]
    rows = [
        f"| {name} | " + " | ".join(_shown(held[part][name]) for part in _PARTS) + " |"
        for name in held["all"]
    ]
    lines = [
        f"# Model card: {card['label']}",
        "",
        card["purpose"],
        "",
        "## Data",
        "",
        data["source"],
        f"Training {' to '.join(data['training_window'])}, held out "
        f"{' to '.join(data['held_out_window'])}.",
        *(f"* {note}" for note in data["notes"]),
        "",
        "## How it was chosen",
        "",
        f"{choice['candidate']}, {choice['rounds']} rounds: {choice['reason']}. "
        f"Calibration: {choice['calibration']}.",
        "",
        "## Held-out figures (lines)",
        "",
        "| figure | all | lanes never seen | no near-duplicate in training |",
        "|---|---|---|---|",
        *rows,
        "",
        card["judged_on"],
        "",
        "## Limits",
        "",
        card["selection_bias"],
        "",
        *(f"* {limit}" for limit in card["limits"]),
        "",
        f"Contact: {card['contact']}",
    ]
    return "\n".join(lines) + "\n"


def _shown(value: float | None) -> str:
    return "not defined" if value is None else f"{value:.4g}"
