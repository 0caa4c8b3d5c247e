"""A stored decision as it was given: the entry, its lines as they scored, and what fired."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import orjson

from app.core.document import Submission, read_submission
from app.core.errors import NotFound
from app.core.json_text import parse_json
from app.core.policy import Band, FloorKind
from app.core.preflight import Severity
from app.core.reasons import Regime
from app.core.records import DecisionRecord
from app.core.remedies import Cause, CauseKind
from app.core.rules import RULES
from app.core.screening import HitStrength

MOST_REASONS = 5  # of the model, a line: those a decision with explain=codes gives
_XINJIANG_CODES = frozenset({"CN_POSTAL_XINJIANG", "CN_POSTAL_TOWN_DIFFERS"})
_FLOOR_TEXTS = {
    FloorKind.DEGRADED.value: "Evidence was missing when it was scored.",
    FloorKind.RESUBMISSION.value: "The same goods were declared otherwise before.",
}
Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class StoredDecision:
    """A decision read back: nothing in it is computed again.

    `answered` and `evidence` are the lines of the stored response and evidence by line number.
    """

    record: DecisionRecord
    submission: Submission
    at: date
    response: Json
    proof: Json
    answered: Mapping[int, Json]
    evidence: Mapping[int, Json]

    @property
    def band(self) -> Band:
        """The entry's band."""
        return Band(self.record.band)


def read_stored(record: DecisionRecord) -> StoredDecision:
    """Return a decision read back; raises NotFound where its entry was erased."""
    if not (record.request and record.evidence and record.response):
        raise NotFound("The entry of that decision was erased.")
    response, proof = orjson.loads(record.response), orjson.loads(record.evidence)
    return StoredDecision(
        record=record,
        submission=read_submission(parse_json(record.request)),
        at=date.fromisoformat(proof["at"]),
        response=response,
        proof=proof,
        answered={line["line_number"]: line for line in response["lines"]},
        evidence={line["line_number"]: line for line in proof["lines"]},
    )


def causes_of(stored: StoredDecision) -> tuple[Cause, ...]:
    """Return what fired, the entry's own first, then line by line, each once.

    Reasons and rules count on lines at review or above, list hits where they are in force,
    preflight findings from a warning on. A decision given without reasons (explain=none) still has
    its rules, hits and floors; a line with none of them is told by its band.
    """
    found: list[Cause] = [*_of_preflight(stored), *_of_screening(stored)]
    explained = {cause.line_number for cause in found if cause.kind is CauseKind.SCREENING}
    for number, line in stored.answered.items():
        if line["band"] == Band.RELEASE:
            continue
        own = list(_of_line(number, line, stored.evidence[number]))
        if not own and not explained & {number, None}:
            text = f"The line is at {line['band']}; the decision was given without reasons."
            own.append(Cause(CauseKind.BAND, "BAND_WITHOUT_REASONS", text, number))
        found += own
    return tuple(dict.fromkeys(found))


def _of_line(number: int, line: Json, evidence: Json) -> Iterator[Cause]:
    groups = {rule.code: rule.group.value for rule in RULES}
    for each in evidence.get("findings", ()):
        group = groups.get(each["code"])
        yield Cause(
            CauseKind.RULE, each["code"], each["text"], number, group, each["regime"],
            each["source"],
        )  # fmt: skip
    raising = [
        each
        for each in line.get("reasons", ())
        if each.get("kind", "model") == "model" and each["contribution"] > 0
    ]
    for each in raising[:MOST_REASONS]:
        yield Cause(
            CauseKind.REASON, each["code"], each["text"], number, each["group"], each["regime"],
            each["source"],
        )  # fmt: skip
    for floor in line["floors"]:
        if floor in _FLOOR_TEXTS:
            code = f"FLOOR_{floor.upper()}"
            yield Cause(CauseKind.FLOOR, code, _FLOOR_TEXTS[floor], number)


def _of_screening(stored: StoredDecision) -> Iterator[Cause]:
    for hit in stored.response["screening"]:
        number, strength = hit["line_number"], hit.get("strength", HitStrength.STRONG)
        if strength == HitStrength.PAST:
            continue
        looked_at = stored.band if number is None else Band(stored.answered[number]["band"])
        if strength == HitStrength.STRONG or looked_at is not Band.RELEASE:
            yield Cause(
                CauseKind.SCREENING, hit["list"], hit["why"], number, "screening", hit["regime"],
                f"list:{hit['entity_id']}", hit["list"],
            )  # fmt: skip


def _of_preflight(stored: StoredDecision) -> Iterator[Cause]:
    lines = stored.submission.entry.lines
    for finding in stored.response["preflight"]:
        if finding["severity"] == Severity.INFO:
            continue
        parts = finding["path"].split("/")
        number = lines[int(parts[2])].line_number if parts[1] == "lines" else None
        regime = Regime.UFLPA.value if finding["code"] in _XINJIANG_CODES else None
        yield Cause(
            CauseKind.PREFLIGHT, finding["code"], finding["text"], number, None, regime,
            "preflight",
        )  # fmt: skip
