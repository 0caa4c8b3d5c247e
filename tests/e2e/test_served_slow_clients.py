"""Slow and outsized clients of `entry-risk serve`: cut, and nobody else notices."""

import json
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from tests.desks import entry
from tests.served_process import ServedProcess, closed_within, exchange, statuses

SLOW_S = 1.5
SLACK_S = 8.0  # for a machine with other things to do; the promise is 10 s in all
BODY = json.dumps(entry()).encode()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedProcess]:
    made = ServedProcess(
        tmp_path_factory.mktemp("served"),
        ENTRY_RISK_SLOW_CLIENT_S=str(SLOW_S),
        ENTRY_RISK_MAX_CONNECTIONS="400",
    )
    made.set_live(made.put_bundle())
    with made:
        yield made


def head(served: ServedProcess, *more: str, path: str = "/v1/score") -> bytes:
    lines = [
        f"POST {path} HTTP/1.1",
        "Host: x",
        f"Authorization: Bearer {served.key}",
        "Content-Type: application/json",
        "Connection: close",
        *more,
    ]
    return "\r\n".join([*lines, "", ""]).encode()


def open_all(
    served: ServedProcess, stack: ExitStack, count: int, begun: bytes
) -> list[socket.socket]:
    links = [stack.enter_context(served.connect()) for _ in range(count)]
    for link in links:
        link.sendall(begun)
    return links


def test_slow_heads_bodies_and_silent_ones_are_closed_and_others_are_served(
    served: ServedProcess,
) -> None:
    with ExitStack() as stack, served.client() as client:
        slow = open_all(served, stack, 150, b"POST /v1/score HTTP/1.1\r\nHost: x\r\n")
        slow += open_all(served, stack, 50, b"")
        slow += open_all(served, stack, 50, b"\r\n")
        slow += open_all(served, stack, 50, head(served, "Content-Length: 500") + b"{")
        took = []
        for _ in range(5):
            started = time.monotonic()
            assert client.get("/livez").status_code == 200
            took.append(time.monotonic() - started)
        assert sorted(took)[2] <= 0.25
        assert client.post("/v1/score", json=entry()).status_code == 200
        assert closed_within(slow, SLOW_S + SLACK_S) == len(slow)


def test_a_slow_body_is_answered_with_408(served: ServedProcess) -> None:
    with served.connect() as link:
        answer = exchange(link, head(served, "Content-Length: 500"), b"{")
    assert statuses(answer) == [408]
    assert b"/errors/body-too-slow" in answer


def test_one_connection_too_many_is_told_so(served: ServedProcess) -> None:
    with ExitStack() as stack:
        open_all(served, stack, 400, b"")
        link = stack.enter_context(served.connect())
        answer = exchange(link, b"")
    assert statuses(answer) == [503]
    assert b"retry-after: 1" in answer
    assert b"/errors/overloaded" in answer


CHUNK = b"8000\r\n" + b" " * 0x8000 + b"\r\n"
BOMBS: dict[str, tuple[tuple[str, ...] | bytes, list[bytes], int]] = {
    "a header": (b"GET / HTTP/1.1\r\nX: ", [b"x" * 65_536] * 40, 431),
    "headers": (b"GET / HTTP/1.1\r\n", [b"X-%d: y\r\n" % at for at in range(20_000)], 431),
    "a path": (b"GET /", [b"x" * 65_536] * 40, 431),
    "a declared body": (("Content-Length: 999999999",), [], 413),
    "a chunked body": (("Transfer-Encoding: chunked",), [CHUNK] * 80, 413),
    "an encoded body": (("Content-Encoding: gzip", "Content-Length: 9"), [], 415),
    "no number": (("Content-Length: 9e9",), [], 400),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_size_bombs_are_refused_at_once_and_leave_no_memory_taken(
    served: ServedProcess, bomb: str
) -> None:
    begun, parts, status = BOMBS[bomb]
    before = served.resident_mib()
    with served.connect() as link:
        first = begun if isinstance(begun, bytes) else head(served, *begun)
        answer = exchange(link, first, *parts)
    assert statuses(answer)[:1] in ([status], [])  # a reset may overtake the answer
    assert served.resident_mib() - before <= 30


def test_framing_without_a_body_is_no_way_to_fill_memory(served: ServedProcess) -> None:
    begun = head(served, "Transfer-Encoding: chunked") + b"1\r\n{\r\n0\r\n"
    with served.connect() as link:
        before = served.resident_mib()
        exchange(link, begun, *[b"Trailer-%d: x\r\n" % at for at in range(20_000)])
    assert served.resident_mib() - before <= 30


SMUGGLED = b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"
FORMS = {
    "length and chunks": ("Content-Length: %d", "Transfer-Encoding: chunked"),
    "two lengths": ("Content-Length: 0", "Content-Length: %d"),
    "a spaced name": ("Content-Length : %d",),
    "an odd coding": ("Transfer-Encoding: xchunked",),
    "a hidden coding": ("Transfer-Encoding:\x0bchunked",),
    "a signed length": ("Content-Length: +%d",),
    "a listed length": ("Content-Length: 0, %d",),
    "a folded line": ("X: y", " Content-Length: %d"),
    "chunks then length": ("Transfer-Encoding: chunked", "Content-Length: 0"),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_request_hidden_in_another_is_refused_or_has_no_answer_of_its_own(
    served: ServedProcess, form: str
) -> None:
    hidden = b"0\r\n\r\n" + SMUGGLED
    lines = [each % len(hidden) if "%d" in each else each for each in FORMS[form]]
    with served.connect() as link:
        answer = exchange(link, head(served, *lines, path="/v1/features") + hidden, within_s=5)
    assert len(statuses(answer)) <= 1
    assert b"\r\n\r\nok" not in answer


def test_bare_line_feeds_do_not_end_a_head(served: ServedProcess) -> None:
    with served.connect() as link:
        answer = exchange(link, b"GET /livez HTTP/1.1\nHost: x\n\n" + SMUGGLED, within_s=5)
    assert len(statuses(answer)) <= 1


def test_what_is_no_http_is_answered_with_a_problem(served: ServedProcess) -> None:
    with served.connect() as link:
        answer = exchange(link, b"\x16\x03\x01 what is this\r\n\r\n")
    assert statuses(answer) == [400]
    assert b"application/problem+json" in answer


def test_sigterm_says_so_first_and_finishes_what_runs(tmp_path: Path) -> None:
    made = ServedProcess(tmp_path, ENTRY_RISK_DRAIN_S="2")
    made.set_live(made.put_bundle())
    with made, made.client() as client, httpx.Client(base_url=made.url) as probe:
        made.signal(signal.SIGTERM)
        deadline = time.monotonic() + 1.8
        while probe.get("/readyz").status_code == 200 and time.monotonic() < deadline:
            time.sleep(0.02)
        ready = probe.get("/readyz")
        assert (ready.status_code, ready.json()["conditions"]["accepting"]) == (503, False)
        answer = client.post("/v1/score", json=entry())
        assert (answer.status_code, answer.headers["connection"]) == (200, "close")
        assert made.stop() in {0, -signal.SIGTERM}  # the server says what ended it
