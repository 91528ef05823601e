"""Saved searches: what is kept, how often its news comes and where to, and what became of each message."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Form, Path, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from iam_job_scout.db.models import LOCAL_USER_ID, Channel, Delivery, SavedSearch
from iam_job_scout.errors import NoticeError, NotThere
from iam_job_scout.notify import searches
from iam_job_scout.notify.channels import read_address
from iam_job_scout.notify.courier import Sent
from iam_job_scout.notify.deliver import retry_failed
from iam_job_scout.notify.schedule import Cadence, Hours
from iam_job_scout.notify.searches import SearchForm
from iam_job_scout.notify.trial import try_channel
from iam_job_scout.web.person import PersonFrame, person
from iam_job_scout.web.rendering import Frame, page_frame, show
from iam_job_scout.web.saved import describe, tidy
from iam_job_scout.web.session import FormChanger, Viewer, database_of, settings_of

router = APIRouter(include_in_schema=False)

Id = Annotated[int, Path(ge=1, le=2**31 - 1)]
CADENCES = {
    Cadence.OFF: "Never: I look myself",
    Cadence.INSTANT: "At once",
    Cadence.DAILY: "Once a day",
    Cadence.WEEKLY: "Once a week, on Monday",
}


@dataclass(frozen=True, kw_only=True)
class SearchRow:
    """A saved search as it is listed."""

    id: int
    name: str
    address: str
    about: str
    cadence: str
    channel: str
    next_at: datetime | None
    has_feed: bool


@dataclass(frozen=True, kw_only=True)
class ChannelRow:
    """A channel with the service that it leads to, its secrets hidden."""

    id: int
    name: str
    service: str
    shown: str


class SearchFields(BaseModel):
    """The fields of the form of a saved search, as they come; the form's token is looked at elsewhere."""

    name: str = Field("", max_length=1_000)
    query: str = Field("", max_length=10_000)
    cadence: Cadence = Cadence.OFF
    channel_id: str = Field("", pattern=r"^[0-9]{0,9}$")
    company_cap: int = 3

    def form(self) -> SearchForm:
        """What the person says."""
        return SearchForm(
            name=self.name,
            query=tidy(self.query),
            cadence=self.cadence,
            channel_id=int(self.channel_id) if self.channel_id else None,
            company_cap=self.company_cap,
        )


@router.api_route("/searches", methods=["GET", "HEAD"])
def search_list(request: Request, frame: PersonFrame) -> Response:
    """Shows the person's searches, channels, hours and last messages."""
    return _show_list(request, frame)


@router.api_route("/searches/new", methods=["GET", "HEAD"])
def new_search(request: Request, frame: PersonFrame) -> Response:
    """Shows the form that saves the search of the query string."""
    query = tidy(request.url.query)
    return _show_form(request, frame, SearchForm(name=describe(query), query=query))


@router.post("/searches")
def save(request: Request, viewer: FormChanger, form: Annotated[SearchFields, Form()]) -> Response:
    """Saves a new search."""
    return _save(request, viewer, form, None)


@router.api_route("/searches/{search_id}", methods=["GET", "HEAD"])
def edit_search(request: Request, search_id: Id, frame: PersonFrame) -> Response:
    """Shows the form of a saved search."""
    with database_of(request).reading() as session:
        kept = searches.own_search(session, person(frame), search_id)
        form = SearchForm(
            name=kept.name,
            query=kept.query,
            cadence=Cadence(kept.cadence),
            channel_id=kept.channel_id,
            company_cap=kept.company_cap,
        )
    return _show_form(request, frame, form, search_id=search_id)


@router.post("/searches/{search_id}")
def change(request: Request, search_id: Id, viewer: FormChanger, form: Annotated[SearchFields, Form()]) -> Response:
    """Changes a saved search."""
    return _save(request, viewer, form, search_id)


@router.post("/searches/{search_id}/remove")
def remove(request: Request, search_id: Id, viewer: FormChanger) -> Response:
    """Removes a saved search."""
    with database_of(request).writing() as session:
        searches.remove_search(session, _id(viewer), search_id)
    return RedirectResponse("/searches", 303)


@router.post("/searches/{search_id}/feed")
def make_feed(request: Request, search_id: Id, viewer: FormChanger) -> Response:
    """Gives the search a feed and shows its addresses, once; older ones stop working."""
    with database_of(request).writing() as session:
        secret = searches.open_feed(session, _id(viewer), search_id)
    home = settings_of(request).shown_url
    feeds = (f"{home}/feeds/{secret}.atom", f"{home}/feeds/{secret}.json")
    return _show_list(request, page_frame(request, viewer), feeds=feeds)


@router.post("/searches/{search_id}/feed/end")
def end_feed(request: Request, search_id: Id, viewer: FormChanger) -> Response:
    """Makes the addresses of the feed stop working."""
    with database_of(request).writing() as session:
        searches.close_feed(session, _id(viewer), search_id)
    return RedirectResponse("/searches", 303)


@router.post("/channels")
def add_channel(
    request: Request, viewer: FormChanger, address: Annotated[str, Form()] = "", name: Annotated[str, Form()] = ""
) -> Response:
    """Keeps an address for notices."""
    try:
        with database_of(request).writing() as session:
            searches.add_channel(session, _id(viewer), name=name, address=address, now=datetime.now(UTC))
    except NoticeError as error:
        return _show_list(request, page_frame(request, viewer), problem=str(error), at="channel")
    return RedirectResponse("/searches#channels", 303)


@router.post("/channels/{channel_id}/test")
def test_channel(request: Request, channel_id: Id, viewer: FormChanger) -> Response:
    """Sends a message to the channel now and says how that went."""
    settings = settings_of(request)
    with database_of(request).reading() as session:
        channel = searches.own_channel(session, _id(viewer), channel_id)
    sent = try_channel(channel, home=settings.shown_url, private=settings.notice_private == "on")
    return _show_list(request, page_frame(request, viewer), tested=(channel.name, sent))


@router.post("/channels/{channel_id}/remove")
def remove_channel(request: Request, channel_id: Id, viewer: FormChanger) -> Response:
    """Removes a channel."""
    with database_of(request).writing() as session:
        searches.remove_channel(session, _id(viewer), channel_id)
    return RedirectResponse("/searches#channels", 303)


@router.post("/searches-hours")
def set_hours(
    request: Request,
    viewer: FormChanger,
    timezone: Annotated[str, Form(max_length=60)] = "UTC",
    digest_hour: Annotated[int, Form()] = 7,
    quiet_from: Annotated[int, Form()] = 0,
    quiet_until: Annotated[int, Form()] = 0,
) -> Response:
    """Sets when the person is told."""
    hours = Hours(timezone=timezone, digest_hour=digest_hour, quiet_from=quiet_from, quiet_until=quiet_until)
    try:
        with database_of(request).writing() as session:
            searches.set_hours(session, _id(viewer), hours, now=datetime.now(UTC))
    except NoticeError as error:
        return _show_list(request, page_frame(request, viewer), problem=str(error), at="hours")
    return RedirectResponse("/searches#hours", 303)


@router.post("/deliveries/{delivery_id}/retry")
def retry(request: Request, delivery_id: Id, viewer: FormChanger) -> Response:
    """Sends a message again that was given up."""
    if not retry_failed(database_of(request), _id(viewer), delivery_id, datetime.now(UTC)):
        raise NotThere("There is no such message that was given up.")
    return RedirectResponse("/searches#messages", 303)


def _save(request: Request, viewer: Viewer, fields: SearchFields, search_id: int | None) -> Response:
    form = fields.form()
    try:
        with database_of(request).writing() as session:
            searches.save_search(session, _id(viewer), form, now=datetime.now(UTC), search_id=search_id)
    except NoticeError as error:
        return _show_form(request, page_frame(request, viewer), form, search_id=search_id, problem=str(error))
    return RedirectResponse("/searches", 303)


def _show_form(
    request: Request, frame: Frame, form: SearchForm, *, search_id: int | None = None, problem: str = ""
) -> Response:
    with database_of(request).reading() as session:
        channels = _channels(session, person(frame))
    return show(
        request,
        "search_form.html",
        frame,
        status_code=422 if problem else 200,
        form=form,
        about=describe(form.query),
        search_id=search_id,
        cadences=CADENCES,
        channels=channels,
        problem=problem,
    )


def _show_list(
    request: Request,
    frame: Frame,
    *,
    problem: str = "",
    at: str = "",
    feeds: tuple[str, ...] = (),
    tested: tuple[str, Sent] | None = None,
) -> Response:
    user_id = person(frame)
    with database_of(request).reading() as session:
        channels = _channels(session, user_id)
        shown: dict[str, Any] = {
            "searches": [_row(search, channels) for search in searches.searches_of(session, user_id)],
            "channels": channels,
            "hours": searches.hours_of(session, user_id),
            "deliveries": [(delivery, _state(delivery)) for delivery in searches.deliveries_of(session, user_id)],
        }
    status = 422 if problem else 200
    return show(
        request, "searches.html", frame, status_code=status, problem=problem, at=at, feeds=feeds, tested=tested, **shown
    )


def _row(search: SavedSearch, channels: list[ChannelRow]) -> SearchRow:
    return SearchRow(
        id=search.id,
        name=search.name,
        address=f"/?{search.query}" if search.query else "/",
        about=describe(search.query),
        cadence=CADENCES[Cadence(search.cadence)],
        channel=next((channel.name for channel in channels if channel.id == search.channel_id), ""),
        next_at=search.next_at,
        has_feed=search.feed_hash is not None,
    )


def _channels(session: Session, user_id: int) -> list[ChannelRow]:
    return [_channel(channel) for channel in searches.channels_of(session, user_id)]


def _channel(channel: Channel) -> ChannelRow:
    try:
        kind = read_address(channel.address)
    except NoticeError:
        # A later version of Apprise may know fewer services.
        return ChannelRow(id=channel.id, name=channel.name, service="unknown", shown="")
    return ChannelRow(id=channel.id, name=channel.name, service=kind.service, shown=kind.shown)


def _state(delivery: Delivery) -> str:
    if delivery.sent_at is not None:
        return "sent"
    if delivery.failed_at is not None:
        return "failed"
    return "retrying" if delivery.attempts else "waiting"


def _id(viewer: Viewer) -> int:
    return viewer.user_id if viewer.user_id is not None else LOCAL_USER_ID
