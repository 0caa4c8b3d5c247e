"""deploy/haproxy.cfg in front of two real instances; `make ci-deps` installs HAProxy."""

import signal
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from app.wiring import open_key_store
from tests.load.fronted import Fronted, fronted_by_haproxy
from tests.served_process import HOST, ServedProcess, closed_within, exchange, statuses

pytestmark = pytest.mark.nightly
ASK = b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.fixture
def fronted(tmp_path: Path) -> Iterator[Fronted]:
    first, second = (_instance(tmp_path / name) for name in ("a", "b"))
    with open_key_store(second.settings) as keys:
        (key,) = keys.list("acme")
        keys.create("acme", "same", key.scopes, None, first.key)
    with fronted_by_haproxy(first, second) as made:
        yield made


def _instance(folder: Path) -> ServedProcess:
    folder.mkdir()
    made = ServedProcess(folder, ENTRY_RISK_DRAIN_S="4")
    made.set_live(made.put_bundle())
    return made


def test_slow_clients_are_cut_and_hidden_requests_have_no_answer(fronted: Fronted) -> None:
    with ExitStack() as stack:
        slow = []
        for _ in range(200):
            link = stack.enter_context(_connect(fronted))
            link.sendall(b"POST /v1/score HTTP/1.1\r\nHost: x\r\n")
            slow.append(link)
        assert httpx.get(f"{fronted.url}/livez").status_code == 200
        assert closed_within(slow, 10) == len(slow)
    hidden = b"0\r\n\r\n" + ASK
    for lines in (
        b"Content-Length: %d\r\nTransfer-Encoding: chunked" % len(hidden),
        b"Content-Length: 0\r\nContent-Length: %d" % len(hidden),
        b"Transfer-Encoding: xchunked",
    ):
        with _connect(fronted) as link:
            head = b"POST /v1/features HTTP/1.1\r\nHost: x\r\nConnection: close\r\n%b\r\n\r\n"
            assert len(statuses(exchange(link, head % lines + hidden, within_s=8))) <= 1


def _connect(fronted: Fronted) -> socket.socket:
    return socket.create_connection((HOST, fronted.port), timeout=30)


def test_without_an_instance_there_is_an_early_503_to_come_back_after(fronted: Fronted) -> None:
    for each in fronted.instances:
        each.kill()
    time.sleep(3)
    answer = httpx.post(f"{fronted.url}/v1/score", json={})
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    assert answer.json()["type"] == "/errors/overloaded"


def test_an_instance_that_answers_probes_late_is_not_taken_out(fronted: Fronted) -> None:
    time.sleep(2)  # each has passed a probe: before that one failure is enough
    for each in fronted.instances:
        each.signal(signal.SIGSTOP)
    time.sleep(4)  # two probes of a second each would have failed
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(httpx.get, f"{fronted.url}/v1/meta", timeout=30)
        time.sleep(0.5)
        for each in fronted.instances:
            each.signal(signal.SIGCONT)
        assert asked.result().status_code == httpx.codes.OK
