"""What the doctor finds about one link of the chain."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How a link is; `skipped`: a link before it has to be mended first, or there is nothing to look at."""

    OK = "ok"
    BROKEN = "broken"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Finding:
    """`detail` is what was seen; `advice`, where something is broken, what to do about it."""

    name: str
    state: State
    detail: str
    advice: str = ""


def fine(name: str, detail: str) -> Finding:
    """A link that holds."""
    return Finding(name, State.OK, detail)


def broken(name: str, detail: str, advice: str) -> Finding:
    """A link that has to be mended."""
    return Finding(name, State.BROKEN, detail, advice)


def skipped(name: str, detail: str) -> Finding:
    """A link that was not looked at."""
    return Finding(name, State.SKIPPED, detail)
