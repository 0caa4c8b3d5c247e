"""Logs are JSON lines of bounded size; metrics hold base units, few series and no party."""

import asyncio
import json
import logging
import sys

import pytest
import structlog
from prometheus_client.parser import text_string_to_metric_families

from app.adapters.memory_cache import CacheCounts
from app.api.routes import API_ROUTES
from app.console.pages import console_routes
from app.console.suppliers import supplier_routes
from app.core.errors import SettingsRefused
from app.core.history.projected import HistoryCounts
from app.core.policy import Band
from app.services.assessed import Trace
from app.services.desk import Answer
from app.services.jobs_backlog import Tally
from app.services.models import Models
from app.telemetry import MAX_VALUE, Telemetry, cap_values, configure_logging, open_telemetry
from app.telemetry.meters import OTHER_ROUTES, TIMED_ROUTES
from tests.desks import bench, entry, run

MAX_SERIES = 500  # docs/observability.md
WHY = ("model", "screening", "rule", "resubmission", "degraded", "exploration", "none")
ROOM = 20  # routes that may still come


def test_events_are_json_lines_and_other_libraries_warnings_too(
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = logging.getLogger().handlers[:]
    configured = structlog.get_config()
    try:
        configure_logging("info")
        structlog.get_logger("test").info("scored", band="hold", long="x" * 1000)
        structlog.get_logger("test").debug("unseen")
        logging.getLogger("library").warning("took %s s", 3)
        logging.getLogger("library").info("unseen")
    finally:
        logging.getLogger().handlers = before
        structlog.configure(**configured)
    lines = [json.loads(each) for each in capsys.readouterr().err.splitlines()]
    assert [each["event"] for each in lines] == ["scored", "took 3 s"]
    assert len(lines[0]["long"]) == MAX_VALUE + 3
    assert all(each["timestamp"].endswith("Z") for each in lines)


def test_long_values_are_cut_and_traces_are_not() -> None:
    event = {"detail": "x" * 900, "exception": "y" * 900, "n": 3}
    capped = cap_values(None, "", event)
    assert (len(capped["detail"]), len(capped["exception"])) == (MAX_VALUE + 3, 900)


def test_of_a_trace_the_end_is_kept() -> None:
    capped = cap_values(None, "", {"event": "Traceback (most recent" + "x" * 900 + "KeyError: 'a'"})
    assert capped["event"].startswith("...")
    assert capped["event"].endswith("KeyError: 'a'")


def shown(telemetry: Telemetry) -> str:
    """Return the metrics as they are scraped."""
    text, media_type = telemetry.exposition()
    assert media_type.startswith("text/plain")
    return text.decode()


def test_a_request_cut_off_and_a_replay_are_counted() -> None:
    async def count() -> str:
        with bench() as at:
            telemetry = Telemetry(at.models, "1.2.3")
            telemetry.answered("/livez", "GET", 0, 0.001)
            telemetry.scored("id", Answer(b"", replayed=True, trace=Trace()), 0.002)
            await at.models.reload()
            telemetry.scored("id", await at.answer(entry()), 0.002)
            return shown(telemetry)

    text = run(count())
    assert 'entry_risk_http_requests_total{route="/livez",status="cut"} 1.0' in text
    assert 'entry_risk_build{version="1.2.3"} 1.0' in text
    assert "entry_risk_model_loaded 1.0" in text
    assert 'entry_risk_step_seconds_count{step="ledger"} 2.0' in text
    names = [each.split()[2] for each in text.splitlines() if each.startswith("# TYPE")]
    assert all(name.startswith("entry_risk_") for name in names)
    assert len(names) == len(set(names))
    assert not any(name.endswith("_created") for name in names)


def fill(models: Models) -> Telemetry:
    """Return telemetry that has counted all that can be told apart."""
    telemetry = Telemetry(models, "1.2.3", CacheCounts(), HistoryCounts())
    console = {each.path for each in (*console_routes(), *supplier_routes())}
    paths = {each.path for each in API_ROUTES} | console | {f"/later/{at}" for at in range(ROOM)}
    for path in (*paths, "unmatched"):
        for status in (200, 400, 500, 0):
            telemetry.answered(path, "GET", status, 0.01)
    for band in Band:
        for why in WHY:
            telemetry._count.entries.labels(band, why).inc()
    for step in ("features", "history", "model", "ledger"):
        telemetry._count.step_seconds.labels(step).observe(0.001)
    for source in ("cache", "model"):
        telemetry._count.explained.labels(source).inc()
    telemetry._count.loop_lag_seconds.observe(0.001)
    figures = {"disk_free_ratio": 0.5, "lists_age_seconds": 86_400.0, "clock_jump_seconds": 0.0}
    telemetry.looked_at(dict.fromkeys("abcdefgh", True), figures)
    telemetry.show_jobs(Tally())
    return telemetry


def test_all_that_can_be_told_apart_is_at_most_500_series() -> None:
    with bench() as at:
        text = shown(fill(at.models))
    series = [each for each in text.splitlines() if not each.startswith("#")]
    assert len(series) <= MAX_SERIES
    assert {f'route="{each}"' for each in (*TIMED_ROUTES, OTHER_ROUTES)} <= {
        each.partition("{")[2].partition("}")[0]
        for each in series
        if each.startswith("entry_risk_http_request_seconds_count")
    }


def test_units_are_in_the_names_and_labels_are_those_that_callers_cannot_make_more_of() -> None:
    with bench() as at:
        families = list(text_string_to_metric_families(shown(fill(at.models))))
    labels = {name for each in families for sample in each.samples for name in sample.labels}
    assert labels <= {
        *("route", "status", "band", "examined_because", "source", "step", "outcome"),
        *("condition", "version", "le", "state"),
    }
    for each in families:
        assert each.documentation
        if each.type == "histogram":
            assert each.name.endswith("_seconds")


def test_what_the_cache_counts_is_exported() -> None:
    with bench() as at:
        text = shown(Telemetry(at.models, "1.2.3", CacheCounts(hits=5, errors=2)))
    assert 'entry_risk_cache_keys_total{outcome="hits"} 5.0' in text
    assert 'entry_risk_cache_keys_total{outcome="errors"} 2.0' in text


def test_what_the_store_of_histories_counts_is_exported() -> None:
    with bench() as at:
        text = shown(Telemetry(at.models, "1.2.3", None, HistoryCounts(7, 3)))
    assert 'entry_risk_history_commands_total{outcome="reads"} 7.0' in text
    assert 'entry_risk_history_commands_total{outcome="errors"} 3.0' in text


def test_conditions_and_their_figures_are_shown_as_last_looked_at() -> None:
    with bench() as at:
        telemetry = Telemetry(at.models, "1.2.3")
        assert "entry_risk_condition{" not in shown(telemetry)
        telemetry.looked_at({"ledger": False, "disk": True}, at.status.figures())
        text = shown(telemetry)
    assert 'entry_risk_condition{condition="ledger"} 0.0' in text
    assert 'entry_risk_condition{condition="disk"} 1.0' in text
    assert "entry_risk_disk_free_ratio 0." in text
    assert "entry_risk_lists_age_seconds" in text


def test_how_late_the_event_loop_is_is_measured() -> None:
    async def watch() -> str:
        with bench() as at:
            telemetry = Telemetry(at.models, "1.2.3")
            watching = asyncio.create_task(telemetry.watch_loop(0.001))
            await asyncio.sleep(0.02)
            watching.cancel()
            return shown(telemetry)

    text = run(watch())
    (count,) = [each for each in text.splitlines() if "loop_lag_seconds_count" in each]
    assert float(count.split()[1]) >= 1


def test_without_an_endpoint_there_is_no_tracing_and_nothing_to_close() -> None:
    with bench() as at:
        telemetry = open_telemetry(at.models, "1.2.3", CacheCounts(), HistoryCounts())
        parent = f"00-{'a1' * 16}-{'b2' * 8}-01"
        assert telemetry.began(parent).traceparent == parent
        assert telemetry.began("nonsense").traceparent is None
        telemetry.close()


def test_tracing_without_its_libraries_refuses_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    with bench() as at, pytest.raises(SettingsRefused, match=r"entry-risk\[tracing\]"):
        open_telemetry(
            at.models, "1", CacheCounts(), HistoryCounts(), otlp_endpoint="http://127.0.0.1:1/"
        )
