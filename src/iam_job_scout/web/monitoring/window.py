"""The time that is looked at, the step between points, and what stands for a dashboard's variables.

Times are written as in Grafana's addresses: `now`, `now-6h`, or milliseconds since 1970.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

#: Prometheus scrapes this often (seconds): no step is finer, and a rate needs four scrapes to survive a missing one.
SCRAPE = 15
#: Seconds of the shortest and the longest time that can be looked at; a month is the period of the service levels.
SHORTEST, LONGEST = 60, 31 * 86_400
MAX_POINTS = 1_000
#: Seconds. Rates look back no further, as the recorded ones do: of long times Prometheus then reads the minutes before
#: each point rather than every sample, which makes fifteen days six times as fast. What is counted is counted whole.
LONGEST_RATE = 300
STEPS = (15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 21_600, 43_200, 86_400)
_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
_RELATIVE = re.compile(r"now(?:-(\d{1,7})([smhdw]))?")
_ABSOLUTE = re.compile(r"\d{10,14}")
_VARIABLE = re.compile(r"\$(?:(\w+)|\{(\w+)(?::\w+)?\})")
#: Characters with a meaning in RE2, the regular expressions of PromQL.
_SPECIAL = re.compile(r"[\\.+*?()|\[\]{}^$]")


class WindowError(ValueError):
    """A time or a choice that cannot be used; the message says what can."""


@dataclass(frozen=True)
class Window:
    """A time range in Unix seconds and the step between its points; its length is a multiple of the step."""

    start: int
    end: int
    step: int

    @property
    def points(self) -> int:
        """How many points a course has, both ends included."""
        return (self.end - self.start) // self.step + 1


@dataclass(frozen=True)
class Chosen:
    """The jobs and instances that are looked at; none means all."""

    jobs: tuple[str, ...] = ()
    instances: tuple[str, ...] = ()


def moment_of(text: str, now: float) -> float:
    """The Unix time that the text names. Raises WindowError."""
    if match := _RELATIVE.fullmatch(text):
        return now - int(match[1]) * _SECONDS[match[2]] if match[1] else now
    if _ABSOLUTE.fullmatch(text):
        return int(text) / 1_000
    raise WindowError("A time is written now, now-6h (s, m, h, d, w) or as milliseconds since 1970.")


def read_window(since: str, until: str, *, points: int, now: float) -> Window:
    """The range between two times with at most about so many points. Raises WindowError.

    The last point is the newest scrape's, not the last multiple of the step: that may be an hour old.
    """
    start, end = moment_of(since, now), min(moment_of(until, now), now)
    if not SHORTEST <= end - start <= LONGEST:
        raise WindowError("The time must begin before it ends, last a minute at least and 31 days at most.")
    step = step_for(end - start, points)
    newest = int(end // SCRAPE) * SCRAPE
    return Window(newest - int((end - start) // step) * step, newest, step)


def step_for(seconds: float, points: int) -> int:
    """The finest round step that needs no more than so many points."""
    least = seconds / max(1, min(points, MAX_POINTS))
    return next((step for step in STEPS if step >= least), STEPS[-1])


def fill_in(expr: str, window: Window, chosen: Chosen) -> str:
    """The query with every variable replaced, as Grafana would send it; other words with a dollar stay."""
    since = max(window.step + SCRAPE, 4 * SCRAPE)
    values = {
        "__rate_interval": f"{since if 'increase(' in expr else min(since, LONGEST_RATE)}s",
        "__interval": f"{window.step}s",
        "__range": f"{window.end - window.start}s",
        "job": pattern(chosen.jobs),
        "instance": pattern(chosen.instances),
    }
    return _VARIABLE.sub(lambda match: values.get(match[1] or match[2], match[0]), expr)


def pattern(values: Sequence[str]) -> str:
    """A regular expression for exactly these values, to stand between double quotes of a query; for all if none."""
    literal = "|".join(_SPECIAL.sub(r"\\\g<0>", value) for value in values)
    return literal.replace("\\", "\\\\").replace('"', '\\"') if values else ".+"
