"""What the jobs say together: demand over time, pay, employers, places, work modes, certifications.

Of very many jobs the newest 50,000 are looked at, which takes about a second; what came of it is kept for five minutes,
or until a job is new or has closed.
Pay is the middle of a yearly range in US dollars. A number made of fewer than eight jobs is None: it would mislead.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median, quantiles
from typing import Any, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from iam_job_scout.db.models import Job
from iam_job_scout.jobs.fit import current_name
from iam_job_scout.jobs.kept import A_WHILE, Kept

LOOKED_AT = 50_000
WEEKS = 26
#: Fewer jobs than this give no percentile.
FEWEST = 8
_WEEK = timedelta(days=7)
#: Another one each time that a job is new, has closed, is open again or has become part of another.
_STATE = select(
    select(func.max(Job.id)).scalar_subquery(),
    select(func.max(Job.closed_at)).scalar_subquery(),
    select(func.count()).where(Job.closed_at.is_(None)).scalar_subquery(),
)


class _Seen(NamedTuple):
    """What is looked at of one job."""

    at: datetime
    is_open: bool
    sub: Sequence[str]
    skills: Sequence[str]
    mode: str
    company: str
    places: frozenset[str]
    pay: float | None
    certifications: frozenset[str]


@dataclass(frozen=True)
class Pay:
    """Yearly pay of some jobs in US dollars; the percentiles are None where fewer than eight jobs state it."""

    n: int
    low: float | None
    middle: float | None
    high: float | None


@dataclass(frozen=True)
class Asked:
    """A certification: open jobs that ask for it, and by how much their median pay differs from that of the others.

    `difference` is None where fewer than eight jobs on either side state their pay; `n` are those that ask and state.
    """

    name: str
    jobs: int
    difference: float | None
    n: int


@dataclass(frozen=True, kw_only=True)
class Insights:
    """The counts are of open jobs, except those by week, which are of all jobs posted in that week.

    `weeks` are the beginnings of the weeks, the oldest first; the last one is not over. `wanted` counts open jobs by
    all the certifications that each asks for.
    """

    looked_at: int
    bounded: bool
    open_jobs: int
    employers_in_all: int
    weeks: tuple[datetime, ...]
    fields_by_week: Mapping[str, tuple[int, ...]]
    skills_by_week: Mapping[str, tuple[int, ...]]
    fields: Mapping[str, int]
    skills: Mapping[str, int]
    modes: Mapping[str, int]
    employers: Mapping[str, int]
    places: Mapping[str, int]
    pay: Pay
    pay_by_field: Mapping[str, Pay]
    certifications: tuple[Asked, ...]
    wanted: Mapping[frozenset[str], int]

    def opens(self, name: str, held: frozenset[str]) -> int:
        """How many open jobs ask for this certification and for none else that the person does not hold."""
        return sum(n for asked, n in self.wanted.items() if name in asked and asked <= held | {name})


_kept = Kept[Insights](seconds=A_WHILE, most=100)


def insights(session: Session, now: datetime, *, field: str = "") -> Insights:
    """Returns what the jobs say, or those of one field."""
    key = (str(session.get_bind().engine.url), field, now.date(), *session.execute(_STATE).one())
    return _kept.get(key, lambda: _sum_up(_look(session, field), now))


def percentiles(values: Sequence[float]) -> Pay:
    """Returns the quartiles as NumPy reckons them (linear interpolation between order statistics)."""
    if len(values) < FEWEST:
        return Pay(len(values), None, None, None)
    low, middle, high = quantiles(values, n=4, method="inclusive")
    return Pay(len(values), low, middle, high)


def _look(session: Session, field: str) -> list[_Seen]:
    columns = (Job.posted_at, Job.first_seen, Job.closed_at, Job.sub, Job.skills, Job.mode, Job.company, Job.places)
    paid = (Job.pay_min, Job.pay_max, Job.pay_currency, Job.certifications)
    rows = session.execute(select(*columns, *paid).order_by(Job.id.desc()).limit(LOOKED_AT))
    return [_seen(row) for row in rows if not field or field in row.sub]


def _seen(row: Any) -> _Seen:
    ends = [end for end in (row.pay_min, row.pay_max) if end]
    return _Seen(
        at=row.posted_at or row.first_seen,
        is_open=row.closed_at is None,
        sub=row.sub,
        skills=list(dict.fromkeys(current_name(str(name)) for name in row.skills)),
        mode=row.mode,
        company=row.company,
        places=frozenset(filter(None, map(_place_name, row.places))),
        pay=sum(ends) / len(ends) if ends and row.pay_currency == "USD" else None,
        certifications=frozenset(map(str, row.certifications)),
    )


def _place_name(place: Mapping[str, Any]) -> str:
    if place.get("anywhere"):
        return "Remote, anywhere"
    where = place.get("state") or place.get("country") or ""
    if place.get("remote"):
        return f"Remote, {where}" if where else ""
    return ", ".join(part for part in (place.get("city"), where) if part)


def _sum_up(seen: Sequence[_Seen], now: datetime) -> Insights:
    still = [job for job in seen if job.is_open]
    first = _monday(now) - (WEEKS - 1) * _WEEK
    fields = Counter(name for job in still for name in job.sub)
    skills = Counter(name for job in still for name in job.skills)
    paid = [job for job in still if job.pay is not None]
    return Insights(
        looked_at=len(seen),
        bounded=len(seen) >= LOOKED_AT,
        open_jobs=len(still),
        employers_in_all=len({job.company for job in still if job.company}),
        weeks=tuple(first + number * _WEEK for number in range(WEEKS)),
        fields_by_week=_by_week(seen, first, [name for name, _ in fields.most_common(6)], "sub"),
        skills_by_week=_by_week(seen, first, [name for name, _ in skills.most_common(6)], "skills"),
        fields=dict(fields.most_common()),
        skills=dict(skills.most_common(15)),
        modes=dict(Counter(job.mode for job in still).most_common()),
        employers=dict(Counter(job.company for job in still if job.company).most_common(12)),
        places=dict(Counter(name for job in still for name in job.places).most_common(12)),
        pay=percentiles([job.pay for job in paid if job.pay is not None]),
        pay_by_field={name: percentiles([job.pay for job in paid if job.pay and name in job.sub]) for name in fields},
        certifications=_certifications(still),
        wanted=Counter(job.certifications for job in still if job.certifications),
    )


def _monday(moment: datetime) -> datetime:
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight - timedelta(days=midnight.weekday())


def _by_week(seen: Iterable[_Seen], first: datetime, names: Sequence[str], what: str) -> dict[str, tuple[int, ...]]:
    counts = {name: [0] * WEEKS for name in names}
    for job in seen:
        week = (job.at - first) // _WEEK
        if 0 <= week < WEEKS:
            for name in getattr(job, what):
                if name in counts:
                    counts[name][week] += 1
    return {name: tuple(numbers) for name, numbers in counts.items()}


def _certifications(still: Sequence[_Seen]) -> tuple[Asked, ...]:
    asked = Counter(name for job in still for name in job.certifications)
    return tuple(_asked(still, name, count) for name, count in asked.most_common(15))


def _asked(still: Sequence[_Seen], name: str, count: int) -> Asked:
    with_it = [job.pay for job in still if job.pay is not None and name in job.certifications]
    without = [job.pay for job in still if job.pay is not None and name not in job.certifications]
    enough = min(len(with_it), len(without)) >= FEWEST
    return Asked(name, count, median(with_it) - median(without) if enough else None, len(with_it))
