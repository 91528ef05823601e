"""Fresh, late and dark: measured by how often a board is asked, not by the clock alone."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from iam_job_scout.db import Database
from iam_job_scout.db.models import Board
from iam_job_scout.posting import Board as BoardName
from iam_job_scout.scan import control, runs
from iam_job_scout.scan.freshness import State, board_freshness, overall, source_states, state_of
from iam_job_scout.settings import Settings

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("pace", "silent", "state"),
    [
        (HOUR, 2 * HOUR, State.FRESH),
        (HOUR, 2.1 * HOUR, State.LATE),
        (HOUR, 23 * HOUR, State.LATE),
        (HOUR, 25 * HOUR, State.DARK),
        (24 * HOUR, 47 * HOUR, State.FRESH),
        (24 * HOUR, 49 * HOUR, State.LATE),
        (24 * HOUR, 8 * 25 * HOUR, State.DARK),
    ],
)
def test_the_state_depends_on_the_pace(pace: timedelta, silent: timedelta, state: State) -> None:
    assert state_of(NOW - silent, NOW, pace=pace, now=NOW) is state


def test_a_board_that_was_asked_and_never_answered_is_dark_and_one_never_asked_unknown() -> None:
    assert state_of(None, NOW, pace=HOUR, now=NOW) is State.DARK
    assert state_of(None, None, pace=HOUR, now=NOW) is State.UNKNOWN


def test_boards_are_counted_by_state_and_those_off_the_list_are_not(database: Database, settings: Settings) -> None:
    ages = {"a": HOUR, "b": 3 * HOUR, "c": 30 * HOUR, "d": None, "gone": 90 * HOUR}
    names = [BoardName("lever", token, token.upper()) for token in ages]
    with database.writing() as session:
        runs.keep_boards(session, names)
        for token, age in ages.items():
            if age is not None:
                mine = update(Board).where(Board.token == token)
                session.execute(mine.values(last_success_at=NOW - age, asked_at=NOW))
        runs.keep_boards(session, names[:-1])
    with database.reading() as session:
        [state] = source_states(session, settings, NOW)
        boards = board_freshness(session, settings, "lever", NOW)
    assert (state.boards, state.fresh, state.late, state.dark, state.unknown) == (4, 1, 1, 1, 1)
    assert state.state is State.FRESH
    assert [board.state for board in boards] == [State.FRESH, State.LATE, State.DARK, State.UNKNOWN]
    control.pause(database, "lever", now=NOW)
    with database.reading() as session:
        assert overall(source_states(session, settings, NOW)) is State.PAUSED
