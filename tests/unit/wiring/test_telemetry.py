"""Logs are JSON lines of bounded size; metrics hold base units and no party."""

import json
import logging

import pytest
import structlog

from app.adapters.memory_cache import CacheCounts
from app.core.history.projected import HistoryCounts
from app.services.assessed import Trace
from app.services.desk import Answer
from app.telemetry import MAX_VALUE, Telemetry, cap_values, configure_logging
from tests.desks import bench, entry, run


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


def test_a_request_cut_off_and_a_replay_are_counted() -> None:
    async def count() -> str:
        with bench() as at:
            telemetry = Telemetry(at.models, "1.2.3")
            telemetry.answered("/livez", "GET", 0, 0.001)
            telemetry.scored("id", Answer(b"", replayed=True, trace=Trace()), 0.002)
            await at.models.reload()
            telemetry.scored("id", await at.answer(entry()), 0.002)
            text, media_type = telemetry.exposition()
            assert media_type.startswith("text/plain")
            return text.decode()

    text = run(count())
    assert 'entry_risk_http_requests_total{method="GET",route="/livez",status="cut"} 1.0' in text
    assert 'entry_risk_build{version="1.2.3"} 1.0' in text
    assert "entry_risk_model_loaded 1.0" in text
    assert 'entry_risk_step_seconds_count{step="ledger"} 2.0' in text
    names = [each.split()[2] for each in text.splitlines() if each.startswith("# TYPE")]
    assert all(name.startswith("entry_risk_") for name in names)


def test_what_the_cache_counts_is_exported() -> None:
    async def text() -> str:
        with bench() as at:
            counts = CacheCounts(hits=5, errors=2)
            return Telemetry(at.models, "1.2.3", counts).exposition()[0].decode()

    shown = run(text())
    assert 'entry_risk_cache_keys_total{outcome="hits"} 5.0' in shown
    assert 'entry_risk_cache_keys_total{outcome="errors"} 2.0' in shown


def test_what_the_store_of_histories_counts_is_exported() -> None:
    with bench() as at:
        shown = Telemetry(at.models, "1.2.3", None, HistoryCounts(7, 3)).exposition()[0].decode()
    assert 'entry_risk_history_commands_total{outcome="reads"} 7.0' in shown
    assert 'entry_risk_history_commands_total{outcome="errors"} 3.0' in shown
