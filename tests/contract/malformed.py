"""Bodies that no route may take, made from good ones by a seeded draw."""

import json
import random
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from app.api.examples import held_entry
from app.api.outcome_schema import claim_examples

JSON_TYPE = "application/json"
ROUTES: dict[str, Callable[[], Any]] = {
    "/v1/score": held_entry,
    "/v1/score/batch": lambda: {"entries": [held_entry()]},
    "/v1/outcomes": lambda: claim_examples()["excluded"],
}
WRONG: tuple[Any, ...] = (
    *(None, True, -1, 10**40, 1.5, "", " ", "\x00", "x" * 300, "\u202e", [], {}, [[]], {"": 0}),
)
TYPES = ("text/plain", "application/xml", "multipart/form-data", "", "application/json; charset=x")


@dataclass(frozen=True, slots=True)
class Malformed:
    """One request that has to be refused."""

    kind: str
    path: str
    body: bytes
    media_type: str = JSON_TYPE


def malformed(seed: int, count: int) -> Iterator[Malformed]:
    """Yield `count` malformed requests, the same for a seed."""
    draw = random.Random(seed)  # noqa: S311 - a seed, no secret
    kinds = list(_KINDS)
    for at in range(count):
        kind = kinds[at % len(kinds)]
        path = draw.choice(list(ROUTES)) if kind in _ANYWHERE else "/v1/score"
        yield _KINDS[kind](kind, path, draw)


def _text(path: str) -> str:
    return json.dumps(ROUTES[path]())


def _cut(kind: str, path: str, draw: random.Random) -> Malformed:
    text = _text(path)
    return Malformed(kind, path, text[: draw.randrange(len(text))].encode())


def _bytes(kind: str, path: str, draw: random.Random) -> Malformed:
    body = bytearray(_text(path).encode())
    body[draw.randrange(1, len(body) - 1)] = draw.choice(b"\x00\x01\x1f\x80\xc0\xff")
    return Malformed(kind, path, bytes(body))


def _noise(kind: str, path: str, draw: random.Random) -> Malformed:
    return Malformed(kind, path, b"\xff" + draw.randbytes(draw.randrange(4096)))


def _deep(kind: str, path: str, draw: random.Random) -> Malformed:
    depth = draw.randrange(20, 20_000)
    opening = draw.choice(['{"lines":', "[", '[{"a":'])
    return Malformed(kind, path, (opening * depth).encode())


def _repeated(kind: str, path: str, draw: random.Random) -> Malformed:
    document = ROUTES[path]()
    name = draw.choice(list(document))
    again = json.dumps({name: document[name]})[1:-1]
    return Malformed(kind, path, ("{" + again + "," + json.dumps(document)[1:]).encode())


def _not_finite(kind: str, path: str, draw: random.Random) -> Malformed:
    document = ROUTES[path]()
    document["x"] = "@"
    number = draw.choice(["NaN", "Infinity", "-Infinity"])
    return Malformed(kind, path, json.dumps(document).replace('"@"', number).encode())


def _another_value(kind: str, path: str, draw: random.Random) -> Malformed:
    return Malformed(kind, path, json.dumps(draw.choice(WRONG)).encode())


def _unknown_fields(kind: str, path: str, draw: random.Random) -> Malformed:
    document = ROUTES[path]()
    for _ in range(draw.choice([1, 30, 2000])):
        document[f"x{draw.randrange(10**9)}" * draw.choice([1, 40])] = draw.choice(WRONG)
    return Malformed(kind, path, json.dumps(document).encode())


def _other_type(kind: str, path: str, draw: random.Random) -> Malformed:
    return Malformed(kind, path, _text(path).encode(), draw.choice(TYPES))


def _wrong_line(kind: str, path: str, draw: random.Random) -> Malformed:
    document = ROUTES[path]()
    line = document["lines"][0]
    name = draw.choice(["hts", "origin_country", "entered_value_usd"])
    line[name] = draw.choice(WRONG)
    document["lines"] = [deepcopy(line) for _ in range(draw.choice([1, 40, 999]))]
    return Malformed(kind, path, json.dumps(document).encode())


def _many_lines(kind: str, path: str, draw: random.Random) -> Malformed:
    document = ROUTES[path]()
    document["lines"] = [{}] * draw.choice([0, 1000, 20_000])
    return Malformed(kind, path, json.dumps(document).encode())


def _long_number(kind: str, path: str, draw: random.Random) -> Malformed:
    document = ROUTES[path]()
    document["lines"][0]["gross_weight_kg"] = "@"
    number = draw.choice(["9" * 5000, "1e999", "1e-999999999", "0." + "1" * 400])
    return Malformed(kind, path, json.dumps(document).replace('"@"', number).encode())


Make = Callable[[str, str, random.Random], Malformed]
_KINDS: dict[str, Make] = {
    "cut short": _cut,
    "a byte that is no text": _bytes,
    "noise": _noise,
    "nested too deep": _deep,
    "a repeated field": _repeated,
    "no number": _not_finite,
    "another value": _another_value,
    "unknown fields": _unknown_fields,
    "another media type": _other_type,
    "a wrong line": _wrong_line,
    "too many lines, or none": _many_lines,
    "a number too long": _long_number,
}
_ANYWHERE = frozenset(_KINDS) - {"a wrong line", "too many lines, or none", "a number too long"}
