"""The parameters of a query, each known and given once, in texts that are UTF-8."""

from collections.abc import Sequence

from starlette.requests import Request

from app.core.query import query_refused

_NOT_UTF8 = "\ufffd"  # what the framework reads for bytes that are not


def read_parameters(request: Request, known: Sequence[str]) -> dict[str, str]:
    """Return the parameters given, by name.

    Raises RequestRefused for one that is not `known` or given twice, and InvalidQuery for bytes
    that are not UTF-8.
    """
    given: dict[str, str] = {}
    for name, value in request.query_params.multi_items():
        if name not in known:
            wanted = f"wanted {', '.join(known)}" if known else "this route takes none"
            raise query_refused(name, "unknown_parameter", f"found another parameter, {wanted}")
        if name in given:
            raise query_refused(name, "repeated_parameter", "wanted it once")
        if _NOT_UTF8 in value:
            raise query_refused(name, "invalid_text", "found bytes that are not UTF-8")
        given[name] = value
    return given
