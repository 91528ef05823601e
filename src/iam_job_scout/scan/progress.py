"""What is being scanned now, for those who watch: one cheap reading, to be repeated."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from iam_job_scout.db.models import Scan
from iam_job_scout.scan import runs
from iam_job_scout.scan.runs import SourceSummary


@dataclass(frozen=True, kw_only=True)
class Progress:
    """A scan that goes on: what has come of each of its sources so far; `done` of its `boards` have a receipt."""

    scan_id: str
    trigger: str
    started_at: datetime
    sources: dict[str, SourceSummary]

    @property
    def boards(self) -> int:
        """How many boards the scan asks."""
        return sum(source.boards for source in self.sources.values())

    @property
    def done(self) -> int:
        """How many of them have a receipt."""
        return sum(source.done for source in self.sources.values())


def current(session: Session) -> list[Progress]:
    """The scans that go on, the one that began first at the front."""
    found = []
    for scan_id in runs.unfinished_scans(session):
        scan, summary = session.get_one(Scan, scan_id), runs.summarise(session, scan_id)
        if summary is not None and not summary.finished:
            found.append(
                Progress(scan_id=scan_id, trigger=scan.trigger, started_at=scan.started_at, sources=summary.sources)
            )
    return found
