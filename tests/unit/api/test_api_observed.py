"""Every request has an id, is counted by its template, and never ends in a bare error."""

import asyncio
from typing import Any

import pytest
import structlog
from starlette.requests import Request
from starlette.types import Message, Receive, Scope, Send
from structlog.testing import capture_logs

from app.api.observed import Observed
from app.core.errors import LedgerUnavailable
from app.core.records import Appended
from app.telemetry.tracing import PassedOn
from tests.apps import Spoken, spoken
from tests.desks import entry
from tests.fakes import MemoryLedger


def test_a_request_gets_an_id_or_keeps_a_good_one() -> None:
    with spoken() as api:
        made = api.get("/livez").headers["x-request-id"]
        assert len(made) == 26
        kept = api.client.get("/livez", headers={"X-Request-Id": "mine-1.2_3"})
        assert kept.headers["x-request-id"] == "mine-1.2_3"
        odd = api.client.get("/livez", headers={"X-Request-Id": "a b\tc"})
        assert len(odd.headers["x-request-id"]) == 26
        assert kept.headers["x-content-type-options"] == "nosniff"


def exposition(api: Spoken) -> str:
    text: str = api.get("/metrics").text
    return text


def test_metrics_name_templates_and_never_paths_or_odd_methods() -> None:
    with spoken() as api:
        api.get("/v1/decisions/01SECRET")
        api.get("/nowhere/01SECRET")
        api.client.request("BREW", "/livez")
        api.score(entry())
        text = exposition(api)
        assert 'route="/v1/decisions/{decision_id}"' in text
        assert 'route="unmatched"' in text
        assert "SECRET" not in text
        assert 'entry_risk_http_requests_total{route="/v1/score",status="2xx"} 1.0' in text
        assert "entry_risk_lines_total 1.0" in text


def test_an_error_nobody_expected_is_logged_and_answered_without_a_word_of_it() -> None:
    class Broken(MemoryLedger):
        async def append(self, *_: object, **__: object) -> Appended:
            raise ZeroDivisionError("secret")

    with spoken(ledger=Broken()) as api:
        with capture_logs() as logs:
            answer = api.score(entry())
        assert answer.status_code == 500
        assert "secret" not in answer.text
        assert answer.json()["type"] == "/errors/internal"
        (event,) = [each for each in logs if each["event"] == "request_failed"]
        assert (event["route"], event["request_id"]) == (
            "/v1/score",
            answer.headers["x-request-id"],
        )


class Told:
    """Telemetry that remembers what it was told."""

    def __init__(self) -> None:
        self.statuses: list[int] = []
        self.failures: list[str] = []

    def began(self, traceparent: str) -> PassedOn:
        return PassedOn(traceparent)

    def answered(self, _route: str, _method: str, status: int, _seconds: float) -> None:
        self.statuses.append(status)

    def failed(self, request_id: str, _route: str, _error: Exception) -> None:
        self.failures.append(request_id)


def drive(app: Any, *headers: tuple[bytes, bytes]) -> tuple[list[Message], Told]:
    """Return what `app` under Observed sent, and what telemetry was told."""
    sent: list[Message] = []
    told = Told()

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    scope: Scope = {
        "type": "http",
        "path": "/x",
        "method": "POST",
        "headers": list(headers),
        "state": {"telemetry": told},
    }
    observed = Observed(app, lambda: "id", frozenset({"/x"}))
    asyncio.run(observed(scope, receive, send))
    return sent, told


def test_a_refusal_outside_the_routes_is_a_problem() -> None:
    async def app(*_: object) -> None:
        raise LedgerUnavailable

    sent, told = drive(app)
    assert (sent[0]["status"], told.statuses, told.failures) == (503, [503], [])


def test_a_failure_after_the_answer_began_sends_no_second_one() -> None:
    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise ZeroDivisionError

    sent, told = drive(app)
    assert [each["type"] for each in sent] == ["http.response.start"]
    assert (told.statuses, told.failures) == ([200], ["id"])


def test_a_client_that_went_away_is_no_failure() -> None:
    async def app(scope: Scope, receive: Receive, _send: Send) -> None:
        await Request(scope, receive).body()

    sent, told = drive(app)
    assert (sent, told.statuses, told.failures) == ([], [0], [])


def test_what_is_no_request_passes() -> None:
    seen: list[str] = []

    async def app(scope: Scope, _receive: Receive, _send: Send) -> None:
        seen.append(scope["type"])

    observed = Observed(app, lambda: "id", frozenset())
    asyncio.run(observed({"type": "websocket"}, None, None))  # type: ignore[arg-type]  # unused
    assert seen == ["websocket"]


def test_the_event_of_a_score_names_no_party_and_no_entry() -> None:
    with spoken() as api, capture_logs() as logs:
        api.score(entry(importer={"name": "Harbor Outfitters LLC"}, entry_number="B76-0324527-8"))
        (event,) = [each for each in logs if each["event"] == "scored"]
        assert event["band"] in {"release", "review", "hold"}
        assert event["lines"] == event["entries"] == 1
        assert "Harbor" not in str(event)
        assert "0324527" not in str(event)
        with pytest.raises(KeyError):
            _ = event["tenant"]


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (f"00-{'a1' * 16}-{'b2' * 8}-01", "a1" * 16),
        ("00-nonsense-01", None),
        ("", None),
    ],
)
def test_the_trace_of_the_caller_is_on_every_log_line_of_the_request(
    sent: str, kept: str | None
) -> None:
    seen: list[object] = []

    async def app(scope: Scope, *_: object) -> None:
        assert scope["entry_risk.traceparent"] == (sent if kept else None)
        seen.append(structlog.contextvars.get_contextvars().get("trace_id"))

    drive(app, (b"traceparent", sent.encode()))
    assert seen == [kept]
    assert "trace_id" not in structlog.contextvars.get_contextvars()
