"""The tracker: the person's jobs as a board and as a table, dates to follow up, and these as a calendar."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from math import ceil
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from iam_job_scout.db.models import LOCAL_USER_ID, JobStatus
from iam_job_scout.jobs import tracker
from iam_job_scout.jobs.calendar import end_feed, feed_owner, feed_since, make_feed, render_calendar
from iam_job_scout.jobs.tracking import change_status
from iam_job_scout.web import formats
from iam_job_scout.web.job import JobId
from iam_job_scout.web.person import PersonFrame, person
from iam_job_scout.web.problems import Problem, answer
from iam_job_scout.web.rendering import show
from iam_job_scout.web.session import (
    FormChanger,
    database_of,
    drop_cookie,
    local_path,
    read_cookie,
    set_cookie,
    settings_of,
)
from iam_job_scout.web.tracking_form import Typed
from iam_job_scout.web.trail import refuse
from iam_job_scout.web.views import STATUS_NAMES, Moment, moment, status_name

router = APIRouter(include_in_schema=False)

#: The cookie that takes a new secret to the page that shows it, and how long the browser may take to get there.
MADE, SHOWN_WITHIN = "scout_calendar", timedelta(minutes=1)
#: A date to follow up is soon from this many days before it.
SOON = timedelta(days=7)
ORDERS = {
    tracker.Order.CHANGED: "Last changed",
    tracker.Order.FOLLOW_UP: "Follow-up",
    tracker.Order.COMPANY: "Company",
    tracker.Order.STATUS: "Status",
}


@dataclass(frozen=True, kw_only=True)
class Card:
    """A tracked job as it is shown; `due` is late, today, soon or empty."""

    id: int
    title: str
    company: str
    place: str
    closed: bool
    sample: bool
    status: JobStatus
    status_name: str
    since: Moment
    note: str
    follow_up: str
    follow_up_day: str
    due: str


@dataclass(frozen=True)
class BoardColumn:
    """A column of the board."""

    status: JobStatus
    name: str
    cards: tuple[Card, ...]
    total: int


@router.api_route("/tracker", methods=["GET", "HEAD"])
def board_page(request: Request, frame: PersonFrame) -> Response:
    """Shows the board, and what is to be followed up within a week."""
    with database_of(request).reading() as session:
        columns = tuple(_column(column, frame.now) for column in tracker.board(session, person(frame)))
        due = tracker.follow_ups(session, person(frame), until=frame.now.date() + SOON)
    return show(request, "tracker.html", frame, view="board", columns=columns, due=_cards(due, frame.now))


@router.api_route("/tracker/table", methods=["GET", "HEAD"])
def table_page(request: Request, frame: PersonFrame, status: str = "", order: str = "", page: str = "1") -> Response:
    """Shows all tracked jobs, or those of one status; a wrong value is named at its field (422)."""
    problems = _unknown(status, order)
    chosen = JobStatus(status) if status and "status" not in problems else None
    by = tracker.Order(order) if order and "order" not in problems else tracker.Order.CHANGED
    number = int(page) if page.isascii() and page.isdigit() and len(page) < 7 else 1
    with database_of(request).reading() as session:
        jobs, total = tracker.table(session, person(frame), status=chosen, order=by, page=max(number, 1))
        pages = max(1, ceil(total / tracker.PAGE_SIZE))
        if number > pages:
            number = pages
            jobs, _ = tracker.table(session, person(frame), status=chosen, order=by, page=number)
        touched = tracker.has_touched(session, person(frame))
    return show(
        request,
        "tracker_table.html",
        frame,
        status_code=422 if problems else 200,
        view="table",
        cards=_cards(jobs, frame.now),
        total=total,
        touched=touched,
        number=max(number, 1),
        pages=pages,
        status=chosen.value if chosen else "",
        order=by.value,
        orders=ORDERS,
        problems=problems,
        address=lambda page: f"/tracker/table?{urlencode({'status': status, 'order': order, 'page': page})}",
    )


@router.post("/tracker/{job_id}")
def move(
    request: Request, job_id: JobId, viewer: FormChanger, typed: Typed, back: Annotated[str, Form()] = "/tracker"
) -> Response:
    """Tracks a job from the board or the table and leads back there, for htmx too."""
    problems = typed.problems()
    if problems:
        return answer(request, Problem(status=422, detail=" ".join(problems.values())))
    user_id, now = viewer.user_id or LOCAL_USER_ID, datetime.now(UTC)
    if change_status(database_of(request), job_id, typed.change(), user_id=user_id, now=now) is None:
        return answer(request, Problem(status=404))
    return RedirectResponse(local_path(back), 303)


@router.api_route("/tracker/calendar", methods=["GET", "HEAD"])
def calendar_page(request: Request, frame: PersonFrame) -> Response:
    """Says what the calendar is and since when there is an address, and shows one that was made just now."""
    user_id, secret = person(frame), read_cookie(request, MADE)
    with database_of(request).reading() as session:
        made = bool(secret) and feed_owner(session, secret) == user_id
        since, count = feed_since(session, user_id), len(tracker.follow_ups(session, user_id))
    address = f"{settings_of(request).shown_url}/calendar/{secret}.ics" if made else ""
    page = show(request, "tracker_calendar.html", frame, view="calendar", address=address, since=since, count=count)
    if secret:
        page.headers["cache-control"] = "private, no-store"
        drop_cookie(request, page, MADE)
    return page


@router.post("/tracker/calendar/address")
def make_address(request: Request, viewer: FormChanger) -> Response:
    """Makes a new address, which the page that this leads to shows once; the old one ends."""
    with database_of(request).writing() as session:
        secret = make_feed(session, viewer.user_id or LOCAL_USER_ID, datetime.now(UTC))
    response = RedirectResponse("/tracker/calendar", 303)
    set_cookie(request, response, secret, name=MADE, lifetime=SHOWN_WITHIN)
    return response


@router.post("/tracker/calendar/end")
def end_address(request: Request, viewer: FormChanger) -> Response:
    """Makes the address stop working."""
    with database_of(request).writing() as session:
        end_feed(session, viewer.user_id or LOCAL_USER_ID)
    return RedirectResponse("/tracker/calendar", 303)


@router.api_route("/calendar/{secret}.ics", methods=["GET", "HEAD"])
def calendar(request: Request, secret: str) -> Response:
    """Answers calendar programs, which cannot sign in: who knows the address may read the dates."""
    with database_of(request).reading() as session:
        user_id = feed_owner(session, secret)
        if user_id is None:
            refuse(request, "feed", detail="a calendar that does not exist, or not any more")
            return answer(request, Problem(status=404))
        body = render_calendar(tracker.follow_ups(session, user_id), base_url=settings_of(request).shown_url)
    headers = {"cache-control": "private, no-store", "content-disposition": 'inline; filename="iam-job-scout.ics"'}
    return Response(body, headers=headers, media_type="text/calendar; charset=utf-8")


def _unknown(status: str, order: str) -> Mapping[str, str]:
    problems = {}
    if status and status not in {known.value for known in JobStatus}:
        problems["status"] = "There is no such status; all are shown."
    if order and order not in {known.value for known in tracker.Order}:
        problems["order"] = "There is no such order; the last changed come first."
    return problems


def _column(column: tracker.Column, now: datetime) -> BoardColumn:
    return BoardColumn(column.status, STATUS_NAMES[column.status], _cards(column.jobs, now), column.total)


def _cards(jobs: tuple[tracker.TrackedJob, ...], now: datetime) -> tuple[Card, ...]:
    return tuple(_card(job, now) for job in jobs)


def _card(job: tracker.TrackedJob, now: datetime) -> Card:
    return Card(
        id=job.id,
        title=job.title or "Untitled posting",
        company=job.company,
        place=formats.places(job.location)[0],
        closed=job.closed_at is not None,
        sample=job.sample,
        status=job.status,
        status_name=status_name(job.status),
        since=moment(job.status_at, now),
        note=job.note,
        follow_up=job.follow_up_on.isoformat() if job.follow_up_on else "",
        follow_up_day=_day(job.follow_up_on, now.date()) if job.follow_up_on else "",
        due=_due(job.follow_up_on, now.date()),
    )


def _due(day: date | None, today: date) -> str:
    if day is None or day > today + SOON:
        return ""
    return "late" if day < today else "today" if day == today else "soon"


def _day(day: date, today: date) -> str:
    year = f" {day.year}" if day.year != today.year else ""
    return f"{day.day} {day:%b}{year}"
