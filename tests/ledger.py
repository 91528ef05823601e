"""Listings of one board, stored without an engine."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from board_server import IAM_TEXT
from iam_job_scout.db import Database
from iam_job_scout.db.models import Board
from iam_job_scout.db.models import Posting as PostingRow
from iam_job_scout.posting import Listing, Posting
from iam_job_scout.scan import receipts
from iam_job_scout.scan.history import timeline
from iam_job_scout.scan.reading import board_states, read_listings
from iam_job_scout.scan.store import Stored, store

ROLES = (
    "SAML Developer",
    "IAM Engineer",
    "Okta Administrator",
    "SailPoint Developer",
    "CyberArk Consultant",
    "Director of Identity Governance",
    "Entra ID Architect",
)


@dataclass
class Ledger:
    """Stores listings of one board without an engine, at times of the test's own choosing."""

    database: Database
    source: str = "greenhouse"
    token: str = "acme"

    def posting(self, external_id: str, **changed: Any) -> Posting:
        """An IAM posting of the board, another role for each digit of `external_id`."""
        role = ROLES[int(external_id) % len(ROLES)]
        values: dict[str, Any] = {
            "title": role,
            "company": "Acme",
            "location": "Remote - US",
            "description": f"<h2>{role}</h2>{IAM_TEXT}",
            "url": f"https://example.org/{self.token}/jobs/{external_id}",
        }
        return Posting(source=self.source, board=self.token, external_id=external_id, **{**values, **changed})

    def show(self, *postings: Posting, at: datetime, **changed: Any) -> Stored:
        """Stores a healthy listing of just these postings, or with `changed` one that is not."""
        listing = Listing(**{"postings": postings, "fetched": len(postings), **changed})
        with self.database.writing() as session:
            board = session.scalar(select(Board).where(Board.token == self.token))
            if board is None:
                board = Board(source=self.source, token=self.token, company="Acme", validators={}, tally={})
                session.add(board)
                session.flush()
            [state] = board_states(session, [board.id])
            [stored] = store(session, read_listings(session, [(state, listing)]), at)
            receipt = receipts.Receipt(scan_id="-", board=state, outcome=listing, stored=stored, seconds=0.0)
            receipts.write(session, [receipt], at)
            return stored

    def open_ids(self) -> set[str]:
        """The postings that have not closed."""
        with self.database.reading() as session:
            return set(session.scalars(select(PostingRow.external_id).where(PostingRow.closed_at.is_(None))))

    def happenings(self, external_id: str) -> list[tuple[str, dict[str, Any]]]:
        """What happened to a posting, by kind, with what goes with it."""
        with self.database.reading() as session:
            job_id = session.scalar(select(PostingRow.job_id).where(PostingRow.external_id == external_id))
            found = [] if job_id is None else timeline(session, job_id)
            return [(item.kind, dict(item.detail)) for item in found if item.url.endswith(f"/{external_id}")]
