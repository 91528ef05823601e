"""Follow-up dates as a calendar that other programs subscribe to, behind a secret address that can be revoked."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from icalendar import Calendar, Event
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from iam_job_scout.accounts.secrets import new_secret, secret_hash
from iam_job_scout.db.models import CalendarFeed
from iam_job_scout.jobs.tracker import TrackedJob

#: How often a calendar program is asked to look again.
REFRESH = timedelta(hours=6)


def make_feed(session: Session, user_id: int, now: datetime) -> str:
    """Makes the person's feed and returns its secret, which is stored nowhere; the address of an older one ends."""
    secret = new_secret()
    session.merge(CalendarFeed(user_id=user_id, secret_hash=secret_hash(secret), created_at=now))
    return secret


def end_feed(session: Session, user_id: int) -> None:
    """Makes the address stop working."""
    session.execute(delete(CalendarFeed).where(CalendarFeed.user_id == user_id))


def feed_since(session: Session, user_id: int) -> datetime | None:
    """Returns when the person's feed was made, or None where they have none."""
    return session.scalar(select(CalendarFeed.created_at).where(CalendarFeed.user_id == user_id))


def feed_owner(session: Session, secret: str) -> int | None:
    """Returns whose feed it is, or None where there is no such secret."""
    return session.scalar(select(CalendarFeed.user_id).where(CalendarFeed.secret_hash == secret_hash(secret)))


def render_calendar(jobs: Iterable[TrackedJob], *, base_url: str) -> bytes:
    """Returns the dates as iCalendar (RFC 5545), a whole-day event each, the same on each call while nothing changes.

    Notes stay out of it: calendars get shared.
    """
    calendar = Calendar()
    calendar.add("prodid", "-//IAM Job Scout//Follow-ups//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", "IAM Job Scout")
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    for job in jobs:
        if job.follow_up_on is not None:
            calendar.add_component(_event(job, job.follow_up_on, base_url))
    return bytes(calendar.to_ical())


def _event(job: TrackedJob, day: date, base_url: str) -> Event:
    event = Event()
    event.add("uid", f"follow-up-{job.id}@iam-job-scout")
    event.add("dtstamp", job.status_at)
    event.add("dtstart", day)
    event.add("dtend", day + timedelta(days=1))
    event.add("summary", f"Follow up: {job.title}{f', {job.company}' if job.company else ''}")
    event.add("description", f"Status: {job.status.value}")
    event.add("url", f"{base_url}/job/{job.id}")
    event.add("transp", "TRANSPARENT")
    return event
