"""What a person says of a material change: read from parsed JSON with every fault named."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from app.core.document.kinds import Choice, Field, ObjectOf, Text, json_type
from app.core.document.reading import Reading
from app.core.errors import FieldProblem, InvalidEntry, InvalidExplanation
from app.core.reference.lookalikes import plain_characters

SHORTEST_REASON: Final = 10  # characters; "ok" explains nothing
LONGEST_REASON: Final = 2000


class ExplanationKind(StrEnum):
    """Why the same goods are declared otherwise than before."""

    CORRECTED_ERROR = "corrected_error"  # the earlier declaration was wrong
    OTHER_GOODS = "other_goods"  # they are not the same goods
    CHANGED_ORDER = "changed_order"  # supplier, way or origin was changed in fact
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Explanation:
    """An explanation as a person gives it; `reason` is free text and is never logged."""

    kind: ExplanationKind
    reason: str


EXPLANATION_FIELDS: Mapping[str, Field] = {
    "kind": Field(Choice(ExplanationKind), "Why it is declared otherwise.", required=True),
    "reason": Field(
        Text(LONGEST_REASON),
        "What happened, in a person's words; kept, never logged.",
        required=True,
    ),
}
EXPLANATION_KIND = ObjectOf(Explanation, EXPLANATION_FIELDS, "ExplanationRequest")


def read_explanation(document: object) -> Explanation:
    """Return the explanation a parsed JSON document is.

    Raises InvalidExplanation with the JSON Pointer of each fault.
    """
    if not isinstance(document, dict):
        message = f"found {json_type(document)}, wanted an object"
        raise _refused([FieldProblem("", "wrong_type", message)])
    reading = Reading()
    values = reading.read_fields(EXPLANATION_FIELDS, document, "")
    reason = values.get("reason")
    if isinstance(reason, str) and not says_something(reason):
        message = f"wanted at least {SHORTEST_REASON} characters that say what happened"
        reading.fault("/reason", "text_too_short", message)
    try:
        reading.finish()
    except InvalidEntry as error:
        raise _refused(list(error.problems)) from error
    return Explanation(**values)


def says_something(reason: str) -> bool:
    """Return whether a text has enough characters that a reader sees, letters among them."""
    seen = " ".join(plain_characters(reason).split())
    return len(seen) >= SHORTEST_REASON and sum(each.isalpha() for each in seen) >= 3


def _refused(problems: list[FieldProblem]) -> InvalidExplanation:
    noun = "problem" if len(problems) == 1 else "problems"
    return InvalidExplanation(f"The explanation has {len(problems)} {noun}.", problems)
