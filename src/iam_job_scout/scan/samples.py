"""Loading and removing the sample postings, through the same pipeline as real ones."""

from datetime import UTC, datetime

from sqlalchemy import func, select

from iam_job_scout.db import Database
from iam_job_scout.db.models import Board, Job
from iam_job_scout.jobs.fits import fill_fits
from iam_job_scout.posting import Listing
from iam_job_scout.samples import sample_postings
from iam_job_scout.scan.openings import SAMPLES
from iam_job_scout.scan.reading import board_states, read_listings
from iam_job_scout.scan.store import remove_board, store


def load_samples(database: Database) -> int:
    """Loads the samples, or refreshes them where they are loaded, and returns how many jobs they make."""
    now = datetime.now(UTC)
    postings = sample_postings(now)
    listing = Listing(postings=postings, fetched=len(postings))
    with database.writing() as session:
        board = session.scalar(select(Board).where(Board.source == SAMPLES))
        if board is None:
            board = Board(source=SAMPLES, token=SAMPLES, company="", validators={}, tally={})
            session.add(board)
            session.flush()
        board.last_success_at = now
        store(session, read_listings(session, [(board_states(session, [board.id])[0], listing)]), now)
        count = session.scalar(select(func.count()).select_from(Job).where(Job.sample)) or 0
    fill_fits(database)
    return count


def remove_samples(database: Database) -> int:
    """Removes the samples, also those that were tracked, and returns how many jobs went."""
    with database.writing() as session:
        board = session.scalar(select(Board).where(Board.source == SAMPLES))
        return remove_board(session, board) if board is not None else 0
