"""Traces over OTLP where an endpoint is configured; else a caller's trace is only passed on."""

import re
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any, Protocol

from app.core.errors import SettingsRefused

TRACEPARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}", re.ASCII)  # W3C
SEND_S = 2.0  # what sending a batch may take, tries included: an ending process waits for the last


class Span(Protocol):
    """One request in a trace. `traceparent` is what a call made for it should carry, if any."""

    traceparent: str | None
    trace_id: str | None

    def add(self, facts: Mapping[str, str | int | float | bool]) -> None:
        """Say more of the request; never a tenant, a party or an entry."""
        ...

    def end(self, route: str, method: str, status: int) -> None:
        """End it: route template, method, status (0: cut off)."""
        ...


class Tracing(Protocol):
    """Where requests are traced."""

    def begin(self, traceparent: str) -> Span:
        """Begin the span of a request that came with `traceparent` (empty or damaged: a root)."""
        ...

    def close(self) -> None:
        """Send what is left (blocking, a few seconds at most)."""
        ...


class PassedOn:
    """A caller's trace that is logged and passed on, with no span of ours in it."""

    __slots__ = ("trace_id", "traceparent")

    def __init__(self, traceparent: str) -> None:
        """Take a traceparent as it came; a damaged one is none."""
        found = TRACEPARENT.fullmatch(traceparent)
        self.traceparent: str | None = traceparent if found else None
        self.trace_id: str | None = found[1] if found else None

    def add(self, _facts: Mapping[str, str | int | float | bool]) -> None:
        """Say nothing: there is no span."""

    def end(self, _route: str, _method: str, _status: int) -> None:
        """End nothing."""


class NoTracing:
    """No endpoint is configured."""

    def begin(self, traceparent: str) -> Span:
        """Return the caller's trace as it came."""
        return PassedOn(traceparent)

    def close(self) -> None:
        """Have nothing to send."""


NO_TRACING = NoTracing()
NO_SPAN = PassedOn("")
_current: ContextVar[Span] = ContextVar("entry_risk_span")


def current_span() -> Span:
    """Return the span of the request that is being answered; outside of one, none."""
    return _current.get(NO_SPAN)


def begin_span(tracing: Tracing, traceparent: str) -> Span:
    """Begin the span of a request, which is the current one until another begins."""
    span = tracing.begin(traceparent)
    _current.set(span)
    return span


class OtlpTracing:
    """Spans sent to an OTLP collector over HTTP, in batches, from a thread of its own."""

    def __init__(self, endpoint: str, *, ratio: float, version: str) -> None:
        """Send to `endpoint` (…/v1/traces) this `ratio` of the traces that begin here.

        A trace that a caller began is sampled as the caller says. Raises SettingsRefused where the
        libraries are not installed.
        """
        try:
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415
                OTLPSpanExporter,
            )
            from opentelemetry.sdk.resources import Resource  # noqa: PLC0415 - an optional extra
            from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
            from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
            from opentelemetry.sdk.trace.sampling import (  # noqa: PLC0415
                ParentBased,
                TraceIdRatioBased,
            )
            from opentelemetry.trace import SpanKind  # noqa: PLC0415
            from opentelemetry.trace.propagation.tracecontext import (  # noqa: PLC0415
                TraceContextTextMapPropagator,
            )
        except ImportError as error:
            raise SettingsRefused(
                "ENTRY_RISK_OTLP_ENDPOINT: needs the extra, pip install 'entry-risk[tracing]'"
            ) from error
        self._provider = TracerProvider(
            resource=Resource.create({"service.name": "entry-risk", "service.version": version}),
            sampler=ParentBased(TraceIdRatioBased(ratio)),
            shutdown_on_exit=False,
        )
        exporter = OTLPSpanExporter(endpoint=endpoint, timeout=SEND_S)
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("entry_risk", version)
        self._extract, self._kind = TraceContextTextMapPropagator().extract, SpanKind.SERVER

    def begin(self, traceparent: str) -> Span:
        """Begin a span under the caller's, or a trace of its own."""
        parent = self._extract({"traceparent": traceparent})
        return _Sent(self._tracer.start_span("request", context=parent, kind=self._kind))

    def close(self) -> None:
        """Send what is left and end the thread (blocking)."""
        self._provider.shutdown()


class _Sent:
    """A span of ours; names and attributes follow OpenTelemetry's conventions for HTTP servers."""

    __slots__ = ("_span", "trace_id", "traceparent")

    def __init__(self, span: Any) -> None:  # opentelemetry's Span: an optional extra
        self._span = span
        context = span.get_span_context()
        self.trace_id: str | None = f"{context.trace_id:032x}"
        flags = int(context.trace_flags)
        self.traceparent: str | None = f"00-{self.trace_id}-{context.span_id:016x}-{flags:02x}"

    def add(self, facts: Mapping[str, str | int | float | bool]) -> None:
        self._span.set_attributes({f"entry_risk.{name}": value for name, value in facts.items()})

    def end(self, route: str, method: str, status: int) -> None:
        from opentelemetry.trace import StatusCode  # noqa: PLC0415 - an optional extra

        self._span.update_name(f"{method} {route}")
        self._span.set_attributes({"http.request.method": method, "http.route": route})
        if status:
            self._span.set_attribute("http.response.status_code", status)
        if status >= 500 or not status:
            self._span.set_status(StatusCode.ERROR)
        self._span.end()
