"""What a notice says: a line a job with why it fits, and where to read on. Pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

#: Jobs that one message names; the rest are counted.
MOST_NAMED = 30


@dataclass(frozen=True, kw_only=True)
class NewJob:
    """A job that a saved search found for the first time."""

    id: int
    title: str
    company: str
    location: str
    score: int
    skills: tuple[str, ...]


@dataclass(frozen=True)
class Message:
    """A message in plain text."""

    title: str
    body: str


def compose(name: str, jobs: Sequence[NewJob], *, company_cap: int, home: str, query: str) -> Message:
    """Returns the message of a search with this name about these jobs, which are not none.

    Of each company at most `company_cap` are named, the best first; the others are counted. `home` is the address of
    the product.
    """
    best = sorted(jobs, key=lambda job: (-job.score, -job.id))
    named = _named(best, company_cap)[:MOST_NAMED]
    lines = [line for job in named for line in (*_lines(job, home), "")]
    for company, count in _rest(best, named).most_common():
        lines.append(f"and {count} more at {company}" if company else f"and {count} more")
    lines += ["", f"All of them: {home}/?{query}", f"Change or end these messages: {home}/searches"]
    what = best[0].title if len(jobs) == 1 else f"{len(jobs)} new jobs"
    return Message(_one_line(f"{name}: {what}")[:200], "\n".join(lines))


def _named(jobs: Sequence[NewJob], cap: int) -> list[NewJob]:
    seen: Counter[str] = Counter()
    named = []
    for job in jobs:
        seen[job.company.casefold()] += 1
        if seen[job.company.casefold()] <= cap:
            named.append(job)
    return named


def _rest(jobs: Sequence[NewJob], named: Sequence[NewJob]) -> Counter[str]:
    told = {job.id for job in named}
    return Counter(_one_line(job.company) for job in jobs if job.id not in told)


def _lines(job: NewJob, home: str) -> tuple[str, ...]:
    where = " · ".join(_one_line(part) for part in (job.company, job.location) if part.strip())
    why = ", ".join(job.skills[:4])
    about = f"{job.score} of 100" + (f": {why}" if why else "")
    return (_one_line(job.title), where, about, f"{home}/job/{job.id}")


def _one_line(text: str) -> str:
    return " ".join(text.split())[:200]
