"""Refusals of a query: one form on every route, `/query/<name>` for the parameter."""

from app.core.errors import FieldProblem, InvalidQuery, RequestRefused
from app.core.json_text import pointer_part

_OF_NAMES = frozenset({"unknown_parameter", "repeated_parameter"})
_SHOWN = 40  # characters of a name that is not ours


def query_refused(name: str, code: str, message: str) -> RequestRefused:
    """Return the refusal of one parameter, its problem at `/query/<name>`.

    A parameter that is not known or given twice is a bad request (400), a value that can't be read
    an invalid query (422).
    """
    kind = RequestRefused if code in _OF_NAMES else InvalidQuery
    shown = name[:_SHOWN]
    problem = FieldProblem(f"/query/{pointer_part(shown)}", code, message)
    return kind(f"The query is not understood: {shown}.", [problem])
