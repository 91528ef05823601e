"""Loading and removing the sample postings, through the same pipeline as real ones."""

from datetime import UTC, datetime

from sqlalchemy import func, select

from iam_job_scout.db import Database
from iam_job_scout.db.models import Board, Job
from iam_job_scout.posting import Listing
from iam_job_scout.samples import sample_postings
from iam_job_scout.scan.pipeline import content_hash, score
from iam_job_scout.scan.store import SAMPLES, known_postings, remove_board, store_listing


def load_samples(database: Database) -> int:
    """Loads the samples, or refreshes them where they are loaded, and returns how many jobs they make."""
    now = datetime.now(UTC)
    postings = sample_postings(now)
    hashes = {posting.external_id: content_hash(posting) for posting in postings}
    listing = Listing(postings=postings, fetched=len(postings))
    with database.writing() as session:
        board = session.scalar(select(Board).where(Board.source == SAMPLES))
        if board is None:
            board = Board(source=SAMPLES, token=SAMPLES, company="", validators={})
            session.add(board)
            session.flush()
        known = known_postings(session, board)
        fresh = [
            p
            for p in postings
            if p.external_id not in known or known[p.external_id].content_hash != hashes[p.external_id]
        ]
        scored = {posting.external_id: score(posting, hashes[posting.external_id]) for posting in fresh}
        store_listing(session, board, listing, hashes=hashes, scored=scored, may_close=True, now=now)
        return session.scalar(select(func.count()).select_from(Job).where(Job.sample)) or 0


def remove_samples(database: Database) -> int:
    """Removes the samples, also those that were tracked, and returns how many jobs went."""
    with database.writing() as session:
        board = session.scalar(select(Board).where(Board.source == SAMPLES))
        return remove_board(session, board) if board is not None else 0
