"""Bad bodies: the right 4xx, a pointer to the field, at most 4 KiB, in under 100 ms each."""

import time
from typing import Any

import httpx
import orjson
import pytest

from tests.desks import entry, line

MAX_S = 0.1  # acceptance of the first issue
TRIES = 5  # the best of them counts: the machine that runs this may be busy with others
JSON = {"Content-Type": "application/json"}


def body(*lines: dict[str, Any], **changes: Any) -> bytes:
    return orjson.dumps(entry(*lines, **changes))


GOOD = body().decode()
WRONG_TYPES = body(line(hts=6201407511, entered_value_usd=48250, quantity="many"), revision="1")
BAD_BODIES: list[tuple[str, bytes, int, str | None]] = [
    ("wrong types", WRONG_TYPES, 422, "/revision"),
    ("an unknown field", body(colour="red"), 422, "/colour"),
    ("an unknown field of a line", body(line(colour="red")), 422, "/lines/0/colour"),
    ("200,000 bytes of unknown fields", body(**{f"x{at}": at for at in range(20_000)}), 422, "/x0"),
    ("a repeated key", GOOD.replace('"hts"', '"hts":"030617","hts"').encode(), 422, "/lines/0/hts"),
    ("NaN", GOOD.replace('"48250.00"', "NaN").encode(), 422, "/lines/0/entered_value_usd"),
    ("Infinity", GOOD.replace('"48250.00"', "-Infinity").encode(), 422, None),
    ("10 MB", b'{"lines":"' + b"x" * 10_000_000 + b'"}', 413, None),
    ("just over 1 MiB", b" " * (1024 * 1024 + 1), 413, None),
    ("depth 100", b'{"a":' * 100 + b"1" + b"}" * 100, 400, ""),
    ("a megabyte of brackets", b"[" * 1_000_000, 400, ""),
    ("a bad HTS code", body(line(hts="62014O")), 422, "/lines/0/hts"),
    ("a bad country", body(line(origin_country="UK")), 422, "/lines/0/origin_country"),
    ("1,000 lines", body(*[line()] * 1000), 422, "/lines"),
    ("no lines", body() and b'{"lines":[]}', 422, "/lines"),
    ("a NUL in a name", body(importer={"name": "a\x00b"}), 422, "/importer/name"),
    ("a number with no end", GOOD.replace('"48250.00"', "9" * 5000).encode(), 400, None),
    ("a tiny exponent", body(line()).replace(b'"48250.00"', b"1e-999999999"), 422, None),
    ("no JSON", b"lines=1", 400, None),
    ("an empty body", b"", 400, None),
    ("half an entry", GOOD[:-2].encode(), 400, None),
    ("bytes that are no UTF-8", b'{"lines":"\xff"}', 400, None),
]


@pytest.mark.parametrize(
    ("sent", "status", "pointer"), [case[1:] for case in BAD_BODIES], ids=[c[0] for c in BAD_BODIES]
)
def test_a_bad_body_is_refused_at_once_with_its_place(
    client: httpx.Client, sent: bytes, status: int, pointer: str | None
) -> None:
    times = []
    for _ in range(TRIES):
        started = time.perf_counter()
        answer = client.post("/v1/score", content=sent, headers=JSON)
        times.append(time.perf_counter() - started)
        assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert len(answer.content) <= 4096
    if pointer is not None:
        assert answer.json()["errors"][0]["pointer"] == pointer
    assert min(times) < MAX_S


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content-Type": "text/plain"}, 415),
        (JSON | {"Content-Encoding": "gzip"}, 415),
        (JSON | {"Authorization": "Bearer nobody"}, 401),
        (JSON | {"Idempotency-Key": "x" * 300}, 400),
    ],
)
def test_a_bad_header_is_refused(
    client: httpx.Client, headers: dict[str, str], status: int
) -> None:
    answer = client.post("/v1/score", content=GOOD, headers=headers)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_body_in_chunks_is_counted(client: httpx.Client) -> None:
    def endless() -> Any:
        for _ in range(200):
            yield b" " * 65_536

    answer = client.post("/v1/score", content=endless(), headers=JSON)
    assert answer.status_code == 413


def test_a_full_batch_is_read_and_one_entry_more_is_not(client: httpx.Client) -> None:
    full = client.post("/v1/score/batch?explain=none", json={"entries": [entry()] * 500})
    assert full.status_code == 200
    assert len(full.json()["results"]) == 500
    over = client.post("/v1/score/batch", json={"entries": [entry()] * 501})
    assert (over.status_code, over.json()["errors"][0]["pointer"]) == (422, "/entries")


def test_it_still_answers_after_all_that(client: httpx.Client) -> None:
    assert client.post("/v1/score", content=GOOD, headers=JSON).status_code == 200
