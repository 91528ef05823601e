"""What a panel says about itself: what is normal, what to do otherwise, why it may be empty."""

from dataclasses import dataclass

#: Begins the sentence that says why a panel may have nothing to show. The tests allow emptiness only where it stands.
EMPTY = "**Empty:** "


@dataclass(frozen=True)
class Words:
    """The description of a panel, and the runbooks of the alerts that watch the same thing."""

    normal: str
    otherwise: str
    empty: str
    runbooks: tuple[str, ...]

    def describe(self) -> str:
        """As Markdown, the way Grafana shows it behind the panel's i."""
        parts = [f"**Normal:** {self.normal}", f"**Otherwise:** {self.otherwise}"]
        return "\n\n".join([*parts, f"{EMPTY}{self.empty}"] if self.empty else parts)


def says(normal: str, otherwise: str, *runbooks: str, empty: str = "") -> Words:
    """`runbooks` are names of alerts; `empty` says when the panel has nothing to show although nothing is wrong."""
    return Words(normal, otherwise, empty, runbooks)
