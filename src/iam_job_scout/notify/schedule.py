"""When a person is told: instants, digests at their hour, quiet hours. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo, available_timezones

#: How often searches with instant notices are looked at; a scan takes longer than that.
INSTANT_EVERY = timedelta(minutes=1)


class Cadence(StrEnum):
    """How often a saved search sends what is new."""

    OFF = "off"
    INSTANT = "instant"
    DAILY = "daily"
    WEEKLY = "weekly"


@dataclass(frozen=True, kw_only=True)
class Hours:
    """A person's hours, 0 to 23 in their time zone; quiet from `quiet_from` until `quiet_until`, never if equal."""

    timezone: str = "UTC"
    digest_hour: int = 7
    quiet_from: int = 0
    quiet_until: int = 0


def next_look(cadence: Cadence, hours: Hours, now: datetime) -> datetime | None:
    """Returns when a search is looked at next: in a minute, tomorrow, next Monday at the digest hour; None: never."""
    if cadence is Cadence.OFF:
        return None
    if cadence is Cadence.INSTANT:
        return now + INSTANT_EVERY
    for day in _coming_days(hours, now):
        moment = _at(day, hours.digest_hour)
        if moment > now and (cadence is Cadence.DAILY or day.weekday() == 0):
            return moment
    raise AssertionError("a week has a Monday")


def not_quiet(hours: Hours, now: datetime) -> datetime:
    """Returns `now`, or the end of the quiet hours that it lies in."""
    if not _is_quiet(hours, now):
        return now
    return next(end for day in _coming_days(hours, now) if (end := _at(day, hours.quiet_until)) > now)


def is_timezone(name: str) -> bool:
    """Whether this is an IANA time zone that the machine knows."""
    return name in available_timezones()


def _is_quiet(hours: Hours, now: datetime) -> bool:
    hour = now.astimezone(ZoneInfo(hours.timezone)).hour
    if hours.quiet_from <= hours.quiet_until:
        return hours.quiet_from <= hour < hours.quiet_until
    return hour >= hours.quiet_from or hour < hours.quiet_until


def _coming_days(hours: Hours, now: datetime) -> Iterator[datetime]:
    local = now.astimezone(ZoneInfo(hours.timezone))
    return (local + timedelta(days=number) for number in range(9))


def _at(day: datetime, hour: int) -> datetime:
    return day.replace(hour=hour, minute=0, second=0, microsecond=0).astimezone(UTC)
