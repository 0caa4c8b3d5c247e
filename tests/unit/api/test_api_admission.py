"""Who comes in: places by kind of request, deadlines, limits by tenant, slow bodies, draining."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from app.api.admission import Admitted, pool_of
from app.api.deadlines import answer_within
from app.api.limits_body import BodyPace, paced
from app.core.errors import NotFound, Overloaded
from app.core.rates import RatePolicy
from app.core.refusals import BodyTooSlow
from app.services.admission import Admission, Pool, Room, rooms
from tests.apps import STRANGER, spoken
from tests.desks import entry

ONE = Room(running=1, waiting=0, patience_s=0.0, open=3)


async def never() -> Message:
    return await asyncio.Event().wait()  # type: ignore[return-value]  # never returns


async def ignore(_message: Message) -> None:
    return None


def request(method: str = "POST", **headers: str) -> Scope:
    return {
        "type": "http",
        "method": method,
        "path": "/v1/score",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "state": {"admission": Admission(rooms() | {Pool.SCORE: ONE, Pool.OTHER: ONE})},
    }


def body_of(*parts: bytes) -> Receive:
    left = list(parts)

    async def receive() -> Message:
        part = left.pop(0)
        return {"type": "http.request", "body": part, "more_body": bool(left)}

    return receive


@pytest.mark.parametrize(
    ("method", "path", "pool"),
    [
        ("GET", "/livez", None),
        ("GET", "/readyz", None),
        ("GET", "/metrics", None),
        ("POST", "/v1/score", Pool.SCORE),
        ("GET", "/v1/score", Pool.OTHER),
        ("POST", "/v1/score/batch", Pool.BATCH),
        ("POST", "/v1/jobs", Pool.BATCH),
        ("GET", "/v1/jobs", Pool.OTHER),
        ("POST", "/v1/reference/imports", Pool.LISTS),
        ("GET", "/v1/decisions/D1", Pool.OTHER),
        ("GET", "/errors/forbidden", Pool.OTHER),
        ("POST", "/", Pool.CONSOLE),
        ("GET", "/console/anything", Pool.CONSOLE),
    ],
)
def test_each_kind_of_request_has_its_pool(method: str, path: str, pool: Pool | None) -> None:
    assert pool_of(method, path) is pool


def test_a_body_still_arriving_takes_no_place_and_one_that_is_there_does() -> None:
    scope = request(**{"content-length": "2"})
    gate = scope["state"]["admission"].gates[Pool.SCORE]
    seen: list[tuple[int, int]] = []

    async def app(_scope: Scope, receive: Receive, _send: Send) -> None:
        seen.append((gate.open, gate.running))
        await receive()
        seen.append((gate.open, gate.running))
        await receive()
        seen.append((gate.open, gate.running))

    asyncio.run(Admitted(app, BodyPace())(scope, body_of(b"{", b"}"), ignore))
    assert seen == [(1, 0), (1, 0), (1, 1)]
    assert (gate.open, gate.running) == (0, 0)


@pytest.mark.parametrize("scope", [request(), request("GET")])
def test_without_a_body_the_place_is_taken_at_once(scope: Scope) -> None:
    admission = scope["state"]["admission"]

    async def app(_scope: Scope, _receive: Receive, _send: Send) -> None:
        assert sum(gate.running for gate in admission.gates.values()) == 1

    asyncio.run(Admitted(app, BodyPace())(scope, never, ignore))


def test_what_finds_no_place_is_refused_before_it_is_read() -> None:
    scope = request()

    async def drive() -> None:
        free = asyncio.Event()

        async def app(_scope: Scope, _receive: Receive, _send: Send) -> None:
            await free.wait()

        admitted = Admitted(app, BodyPace())
        first = asyncio.create_task(admitted(scope, never, ignore))
        await asyncio.sleep(0)
        with pytest.raises(Overloaded):
            await admitted(scope, never, ignore)
        free.set()
        await first
        await admitted(scope, never, ignore)

    asyncio.run(drive())


def test_a_slow_body_is_given_up_and_one_at_its_pace_is_not() -> None:
    now = [0.0]

    async def drip() -> Message:
        now[0] += 1
        return {"type": "http.request", "body": b"x" * 10, "more_body": now[0] < 9}

    async def drive() -> None:
        steady = paced(drip, BodyPace(2, bytes_per_s=10), lambda: now[0])
        while (await steady()).get("more_body"):
            pass
        stalled = paced(never, BodyPace(0.01))
        with pytest.raises(BodyTooSlow):
            await stalled()
        whole = paced(body_of(b"x", b""), BodyPace(0.01))
        await whole()
        await whole()

    asyncio.run(drive())


def test_after_the_body_the_pace_is_over() -> None:
    now = [0.0]
    messages: list[Message] = [
        {"type": "http.request", "body": b"x", "more_body": False},
        {"type": "http.disconnect"},
    ]

    async def receive() -> Message:
        now[0] += 100
        return messages.pop(0)

    async def drive() -> str:
        kept = paced(receive, BodyPace(1), lambda: now[0])
        await kept()
        return str((await kept())["type"])

    assert asyncio.run(drive()) == "http.disconnect"


Sent = list[Message]


async def late(work: Callable[[Send], Awaitable[None]], within_s: float = 0.01) -> Sent:
    """Let `work` answer within a deadline and return what was sent."""
    sent: Sent = []

    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        await work(send)

    async def keep(message: Message) -> None:
        sent.append(message)

    loop = asyncio.get_running_loop()
    moment = {"deadline": loop.time() + within_s, "monotonic": loop.time}
    await answer_within(app, request(), never, keep, **moment)  # type: ignore[arg-type]
    return sent


def test_a_late_answer_goes_nowhere_and_its_work_is_not_cut_off() -> None:
    done: list[bool] = []

    async def slow(send: Send) -> None:
        await asyncio.sleep(0.05)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        done.append(True)

    sent = asyncio.run(late(slow))
    assert [each.get("status") for each in sent if "status" in each] == [504]
    assert (b"retry-after", b"1") in sent[0]["headers"]
    assert done == [True]


def test_late_work_that_ends_in_a_refusal_is_answered_once() -> None:
    async def slow(_send: Send) -> None:
        await asyncio.sleep(0.05)
        raise NotFound

    assert [each["status"] for each in asyncio.run(late(slow)) if "status" in each] == [504]


def test_an_answer_that_began_in_time_is_finished() -> None:
    async def streaming(send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await asyncio.sleep(0.05)
        await send({"type": "http.response.body", "body": b"end"})

    assert [each["type"] for each in asyncio.run(late(streaming))] == [
        "http.response.start",
        "http.response.body",
    ]


def test_whoever_is_cut_off_takes_the_work_along() -> None:
    async def drive() -> bool:
        stopped = asyncio.Event()

        async def work(_send: Send) -> None:
            try:
                await asyncio.Event().wait()
            finally:
                stopped.set()

        task = asyncio.create_task(late(work, within_s=30))
        await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await asyncio.sleep(0)
        return stopped.is_set()

    assert asyncio.run(drive())


POLICIES = {pool.value: RatePolicy(pool.value, 0.01, 2) for pool in Pool}


def test_a_tenant_is_held_to_its_limit_and_told_how_it_stands() -> None:
    with spoken(policies=POLICIES) as api:
        first = api.score(entry())
        assert first.status_code == 200
        assert first.headers["RateLimit-Policy"] == '"score";q=2;w=200'
        assert first.headers["RateLimit"].startswith('"score";r=1;t=')
        api.score(content=b"no entry")  # what is refused counts too
        third = api.score(entry())
        assert (third.status_code, third.json()["type"]) == (429, "/errors/rate-exceeded")
        assert 1 <= int(third.headers["Retry-After"]) <= 100
        assert third.headers["RateLimit"].startswith('"score";r=0;t=')
        assert api.score(entry(), key=STRANGER).status_code == 200
        assert api.get("/v1/outcomes").status_code == 200
        assert api.get("/livez").status_code == 200


@pytest.mark.parametrize("said", ["0", "-1", "1e3", "600001", "", "9" * 400, "²"])
def test_a_deadline_that_is_none_is_refused(said: str) -> None:
    with spoken() as api:
        answer = api.score(entry(), headers={"Request-Timeout-Ms": said.encode()})
        assert (answer.status_code, answer.json()["type"]) == (400, "/errors/bad-request")


def test_what_is_expired_is_not_scored() -> None:
    places = rooms() | {Pool.SCORE: Room(running=1, waiting=9, patience_s=9, open=9)}
    with spoken(places=places) as api:
        state: Any = api.client.app_state
        admission: Admission = state["admission"]
        gate = admission.gates[Pool.SCORE]
        gate.running += 1  # someone is being scored
        answer = api.score(entry(), headers={"Request-Timeout-Ms": "20"})
        assert (answer.status_code, answer.json()["type"]) == (504, "/errors/deadline-exceeded")
        assert api.at.ledger.records == []
        gate.running -= 1
        in_time = api.score(entry(), headers={"Request-Timeout-Ms": "60000"})
        assert in_time.status_code == 200
        assert len(api.at.ledger.records) == 1


def test_one_who_is_about_to_end_answers_and_asks_to_be_left() -> None:
    with spoken() as api:
        state: Any = api.client.app_state
        assert api.get("/readyz").json()["conditions"]["accepting"]
        state["admission"].drain()
        ready = api.get("/readyz")
        assert (ready.status_code, ready.json()["conditions"]["accepting"]) == (503, False)
        assert api.get("/livez").status_code == 200
        answer = api.score(entry())
        assert (answer.status_code, answer.headers["Connection"]) == (200, "close")
