"""The reference of the sources says what the sources are."""

from pathlib import Path

from iam_job_scout.sources.registry import SOURCES

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "sources.md"


def row(name: str) -> str:
    source = SOURCES[name]
    hours = source.cadence.total_seconds() / 3600
    shows = "the newest" if source.newest_only else "all of a board" if not source.aggregator else "all"
    keys = ", ".join(f"`SCOUT_{key.upper()}`" for key in source.keys) or "–"
    return f"| [{source.label}]({source.docs}) | `{name}` | {hours:g} h | {shows} | {keys} | {source.terms} |"


def test_each_source_has_its_row() -> None:
    rows = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| [")]
    assert rows == [row(name) for name in SOURCES], "docs/reference/sources.md differs from the sources"
