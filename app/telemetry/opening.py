"""Telemetry as it is configured: counts shared or not, traces sent or not."""

from pathlib import Path

from app.services.models import Models
from app.telemetry.collectors import CacheCounts, HistoryCounts
from app.telemetry.metrics import Telemetry
from app.telemetry.shared import share_counts
from app.telemetry.tracing import NO_TRACING, OtlpTracing, Tracing


def open_telemetry(  # noqa: PLR0913 - what it tells of, and by name how
    models: Models,
    version: str,
    cache: CacheCounts,
    history: HistoryCounts,
    *,
    otlp_endpoint: str | None = None,
    sample_ratio: float = 1.0,
    metrics_dir: Path | None = None,
) -> Telemetry:
    """Return the telemetry of a process; close it.

    Spans go to `otlp_endpoint`, and counts into `metrics_dir` with those of other processes; None
    for neither. Raises SettingsRefused where there is an endpoint and the extra is not installed.
    """
    tracing: Tracing = NO_TRACING
    if otlp_endpoint is not None:
        tracing = OtlpTracing(otlp_endpoint, ratio=sample_ratio, version=version)
    if metrics_dir is not None:
        share_counts(metrics_dir)
    return Telemetry(models, version, cache, history, tracing=tracing, folder=metrics_dir)
