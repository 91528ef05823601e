"""Turns the service levels of slo.yaml into recording rules and multi-window burn-rate alerts.

The method is that of the Site Reliability Workbook, chapter 5: an alert fires while the error budget burns faster than
`burn` times its even pace over a long window and, so that it ends soon after the trouble, over a short one too.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from iam_job_scout.errors import StackError
from iam_job_scout.stack.files import observability_dir

#: Seconds between two recordings of the rates that the ratios sum up; the `interval` of their group.
RECORDED_EVERY = 15
GENERATED = "http_slo.yml"
SECONDS = {"m": 60, "h": 3600, "d": 86400}
HEADER = """\
# Generated from observability/prometheus/slo.yaml by `scout stack render --examples`; change that file instead.
groups:
"""
RATIO = """\
      - record: job:http_{name}_bad:ratio_rate{window}
        expr: sum_over_time({bad}[{window}]) / (sum_over_time({total}[{window}]) > 0)
"""
#: The window of the recorded rates themselves. Averaging them again would let the alert last minutes longer than the
#: trouble, and so longer than the alert that holds it back.
RATED_OVER = "5m"
RATED = """\
      - record: job:http_{name}_bad:ratio_rate{window}
        expr: {bad} / ({total} > 0)
"""
ALERT = """\
      - alert: {alert}
        expr: |
          job:http_{name}_bad:ratio_rate{long} > {limit}
          and job:http_{name}_bad:ratio_rate{short} > {limit}
          and sum_over_time({bad}[{long}]) * {interval} >= {min_events}
        for: {hold}
        labels:
          severity: {severity}
          area: http
          window: {long}
        annotations:
          summary: The error budget of {name} burns {burn} times too fast
          description: '{{{{ $value | humanizePercentage }}}} {said} in the last {long}; the promise is that {promise}.'
          runbook_url: docs/runbooks/{alert}.md
"""


class Window(msgspec.Struct, frozen=True):
    """A pair of windows and how fast the budget may burn over both."""

    severity: str
    burn: float
    long: str
    short: str
    hold: str = msgspec.field(name="for")


class Objective(msgspec.Struct, frozen=True):
    """One promise: at least `target` of `total` is not `bad`; both name recorded rates per second."""

    name: str
    alert: str
    target: float
    bad: str
    total: str
    promise: str
    said: str
    histogram: str = ""
    threshold: float = 0.0


class Spec(msgspec.Struct, frozen=True):
    """The whole of slo.yaml."""

    period: str
    min_events: int
    windows: list[Window]
    objectives: list[Objective]


def read_spec(file: Path | None = None) -> Spec:
    """Reads slo.yaml; raises StackError where an alert made from it could never fire."""
    file = file or observability_dir() / "prometheus" / "slo.yaml"
    try:
        spec = msgspec.yaml.decode(file.read_bytes(), type=Spec)
    except msgspec.MsgspecError as error:
        raise StackError(f"{file.name}: {error}") from error
    for objective in spec.objectives:
        for window in spec.windows:
            if window.burn * (1 - objective.target) >= 1:
                raise StackError(
                    f"{file.name}: {objective.alert} over {window.long} can never fire: "
                    f"{window.burn:g} times a budget of {1 - objective.target:.3g} is more than all requests"
                )
    return spec


def check_thresholds(spec: Spec, buckets: Mapping[str, Sequence[float]]) -> None:
    """Raises StackError where a threshold is no boundary of its histogram, whose share would then be a guess."""
    for objective in spec.objectives:
        if objective.histogram and objective.threshold not in buckets[objective.histogram]:
            raise StackError(f"{objective.name}: {objective.threshold:g} is no boundary of {objective.histogram}")


def build_rules(spec: Spec) -> str:
    """The text of rules/http_slo.yml."""
    groups = [HEADER]
    for objective in spec.objectives:
        windows = sorted({window for pair in spec.windows for window in (pair.long, pair.short)}, key=to_seconds)
        ratios = (_ratio(objective, window) for window in windows)
        alerts = (_alert(spec, objective, window) for window in spec.windows)
        groups.append(f"  - name: http.{objective.name}\n    rules:\n" + "\n".join([*ratios, *alerts]))
    return groups[0] + "\n".join(groups[1:])


def _ratio(objective: Objective, window: str) -> str:
    template = RATED if window == RATED_OVER else RATIO
    return template.format(**msgspec.structs.asdict(objective), window=window)


def _alert(spec: Spec, objective: Objective, window: Window) -> str:
    return ALERT.format(
        **msgspec.structs.asdict(objective),
        severity=window.severity,
        burn=f"{window.burn:g}",
        long=window.long,
        short=window.short,
        hold=window.hold,
        limit=f"{window.burn * (1 - objective.target):.6g}",
        interval=RECORDED_EVERY,
        min_events=spec.min_events,
    )


def to_seconds(window: str) -> int:
    """A Prometheus duration of one unit, such as 30m."""
    return int(window[:-1]) * SECONDS[window[-1]]
