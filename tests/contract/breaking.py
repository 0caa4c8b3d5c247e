"""What a newer OpenAPI document breaks of an older one: `python -m tests.contract.breaking`.

Fields and values may be added to answers, and requests may ask for less; anything else that a
client written against the older document would notice is a break. An enumeration in an answer may
grow: clients are told to treat what they do not know as review (docs/api.md).
"""

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

Json = Any  # a value of a JSON document
RELEASED = Path(__file__).with_name("released-openapi.json")
_LOWER = ("minimum", "minLength", "minItems", "minProperties")  # a request's may only fall
_UPPER = ("maximum", "maxLength", "maxItems", "maxProperties")  # a request's may only rise
_EXACT = ("pattern", "format")  # a request's may only go
_DONE = range(200, 300)


def breaks(old: Json, new: Json) -> list[str]:
    """Return one line for each thing that clients of `old` would trip over in `new`."""
    return sorted(set(_Comparison(old, new).of_paths()))


class _Comparison:
    """Two documents, and the pairs of components that are being compared."""

    def __init__(self, old: Json, new: Json) -> None:
        self._old, self._new = old, new
        self._under_way: set[tuple[str, str, bool]] = set()

    def of_paths(self) -> Iterator[str]:
        """Yield what is broken anywhere."""
        for path, methods in self._old["paths"].items():
            for method, before in methods.items():
                place = f"{method.upper()} {path}"
                after = self._new["paths"].get(path, {}).get(method)
                if after is None:
                    yield f"{place}: is gone"
                else:
                    yield from self._of_operation(place, before, after)

    def _of_operation(self, place: str, old: Json, new: Json) -> Iterator[str]:
        if new.get("security") and not old.get("security"):
            yield f"{place}: needs a key now"
        if new.get("operationId") != old.get("operationId"):
            yield f"{place}: operationId changed"
        yield from self._of_parameters(place, old, new)
        yield from self._of_body(place, old.get("requestBody"), new.get("requestBody"))
        for status, before in old["responses"].items():
            if int(status) not in _DONE:
                continue  # errors are told apart by their type, and have one schema
            after = new["responses"].get(status)
            if after is None:
                yield f"{place}: no longer answers {status}"
            else:
                yield from self._of_content(f"{place} {status}", before, after, asked=False)

    def _of_parameters(self, place: str, old: Json, new: Json) -> Iterator[str]:
        before = {(each["in"], each["name"]): each for each in old.get("parameters", [])}
        after = {(each["in"], each["name"]): each for each in new.get("parameters", [])}
        for key, each in after.items():
            if each.get("required") and not before.get(key, {}).get("required"):
                yield f"{place} {key[1]}: is required now"
        for key, each in before.items():
            if key not in after:
                yield f"{place} {key[1]}: is gone"
            else:
                schemas = each.get("schema", {}), after[key].get("schema", {})
                yield from self._of_request(f"{place} {key[1]}", *schemas)

    def _of_body(self, place: str, old: Json, new: Json) -> Iterator[str]:
        if old is None and new is not None and new.get("required"):
            yield f"{place}: needs a body now"
        if old is not None and new is None:
            yield f"{place}: reads no body any more"
        if old is not None and new is not None:
            yield from self._of_content(f"{place} body", old, new, asked=True)

    def _of_content(self, place: str, old: Json, new: Json, *, asked: bool) -> Iterator[str]:
        for kind, before in old.get("content", {}).items():
            after = new.get("content", {}).get(kind)
            if after is None:
                yield f"{place}: no {kind} any more"
                continue
            schemas = before.get("schema", {}), after.get("schema", {})
            yield from (self._of_request if asked else self._of_answer)(place, *schemas)

    def _of_request(self, place: str, old: Json, new: Json) -> Iterator[str]:
        """Yield what was accepted and is no more."""
        if self._is_under_way(old, new, asked=True):
            return
        old, new = _resolved(old, self._old), _resolved(new, self._new)
        if "anyOf" in old or "anyOf" in new:
            for each in old.get("anyOf", [old]):
                found = [
                    list(self._of_request(place, each, one)) for one in new.get("anyOf", [new])
                ]
                if all(found):
                    yield from min(found, key=len)
            return
        if not _types(old) <= _types(new):
            yield f"{place}: takes {sorted(_types(new))}, took {sorted(_types(old))}"
        if "enum" in new and not set(old.get("enum", [None])) <= set(new["enum"]):
            yield f"{place}: takes fewer values"
        for name in _LOWER:
            if name in new and new[name] > old.get(name, float("-inf")):
                yield f"{place}: {name} rose"
        for name in _UPPER:
            if name in new and new[name] < old.get(name, float("inf")):
                yield f"{place}: {name} fell"
        for name in _EXACT:
            if name in new and new[name] != old.get(name):
                yield f"{place}: {name} changed"
        yield from self._of_asked_object(place, old, new)
        yield from self._of_items(place, old, new, asked=True)

    def _of_asked_object(self, place: str, old: Json, new: Json) -> Iterator[str]:
        before, after = old.get("properties", {}), new.get("properties", {})
        for name in set(new.get("required", [])) - set(old.get("required", [])):
            yield f"{place}/{name}: is required now"
        is_closed = new.get("additionalProperties") is False
        if is_closed and old.get("additionalProperties", True) is not False:
            yield f"{place}: takes no other field now"
        for name, each in before.items():
            if name in after:
                yield from self._of_request(f"{place}/{name}", each, after[name])
            elif is_closed:
                yield f"{place}/{name}: is refused now"

    def _of_answer(self, place: str, old: Json, new: Json) -> Iterator[str]:
        """Yield what was promised of an answer and is no more."""
        if self._is_under_way(old, new, asked=False):
            return
        old, new = _resolved(old, self._old), _resolved(new, self._new)
        if "anyOf" in old or "anyOf" in new:
            for each in new.get("anyOf", [new]):
                found = [list(self._of_answer(place, one, each)) for one in old.get("anyOf", [old])]
                if all(found):
                    yield from min(found, key=len)
            return
        if not _types(new) <= _types(old):
            yield f"{place}: is {sorted(_types(new))}, was {sorted(_types(old))}"
        before, after = old.get("properties", {}), new.get("properties", {})
        for name, each in before.items():
            if name not in after:
                yield f"{place}/{name}: is gone"
                continue
            if name in old.get("required", []) and name not in new.get("required", []):
                yield f"{place}/{name}: may be absent now"
            yield from self._of_answer(f"{place}/{name}", each, after[name])
        yield from self._of_items(place, old, new, asked=False)

    def _of_items(self, place: str, old: Json, new: Json, *, asked: bool) -> Iterator[str]:
        compare = self._of_request if asked else self._of_answer
        for name in ("items", "additionalProperties"):
            if isinstance(old.get(name), dict) and isinstance(new.get(name), dict):
                yield from compare(f"{place}/*", old[name], new[name])

    def _is_under_way(self, old: Json, new: Json, *, asked: bool) -> bool:
        """Say whether two components are compared already: their breaks are told once."""
        pair = (old.get("$ref", ""), new.get("$ref", ""), asked)
        if not all(pair[:2]):
            return False
        seen = pair in self._under_way
        self._under_way.add(pair)
        return seen


def _types(schema: Json) -> frozenset[str]:
    """Return the JSON types a schema allows; a number may be whole."""
    found = schema.get("type", ["object", "array", "string", "number", "boolean", "null"])
    types = {found} if isinstance(found, str) else set(found)
    return frozenset(types | {"integer"} if "number" in types else types)


def _resolved(schema: Json, document: Mapping[str, Any]) -> Json:
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def main() -> int:
    """Compare the released document with the one named, or with the code's own."""
    from app.api.openapi import openapi_document  # noqa: PLC0415 - only where it is run

    released = json.loads(RELEASED.read_text())
    new = json.loads(Path(sys.argv[1]).read_text()) if sys.argv[1:] else openapi_document()
    found = breaks(released, new)
    for each in found:
        sys.stderr.write(f"breaks clients: {each}\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
