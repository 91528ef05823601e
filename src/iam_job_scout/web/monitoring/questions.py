"""The questions of panels to Prometheus, and the answers as the page draws them: numbers on an even grid of times."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import msgspec

from iam_job_scout.errors import StackError
from iam_job_scout.web.monitoring.ask import TooMuch, ask_for
from iam_job_scout.web.monitoring.dashboards import Mark, Target
from iam_job_scout.web.monitoring.window import Chosen, Window, fill_in

#: Seconds that a query may take; Prometheus is told, and asked for a little longer.
PATIENCE = 10
#: Series and rows that a panel gets; a screen shows fewer. Of answers that are too long only the strongest are asked.
MOST_SERIES, MOST_ROWS, STRONGEST = 60, 500, 20
#: Moments of one kind that are marked.
MOST_MARKS = 200


class _Series(msgspec.Struct):
    metric: dict[str, str] = {}
    value: tuple[float, str] | None = None
    values: list[tuple[float, str]] = []


class _Result(msgspec.Struct):
    result: list[_Series] = []


class _Answer(msgspec.Struct):
    data: _Result


class _Values(msgspec.Struct):
    data: list[str] = []


@dataclass(frozen=True)
class Prometheus:
    """The server that is asked, the time that is looked at, and whose series."""

    url: str
    window: Window
    chosen: Chosen

    def answer(self, target: Target) -> dict[str, Any]:
        """The series of a panel's query by its letter, or `error`: a query that fails leaves the others alone.

        `values` of a course stand on the window's grid; what was not measured, or is not a number, is null.
        """
        expr = fill_in(target.expr, self.window, self.chosen)
        given: dict[str, Any] = {"ref": target.ref, "expr": expr}
        try:
            return given | self._series(target, expr)
        except TooMuch:
            note = f"Too many series to read: these are the {STRONGEST} strongest of each moment."
        except StackError as error:
            return given | {"error": str(error)}
        try:
            return given | self._series(target, f"topk({STRONGEST}, {expr})") | {"note": note}
        except StackError as error:
            return given | {"error": str(error)}

    def moments(self, mark: Mark) -> list[dict[str, Any]]:
        """When something happened, oldest first: the values of the mark's query are times."""
        window = Window(self.window.start, self.window.end, max(60, self.window.step))
        found = self._ask(fill_in(mark.expr, window, self.chosen), window)
        moments = {
            (round(float(value) / 1_000), name_of(mark.text, series.metric))
            for series in found
            for _, value in series.values
            if math.isfinite(float(value))
        }
        inside = sorted(moment for moment in moments if window.start <= moment[0] <= window.end)
        return [{"time": time, "text": text, "color": mark.color} for time, text in inside[-MOST_MARKS:]]

    def label_values(self, label: str) -> list[str]:
        """The values that a label of the app's own metrics had in the time. Raises StackError."""
        times = {"start": str(self.window.start), "end": str(self.window.end)}
        path = f"/api/v1/label/{label}/values?{urlencode({'match[]': 'iam_job_scout_info', **times})}"
        return sorted(ask_for(self.url, path, _Values, seconds=PATIENCE).data)[:MOST_ROWS]

    def _series(self, target: Target, expr: str) -> dict[str, Any]:
        found = self._ask(expr, None if target.instant else self.window)
        kept = found[:MOST_ROWS] if target.instant else strongest(found)
        series = [
            {"name": name_of(target.legend, one.metric), "labels": one.metric}
            | ({"value": number(one.value)} if target.instant else {"values": on_grid(one.values, self.window)})
            for one in kept
        ]
        return {"total": len(found), "series": series}

    def _ask(self, expr: str, window: Window | None) -> list[_Series]:
        form = {"query": expr, "timeout": f"{PATIENCE}s"}
        if window is None:
            path, form["time"] = "/api/v1/query", str(self.window.end)
        else:
            path = "/api/v1/query_range"
            form |= {"start": str(window.start), "end": str(window.end), "step": str(window.step)}
        return ask_for(self.url, path, _Answer, form, seconds=PATIENCE + 2).data.result


def number(sample: tuple[float, str] | None) -> float | None:
    """The value of a sample; None where it is missing, infinite or not a number."""
    value = float(sample[1]) if sample else math.nan
    return value if math.isfinite(value) else None


def on_grid(samples: Iterable[tuple[float, str]], window: Window) -> list[float | None]:
    """A value for each point of the window: gaps stay gaps."""
    values: list[float | None] = [None] * window.points
    for sample in samples:
        place = round((sample[0] - window.start) / window.step)
        if 0 <= place < len(values):
            values[place] = number(sample)
    return values


def strongest(found: list[_Series]) -> list[_Series]:
    """The series with the highest values among some of their points, in the order in which they came."""
    if len(found) <= MOST_SERIES:
        return found
    ranked = sorted(range(len(found)), key=lambda place: -_height(found[place]))[:MOST_SERIES]
    return [found[place] for place in sorted(ranked)]


def _height(series: _Series) -> float:
    samples = series.values[:: max(1, len(series.values) // 16)]
    return max((value for sample in samples if (value := number(sample)) is not None), default=-math.inf)


def name_of(legend: str, labels: dict[str, str]) -> str:
    """The legend with the values of its labels; without a legend all labels."""
    if not legend:
        return ", ".join(f"{name}={value}" for name, value in labels.items() if name != "__name__")
    for name in legend.split("{{")[1:]:
        label = name.partition("}}")[0]
        legend = legend.replace(f"{{{{{label}}}}}", labels.get(label.strip(), ""))
    return legend
