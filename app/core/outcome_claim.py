"""An outcome as a client tells it: read from parsed JSON with every fault named."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.core.document.kinds import (
    Choice,
    Day,
    Field,
    ListOf,
    ObjectOf,
    Text,
    Whole,
    json_type,
)
from app.core.document.reading import Reading, child
from app.core.entry import MAX_LINES
from app.core.errors import FieldProblem, InvalidEntry, InvalidOutcome
from app.core.outcomes import OutcomeCode, OutcomeSource
from app.core.reasons.kinds import Regime

MAX_OUTCOMES = 500  # docs/api.md: of one request
EARLIEST_EVENT = date(2000, 1, 1)  # docs/outcomes.md: no entry that is scored here is older
OUTCOMES = "outcomes"  # the one field of a request of several


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeClaim:
    """What a client says became of a filed entry; `pointer` is where it stands in the document."""

    decision_id: str | None = None
    entry_number: str | None = None
    revision: int | None = None
    line_numbers: tuple[int, ...] | None = None
    code: OutcomeCode
    source: OutcomeSource
    regime: Regime | None = None
    event_at: date
    known_at: date
    corrects: str | None = None
    pointer: str = ""


CLAIM_FIELDS: Mapping[str, Field] = {
    "decision_id": Field(Text(64), "The filed decision it speaks of; or else `entry_number`."),
    "entry_number": Field(Text(40), "The entry: its newest filed revision is spoken of."),
    "revision": Field(Whole(1, 9999), "With `entry_number`: that revision instead of the newest."),
    "line_numbers": Field(
        ListOf(Whole(1, MAX_LINES), MAX_LINES, least=1),
        "The lines it became of; null on an entry of several lines labels the entry.",
    ),
    "code": Field(Choice(OutcomeCode), "What became of it.", required=True),
    "source": Field(
        Choice(OutcomeSource), "`government`, or `review`: our document check.", required=True
    ),
    "regime": Field(Choice(Regime), "The law it happened under."),
    "event_at": Field(Day(), "Day on which it happened.", required=True),
    "known_at": Field(Day(), "Day on which it became known: history sees it after.", required=True),
    "corrects": Field(Text(64), "Id of the earlier outcome of this entry that this puts right."),
}
CLAIM_KIND = ObjectOf(OutcomeClaim, CLAIM_FIELDS, "OutcomeClaim")


def read_claims(document: object, today: date) -> tuple[OutcomeClaim, ...]:
    """Return the outcomes that a parsed JSON document tells: itself one, or up to 500 in a list.

    Raises InvalidOutcome with up to 20 problems, each with its JSON Pointer. `today` is the day
    beyond which nothing can be known yet.
    """
    reading = Reading()
    try:
        claims = [_read(reading, raw, pointer, today) for raw, pointer in _parts(document)]
        reading.finish()
    except InvalidEntry as error:
        raise refused(error.problems) from error
    return tuple(each for each in claims if each is not None)


def refused(problems: Sequence[FieldProblem]) -> InvalidOutcome:
    """Return the refusal of a document with these problems."""
    noun = "problem" if len(problems) == 1 else "problems"
    return InvalidOutcome(f"The outcome has {len(problems)} {noun}.", problems)


def _parts(document: object) -> list[tuple[object, str]]:
    """Return what is to be read as an outcome each, and where it stands."""
    if not isinstance(document, dict) or OUTCOMES not in document:
        return [(document, "")]
    several = document[OUTCOMES]
    pointer = f"/{OUTCOMES}"
    if len(document) > 1:
        message = f"{OUTCOMES} stands alone; found {len(document) - 1} more fields beside it"
        raise refused([FieldProblem("", "unknown_field", message)])
    if not isinstance(several, list):
        message = f"found {json_type(several)}, wanted an array"
        raise refused([FieldProblem(pointer, "wrong_type", message)])
    if not 1 <= len(several) <= MAX_OUTCOMES:
        message = f"found {len(several)}, wanted 1 to {MAX_OUTCOMES}"
        raise refused([FieldProblem(pointer, "outcomes_count", message)])
    return [(raw, child(pointer, place)) for place, raw in enumerate(several)]


def _read(reading: Reading, raw: object, pointer: str, today: date) -> OutcomeClaim | None:
    before = len(reading.faults)
    if not isinstance(raw, dict):
        reading.fault(pointer, "wrong_type", f"found {json_type(raw)}, wanted an object")
        return None
    values = reading.read_fields(CLAIM_FIELDS, raw, pointer)
    if len(reading.faults) > before:
        return None
    claim = OutcomeClaim(**values, pointer=pointer)
    for problem in (*_faults_of_subject(claim), *_faults_of_words(claim, today)):
        reading.fault(problem.pointer, problem.code, problem.message)
    return claim


def _faults_of_subject(claim: OutcomeClaim) -> list[FieldProblem]:
    """Return what is wrong with how the entry and its lines are named."""
    found = []
    if (claim.decision_id is None) == (claim.entry_number is None):
        count = "neither" if claim.decision_id is None else "both"
        message = f"found {count}, wanted either decision_id or entry_number"
        found.append(FieldProblem(claim.pointer, "decision_or_entry", message))
    if claim.revision is not None and claim.entry_number is None:
        message = "a revision goes with an entry_number"
        found.append(FieldProblem(child(claim.pointer, "revision"), "without_entry", message))
    numbers = claim.line_numbers or ()
    if len(set(numbers)) < len(numbers):
        message = "wanted each line number once"
        place = child(claim.pointer, "line_numbers")
        found.append(FieldProblem(place, "duplicate_line_number", message))
    return found


def _faults_of_words(claim: OutcomeClaim, today: date) -> list[FieldProblem]:
    """Return what is wrong with whose word it is and when it was known."""
    found = []
    if claim.source is not claim.code.source:
        message = f"found {claim.source}, but {claim.code} is an outcome of {claim.code.source}"
        found.append(FieldProblem(child(claim.pointer, "source"), "wrong_source", message))
    if claim.event_at < EARLIEST_EVENT:
        message = f"found a day before {EARLIEST_EVENT.isoformat()}"
        found.append(FieldProblem(child(claim.pointer, "event_at"), "too_early", message))
    known_at = child(claim.pointer, "known_at")
    if claim.known_at < claim.event_at:
        message = "it cannot be known before it happened (event_at)"
        found.append(FieldProblem(known_at, "before_event", message))
    if claim.known_at > today:
        message = f"found a day after today, {today.isoformat()} (UTC)"
        found.append(FieldProblem(known_at, "in_the_future", message))
    return found


def count_outcomes(document: Any) -> int:  # any JSON value
    """Return how many outcomes a document that was read tells."""
    return len(document[OUTCOMES]) if several(document) else 1


def several(document: Any) -> bool:  # any JSON value
    """Say whether a document tells its outcomes in a list, and is answered by one."""
    return isinstance(document, dict) and OUTCOMES in document
