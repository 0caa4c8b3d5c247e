"""What a request may be, refused by its headers or while it arrives."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest
from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope, Send

from app.api.limits import BodyLimit, Limits, check_headers
from app.core.errors import (
    BodyTooLarge,
    EntryRiskError,
    Overloaded,
    RequestRefused,
    UnsupportedMediaType,
)
from tests.apps import spoken
from tests.desks import entry

LIMIT = BodyLimit(max_bytes=100)


@pytest.mark.parametrize(
    ("headers", "refusal"),
    [
        ({"content-type": "application/json"}, None),
        ({"content-type": "Application/JSON; charset=UTF-8", "content-length": "100"}, None),
        ({"content-type": 'application/json; charset="utf-8"'}, None),
        ({"content-type": "application/json", "content-encoding": "identity"}, None),
        ({}, UnsupportedMediaType),
        ({"content-type": "text/plain"}, UnsupportedMediaType),
        ({"content-type": "application/json; charset=latin-1"}, UnsupportedMediaType),
        ({"content-type": "application/json", "content-encoding": "gzip"}, UnsupportedMediaType),
        ({"content-type": "application/json", "content-length": "101"}, BodyTooLarge),
        ({"content-type": "application/json", "content-length": "9" * 400}, BodyTooLarge),
        ({"content-type": "application/json", "content-length": "-1"}, RequestRefused),
        ({"content-type": "application/json", "content-length": "\xb2"}, RequestRefused),
    ],
)
def test_headers_say_what_may_come(
    headers: dict[str, str], refusal: type[EntryRiskError] | None
) -> None:
    if refusal is None:
        check_headers(Headers(headers), LIMIT)
        return
    with pytest.raises(refusal):
        check_headers(Headers(headers), LIMIT)


def chunks(count: int) -> Iterator[bytes]:
    for _ in range(count):
        yield b" " * 1024


def test_a_body_is_counted_whatever_its_headers_say() -> None:
    limits = {"/v1/score": BodyLimit(max_bytes=4096)}
    with spoken(limits=limits) as api:
        answer = api.score(content=chunks(5))
        assert (answer.status_code, answer.json()["type"]) == (413, "/errors/body-too-large")
        assert api.score(content=chunks(3)).status_code == 400
        declared = api.score(content=b"x" * 5000)
        assert declared.status_code == 413


def test_other_media_types_and_encodings_are_refused_by_the_api() -> None:
    with spoken() as api:
        for headers in ({"Content-Type": "text/csv"}, {"Content-Encoding": "gzip"}):
            assert api.score(content=b"{}", headers=headers).status_code == 415


def test_more_than_may_run_at_a_time_are_turned_away_and_come_in_later() -> None:
    async def crowd() -> None:
        gate = asyncio.Event()

        async def app(_scope: Scope, _receive: Receive, _send: Send) -> None:
            await gate.wait()

        async def nothing() -> Message:
            return {"type": "http.disconnect"}

        async def ignore(_message: Message) -> None:
            return None

        limits = Limits(app, {"/x": BodyLimit(max_bytes=9, max_running=1)})
        scope: Scope = {
            "type": "http",
            "path": "/x",
            "method": "POST",
            "headers": [(b"content-type", b"application/json")],
        }
        first = asyncio.create_task(limits(scope, nothing, ignore))
        await asyncio.sleep(0)
        with pytest.raises(Overloaded):
            await limits(scope, nothing, ignore)
        gate.set()
        await first
        await limits(scope, nothing, ignore)

    asyncio.run(crowd())


def test_what_is_no_request_for_a_body_passes() -> None:
    passed: list[str] = []

    async def app(scope: Scope, _receive: Receive, _send: Send) -> None:
        passed.append(scope["type"])

    async def drive() -> None:
        limits = Limits(app, {"/x": LIMIT})
        for scope in (
            {"type": "lifespan"},
            {"type": "http", "path": "/x", "method": "GET"},
            {"type": "http", "path": "/y", "method": "POST"},
        ):
            await limits(scope, None, None)  # type: ignore[arg-type]  # never called

    asyncio.run(drive())
    assert passed == ["lifespan", "http", "http"]


def test_a_client_that_goes_away_half_way_is_nobodys_error() -> None:
    async def leaving() -> AsyncIterator[Message]:
        yield {"type": "http.request", "body": b"{", "more_body": True}
        yield {"type": "http.disconnect"}

    async def drive() -> None:
        messages = leaving()
        seen: list[Message] = []

        async def app(_scope: Scope, receive: Receive, _send: Send) -> None:
            seen.extend([await receive(), await receive()])

        async def receive() -> Message:
            return await anext(messages)

        scope: Scope = {
            "type": "http",
            "path": "/x",
            "method": "POST",
            "headers": [(b"content-type", b"application/json")],
        }
        await Limits(app, {"/x": LIMIT})(scope, receive, None)  # type: ignore[arg-type]  # unused
        assert [each["type"] for each in seen] == ["http.request", "http.disconnect"]

    asyncio.run(drive())


def test_the_entry_of_the_contract_is_far_below_the_limits() -> None:
    with spoken() as api:
        assert api.score(entry()).status_code == 200
