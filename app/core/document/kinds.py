"""What a field of a document may hold: each kind reads a parsed JSON value and says its schema."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import Any, Protocol

from app.core.codes import Code
from app.core.entry import text
from app.core.errors import InvalidField

MAX_DIGITS = 28  # of any number: more would not survive decimal arithmetic
MAX_PLACES = 18
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_DECIMAL = re.compile(r"[0-9]{1,20}(?:\.[0-9]{1,10})?", re.ASCII)
_JSON_TYPES = {
    type(None): "null",
    bool: "a boolean",
    int: "a number",
    Decimal: "a number",
    float: "a number",
    str: "a string",
    list: "an array",
    dict: "an object",
}


def json_type(raw: object) -> str:
    """Return what `raw` is in words of JSON, with its article."""
    return _JSON_TYPES.get(type(raw), "no JSON value")


def wrong_type(name: str, raw: object, wanted: str) -> InvalidField:
    """Return the error for a value of another JSON type than `wanted`."""
    return InvalidField(name, "wrong_type", f"found {json_type(raw)}, wanted {wanted}")


class Scalar(Protocol):
    """A kind whose value is one string or number; `read` raises InvalidField."""

    def read(self, name: str, raw: object) -> Any:  # the kind's own type
        """Return `raw` as the kind's own type."""
        ...

    def schema(self) -> dict[str, Any]:
        """Return the kind as JSON Schema 2020-12."""
        ...


@dataclass(frozen=True, slots=True)
class Text:
    """A text that is not blank, without control characters, at most `longest` characters."""

    longest: int

    def read(self, name: str, raw: object) -> str:
        """Return the text as it is."""
        if not isinstance(raw, str):
            raise wrong_type(name, raw, "a string")
        return text(name, raw, self.longest)

    def schema(self) -> dict[str, Any]:
        """Return a string of at most `longest` characters, one of them no blank."""
        return {
            "type": "string",
            "minLength": 1,
            "maxLength": self.longest,
            "pattern": r"^[^\u0000-\u001f\u007f-\u009f]*[^\s\u0000-\u001f\u007f-\u009f]"
            r"[^\u0000-\u001f\u007f-\u009f]*$",
        }


@lru_cache(8192)  # a day's entries name the same countries, ports and goods again and again
def _as_code(code: type[Code], raw: str) -> Code:
    return code(raw)


@dataclass(frozen=True, slots=True)
class CodeOf:
    """A code of the trade, as its type reads it."""

    code: type[Code]

    def read(self, name: str, raw: object) -> Code:
        """Return the code."""
        if not isinstance(raw, str):
            raise wrong_type(name, raw, "a string")
        return _as_code(self.code, raw)

    def schema(self) -> dict[str, Any]:
        """Return a string of the code's pattern."""
        return {
            "type": "string",
            "pattern": f"^{self.code.pattern.pattern}$",
            "description": self.code.wanted,
        }


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a closed set of words."""

    words: type[StrEnum]

    def read(self, name: str, raw: object) -> StrEnum:
        """Return the word."""
        if isinstance(raw, str) and raw in self.words.__members__.values():
            return self.words(raw)
        wanted = "one of " + ", ".join(self.words)
        if not isinstance(raw, str):
            raise wrong_type(name, raw, wanted)
        raise InvalidField(name, "unknown_value", f"found another string, wanted {wanted}")

    def schema(self) -> dict[str, Any]:
        """Return the words as an enumeration."""
        return {"type": "string", "enum": [str(word) for word in self.words]}


@dataclass(frozen=True, slots=True)
class Day:
    """A date as RFC 3339 writes it: 2026-11-24."""

    def read(self, name: str, raw: object) -> date:
        """Return the date."""
        if not isinstance(raw, str):
            raise wrong_type(name, raw, "a date as a string")
        if _DAY.fullmatch(raw):
            try:
                return date.fromisoformat(raw)
            except ValueError:
                pass
        raise InvalidField(name, "invalid_date", "wanted a date as 2026-11-24")

    def schema(self) -> dict[str, Any]:
        """Return a string in the format `date`."""
        return {"type": "string", "format": "date"}


@dataclass(frozen=True, slots=True)
class Amount:
    """An exact decimal from 0 to `ceiling`: a decimal string, or also a number if `numbers`."""

    ceiling: Decimal
    numbers: bool = False

    def read(self, name: str, raw: object) -> Decimal:
        """Return the number, exactly as written."""
        value = self._decimal(name, raw)
        if not value.is_finite() or not 0 <= value <= self.ceiling:
            message = f"wanted a number from 0 to {self.ceiling:f}"
            raise InvalidField(name, "out_of_range", message)
        _, digits, exponent = value.as_tuple()
        # an exponent of minus a billion would be written out as a gigabyte of zeros
        if len(digits) > MAX_DIGITS or int(exponent) < -MAX_PLACES:
            message = f"wanted at most {MAX_DIGITS} digits, {MAX_PLACES} of them after the point"
            raise InvalidField(name, "too_precise", message)
        return value

    def _decimal(self, name: str, raw: object) -> Decimal:
        if isinstance(raw, str):
            if _DECIMAL.fullmatch(raw):
                return Decimal(raw)
            wanted = "wanted a decimal number as a string, as 48250.00"
            raise InvalidField(name, "invalid_decimal", wanted)
        if self.numbers and isinstance(raw, int | Decimal) and not isinstance(raw, bool):
            return Decimal(raw)
        wanted = "a number or a decimal string" if self.numbers else "a decimal string"
        raise wrong_type(name, raw, wanted)

    def schema(self) -> dict[str, Any]:
        """Return a decimal string, or either of string and number."""
        as_text = {"type": "string", "pattern": f"^{_DECIMAL.pattern}$"}
        if not self.numbers:
            return as_text
        number = {"type": "number", "minimum": 0, "maximum": float(self.ceiling)}
        return {"anyOf": [number, as_text]}


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number from `low` to `high`."""

    low: int
    high: int

    def read(self, name: str, raw: object) -> int:
        """Return the number; 7.0 is one, as JSON Schema has it."""
        if isinstance(raw, bool) or not isinstance(raw, int | Decimal):
            raise wrong_type(name, raw, "a whole number")
        if not self.low <= raw <= self.high:  # first: a huge exponent is never written out
            message = f"wanted a whole number from {self.low} to {self.high}"
            raise InvalidField(name, "out_of_range", message)
        if raw != int(raw):
            raise wrong_type(name, raw, "a whole number")
        return int(raw)

    def schema(self) -> dict[str, Any]:
        """Return an integer within its bounds."""
        return {"type": "integer", "minimum": self.low, "maximum": self.high}


@dataclass(frozen=True, slots=True)
class ListOf:
    """An array of `least` to `most` values of one kind.

    Objects that leave out the field `numbered_by` get their place, from 1.
    """

    each: "Scalar | ObjectOf"
    most: int
    least: int = 0
    numbered_by: str | None = None

    def schema(self) -> dict[str, Any]:
        """Return an array within its bounds."""
        bounds = {"minItems": self.least} if self.least else {}
        return {"type": "array", "items": self.each.schema(), "maxItems": self.most, **bounds}


@dataclass(frozen=True, slots=True)
class TextMap:
    """An object from declared names to short texts."""

    longest: int

    def schema(self) -> dict[str, Any]:
        """Return an object of strings."""
        return {"type": "object", "additionalProperties": Text(self.longest).schema()}


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an object: its kind, what it means, and whether it must be there."""

    kind: "AnyKind"
    meaning: str
    required: bool = False
    read: Callable[[str, object], Any] | None = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Look up once how a scalar reads; None for what has parts."""
        object.__setattr__(self, "read", getattr(self.kind, "read", None))

    def schema(self) -> dict[str, Any]:
        """Return the kind's schema with the meaning; null is taken as absent where it may be."""
        schema = self.kind.schema()
        if self.required:
            return {**schema, "description": self.meaning}
        return {"anyOf": [schema, {"type": "null"}], "description": self.meaning}


@dataclass(frozen=True, slots=True)
class ObjectOf:
    """An object with exactly these `fields`, which becomes `build(**values)`."""

    build: type[Any]
    fields: Mapping[str, Field]
    title: str

    def schema(self) -> dict[str, Any]:
        """Return an object that allows no other field."""
        return {
            "type": "object",
            "title": self.title,
            "properties": {name: each.schema() for name, each in self.fields.items()},
            "required": [name for name, each in self.fields.items() if each.required],
            "additionalProperties": False,
        }


AnyKind = Scalar | ObjectOf | ListOf | TextMap
