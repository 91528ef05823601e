"""/api/v1/searches and /api/v1/channels: one's own saved searches and where their news goes."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, ConfigDict, Field

from iam_job_scout.api.route import BEARER, ApiRoute, problems
from iam_job_scout.db.models import Channel, SavedSearch
from iam_job_scout.notify import searches
from iam_job_scout.notify.channels import MAX_ADDRESS, read_address
from iam_job_scout.notify.schedule import Cadence
from iam_job_scout.notify.searches import MAX_CAP, MAX_NAME, MAX_QUERY, SearchForm
from iam_job_scout.web.person import Person
from iam_job_scout.web.saved import tidy
from iam_job_scout.web.session import Changer, database_of, settings_of

router = APIRouter(prefix="/api/v1", tags=["searches"], route_class=ApiRoute, dependencies=[BEARER])

Id = Annotated[int, Path(ge=1, le=2**31 - 1)]


class SearchWish(BaseModel):
    """A search to keep; `query` is the address of the list of jobs after its question mark."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=MAX_NAME)
    query: str = Field(max_length=MAX_QUERY)
    cadence: Cadence = Cadence.OFF
    channel_id: int | None = Field(None, ge=1, le=2**31 - 1)
    company_cap: int = Field(3, ge=1, le=MAX_CAP)


class SearchItem(SearchWish):
    """A kept search; `next_at` is when it is looked at next."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    created_at: datetime
    next_at: datetime | None
    has_feed: bool


class Feed(BaseModel):
    """The secret addresses of a feed, told once."""

    atom: str
    json_feed: str


class ChannelWish(BaseModel):
    """An address for notices in Apprise's form; without a name it is called after its service."""

    model_config = ConfigDict(extra="forbid")

    address: str = Field(min_length=1, max_length=MAX_ADDRESS)
    name: str = Field("", max_length=80)


class ChannelItem(BaseModel):
    """A channel; `shown` is its address without the secrets."""

    id: int
    name: str
    service: str
    shown: str


@router.get("/searches", responses=problems())
def list_searches(request: Request, user_id: Person) -> list[SearchItem]:
    """Lists one's saved searches by name."""
    with database_of(request).reading() as session:
        return [_item(search) for search in searches.searches_of(session, user_id)]


@router.post("/searches", status_code=201, responses=problems(404))
def save_search(request: Request, wish: SearchWish, user_id: Person, _: Changer) -> SearchItem:
    """Keeps a search."""
    return _save(request, wish, user_id, None)


@router.get("/searches/{search_id}", responses=problems(404))
def show_search(request: Request, search_id: Id, user_id: Person) -> SearchItem:
    """Shows one of one's saved searches."""
    with database_of(request).reading() as session:
        return _item(searches.own_search(session, user_id, search_id))


@router.put("/searches/{search_id}", responses=problems(404))
def change_search(request: Request, search_id: Id, wish: SearchWish, user_id: Person, _: Changer) -> SearchItem:
    """Changes a saved search."""
    return _save(request, wish, user_id, search_id)


@router.delete("/searches/{search_id}", status_code=204, responses=problems(404))
def remove_search(request: Request, search_id: Id, user_id: Person, _: Changer) -> None:
    """Removes a saved search with its feed."""
    with database_of(request).writing() as session:
        searches.remove_search(session, user_id, search_id)


@router.post("/searches/{search_id}/feed", responses=problems(404))
def make_feed(request: Request, search_id: Id, user_id: Person, _: Changer) -> Feed:
    """Gives the search a feed, or new addresses for it: the old ones stop working."""
    with database_of(request).writing() as session:
        secret = searches.open_feed(session, user_id, search_id)
    home = f"{settings_of(request).shown_url}/feeds/{secret}"
    return Feed(atom=f"{home}.atom", json_feed=f"{home}.json")


@router.delete("/searches/{search_id}/feed", status_code=204, responses=problems(404))
def end_feed(request: Request, search_id: Id, user_id: Person, _: Changer) -> None:
    """Makes the addresses of the feed stop working."""
    with database_of(request).writing() as session:
        searches.close_feed(session, user_id, search_id)


@router.get("/channels", responses=problems())
def list_channels(request: Request, user_id: Person) -> list[ChannelItem]:
    """Lists one's channels, the oldest first."""
    with database_of(request).reading() as session:
        return [_channel(channel) for channel in searches.channels_of(session, user_id)]


@router.post("/channels", status_code=201, responses=problems())
def add_channel(request: Request, wish: ChannelWish, user_id: Person, _: Changer) -> ChannelItem:
    """Keeps an address for notices."""
    with database_of(request).writing() as session:
        now = datetime.now(UTC)
        return _channel(searches.add_channel(session, user_id, name=wish.name, address=wish.address, now=now))


@router.delete("/channels/{channel_id}", status_code=204, responses=problems(404))
def remove_channel(request: Request, channel_id: Id, user_id: Person, _: Changer) -> None:
    """Removes a channel; searches that used it send nothing until they get another."""
    with database_of(request).writing() as session:
        searches.remove_channel(session, user_id, channel_id)


def _save(request: Request, wish: SearchWish, user_id: int, search_id: int | None) -> SearchItem:
    form = SearchForm(**{**wish.model_dump(), "query": tidy(wish.query)})
    with database_of(request).writing() as session:
        return _item(searches.save_search(session, user_id, form, now=datetime.now(UTC), search_id=search_id))


def _item(search: SavedSearch) -> SearchItem:
    names = ("id", "name", "query", "cadence", "channel_id", "company_cap", "created_at", "next_at")
    return SearchItem(**{name: getattr(search, name) for name in names}, has_feed=search.feed_hash is not None)


def _channel(channel: Channel) -> ChannelItem:
    kind = read_address(channel.address)
    return ChannelItem(id=channel.id, name=channel.name, service=kind.service, shown=kind.shown)
