"""Reading a document: every fault is collected with its JSON Pointer, up to a limit."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, cast

from app.core.document.kinds import (
    AnyKind,
    Field,
    ListOf,
    ObjectOf,
    Scalar,
    Text,
    TextMap,
    json_type,
)
from app.core.errors import FieldProblem, InvalidEntry, InvalidField
from app.core.json_text import pointer_part

MAX_FAULTS = 20  # docs/api.md: at most 20 errors and 4 KiB, whatever the input
NO_DEFAULT: Mapping[str, Any] = MappingProxyType({})
REFUSED = object()  # stands for a value whose fault was recorded


def child(pointer: str, name: str | int) -> str:
    """Return the JSON Pointer of a member of what `pointer` points to."""
    return f"{pointer}/{pointer_part(name)}"


class Reading:
    """The faults found so far in one document, and the attribute names it may use.

    `attributes` None: any name will do (a document from our own ledger).
    """

    __slots__ = ("attributes", "faults")

    def __init__(self, attributes: frozenset[str] | None = None) -> None:
        """Start without a fault."""
        self.attributes = attributes
        self.faults: list[FieldProblem] = []

    def fault(self, pointer: str, code: str, message: str) -> object:
        """Record a fault and return REFUSED; raise InvalidEntry when there are enough."""
        self.faults.append(FieldProblem(pointer, code, message))
        if len(self.faults) >= MAX_FAULTS:
            self.finish()
        return REFUSED

    def finish(self) -> None:
        """Raise InvalidEntry with all faults, if there are any."""
        if self.faults:
            count = len(self.faults)
            more = " or more" if count >= MAX_FAULTS else ""
            noun = "problem" if count == 1 else "problems"
            raise InvalidEntry(f"The entry has {count}{more} {noun}.", self.faults)

    def read_object(
        self, kind: ObjectOf, raw: object, pointer: str, default: Mapping[str, Any] = NO_DEFAULT
    ) -> Any:
        """Return what `kind` builds of `raw` (over `default`), or REFUSED."""
        if not isinstance(raw, dict):
            return self.fault(pointer, "wrong_type", f"found {json_type(raw)}, wanted an object")
        before = len(self.faults)
        values = self.read_fields(kind.fields, raw, pointer)
        if len(self.faults) > before:
            return REFUSED
        try:
            return kind.build(**{**default, **values})
        except InvalidField as error:
            place = child(pointer, error.field) if error.field in kind.fields else pointer
            return self.fault(place, error.problem, error.message)

    def read_fields(
        self, fields: Mapping[str, Field], raw: Mapping[str, Any], pointer: str
    ) -> dict[str, Any]:
        """Return the values of all fields that are there and not null."""
        if not raw.keys() <= fields.keys():
            for name in raw:
                if name not in fields:
                    self.fault(child(pointer, name), "unknown_field", "this field is not known")
        values: dict[str, Any] = {}
        for name, each in fields.items():
            found = raw.get(name)
            if found is not None:
                if each.read is None:
                    values[name] = self._read(each.kind, found, name, pointer)
                    continue
                try:
                    values[name] = each.read(name, found)
                except InvalidField as error:
                    self.fault(child(pointer, name), error.problem, error.message)
            elif each.required:
                problem = ("wrong_type", "found null") if name in raw else ("missing", "not there")
                self.fault(child(pointer, name), problem[0], f"{problem[1]}, but it is required")
        return values

    def _read(self, kind: AnyKind, raw: object, name: str, pointer: str) -> Any:
        """Return what has parts of its own; a scalar is read where it is found."""
        if isinstance(kind, ObjectOf):
            return self.read_object(kind, raw, f"{pointer}/{name}")
        if isinstance(kind, ListOf):
            return self._read_list(kind, raw, name, f"{pointer}/{name}")
        return self._read_map(cast("TextMap", kind), raw, name, f"{pointer}/{name}")

    def _read_scalar(
        self, kind: Scalar, raw: object, name: str, place: str | int, pointer: str
    ) -> Any:
        try:
            return kind.read(name, raw)
        except InvalidField as error:
            return self.fault(child(pointer, place), error.problem, error.message)

    def _read_list(self, kind: ListOf, raw: object, name: str, pointer: str) -> Any:
        if not isinstance(raw, list):
            return self.fault(pointer, "wrong_type", f"found {json_type(raw)}, wanted an array")
        if not kind.least <= len(raw) <= kind.most:
            message = f"found {len(raw)}, wanted {kind.least} to {kind.most}"
            return self.fault(pointer, f"{name}_count", message)
        if isinstance(kind.each, ObjectOf):
            each, number = kind.each, kind.numbered_by
            return tuple(
                self.read_object(
                    each, one, f"{pointer}/{place}", {number: place + 1} if number else NO_DEFAULT
                )
                for place, one in enumerate(raw)
            )
        scalar = kind.each
        return tuple(
            self._read_scalar(scalar, one, name, place, pointer) for place, one in enumerate(raw)
        )

    def _read_map(self, kind: TextMap, raw: object, name: str, pointer: str) -> Any:
        if not isinstance(raw, dict):
            return self.fault(pointer, "wrong_type", f"found {json_type(raw)}, wanted an object")
        values = {}
        for key, value in raw.items():
            if self.attributes is not None and key not in self.attributes:
                message = "the model in service declares no such attribute"
                self.fault(child(pointer, key), "unknown_attribute", message)
            elif value is not None:
                values[key] = self._read_scalar(Text(kind.longest), value, name, key, pointer)
        return values
