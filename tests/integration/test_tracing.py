"""Requests are spans of their caller's trace, sent to a collector; they name no party."""

import time
from typing import Any

from app.adapters.memory_cache import CacheCounts
from app.core.history.projected import HistoryCounts
from app.telemetry import open_telemetry
from app.telemetry.tracing import OtlpTracing
from tests.apps import Spoken, spoken
from tests.desks import entry
from tests.otlp_collector import Collector, collecting

CLOSES_WITHIN_S = 15.0  # the end of a process must not wait for a collector that is gone
TRACE, PARENT = "a1" * 16, "b2" * 8
NAME = "Planted Garment Trading Ltd"


def attributes(span: Any) -> dict[str, Any]:
    """Return a span's attributes as plain values."""
    return {
        each.key: getattr(each.value, each.value.WhichOneof("value")) for each in span.attributes
    }


def sent(collector: Collector, ask: Any, **how: Any) -> list[Any]:
    """Return the spans of what `ask` asks of a service that is traced."""
    with spoken() as api:
        telemetry = open_telemetry(
            api.at.models,
            "1.2.3",
            CacheCounts(),
            HistoryCounts(),
            otlp_endpoint=collector.endpoint,
            sample_ratio=how.get("ratio", 1.0),
        )
        api.client.app_state["telemetry"] = telemetry
        ask(api)
        telemetry.close()
    return collector.spans


def test_a_scored_entry_is_a_span_of_the_callers_trace_and_names_no_party() -> None:
    def ask(api: Spoken) -> None:
        document = entry(importer={"name": NAME}, entry_number="B76-0324527-8")
        api.score(document, headers={"traceparent": f"00-{TRACE}-{PARENT}-01"})

    with collecting() as collector:
        (span,) = sent(collector, ask)
    assert (span.trace_id.hex(), span.parent_span_id.hex()) == (TRACE, PARENT)
    assert span.name == "POST /v1/score"
    found = attributes(span)
    assert found["http.route"] == "/v1/score"
    assert found["http.response.status_code"] == 200
    assert found["entry_risk.entries"] == found["entry_risk.lines"] == 1
    assert found["entry_risk.ledger_s"] > 0
    assert "Planted" not in str(span)
    assert "0324527" not in str(span)
    assert span.end_time_unix_nano > span.start_time_unix_nano


def test_a_caller_that_does_not_sample_is_not_sampled() -> None:
    def ask(api: Spoken) -> None:
        api.client.get("/livez", headers={"traceparent": f"00-{TRACE}-{PARENT}-00"})

    with collecting() as collector:
        assert sent(collector, ask) == []


def test_a_request_without_a_trace_begins_one_and_a_failure_is_an_error() -> None:
    def ask(api: Spoken) -> None:
        api.at.ledger.fails = True
        api.score(entry())
        api.get("/nowhere/01SECRET")

    with collecting() as collector:
        failed, missing = sent(collector, ask)
    assert failed.parent_span_id == b""
    assert (attributes(failed)["http.response.status_code"], failed.status.code) == (503, 2)
    assert (missing.name, missing.status.code) == ("GET unmatched", 0)


def test_no_trace_is_begun_where_the_ratio_is_zero() -> None:
    with collecting() as collector:
        assert sent(collector, lambda api: api.get("/livez"), ratio=0.0) == []


def test_a_collector_that_is_gone_costs_no_answer() -> None:
    with collecting() as collector:
        endpoint = collector.endpoint
    tracing = OtlpTracing(endpoint, ratio=1.0, version="1")
    span = tracing.begin("")
    assert span.traceparent is not None
    assert span.traceparent.startswith(f"00-{span.trace_id}-")
    span.end("/livez", "GET", 0)
    began = time.monotonic()
    tracing.close()
    assert time.monotonic() - began < CLOSES_WITHIN_S
