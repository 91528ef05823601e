"""The list of jobs."""

from dataclasses import replace
from math import inf
from urllib.parse import urlsplit

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from markupsafe import Markup
from sqlalchemy.orm import Session

from iam_job_scout.db.models import Job, JobStatus
from iam_job_scout.jobs.cursor import Sort
from iam_job_scout.jobs.fits import fits_of
from iam_job_scout.jobs.kept import Kept
from iam_job_scout.jobs.listed import Outline, outline, read_outlines
from iam_job_scout.jobs.query import read_words
from iam_job_scout.jobs.search import JobPage, any_jobs, find_jobs
from iam_job_scout.jobs.seeker import Seeker, read_seeker
from iam_job_scout.jobs.tracking import UNTOUCHED, Tracked
from iam_job_scout.web import filters, formats, views
from iam_job_scout.web.filter_groups import filter_groups, status_group
from iam_job_scout.web.rendering import Frame, PageFrame, here, macro, show, wants_part
from iam_job_scout.web.session import database_of, local_path

router = APIRouter(include_in_schema=False)

#: Rows by all that they show, for people see the same ones again and again: those of 300 lists, of 4 KB each. None gets
#: out of date.
_kept = Kept[Markup](seconds=inf, most=12_000)


@router.api_route("/", methods=["GET", "HEAD"])
def job_list(request: Request, frame: PageFrame) -> Response:
    """Shows the jobs that match the query string; wrong values are named at their fields (422)."""
    pairs, user_id = request.query_params.multi_items(), frame.viewer.user_id
    # What a form without scripts sends is a lasting address too.
    if not wants_part(request) and (address := filters.filled_address(pairs)):
        return RedirectResponse(address, 303)
    with database_of(request).reading() as session:
        seeker = read_seeker(session, user_id)
        usual = Sort.FIT if seeker.fitted else Sort.SCORE
        wanted = filters.read_filters(pairs, usual=usual)
        page = find_jobs(session, wanted.query(user_id, frame.now, usual=usual), seeker=seeker)
        jobs = read_outlines(session, page.ids, texts=bool(page.reading.parts))
        known = {"any_jobs": bool(page.total) or any_jobs(session), "samples": seeker.samples}
    # Of the search as a text: rows are kept by it, and it is hashed once.
    searched, back = repr(page.reading), "" if frame.viewer.may_change else here(request)
    response = show(
        request,
        "jobs.html",
        frame,
        status_code=422 if wanted.problems else 200,
        filters=wanted,
        # Where there is nothing, there is nothing to choose from.
        groups=filter_groups(wanted, page.facets, _states(seeker)) if known["any_jobs"] or wanted.restricts else (),
        sorts=(filters.SORT_BY_FIT, *filters.SORTS) if seeker.fitted else filters.SORTS,
        sort=wanted.sort or usual,
        page=page,
        rows=[_row(job, page, frame, searched=searched, back=back) for job in jobs],
        **known,
    )
    if wants_part(request):
        _tell_address(request, response, wanted)
    return response


def _states(seeker: Seeker) -> dict[str, int] | None:
    """Their jobs by status, but for new ones, which all the others are; None where nobody has a status."""
    if seeker.user_id is None:
        return None
    return {status: count for status, count in seeker.statuses.items() if status != JobStatus.NEW}


def show_acted(request: Request, session: Session, frame: Frame, *, job: Job, tracked: Tracked, back: str) -> Response:
    """Answers with the row of a job as the list at the address `back` shows it, and with the person's new counts."""
    address, user_id = local_path(back), frame.viewer.user_id
    wanted = filters.parse_filters(urlsplit(address).query)
    fit, reading = fits_of(session, user_id, [job.id]).get(job.id), read_words(wanted.q)
    row = views.job_row(outline(job), frame.now, status=tracked.status, fit=fit, reading=reading)
    statuses = status_group(wanted, _states(read_seeker(session, user_id)) or {})
    may_change = frame.viewer.may_change
    return show(request, "_acted.html", frame, row=row, back=address, may_change=may_change, statuses=statuses)


def _row(job: Outline, page: JobPage, frame: Frame, *, searched: str, back: str) -> Markup:
    now, may_change = frame.now, frame.viewer.may_change
    status, fit = page.tracked.get(job.id, UNTOUCHED).status, page.fits.get(job.id)

    def make() -> Markup:
        row = views.job_row(job, now, status=status, fit=fit, reading=page.reading)
        return macro("_row.html", "job")(row, may_change, back)

    ages = formats.age(job.posted, now), job.closed_at and formats.age(job.closed_at, now)
    # The description may be long; its hash stands for it.
    return _kept.get((job[:-1], hash(job.description), *ages, status, fit, searched, may_change, back), make)


def _tell_address(request: Request, response: Response, wanted: filters.Filters) -> None:
    """Has the address bar show the list without a parameter for each filter that is off.

    Each pause in typing replaces the address, so that one step back leaves the search; a choice is a step of its own,
    and asking for the same list once more is none.
    """
    address = replace(wanted, cursor=None).address()
    shown = urlsplit(request.headers.get("hx-current-url", ""))
    if address != shown.path + (f"?{shown.query}" if shown.query else ""):
        typing = request.headers.get("hx-source", "").startswith("input#q")
        response.headers["hx-replace-url" if typing else "hx-push-url"] = address
