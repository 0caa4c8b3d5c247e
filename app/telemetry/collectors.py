"""Counts that others keep of themselves, read when they are asked for."""

from collections.abc import Iterator, Mapping
from typing import Protocol

from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from app.core.jobs import JobState
from app.core.webhooks import DeliveryState
from app.services.jobs_backlog import Tally
from app.services.models import Models

ENDED = tuple(each.value for each in JobState if not each.is_open)
ATTEMPTED = ("delivered", "failed", "dead")


class CacheCounts(Protocol):
    """What the cache counts of itself."""

    hits: int
    misses: int
    errors: int
    dropped: int


class HistoryCounts(Protocol):
    """What a store of histories counts of itself."""

    reads: int
    errors: int


class CacheReads(Collector):
    """The cache's own counts by outcome."""

    def __init__(self, counts: CacheCounts) -> None:
        """Read `counts`."""
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


class HistoryReads(Collector):
    """The counts of a store of histories by outcome."""

    def __init__(self, counts: HistoryCounts) -> None:
        """Read `counts`."""
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


class JobReads(Collector):
    """What jobs and webhooks have before them, and what this process did of it."""

    def __init__(self, tally: Tally) -> None:
        """Read `tally`."""
        self._tally = tally

    def collect(self) -> Iterator[Metric]:
        """Yield what is kept by state, and what was done by outcome; all states are there."""
        backlog = self._tally.backlog
        for name, meaning, found, states in (
            ("jobs", "Jobs that are kept, by state.", backlog.jobs, JobState),
            (
                "webhook_deliveries",
                "Deliveries that are kept, by state: dead ones were given up.",
                backlog.deliveries,
                DeliveryState,
            ),
        ):
            gauge = GaugeMetricFamily(f"entry_risk_{name}", meaning, labels=["state"])
            for state in states:
                gauge.add_metric([state.value], found.get(state, 0))
            yield gauge
        for name, meaning, done, outcomes in (
            (
                "jobs_ended",
                "Jobs that ended in a worker of this process.",
                self._tally.ended,
                ENDED,
            ),
            ("webhook_attempts", "Attempts to deliver.", self._tally.attempts, ATTEMPTED),
        ):
            counter = CounterMetricFamily(f"entry_risk_{name}", meaning, labels=["outcome"])
            for outcome in outcomes:
                counter.add_metric([outcome], done.get(outcome, 0))
            yield counter


class Serving(Collector):
    """What one process serves; no Gauge, which several processes would write down and add up."""

    def __init__(self, models: Models, version: str) -> None:
        """Read `models`; `version` is the build's."""
        self._models = models
        self._version = version

    def collect(self) -> Iterator[Metric]:
        """Yield whether a model serves, whether anything was refused, and the build."""
        models = self._models
        for name, meaning, holds in (
            ("model_loaded", "1 where a model serves.", models.is_loaded),
            ("model_refused", "1 where LIVE names a bundle that was refused.", models.refusal),
            ("lists_refused", "1 where lists that should serve do not.", models.missing_groups),
        ):
            yield GaugeMetricFamily(f"entry_risk_{name}", meaning, value=float(bool(holds)))
        build = GaugeMetricFamily("entry_risk_build", "Always 1.", labels=["version"])
        build.add_metric([self._version], 1.0)
        yield build


class Health(Collector):
    """Conditions of readiness, and the figures behind them, as they were last looked at."""

    def __init__(self) -> None:
        """Start without any."""
        self._conditions: dict[str, bool] = {}
        self._figures: dict[str, float] = {}

    def found(self, conditions: Mapping[str, bool], figures: Mapping[str, float]) -> None:
        """Keep each condition by name, whether it holds, and figures by name, unit included."""
        self._conditions, self._figures = dict(conditions), dict(figures)

    def collect(self) -> Iterator[Metric]:
        """Yield 1 for each condition that holds, 0 for each that does not, and the figures."""
        family = GaugeMetricFamily(
            "entry_risk_condition",
            "1 where a condition of readiness holds, as of this scrape.",
            labels=["condition"],
        )
        for name, holds in self._conditions.items():
            family.add_metric([name], float(holds))
        yield family
        for name, value in self._figures.items():
            yield GaugeMetricFamily(f"entry_risk_{name}", "As of this scrape.", value=value)
