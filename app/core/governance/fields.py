"""Reading JSON objects field by field, each problem kept with its JSON Pointer."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar

from app.core.errors import FieldProblem
from app.core.json_text import pointer_part

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)
MAX_PROBLEMS = 20  # docs/api.md
_SHOWN = 24


class Wrong(Exception):
    """A value that is not what is wanted; caught by `Fields.read`."""

    def __init__(self, code: str, message: str) -> None:
        """Carry a stable code, and found and wanted."""
        super().__init__(message)
        self.code = code


class Fields:
    """One JSON object at a place; what is wrong with it goes into `problems`."""

    def __init__(self, value: object, pointer: str, problems: list[FieldProblem]) -> None:
        """Take the value at `pointer`; anything but an object is one problem."""
        self.pointer = pointer
        self.problems = problems
        self._values: dict[str, Any] = value if isinstance(value, dict) else {}
        self.is_object = isinstance(value, dict)
        if not self.is_object:
            self.note("", "wrong_type", f"found {shown(value)}, wanted an object")

    def only(self, known: Iterable[str]) -> None:
        """Note every key that is not known."""
        wanted = set(known)
        for name in self._values:
            if name not in wanted:
                message = f"found an unknown field, wanted one of {', '.join(sorted(wanted))}"
                self.note(name, "unknown_field", message)

    def has(self, name: str) -> bool:
        """Whether the field is there and not null."""
        return self._values.get(name) is not None

    def read(self, name: str, kind: Callable[[object], T], default: T) -> T:
        """Return the field as `kind` reads it, `default` where that notes a problem."""
        try:
            return kind(self._values.get(name))
        except Wrong as wrong:
            if self.is_object:
                self.note(name, wrong.code, str(wrong))
            return default

    def note(self, name: str, code: str, message: str) -> None:
        """Keep a problem of a field, or of the object itself."""
        where = f"{self.pointer}/{pointer_part(name)}" if name else self.pointer
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(FieldProblem(where, code, message))


def shown(value: object) -> str:
    """Return a found value, short, as a message repeats it."""
    if value is None:
        return "nothing"
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "an array"
    return repr(str(value)[:_SHOWN]) if isinstance(value, str | Decimal) else str(value)[:_SHOWN]


def whole(low: int, high: int) -> Callable[[object], int]:
    """Return what reads a whole number from `low` to `high`."""

    def read(value: object) -> int:
        if type(value) is not int or not low <= value <= high:
            wanted = f"wanted a whole number from {low} to {high}"
            raise Wrong("out_of_range", f"found {shown(value)}, {wanted}")
        return value

    return read


def number(low: float, high: float) -> Callable[[object], float]:
    """Return what reads a number from `low` to `high`."""

    def read(value: object) -> float:
        is_number = isinstance(value, int | float | Decimal) and not isinstance(value, bool)
        if not is_number or not low <= float(value) <= high:  # type: ignore[arg-type]  # a number
            wanted = f"wanted a number from {low:g} to {high:g}"
            raise Wrong("out_of_range", f"found {shown(value)}, {wanted}")
        return float(value)  # type: ignore[arg-type]  # a number

    return read


def truth(value: object) -> bool:
    """Read true or false."""
    if not isinstance(value, bool):
        raise Wrong("wrong_type", f"found {shown(value)}, wanted true or false")
    return value


def moment(value: object) -> datetime:
    """Read a moment with its offset, as 2027-03-01T00:00:00Z; returned in UTC."""
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise Wrong("invalid_moment", f"found {shown(value)}, wanted one as 2027-03-01T00:00:00Z")
    return found.astimezone(UTC)


def member(kind: type[E]) -> Callable[[object], E]:
    """Return what reads a member of a closed set."""
    read = one_of([each.value for each in kind])
    return lambda value: kind(read(value))


def one_of(names: Iterable[str]) -> Callable[[object], str]:
    """Return what reads one of a closed set of texts."""
    known = list(names)

    def read(value: object) -> str:
        if not isinstance(value, str) or value not in known:
            raise Wrong("unknown_value", f"found {shown(value)}, wanted one of {', '.join(known)}")
        return value

    return read
