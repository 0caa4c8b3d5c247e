"""What a connection may take of the server, over real sockets and with a tiny application."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from typing import Any

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from app.api.limits_connection import MAX_HEAD, ConnectionLimits, guarded_http
from tests.served_process import closed_within, exchange, statuses
from tests.servers import _free_port

LIMITS = ConnectionLimits(head_s=0.3, unread_s=0.3, connections=20)
LARGE = 64 * 1024 * 1024  # bytes: more than the system keeps for a connection
ASK = b"GET /small HTTP/1.1\r\nHost: x\r\n\r\n"
LAST = b"GET /small HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


async def answer(scope: Scope, receive: Receive, send: Send) -> None:
    while (await receive()).get("more_body"):
        pass
    size = LARGE if scope["path"] == "/large" else 2
    headers = [(b"content-length", b"%d" % size)]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"x" * size})


class Toy(uvicorn.Server):
    """A server in a thread, whose connections may be counted."""

    def __init__(self) -> None:
        self.port = _free_port()
        how: dict[str, Any] = {
            "http": guarded_http(LIMITS),
            "lifespan": "off",
            "log_level": "error",
        }
        how["timeout_keep_alive"] = 1
        super().__init__(uvicorn.Config(answer, port=self.port, **how))

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=20)

    def is_left(self, within_s: float = 10) -> bool:
        deadline = time.monotonic() + within_s
        while self.server_state.connections and time.monotonic() < deadline:
            time.sleep(0.02)
        return not self.server_state.connections


@pytest.fixture(scope="module")
def toy() -> Iterator[Toy]:
    server = Toy()
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield server
    server.should_exit = True
    thread.join()


def test_quick_clients_are_answered_and_may_ask_again_and_ahead(toy: Toy) -> None:
    with toy.connect() as link:
        assert statuses(exchange(link, ASK * 9 + LAST)) == [200] * 10
    with toy.connect() as link:
        post = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\nConnection: close\r\n\r\n"
        assert statuses(exchange(link, post, b"y" * 200_000)) == [200]
    with toy.connect() as link:
        chunked = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        assert (
            exchange(link, chunked, b"1\r\ny\r\n" * 50_000, b"0\r\n\r\n", LAST).count(b"200 OK")
            == 2
        )


@pytest.mark.parametrize("begun", [b"", b"\r\n", b"G", b"GET / HTTP/1.1\r\nHost: x\r\n"])
def test_a_head_that_does_not_come_closes_the_connection(toy: Toy, begun: bytes) -> None:
    with toy.connect() as link:
        link.sendall(begun)
        assert closed_within([link], 5) == 1


def test_a_second_head_is_waited_for_no_longer_than_the_first(toy: Toy) -> None:
    with toy.connect() as link:
        link.sendall(ASK + b"GET /sm")
        assert closed_within([link], 8) == 1


@pytest.mark.parametrize("begun", [b"GET /small HTTP/1.1\r\n", b"\r\n"])
def test_drops_do_not_keep_a_head_alive(toy: Toy, begun: bytes) -> None:
    drop = b"X: y\r\n" if begun.startswith(b"GET") else b"\r\n"
    with toy.connect() as link:
        link.sendall(begun)
        for _ in range(200):
            if closed_within([link], 0.05):
                break
            with suppress(OSError):
                link.sendall(drop)
        assert closed_within([link], 0.05) == 1


def test_an_answer_nobody_reads_is_given_up(toy: Toy) -> None:
    with toy.connect() as link:
        link.sendall(ASK.replace(b"small", b"large"))
        assert toy.is_left()


def test_thousands_of_requests_ahead_of_their_answers_are_refused_unparsed(toy: Toy) -> None:
    with toy.connect() as link:
        started = time.monotonic()
        assert len(statuses(exchange(link, ASK * 100_000))) <= 20
        assert time.monotonic() - started < 5
    assert toy.is_left()


def test_a_head_too_large_is_refused(toy: Toy) -> None:
    with toy.connect() as link:
        found = exchange(link, b"GET / HTTP/1.1\r\nX: ", b"x" * (MAX_HEAD + 1))
    assert statuses(found) in ([431], [])  # a reset may overtake the answer


def test_framing_without_end_is_cut(toy: Toy) -> None:
    with toy.connect() as link:
        chunked = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\ny\r\n0\r\n"
        found = exchange(link, chunked, *[b"T-%d: y\r\n" % at for at in range(20_000)])
    assert 200 not in statuses(found)
    assert toy.is_left()


def test_connections_beyond_the_limit_are_told_to_come_back(toy: Toy) -> None:
    assert toy.is_left()
    with ExitStack() as stack:
        for _ in range(LIMITS.connections):
            stack.enter_context(toy.connect())
        link = stack.enter_context(toy.connect())
        found = exchange(link)
    assert statuses(found) == [503]
    assert b"retry-after: 1" in found


def test_what_is_no_http_is_refused_with_a_problem(toy: Toy) -> None:
    with toy.connect() as link:
        found = exchange(link, b"\x16\x03\x01 what\r\n\r\n", b"and more")
    assert statuses(found) in ([400], [])
