"""What this process knows of itself now, read as /metrics has it: for the page, when nothing else keeps history."""

from collections import defaultdict
from dataclasses import dataclass

from prometheus_client.parser import text_string_to_metric_families

from iam_job_scout.monitoring.exposition import Wanted, exposition


@dataclass(frozen=True)
class LiveValue:
    """A number; `metric` is where it comes from, `counts` whether it only grows, so that its pace is what matters."""

    name: str
    metric: str
    unit: str
    counts: bool = False


LIVE = (
    LiveValue("Requests", "http_requests_total", "reqps", counts=True),
    LiveValue("Requests open", "http_requests_in_progress", "short"),
    LiveValue("Errors", "application_errors_total", "eps", counts=True),
    LiveValue("Memory", "process_resident_memory_bytes", "bytes"),
    LiveValue("Processor", "process_cpu_seconds_total", "percentunit", counts=True),
    LiveValue("Database connections in use", "db_connections_active", "short"),
    LiveValue("Open files", "process_open_fds", "short"),
    LiveValue("Jobs", "iam_jobs", "short"),
)


def live_values() -> list[dict[str, object]]:
    """Each live value with its newest number, summed over its labels; null where it was not measured yet."""
    text = "".join(exposition(Wanted(names=frozenset(value.metric for value in LIVE))))
    sums: defaultdict[str, float] = defaultdict(float)
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            sums[sample.name] += sample.value
    return [
        {"name": one.name, "metric": one.metric, "unit": one.unit, "counts": one.counts, "value": sums.get(one.metric)}
        for one in LIVE
    ]
