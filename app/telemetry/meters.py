"""The metrics by name: base units, prefix entry_risk_, labels that callers cannot make more of."""

from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector

from app.services.models import Models
from app.telemetry.collectors import Serving

# From a fifth of a millisecond, a prediction, to the deadline of a batch.
SECONDS = (0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)
STEP_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5)
LAG_SECONDS = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1)
TIMED_ROUTES = ("/v1/score", "/v1/score/batch", "/v1/outcomes")  # the rest is timed together
OTHER_ROUTES = "other"


@dataclass(frozen=True, slots=True)
class Counted:
    """What is counted as it happens; several processes may add these up."""

    requests: Counter
    request_seconds: Histogram
    failures: Counter
    entries: Counter
    outcomes: Counter
    lines: Counter
    degraded: Counter
    explained: Counter
    probes: Counter
    step_seconds: Histogram
    loop_lag_seconds: Histogram


_M = TypeVar("_M", Counter, Histogram)


@lru_cache(512)  # finding a child anew takes longer than counting with it
def labelled(metric: _M, *values: str) -> _M:
    """Return the metric with these values of its labels."""
    return metric.labels(*values)


def counted(registry: CollectorRegistry) -> Counted:
    """Make what is counted, in `registry`."""

    def count(name: str, meaning: str, *labels: str) -> Counter:
        return Counter(f"entry_risk_{name}", meaning, labels, registry=registry)

    def time(name: str, meaning: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
        return Histogram(
            f"entry_risk_{name}_seconds", meaning, labels, buckets=buckets, registry=registry
        )

    return Counted(
        requests=count(
            "http_requests",
            "Requests answered, by route template and status class; cut: the caller went away.",
            *("route", "status"),
        ),
        request_seconds=time(
            "http_request", "From the first byte read to the last byte sent.", SECONDS, "route"
        ),
        failures=count("failures", "Requests that ended in an error nobody expected."),
        entries=count(
            "entries",
            "Entries decided, by band and why they would be examined.",
            *("band", "examined_because"),
        ),
        outcomes=count("outcomes", "Outcomes recorded."),
        lines=count("lines", "Lines scored."),
        degraded=count("degraded_entries", "Entries answered degraded."),
        explained=count("explained_lines", "Lines explained, from the cache or anew.", "source"),
        probes=count(
            "probes", "Drafts that one key asked for nearly as they are, beyond 300 a minute."
        ),
        step_seconds=time("step", "Time of one step of a scoring request.", STEP_SECONDS, "step"),
        loop_lag_seconds=time(
            "event_loop_lag", "How late the event loop came back to what was due.", LAG_SECONDS
        ),
    )


def observe_process(registry: CollectorRegistry, models: Models, version: str) -> None:
    """Show what one process is: its version, model, memory, descriptors and processor time."""
    ProcessCollector(namespace="entry_risk", registry=registry)
    registry.register(Serving(models, version))
