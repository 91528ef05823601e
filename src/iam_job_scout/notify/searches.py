"""A person's saved searches and channels: kept, changed, removed; each function works for one person's own alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from iam_job_scout.accounts.secrets import new_secret, secret_hash
from iam_job_scout.db.models import Channel, Delivery, NoticeRules, SavedSearch
from iam_job_scout.errors import NoticeError, NotThere, NotYours
from iam_job_scout.notify.channels import read_address
from iam_job_scout.notify.schedule import Cadence, Hours, is_timezone, next_look

#: More than anybody needs, and few enough that one person cannot slow the others' notices down.
MOST_SEARCHES, MOST_CHANNELS = 100, 20
MAX_NAME, MAX_QUERY, MAX_CAP = 120, 2_000, 50


@dataclass(frozen=True, kw_only=True)
class SearchForm:
    """What a person says of a saved search; `query` is the list's address after the question mark."""

    name: str
    query: str
    cadence: Cadence = Cadence.OFF
    channel_id: int | None = None
    company_cap: int = 3


def save_search(
    session: Session, user_id: int, form: SearchForm, *, now: datetime, search_id: int | None = None
) -> SavedSearch:
    """Keeps a new search, or changes the one of that id. Raises NoticeError, NotThere."""
    _check(session, user_id, form)
    if search_id is None:
        count = session.scalar(select(func.count()).select_from(SavedSearch).where(SavedSearch.user_id == user_id))
        if (count or 0) >= MOST_SEARCHES:
            raise NoticeError(f"You have {MOST_SEARCHES} saved searches, which is the most; remove one first.")
        search = SavedSearch(user_id=user_id, created_at=now, read_until=now)
        session.add(search)
    else:
        search = own_search(session, user_id, search_id)
        if (search.query, search.cadence) != (form.query, form.cadence):
            # What was new before would arrive as news of a search that was not asked for then.
            search.read_until = now
    search.name, search.query = " ".join(form.name.split()), form.query
    search.cadence, search.channel_id, search.company_cap = form.cadence, form.channel_id, form.company_cap
    search.next_at = next_look(form.cadence, hours_of(session, user_id), now)
    session.flush()
    return search


def own_search(session: Session, user_id: int, search_id: int) -> SavedSearch:
    """The person's search. Raises NotThere where it is not theirs, just as where there is none."""
    found = session.get(SavedSearch, search_id)
    if found is None or found.user_id != user_id:
        raise (NotThere if found is None else NotYours)("There is no such saved search.")
    return found


def searches_of(session: Session, user_id: int) -> Sequence[SavedSearch]:
    """The person's searches by name."""
    mine = select(SavedSearch).where(SavedSearch.user_id == user_id)
    return session.scalars(mine.order_by(func.lower(SavedSearch.name), SavedSearch.id)).all()


def look_now(session: Session, user_id: int, search_id: int | None, now: datetime) -> int:
    """Makes a search due, or all of the person's that are looked at ever; returns how many. Raises NotThere."""
    if search_id is not None:
        chosen = [own_search(session, user_id, search_id)]
    else:
        chosen = [search for search in searches_of(session, user_id) if search.next_at is not None]
    for search in chosen:
        search.next_at = now
    return len(chosen)


def remove_search(session: Session, user_id: int, search_id: int) -> None:
    """Removes a search with its feed; messages on their way are still sent. Raises NotThere."""
    session.delete(own_search(session, user_id, search_id))


def open_feed(session: Session, user_id: int, search_id: int) -> str:
    """Gives the search a feed and returns its secret, which is not kept; an older one stops working."""
    secret = new_secret()
    own_search(session, user_id, search_id).feed_hash = secret_hash(secret)
    return secret


def close_feed(session: Session, user_id: int, search_id: int) -> None:
    """Ends the search's feed. Raises NotThere."""
    own_search(session, user_id, search_id).feed_hash = None


def search_of_feed(session: Session, secret: str) -> SavedSearch | None:
    """The search whose feed has this secret."""
    return session.scalar(select(SavedSearch).where(SavedSearch.feed_hash == secret_hash(secret)))


def add_channel(session: Session, user_id: int, *, name: str, address: str, now: datetime) -> Channel:
    """Keeps an address for notices. Raises NoticeError."""
    kind = read_address(address)
    name = " ".join(name.split()) or kind.service
    if len(name) > MAX_NAME:
        raise NoticeError(f"The name must have at most {MAX_NAME} characters.")
    if len(channels_of(session, user_id)) >= MOST_CHANNELS:
        raise NoticeError(f"You have {MOST_CHANNELS} channels, which is the most; remove one first.")
    channel = Channel(user_id=user_id, name=name[:80], address=address.strip(), created_at=now)
    session.add(channel)
    session.flush()
    return channel


def own_channel(session: Session, user_id: int, channel_id: int) -> Channel:
    """The person's channel. Raises NotThere where it is not theirs, just as where there is none."""
    found = session.get(Channel, channel_id)
    if found is None or found.user_id != user_id:
        raise (NotThere if found is None else NotYours)("There is no such channel.")
    return found


def channels_of(session: Session, user_id: int) -> Sequence[Channel]:
    """The person's channels, the oldest first."""
    return session.scalars(select(Channel).where(Channel.user_id == user_id).order_by(Channel.id)).all()


def remove_channel(session: Session, user_id: int, channel_id: int) -> None:
    """Removes a channel; searches that used it send nothing until they get another. Raises NotThere."""
    session.delete(own_channel(session, user_id, channel_id))


def hours_of(session: Session, user_id: int) -> Hours:
    """When the person wants to be told."""
    rules = session.get(NoticeRules, user_id)
    if rules is None:
        return Hours()
    return Hours(
        timezone=rules.timezone,
        digest_hour=rules.digest_hour,
        quiet_from=rules.quiet_from,
        quiet_until=rules.quiet_until,
    )


def set_hours(session: Session, user_id: int, hours: Hours, *, now: datetime) -> None:
    """Changes when the person is told, from the next message on. Raises NoticeError."""
    if not is_timezone(hours.timezone):
        raise NoticeError("The time zone must be a name such as Europe/Berlin or America/New_York.")
    if not all(0 <= hour <= 23 for hour in (hours.digest_hour, hours.quiet_from, hours.quiet_until)):
        raise NoticeError("Hours are whole ones from 0 to 23.")
    values = {"digest_hour": hours.digest_hour, "quiet_from": hours.quiet_from, "quiet_until": hours.quiet_until}
    session.merge(NoticeRules(user_id=user_id, timezone=hours.timezone, **values))
    for search in searches_of(session, user_id):
        search.next_at = next_look(Cadence(search.cadence), hours, now)


def deliveries_of(session: Session, user_id: int, *, limit: int = 20) -> Sequence[Delivery]:
    """The person's last messages, the newest first."""
    mine = select(Delivery).where(Delivery.user_id == user_id)
    return session.scalars(mine.order_by(Delivery.created_at.desc(), Delivery.id.desc()).limit(limit)).all()


def _check(session: Session, user_id: int, form: SearchForm) -> None:
    if not form.name.strip() or len(form.name) > MAX_NAME:
        raise NoticeError(f"A saved search needs a name of at most {MAX_NAME} characters.")
    if len(form.query) > MAX_QUERY:
        raise NoticeError("This search is too long to be saved; use fewer filters.")
    if not 1 <= form.company_cap <= MAX_CAP:
        raise NoticeError(f"Of one company, 1 to {MAX_CAP} jobs are named.")
    if form.channel_id is not None:
        own_channel(session, user_id, form.channel_id)
    elif form.cadence is not Cadence.OFF:
        raise NoticeError("Choose where the messages go; add a channel first if there is none.")
