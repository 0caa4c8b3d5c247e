"""JSON text to values, strictly: no repeated key, no NaN, no depth, numbers exact."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import jiter
import orjson

from app.core.errors import FieldProblem, InvalidEntry, MalformedJson

MAX_DEPTH = 16  # docs/api.md
_PIECE = 1 << 16  # bytes looked at in one call
_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*+"|[\[\]{},:]|[^\s\[\]{},:"]+', re.DOTALL)
_NOT_FINITE = frozenset({b"NaN", b"Infinity", b"-Infinity"})
_MAX_SCANNED = 1 << 17  # bytes searched for the place of a fault; beyond, the root is named
_MAX_NAME = 40  # characters of a key that a pointer repeats


def parse_json(data: bytes) -> Any:
    """Return the value of a JSON text: whole numbers as int, others as Decimal.

    Raises MalformedJson for what is not JSON or deeper than 16, and InvalidEntry with the JSON
    Pointer of a repeated key or of a number that is none (NaN, Infinity).
    """
    if is_deep(data):
        message = f"wanted at most {MAX_DEPTH} levels of nesting"
        raise MalformedJson("The JSON is nested too deep.", [FieldProblem("", "too_deep", message)])
    try:
        return jiter.from_json(
            data, catch_duplicate_keys=True, allow_inf_nan=False, float_mode="decimal"
        )
    except ValueError as error:
        raise _refusal(data, str(error)) from None


def is_deep(data: bytes) -> bool:
    """Say whether brackets outside strings nest deeper than 16 levels."""
    if data.count(b"{") + data.count(b"[") <= MAX_DEPTH:
        return False  # not even if all were inside each other; most bodies have no more
    depth = 0
    for brackets in _brackets(data):
        for bracket in brackets:
            if bracket in b"[{":
                depth += 1
                if depth > MAX_DEPTH:
                    return True
            else:
                depth -= 1
    return False


def _brackets(data: bytes) -> Iterator[bytes]:
    """Yield the brackets outside strings, piece by piece.

    Piece by piece, as other threads wait while one call works; a pattern for strings over 1 MiB
    would keep the event loop of a server waiting for 30 ms.
    """
    if b"\\" in data:  # in a JSON text only inside strings
        data = data.replace(rb"\\", b"").replace(rb"\"", b"")
    inside = 0
    for start in range(0, len(data), _PIECE):
        parts = data[start : start + _PIECE].split(b'"')
        yield b"".join(parts[inside::2]).translate(None, _NOT_BRACKETS)
        inside ^= (len(parts) - 1) & 1


def _refusal(data: bytes, found: str) -> MalformedJson | InvalidEntry:
    fault = _find_fault(data[:_MAX_SCANNED])
    repeated = found.startswith("Detected duplicate key")
    if fault is None and repeated:
        fault = FieldProblem("", "duplicate_key", _REPEATED)
    # the place alone: jiter's message may repeat a key, and a key may be anything
    place = found.rpartition(" at line ")[2] if " at line " in found else ""
    if fault is None or (fault.code == "duplicate_key" and not repeated):
        where = f" at line {place}" if place else ""
        return MalformedJson(f"The body is not JSON as RFC 8259 has it{where}.")
    return InvalidEntry("The entry has 1 problem.", [fault])


_REPEATED = "found this key twice in one object"


@dataclass(slots=True)
class _Container:
    """An object or array the scan is inside of, and the member it is at."""

    is_object: bool
    keys: set[str] = field(default_factory=set)
    at: str | int = 0
    wants_key: bool = True


def _find_fault(data: bytes) -> FieldProblem | None:
    """Return the first repeated key or number that is none, by its place; None for neither."""
    stack: list[_Container] = []
    for match in _TOKEN.finditer(data):
        token = match.group()
        inside = stack[-1] if stack else None
        if token in (b"{", b"["):
            stack.append(_Container(is_object=token == b"{"))
        elif token in (b"}", b"]"):
            if inside:
                stack.pop()
        elif token == b"," and inside:
            inside.wants_key = True
            if isinstance(inside.at, int) and not inside.is_object:
                inside.at += 1
        elif token in _NOT_FINITE:
            message = "found NaN or Infinity, wanted a number"
            return FieldProblem(_pointer(stack), "not_a_number", message)
        elif inside and inside.is_object and inside.wants_key and token.startswith(b'"'):
            key = _text(token)
            inside.at, inside.wants_key = key, False
            if key in inside.keys:
                return FieldProblem(_pointer(stack), "duplicate_key", _REPEATED)
            inside.keys.add(key)
    return None


def _text(token: bytes) -> str:
    try:
        return str(orjson.loads(token))
    except orjson.JSONDecodeError:
        return token.decode(errors="replace")


def _pointer(stack: list[_Container]) -> str:
    return "".join(f"/{pointer_part(each.at)}" for each in stack)


def pointer_part(name: str | int) -> str:
    """Return one part of a JSON Pointer (RFC 6901), long names cut and made printable."""
    if isinstance(name, int):
        return str(name)
    shown = "".join(each if each.isprintable() else "?" for each in name[:_MAX_NAME])
    return shown.replace("~", "~0").replace("/", "~1")
