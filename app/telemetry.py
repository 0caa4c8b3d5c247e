"""Logs as JSON, one event a request, and Prometheus metrics; never a party, tenant or entry."""

import logging
import sys
from collections.abc import Iterator
from typing import Any, Protocol

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.metrics_core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector

from app.core.policy import Band
from app.services.desk import Answer
from app.services.models import Models

MAX_VALUE = 500  # characters of one logged value
# From a fifth of a millisecond, a prediction, to the deadline of a batch.
_SECONDS = (0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)

log = structlog.get_logger(__name__)


def configure_logging(level: str) -> None:
    """Log JSON lines of `level` or worse to standard error; other libraries' warnings too."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        cap_values,
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    renderer = structlog.processors.JSONRenderer()
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processor=renderer)
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    for name in ("uvicorn", "uvicorn.error"):  # its own lines are no JSON
        server = logging.getLogger(name)
        server.handlers, server.propagate = [], True
    logging.getLogger("uvicorn.access").disabled = True  # raw paths; telemetry counts templates


def cap_values(_logger: Any, _name: str, event: Any) -> Any:
    """Cut long values: a log line is for people and machines that pay by the byte.

    Of a trace that the server logs as its event the end is kept, which says what happened.
    """
    for key, value in event.items():
        if isinstance(value, str) and len(value) > MAX_VALUE and key != "exception":
            is_trace = value.startswith("Traceback ")
            event[key] = "..." + value[-MAX_VALUE:] if is_trace else value[:MAX_VALUE] + "..."
    return event


class CacheCounts(Protocol):
    """What the cache counts of itself."""

    hits: int
    misses: int
    errors: int
    dropped: int


class _CacheReads(Collector):
    """The cache's own counts, read when they are asked for."""

    def __init__(self, counts: CacheCounts) -> None:
        self._counts = counts

    def collect(self) -> Iterator[Metric]:
        """Yield the counts by outcome."""
        family = CounterMetricFamily(
            "entry_risk_cache_keys",
            "Cache keys by outcome: read with a hit, a miss or an error, or not written.",
            labels=["outcome"],
        )
        for outcome in ("hits", "misses", "errors", "dropped"):
            family.add_metric([outcome], getattr(self._counts, outcome))
        yield family


class HistoryCounts(Protocol):
    """What a store of histories counts of itself."""

    reads: int
    errors: int


class _HistoryReads(Collector):
    """The store's own counts, read when they are asked for."""

    def __init__(self, counts: HistoryCounts) -> None:
        self._counts = counts

    def collect(self) -> Iterator[Metric]:
        """Yield the counts by outcome."""
        family = CounterMetricFamily(
            "entry_risk_history_commands",
            "Commands to the store of histories: answered, or failed (no answer, or damage).",
            labels=["outcome"],
        )
        for outcome in ("reads", "errors"):
            family.add_metric([outcome], getattr(self._counts, outcome))
        yield family


class Telemetry:
    """Metrics of one process and the log events of its requests."""

    def __init__(
        self,
        models: Models,
        version: str,
        cache: CacheCounts | None = None,
        history: HistoryCounts | None = None,
    ) -> None:
        """Make the metrics in a registry of their own; those of stores that count as well."""
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "entry_risk_http_requests",
            "Requests answered, by route template, method and status class.",
            ["route", "method", "status"],
            registry=self._registry,
        )
        self._request_seconds = Histogram(
            "entry_risk_http_request_seconds",
            "Time from the first byte read to the last byte sent.",
            ["route"],
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._entries = Counter(
            "entry_risk_entries",
            "Entries decided, by band and why they would be examined.",
            ["band", "examined_because"],
            registry=self._registry,
        )
        self._outcomes = Counter(
            "entry_risk_outcomes", "Outcomes recorded.", registry=self._registry
        )
        self._lines = Counter("entry_risk_lines", "Lines scored.", registry=self._registry)
        self._degraded = Counter(
            "entry_risk_degraded_entries", "Entries answered degraded.", registry=self._registry
        )
        self._explained = Counter(
            "entry_risk_explained_lines",
            "Lines explained, from the cache or anew.",
            ["source"],
            registry=self._registry,
        )
        self._step_seconds = Histogram(
            "entry_risk_step_seconds",
            "Time of one step of a scoring request.",
            ["step"],
            buckets=_SECONDS,
            registry=self._registry,
        )
        loaded = Gauge(
            "entry_risk_model_loaded", "1 where a model serves.", registry=self._registry
        )
        loaded.set_function(lambda: float(models.is_loaded))
        refused = Gauge(
            "entry_risk_model_refused",
            "1 where LIVE names a bundle that was refused.",
            registry=self._registry,
        )
        refused.set_function(lambda: float(models.refusal is not None))
        if cache is not None:
            self._registry.register(_CacheReads(cache))
        if history is not None:
            self._registry.register(_HistoryReads(history))
        build = Gauge("entry_risk_build", "Always 1.", ["version"], registry=self._registry)
        build.labels(version).set(1)

    def answered(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count a request by route template, method and status class."""
        status_class = f"{status // 100}xx" if status else "cut"
        self._requests.labels(route, method, status_class).inc()
        self._request_seconds.labels(route).observe(seconds)

    def scored(self, request_id: str, answer: Answer, seconds: float) -> None:
        """Count what a scoring request decided and log one event for it."""
        trace, records = answer.trace, answer.records
        for record in records:
            self._entries.labels(record.band, record.examined_because).inc()
            self._degraded.inc(record.degraded)
        self._lines.inc(trace.lines)
        self._explained.labels("cache").inc(trace.explained_from_cache)
        self._explained.labels("model").inc(trace.explained_anew)
        for step in ("features", "history", "model", "ledger"):
            self._step_seconds.labels(step).observe(getattr(trace, f"{step}_s"))
        log.info(
            "scored",
            request_id=request_id,
            entries=len(records),
            lines=trace.lines,
            bands={band.value: sum(each.band == band for each in records) for band in Band},
            band=records[0].band if len(records) == 1 else None,
            model_version=records[0].model_version if records else None,
            policy_version=records[0].policy_version if records else None,
            degraded=any(each.degraded for each in records),
            cached=trace.explained_from_cache,
            replayed=answer.replayed,
            ms=round(seconds * 1000, 3),
        )

    def recorded(self, request_id: str, outcomes: int, seconds: float) -> None:
        """Count what a request recorded and log one event for it."""
        self._outcomes.inc(outcomes)
        log.info(
            "outcomes_recorded",
            request_id=request_id,
            outcomes=outcomes,
            replayed=outcomes == 0,
            ms=round(seconds * 1000, 3),
        )

    def failed(self, request_id: str, route: str, error: Exception) -> None:
        """Log an error nobody expected, with its trace."""
        log.error("request_failed", request_id=request_id, route=route, exc_info=error)

    def exposition(self) -> tuple[bytes, str]:
        """Return the metrics in Prometheus's text format and its media type."""
        return generate_latest(self._registry), CONTENT_TYPE_LATEST
