"""Who looks for jobs: what lists must know of a person, in two short questions for each page."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from iam_job_scout.db.models import JobStatus

_TRACKED = text("SELECT status, count(*), max(status_at) FROM tracking WHERE user_id = :user GROUP BY status")
_ALL = text(
    "SELECT (SELECT max(id) FROM job), (SELECT max(closed_at) FROM job),"
    " (SELECT count(*) FROM job WHERE sample = true), (SELECT saved_at FROM profile WHERE user_id = :user),"
    " (SELECT min(job_id) FROM fit WHERE user_id = :user), (SELECT max(job_id) FROM fit WHERE user_id = :user)"
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
    tracked = session.execute(_TRACKED, {"user": user_id}).all() if user_id is not None else []
    newest, last_closed, samples, saved_at, *fits = session.execute(_ALL, {"user": user_id}).one()
    return Seeker(
        user_id=user_id,
        statuses={status: count for status, count, _ in tracked},
        fitted=fits[0] is not None,
        newest=newest or 0,
        samples=samples,
        seen=(newest, str(last_closed)),
        did=(str(saved_at), *fits, *sorted((status, count, str(at)) for status, count, at in tracked)),
    )
