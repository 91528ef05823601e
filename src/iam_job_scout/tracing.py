"""Traces of requests and their statements, sent by OTLP; off unless SCOUT_TRACE_URL is set.

FastAPI makes the spans of requests by itself, given a provider. Their trace ids appear as exemplars in /metrics, so a
slow request on a dashboard leads to its trace.
"""

from collections.abc import MutableMapping
from typing import TYPE_CHECKING, Any

from fastapi.telemetry import TelemetryConfig
from sqlalchemy import Engine, event

from iam_job_scout import __version__
from iam_job_scout.errors import SettingsError
from iam_job_scout.settings import Settings

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

#: Addresses with a secret in them, which a span would carry away, and what is asked every few seconds.
_UNTRACED = ("/setup", "/join", "/password", "/sign-in", "/feeds/", "/calendar/", "/metrics", "/health", "/ready")


def make_provider(settings: Settings) -> "TracerProvider | None":
    """Returns what makes and sends the spans; None where tracing is off. Raises SettingsError without the extra."""
    if not settings.trace_url:
        return None
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        raise SettingsError("SCOUT_TRACE_URL needs more packages: pip install 'iam-job-scout[tracing]'") from error
    about = {"service.name": "iam-job-scout", "service.version": __version__}
    provider = TracerProvider(resource=Resource.create({**about, "deployment.environment.name": settings.environment}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=settings.trace_url)))
    return provider


def telemetry(provider: "TracerProvider | None") -> TelemetryConfig:
    """What FastAPI is told of telemetry: spans of requests where there is a provider, and nothing else ever."""
    if provider is None:
        return {"tracing": False, "metrics": False, "logs": False, "auto_configure": False}
    return {
        "tracer_provider": provider,
        "metrics": False,
        "logs": False,
        "auto_configure": False,
        "exclude": _is_untraced,
    }


def trace_statements(engine: Engine, provider: "TracerProvider") -> None:
    """Makes a span of each statement within a request; its text has no values in it."""
    from opentelemetry.trace import SpanKind, get_current_span

    tracer = provider.get_tracer("iam_job_scout")

    def begin(_c: Any, _cursor: Any, statement: str, _p: Any, context: Any, _many: bool) -> None:
        if context is not None and get_current_span().is_recording():
            about = {"db.system.name": engine.dialect.name, "db.query.text": statement[:2_000]}
            context.scout_span = tracer.start_span(statement.split(None, 1)[0], kind=SpanKind.CLIENT, attributes=about)

    def end(_c: Any, _cursor: Any, _statement: str, _p: Any, context: Any, _many: bool) -> None:
        span = getattr(context, "scout_span", None)
        if span is not None:
            span.end()

    def fail(failure: Any) -> None:
        span = getattr(failure.execution_context, "scout_span", None)
        if span is not None:
            span.set_attribute("error.type", type(failure.original_exception).__name__)
            span.end()

    event.listen(engine, "before_cursor_execute", begin)
    event.listen(engine, "after_cursor_execute", end)
    event.listen(engine, "handle_error", fail)


def current_trace_id(_scope: MutableMapping[str, Any]) -> str | None:
    """The trace that this code runs in, 32 hexadecimal digits, for exemplars."""
    from opentelemetry.trace import format_trace_id, get_current_span

    context = get_current_span().get_span_context()
    return format_trace_id(context.trace_id) if context.is_valid and context.trace_flags.sampled else None


def _is_untraced(scope: MutableMapping[str, Any]) -> bool:
    return str(scope.get("path", "")).startswith(_UNTRACED)
