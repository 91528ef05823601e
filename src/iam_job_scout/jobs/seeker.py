"""Who looks for jobs: what lists must know of a person, in two short questions for each page."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from iam_job_scout.db.models import JobStatus

_TRACKED = text("SELECT status, count(*), max(status_at) FROM tracking WHERE user_id = :user GROUP BY status")
_ALL = text(
    "SELECT (SELECT max(id) FROM job), (SELECT saved_at FROM profile WHERE user_id = :user),"
    " EXISTS (SELECT 1 FROM fit WHERE user_id = :user), (SELECT count(*) FROM job WHERE sample = true)"
)


@dataclass(frozen=True, kw_only=True)
class Seeker:
    """A person who looks, or nobody in particular (`user_id` None).

    `statuses` counts their jobs by status, with those set back to new. `fitted`: jobs have a score for them, who then
    have a profile. Of all jobs, `newest` is the id of the last one and `samples` how many are samples. `did` is another
    one each time that this person tracks a job or saves their profile.
    """

    user_id: int | None
    statuses: Mapping[str, int]
    fitted: bool
    newest: int
    samples: int
    did: tuple[object, ...]

    @property
    def hides(self) -> bool:
        """Whether lists leave jobs out for them."""
        return JobStatus.HIDDEN in self.statuses


def read_seeker(session: Session, user_id: int | None) -> Seeker:
    """Returns what lists must know of a person now."""
    tracked = session.execute(_TRACKED, {"user": user_id}).all() if user_id is not None else []
    newest, saved_at, fitted, samples = session.execute(_ALL, {"user": user_id}).one()
    return Seeker(
        user_id=user_id,
        statuses={status: count for status, count, _ in tracked},
        fitted=bool(fitted),
        newest=newest or 0,
        samples=samples,
        did=(saved_at, *sorted((status, count, str(at)) for status, count, at in tracked)),
    )
