"""What a check of the monitoring chain finds."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Link:
    """One link of the chain; `detail` is a phrase for people: what was found, or what is wrong."""

    name: str
    ok: bool
    detail: str
