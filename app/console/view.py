"""What the page shows, as plain values: testable without a line of HTML."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.core.errors import EntryRiskError, RequestRefused
from app.core.scale import MAX_SCORE, probability_at

_SHORT_DIGEST = 15  # characters: sha256: and 8 hex digits


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that runs: its name, its value, and a note under it."""

    name: str
    value: str
    note: str = ""
    is_bad: bool = False


@dataclass(frozen=True, slots=True)
class Scale:
    """The score scale with its cut points; `at` is where a score stands, None without one."""

    review_at: int
    hold_at: int
    at: int | None = None

    @property
    def review_width(self) -> int:
        """Points from review to hold."""
        return max(min(self.hold_at, MAX_SCORE) - self.review_at, 0)

    @property
    def hold_width(self) -> int:
        """Points from hold to the end."""
        return max(MAX_SCORE - self.hold_at, 0)


@dataclass(frozen=True, slots=True)
class ReasonView:
    """One reason: text, law and strength; `share` is its part of the strongest, 0 to 1."""

    text: str
    code: str
    regime: str | None
    source: str | None
    contribution: str
    share: float


@dataclass(frozen=True, slots=True)
class LineView:
    """One line of the answer beside what was declared of it."""

    number: int
    goods: str
    score: int
    band: str
    probability: str
    floors: tuple[str, ...]
    reasons: tuple[ReasonView, ...]
    was_explained: bool


@dataclass(frozen=True, slots=True)
class AnswerView:
    """The answer to the pasted entry."""

    document: Mapping[str, Any]
    score: int
    band: str
    band_text: str
    raised_by: str
    probability: str
    odds: str
    lines: tuple[LineView, ...]
    scale: Scale | None


@dataclass(frozen=True, slots=True)
class RefusalView:
    """Why there is no answer."""

    title: str
    detail: str
    problems: tuple[tuple[str, str], ...]


BAND_TEXTS = {
    "release": "Nothing here asks for a closer look.",
    "review": "Have someone look at it before it is filed.",
    "hold": "Do not file before it has been looked into.",
}


def percent(probability: float) -> str:
    """Return a probability in percent with two significant digits: 0.0431 is 4.3 %."""
    shown = probability * 100
    for least, digits in ((10, 0), (1, 1), (0.1, 2), (0.01, 3)):
        if shown >= least:
            return f"{shown:.{digits}f} %"
    return "under 0.01 %"


def one_in(probability: float) -> str:
    """Return a probability as odds a person can picture: 0.0431 is about 1 in 23."""
    if probability >= 0.2:
        return f"about {round(probability * 10)} in 10"
    return f"about 1 in {round(1 / probability):,}"


def facts_of(status: Mapping[str, Any]) -> tuple[Fact, ...]:
    """Return what runs, from the document of /v1/meta."""
    ledger = status["ledger"]
    return (
        _model_fact(status["model"]),
        _policy_fact(status["policy"]),
        _reference_fact(status["reference"]),
        Fact(
            "Ledger",
            ledger["kind"],
            "writable" if ledger["writable"] else "not writable: nothing is decided",
            is_bad=not ledger["writable"],
        ),
        Fact("Cache", status["cache"]["kind"], f"history {status['history']['mode']}"),
    )


def _model_fact(model: Mapping[str, Any]) -> Fact:
    if model["version"] is None:
        return Fact("Model", "none", "No verified bundle is loaded.", is_bad=True)
    figures = model["evaluation"]
    known = [
        f"{name} {figures[key]:.3f}"
        for name, key in (("average precision", "ap"), ("AUROC", "auroc"))
        if isinstance(figures.get(key), int | float)
    ]
    if isinstance(figures.get("n"), int):
        known.append(f"on {figures['n']:,} held-out lines")
    signer = "; signed for development" if model["signer"]["dev"] else ""
    measured = ", ".join(known) or "no figures"
    source = model.get("learned_from")
    learned = f". Learned from: {source}" if source else ""
    return Fact("Model", model["version"], f"{model['label']}: {measured}{signer}{learned}")


def _policy_fact(policy: Mapping[str, Any] | None) -> Fact:
    if policy is None:
        return Fact("Policy", "none", is_bad=True)
    cuts = f"review from {policy['review_at']}, hold from {policy['hold_at']}"
    review, hold = (one_in(probability_at(policy[name])) for name in ("review_at", "hold_at"))
    return Fact("Policy", cuts, f"that is {review}, and {hold}; from the {policy['source']}")


def _reference_fact(reference: Mapping[str, Any]) -> Fact:
    age = reference["age_days"]
    note = "age unknown" if age is None else f"{age} days old" if age != 1 else "1 day old"
    return Fact("Reference tables", reference["version"], note)


def scale_of(status: Mapping[str, Any], score: int | None = None) -> Scale | None:
    """Return the scale of the policy in force; None without one."""
    policy = status["policy"]
    return None if policy is None else Scale(policy["review_at"], policy["hold_at"], score)


def answer_view(
    answer: Mapping[str, Any], request: Mapping[str, Any], status: Mapping[str, Any]
) -> AnswerView:
    """Return what is shown of an answer and the entry it is for."""
    declared = dict(enumerate(request.get("lines", [])))
    return AnswerView(
        document=answer,
        score=answer["score"],
        band=answer["band"],
        band_text=BAND_TEXTS[answer["band"]],
        raised_by=_raised_by(answer),
        probability=percent(answer["probability"]),
        odds=one_in(answer["probability"]),
        lines=tuple(_line(line, declared.get(at, {})) for at, line in enumerate(answer["lines"])),
        scale=scale_of(status, answer["score"]),
    )


def _raised_by(answer: Mapping[str, Any]) -> str:
    """Return why the band is stricter than the scores alone would make it; "" where it is not."""
    strictest = [line for line in answer["lines"] if line["band"] == answer["band"]]
    if not all(line["floors"] for line in strictest):
        return ""
    floors = dict.fromkeys(floor for line in strictest for floor in line["floors"])
    numbers = ", ".join(str(line["line_number"]) for line in strictest)
    lines = "line" if len(strictest) == 1 else "lines"
    return f"Raised by {' and '.join(floors)} ({lines} {numbers}); the score is untouched."


def _line(line: Mapping[str, Any], declared: Mapping[str, Any]) -> LineView:
    reasons = line.get("reasons", [])
    strongest = max((abs(each["contribution"]) for each in reasons), default=1.0) or 1.0
    goods = [declared.get("hts"), declared.get("description"), declared.get("origin_country")]
    return LineView(
        number=line["line_number"],
        goods=" · ".join(str(each) for each in goods if each),
        score=line["score"],
        band=line["band"],
        probability=percent(line["probability"]),
        floors=tuple(line["floors"]),
        reasons=tuple(
            ReasonView(
                text=each["text"],
                code=each["code"],
                regime=each["regime"],
                source=each["source"],
                contribution=f"{each['contribution']:+.2f}",
                share=abs(each["contribution"]) / strongest,
            )
            for each in reasons
        ),
        was_explained="reasons" in line,
    )


def refusal_view(error: EntryRiskError) -> RefusalView:
    """Return what is shown of a refusal: title, detail, and the fields at fault."""
    problems = error.problems if isinstance(error, RequestRefused) else ()
    shown = tuple((each.pointer or "/", each.message) for each in problems)
    return RefusalView(error.title, error.detail, shown)
