"""Colours by meaning, the same on every dashboard; series without one take Grafana's palette by their name."""

from grafana_foundation_sdk.models.dashboard import Threshold

GOOD = "green"
WARNING = "orange"
BAD = "red"
INFO = "blue"
MUTED = "#8e8e8e"
SECOND = "purple"
THIRD = "light-blue"

Steps = tuple[tuple[float, str], ...]


def steps(*given: tuple[float, str], base: str = GOOD) -> list[Threshold]:
    """Thresholds: `base` below the first value, then each colour from its value on."""
    return [Threshold(None, base), *(Threshold(value, color) for value, color in given)]


def too_high(warning: float, bad: float | None = None) -> list[Threshold]:
    """Good below `warning`."""
    return steps((warning, WARNING), *([] if bad is None else [(bad, BAD)]))


def too_low(bad: float, warning: float | None = None) -> list[Threshold]:
    """Bad below `bad`, good from `warning` (or at once) on."""
    return steps(*([] if warning is None else [(bad, WARNING)]), (bad if warning is None else warning, GOOD), base=BAD)


def plain(color: str = INFO) -> list[Threshold]:
    """No value is better than another."""
    return steps(base=color)
