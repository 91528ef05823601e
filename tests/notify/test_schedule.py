"""When a person is told."""

from datetime import UTC, datetime, timedelta

import pytest

from iam_job_scout.notify.schedule import Cadence, Hours, is_timezone, next_look, not_quiet

#: Tuesday, 12:00 UTC, which is 13:00 in Berlin and 07:00 in New York.
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
BERLIN = Hours(timezone="Europe/Berlin", digest_hour=7)


def test_what_is_off_is_never_looked_at() -> None:
    assert next_look(Cadence.OFF, BERLIN, NOON) is None


def test_an_instant_search_is_looked_at_every_minute() -> None:
    assert next_look(Cadence.INSTANT, BERLIN, NOON) == NOON + timedelta(minutes=1)


@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        (BERLIN, datetime(2026, 11, 25, 6, 0, tzinfo=UTC)),
        (Hours(timezone="America/New_York", digest_hour=8), datetime(2026, 11, 24, 13, 0, tzinfo=UTC)),
        (Hours(timezone="America/New_York", digest_hour=7), datetime(2026, 11, 25, 12, 0, tzinfo=UTC)),
    ],
)
def test_a_daily_digest_comes_at_the_persons_hour_and_never_twice_in_it(hours: Hours, expected: datetime) -> None:
    assert next_look(Cadence.DAILY, hours, NOON) == expected


def test_a_weekly_digest_comes_on_monday() -> None:
    assert next_look(Cadence.WEEKLY, BERLIN, NOON) == datetime(2026, 11, 30, 6, 0, tzinfo=UTC)


def test_the_hour_holds_across_the_change_of_the_clocks() -> None:
    summer = datetime(2026, 10, 24, 12, 0, tzinfo=UTC)
    assert next_look(Cadence.DAILY, BERLIN, summer) == datetime(2026, 10, 25, 6, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("quiet_from", "quiet_until", "expected"),
    [
        (0, 0, NOON),
        (22, 7, NOON),
        (12, 14, datetime(2026, 11, 24, 13, 0, tzinfo=UTC)),
        (13, 14, datetime(2026, 11, 24, 13, 0, tzinfo=UTC)),
        (13, 6, datetime(2026, 11, 25, 5, 0, tzinfo=UTC)),
        (5, 13, NOON),
    ],
)
def test_quiet_hours_put_a_message_off_until_their_end(quiet_from: int, quiet_until: int, expected: datetime) -> None:
    hours = Hours(timezone="Europe/Berlin", quiet_from=quiet_from, quiet_until=quiet_until)
    assert not_quiet(hours, NOON) == expected


def test_time_zones_are_known_by_name() -> None:
    assert is_timezone("America/New_York")
    assert not is_timezone("Mars/Olympus")
    assert not is_timezone("../../etc/passwd")
