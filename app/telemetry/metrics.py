"""What the service tells of its requests: metrics, spans, and one log event for each."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from time import monotonic, perf_counter
from typing import Any

import structlog
from prometheus_client import CollectorRegistry, disable_created_metrics, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from app.core.policy import Band
from app.services.desk import Answer
from app.services.jobs_backlog import Tally
from app.services.models import Models
from app.services.probing import ProbeWatch
from app.telemetry.collectors import (
    CacheCounts,
    CacheReads,
    Health,
    HistoryCounts,
    HistoryReads,
    JobReads,
)
from app.telemetry.meters import (
    OTHER_ROUTES,
    TIMED_ROUTES,
    counted,
    labelled,
    observe_process,
)
from app.telemetry.shared import added_up
from app.telemetry.tracing import NO_TRACING, Span, Tracing, begin_span, current_span

LAG_EVERY_S = 0.1
STEPS = ("features", "history", "model", "ledger")

log = structlog.get_logger(__name__)


class Telemetry:
    """Metrics of one process, its spans, and the log events of its requests."""

    def __init__(  # noqa: PLR0913 - what it tells of; the last two by name
        self,
        models: Models,
        version: str,
        cache: CacheCounts | None = None,
        history: HistoryCounts | None = None,
        *,
        tracing: Tracing = NO_TRACING,
        folder: Path | None = None,
    ) -> None:
        """Make the metrics in registries of their own; those of stores that count as well.

        `folder` is where `share_counts` keeps the counts of several processes; None: of this alone.
        """
        disable_created_metrics()  # type: ignore[no-untyped-call]  # has no types
        counts, self._own = CollectorRegistry(), CollectorRegistry()
        self._counts = counts if folder is None else added_up(folder)
        self._count = counted(counts)
        self._probes = ProbeWatch(monotonic)
        self._health = Health()
        self._tracing = tracing
        observe_process(self._own, models, version)
        self._own.register(self._health)
        if cache is not None:
            self._own.register(CacheReads(cache))
        if history is not None:
            self._own.register(HistoryReads(history))

    def show_jobs(self, tally: Tally) -> None:
        """Show what jobs and webhooks have before them as well."""
        self._own.register(JobReads(tally))

    def began(self, traceparent: str) -> Span:
        """Begin the span of a request; `traceparent` is the caller's header, or empty."""
        return begin_span(self._tracing, traceparent)

    def answered(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count a request by route template and status class, and end its span."""
        status_class = f"{status // 100}xx" if status else "cut"
        labelled(self._count.requests, route, status_class).inc()
        timed = route if route in TIMED_ROUTES else OTHER_ROUTES
        labelled(self._count.request_seconds, timed).observe(seconds)
        current_span().end(route, method, status)

    def scored(self, request_id: str, answer: Answer, seconds: float) -> None:
        """Count what a scoring request decided and log one event for it."""
        trace, records, count = answer.trace, answer.records, self._count
        for record in records:
            labelled(count.entries, record.band, record.examined_because).inc()
            count.degraded.inc(record.degraded)
        count.lines.inc(trace.lines)
        labelled(count.explained, "cache").inc(trace.explained_from_cache)
        labelled(count.explained, "model").inc(trace.explained_anew)
        steps = {f"{step}_s": getattr(trace, f"{step}_s") for step in STEPS}
        for step in STEPS:
            labelled(count.step_seconds, step).observe(steps[f"{step}_s"])
        degraded = any(each.degraded for each in records)
        facts: dict[str, int | str] = {"entries": len(records), "lines": trace.lines}
        facts["replayed"] = answer.replayed
        if records:
            facts["model_version"] = records[0].model_version
            facts["policy_version"] = records[0].policy_version
        current_span().add({**facts, **steps, "degraded": degraded})
        log.info(
            "scored",
            request_id=request_id,
            bands={band.value: sum(each.band == band for each in records) for band in Band},
            band=records[0].band if len(records) == 1 else None,
            degraded=degraded,
            cached=trace.explained_from_cache,
            ms=round(seconds * 1000, 3),
            **{"model_version": None, "policy_version": None, **facts},
        )

    def asked(self, key_id: str, document: Mapping[str, Any]) -> None:
        """Count a draft that one key asked for nearly as it is too often, and log the first."""
        is_probe, is_first = self._probes.saw(key_id, document)
        self._count.probes.inc(is_probe)
        if is_first:
            log.warning("probed", key_id=key_id)

    def recorded(self, request_id: str, outcomes: int, seconds: float) -> None:
        """Count what a request recorded and log one event for it."""
        self._count.outcomes.inc(outcomes)
        log.info(
            "outcomes_recorded",
            request_id=request_id,
            outcomes=outcomes,
            replayed=outcomes == 0,
            ms=round(seconds * 1000, 3),
        )

    def failed(self, request_id: str, route: str, error: Exception) -> None:
        """Count and log an error nobody expected, with its trace."""
        self._count.failures.inc()
        log.error("request_failed", request_id=request_id, route=route, exc_info=error)

    def looked_at(self, conditions: Mapping[str, bool], figures: Mapping[str, float]) -> None:
        """Keep the conditions of readiness and their figures as they were found."""
        self._health.found(conditions, figures)

    def exposition(self) -> tuple[bytes, str]:
        """Return the metrics in Prometheus's text format and its media type."""
        return generate_latest(self._counts) + generate_latest(self._own), CONTENT_TYPE_LATEST

    async def watch_loop(self, every_s: float = LAG_EVERY_S) -> None:
        """For ever measure how late the event loop comes back to what is due."""
        while True:
            due = perf_counter() + every_s
            await asyncio.sleep(every_s)
            self._count.loop_lag_seconds.observe(max(0.0, perf_counter() - due))

    def close(self) -> None:
        """Send the spans that are left (blocking, a few seconds at most)."""
        self._tracing.close()
