"""Who looks for jobs: what lists must know of a person, in one question for each page."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from iam_job_scout.db.models import JobStatus

# A row for each of their statuses, or one without; what is asked of all jobs is found out once.
_ASKED = text(
    "SELECT status, count(*), max(status_at), (SELECT max(id) FROM job), (SELECT max(closed_at) FROM job),"
    " (SELECT count(*) FROM job WHERE sample = true), (SELECT saved_at FROM profile WHERE user_id = :user),"
    " (SELECT min(job_id) FROM fit WHERE user_id = :user), (SELECT max(job_id) FROM fit WHERE user_id = :user)"
    " FROM (SELECT 1 AS one) AS one LEFT JOIN tracking ON user_id = :user GROUP BY status"
)


@dataclass(frozen=True, kw_only=True)
class Seeker:
    """A person who looks, or nobody in particular (`user_id` None).

    `statuses` counts their jobs by status, with those set back to new. `fitted`: jobs have a score for them, who then
    have a profile. `newest` is the id of the last job, `samples` how many are samples. `seen` is another one each time
    that a job is new or has closed; `did` each time that this person tracks a job, saves their profile, or gets scores.
    """

    user_id: int | None
    statuses: Mapping[str, int]
    fitted: bool
    newest: int
    samples: int
    seen: tuple[object, ...]
    did: tuple[object, ...]

    @property
    def hides(self) -> bool:
        """Whether lists leave jobs out for them."""
        return JobStatus.HIDDEN in self.statuses


def read_seeker(session: Session, user_id: int | None) -> Seeker:
    """Returns what lists must know of a person now."""
    rows = session.execute(_ASKED, {"user": user_id}).all()
    tracked = [tuple(row[:3]) for row in rows if row.status is not None]
    newest, last_closed, samples, saved_at, *fits = rows[0][3:]
    return Seeker(
        user_id=user_id,
        statuses={status: count for status, count, _ in tracked},
        fitted=fits[0] is not None,
        newest=newest or 0,
        samples=samples,
        seen=(newest, str(last_closed)),
        did=(str(saved_at), *fits, *sorted((status, count, str(at)) for status, count, at in tracked)),
    )
