"""`scout jobs`: searching, reading and tracking, as the pages do it."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from iam_job_scout.cli.output import Json, open_tables, print_done, print_json, print_rows
from iam_job_scout.cli.whose import Whose, reader_of, whose
from iam_job_scout.errors import NotThere
from iam_job_scout.jobs.cursor import Sort
from iam_job_scout.settings import load_settings

if TYPE_CHECKING:
    from iam_job_scout.api.models import JobFull, JobItem

app = typer.Typer(help="The jobs: search, show, track.", no_args_is_help=True)

Many = list[str] | None
#: The values of JobStatus, which are here too so that `--help` need not load the database.
Status = Literal["new", "saved", "applied", "interview", "offer", "rejected", "hidden"]
JobId = Annotated[int, typer.Argument(help="Its number, as in scout jobs list.", min=1, max=2**31 - 1)]


@app.command("list")
def jobs_list(
    words: Annotated[Many, typer.Argument(help='Words, "phrases", beginnings* and -exclusions.')] = None,
    status: Annotated[Status | None, typer.Option(help="Your status; none: all but hidden.")] = None,
    tier: Annotated[Many, typer.Option(help="core or adjacent.")] = None,
    mode: Annotated[Many, typer.Option(help="remote, hybrid or onsite.")] = None,
    place: Annotated[Many, typer.Option(help="Country or US state, such as de or us-tx; anywhere.")] = None,
    level: Annotated[Many, typer.Option(help="Seniority, such as senior.")] = None,
    fresh: Annotated[Many, typer.Option(help="Posted within so many days: 1, 3, 7, 14, 30.")] = None,
    pay: Annotated[Many, typer.Option(help="At least so many thousand dollars a year, such as 150.")] = None,
    sub: Annotated[Many, typer.Option(help="Field, such as iga, pam, sso.")] = None,
    skill: Annotated[Many, typer.Option(help="Skill, such as okta; each one given must be there.")] = None,
    clearance: Annotated[Many, typer.Option(help="Clearance, such as none.")] = None,
    product: Annotated[Many, typer.Option(help="own: employers that make IAM products; other.")] = None,
    source: Annotated[Many, typer.Option(help="Source, such as lever.")] = None,
    closed: Annotated[bool, typer.Option("--closed", help="Closed ones too.")] = False,
    sort: Annotated[Sort, typer.Option(help="The order.")] = Sort.SCORE,
    limit: Annotated[int, typer.Option(help="At most so many.", min=1, max=200)] = 50,
    after: Annotated[str, typer.Option(help="Go on from here: what the list before said.")] = "",
    user: Whose = "",
    as_json: Json = False,
) -> None:
    """List the jobs that match all words and filters, the best first. Values of one filter are alternatives."""
    chosen = {"tier": tier, "mode": mode, "place": place, "level": level, "fresh": fresh, "pay": pay, "sub": sub}
    chosen |= {"skill": skill, "clearance": clearance, "product": product, "source": source}
    pairs = [("q", " ".join(words or ())), ("status", status or ""), ("sort", str(sort)), ("after", after)]
    pairs += [("closed", "1")] if closed else []
    pairs += [(name, value) for name, values in chosen.items() for value in values or ()]
    _print_found(pairs, user=user, limit=limit, as_json=as_json)


@app.command("show")
def jobs_show(job_id: JobId, user: Whose = "", as_json: Json = False) -> None:
    """Show a job: its facts, why it is on the list, where it was seen, what you did with it, and its text."""
    from iam_job_scout.api.models import job_full
    from iam_job_scout.jobs.detail import get_job, postings_of
    from iam_job_scout.jobs.fits import fits_of

    settings = load_settings()
    with open_tables(settings) as database, database.reading() as session:
        user_id = reader_of(session, settings, user)
        detail = get_job(session, job_id, user_id=user_id)
        if detail is None:
            raise NotThere(f"there is no job {job_id}; scout jobs list shows those there are")
        fit = fits_of(session, user_id, [job_id]).get(job_id)
        job, text = job_full(detail, postings_of(session, job_id), fit), detail.job.description
    if as_json:
        print_json(job.model_dump(mode="json"))
    else:
        _show(job, text)


@app.command("status")
def jobs_status(
    job_id: JobId,
    status: Annotated[Status | None, typer.Argument(help="What you did with it; none: as it is.")] = None,
    note: Annotated[str | None, typer.Option(help="Your note; replaces the one there is.")] = None,
    follow_up: Annotated[
        str | None, typer.Option(help="When to follow up, such as 2026-12-01; none removes the date.")
    ] = None,
    user: Whose = "",
    as_json: Json = False,
) -> None:
    """Track a job: set its status, a note, a date to follow up; saying again what holds changes nothing."""
    from iam_job_scout.db.models import JobStatus
    from iam_job_scout.jobs.tracking import KEEP, MAX_NOTE, Change, change_status
    from iam_job_scout.web.sanitise import clean_text

    if status is None and note is None and follow_up is None:
        raise typer.BadParameter("say a status, --note or --follow-up")
    if note is not None and len(note) > MAX_NOTE:
        raise typer.BadParameter(f"a note has at most {MAX_NOTE:,} characters", param_hint="--note")
    change = Change(
        status=JobStatus(status) if status else None,
        note=None if note is None else clean_text(note),
        follow_up_on=KEEP if follow_up is None else _day(follow_up),
    )
    settings = load_settings()
    with open_tables(settings) as database:
        with database.reading() as session:
            user_id = whose(session, settings, user)
        tracked = change_status(database, job_id, change, user_id=user_id, now=datetime.now(UTC))
    if tracked is None:
        raise NotThere(f"there is no job {job_id}; scout jobs list shows those there are")
    until = tracked.follow_up_on.isoformat() if tracked.follow_up_on else None
    facts = {"id": job_id, "status": tracked.status, "note": tracked.note, "follow_up_on": until}
    print_done(f"Job {job_id} is {tracked.status} now.", as_json=as_json, **facts)


@app.command("stats")
def jobs_stats(as_json: Json = False) -> None:
    """Count the jobs by status and by relevance."""
    from iam_job_scout.jobs.stats import job_stats

    with open_tables(load_settings()) as database, database.reading() as session:
        counts = job_stats(session, datetime.now(UTC))
    if as_json:
        totals = {"new_this_week": counts.new_this_week, "samples": counts.samples}
        print_json({"by_status": counts.by_status, "by_tier": counts.by_tier, **totals})
        return
    rows = [{"jobs": name, "count": count} for name, count in {**counts.by_status, **counts.by_tier}.items()]
    print_rows([*rows, {"jobs": "new this week", "count": counts.new_this_week}], as_json=False)


def _print_found(pairs: list[tuple[str, str]], *, user: str, limit: int, as_json: bool) -> None:
    from iam_job_scout.api.models import job_list
    from iam_job_scout.jobs.listed import read_jobs
    from iam_job_scout.jobs.search import find_jobs
    from iam_job_scout.web.filters import read_filters

    wanted = read_filters(pairs)
    for name, problem in wanted.problems.items():
        hint = "WORDS" if name == "q" else f"--{name}"
        raise typer.BadParameter(problem.partition(";")[0].rstrip(".") + _choices(name), param_hint=hint)
    settings = load_settings()
    with open_tables(settings) as database, database.reading() as session:
        query = wanted.query(reader_of(session, settings, user), datetime.now(UTC))
        page = find_jobs(session, replace(query, size=limit), counted=False)
        found = job_list(page, read_jobs(session, page.ids))
    if as_json:
        print_json(found.model_dump(mode="json"))
        return
    print_rows([_row(item) for item in found.items], as_json=False)
    if found.next:
        total = f"{found.total:,}" if found.total_is_exact else f"more than {found.total:,}"
        typer.echo(f"{len(found.items)} of {total}; go on with --after {found.next}")


def _row(item: "JobItem") -> dict[str, object]:
    from iam_job_scout.web import formats

    pay = formats.pay(item.pay.minimum, item.pay.maximum, item.pay.currency) if item.pay else ""
    return {
        "id": item.id,
        "score": item.score if item.fit is None else item.fit,
        "title": item.title,
        "company": item.company,
        "location": item.location,
        "mode": item.mode,
        "pay": pay,
        "posted": f"{item.posted_at or item.first_seen:%Y-%m-%d}",
        "status": "closed" if item.closed_at else item.status,
    }


def _show(job: "JobFull", text: str) -> None:
    from iam_job_scout.relevance import plain_text

    facts = {name.capitalize(): value for name, value in _row(job).items()}
    facts |= {"Skills": ", ".join(job.skills), "Seniority": job.seniority, "Address": job.url, "Note": job.note}
    facts |= {"Follow up": job.follow_up_on, "Seen at": ", ".join(sorted({one.source for one in job.postings}))}
    facts["Why"] = "; ".join(f"{one.text} ({one.points:+})" for one in job.evidence)
    print_rows([{"": name, " ": value} for name, value in facts.items() if value not in ("", None)], as_json=False)
    print_done(f"\n{plain_text(text).strip()}", as_json=False)


def _day(text: str) -> date | None:
    try:
        return None if text == "none" else date.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter("write a date as 2026-12-01, or none", param_hint="--follow-up") from error


def _choices(name: str) -> str:
    """What a filter has to choose from, where that fits into a line."""
    from iam_job_scout.jobs.facets import facets

    known = list(facets()[name].names) if name in facets() else []
    return f": {', '.join(known)}" if 0 < len(known) <= 20 else ""
