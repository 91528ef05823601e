"""Sources that answer nonsense, in every way and mixed: nothing is lost, doubled or falsely closed, and it mends."""

import json
import random
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select, update

from board_server import BoardServer
from iam_job_scout.db import open_database
from iam_job_scout.db.models import Board, Job, Posting, ScanBoard
from iam_job_scout.scan import runs
from iam_job_scout.scan.command import scan_now
from iam_job_scout.settings import Settings

BOARDS = 60
TITLES = ("IAM Engineer", "Okta Administrator", "SailPoint Developer", "Pastry Cook", "CyberArk Consultant", "Nurse")
Jobs = list[dict[str, Any]]


def relisted(change: Callable[[Jobs], Jobs]) -> Callable[[int, bytes], tuple[int, bytes]]:
    """An answer of the right shape with other jobs in it, and the old total."""

    def bend(status: int, body: bytes) -> tuple[int, bytes]:
        document = json.loads(body)
        return status, json.dumps({**document, "jobs": change(document["jobs"])}).encode()

    return bend


def with_script(jobs: Jobs) -> Jobs:
    return [{**job, "title": job["title"] + "<script>alert(1)</script>"} for job in jobs]


FAULTS: dict[str, Callable[[int, bytes], tuple[int, bytes]]] = {
    "server_error": lambda _status, _body: (500, b"{}"),
    "blocked": lambda _status, _body: (403, b"<title>Just a moment</title>"),
    "not_found": lambda _status, _body: (404, b"{}"),
    "truncated": lambda status, body: (status, body[: len(body) // 2]),
    "garbage": lambda status, _body: (status, random.Random(1).randbytes(500)),
    "html": lambda status, _body: (status, b"<!doctype html><p>Checking your browser"),
    "empty": lambda status, _body: (status, b'{"jobs": [], "meta": {"total": 0}}'),
    "partial": relisted(lambda jobs: jobs[:2]),
    "doubled": relisted(lambda jobs: jobs * 2),
    "bad types": relisted(lambda jobs: [{**jobs[0], "title": None}, {**jobs[1], "id": {}}, *jobs[2:]]),
    "script": relisted(with_script),
}


def state(settings: Settings) -> dict[str, object]:
    """What counts in the end: the open postings by content, and how they became jobs."""
    database = open_database(settings)
    with database.reading() as session:
        postings = session.execute(
            select(Posting.board, Posting.external_id, Posting.content_hash, Posting.tier, Posting.closed_at)
        )
        found = {
            "postings": sorted(map(str, postings)),
            "jobs": session.scalar(select(func.count()).select_from(Job).where(Job.closed_at.is_(None))),
            "inexact": session.scalar(
                select(func.count())
                .select_from(ScanBoard)
                .where(ScanBoard.fetched != ScanBoard.accepted + ScanBoard.rejected + ScanBoard.duplicates)
            ),
        }
    database.close()
    return found


def forget_validators(settings: Settings) -> None:
    """Has the next scan read every board whole."""
    database = open_database(settings)
    with database.writing() as session:
        session.execute(update(Board).values(validators={}))
    database.close()


def test_a_third_of_all_answers_bent_in_every_way_does_no_lasting_harm(
    upstream: BoardServer, scanning: Callable[..., Settings]
) -> None:
    tokens = [f"board{number}" for number in range(BOARDS)]
    for token in tokens:
        upstream.add(token, *TITLES)
    settings = scanning(*tokens)
    scan_now(settings, ["greenhouse"], quiet=True)
    healthy = state(settings)
    rolls = random.Random(7)

    def bend(_token: str, status: int, body: bytes) -> tuple[int, bytes]:
        return FAULTS[rolls.choice(sorted(FAULTS))](status, body) if rolls.random() < 0.33 else (status, body)

    for _ in range(2):
        upstream.bend = bend
        forget_validators(settings)
        summary = scan_now(settings, ["greenhouse"], quiet=True)
        assert runs.totals(summary)["closed"] == 0
        assert summary.sources["greenhouse"].done == BOARDS
        assert summary.sources["greenhouse"].errors > 0
    upstream.bend = None
    scan_now(settings, ["greenhouse"], quiet=True)
    assert state(settings) == healthy
    assert healthy["inexact"] == 0


@pytest.mark.parametrize("name", ["empty", "partial", "bad types"])
def test_a_listing_that_looks_healthy_but_is_not_says_why_nothing_closed(
    name: str, upstream: BoardServer, scanning: Callable[..., Settings]
) -> None:
    upstream.add("acme", *TITLES)
    settings = scanning("acme")
    scan_now(settings, ["greenhouse"], quiet=True)
    upstream.bend = lambda _token, status, body: FAULTS[name](status, body)
    forget_validators(settings)
    assert runs.totals(scan_now(settings, ["greenhouse"], quiet=True))["closed"] == 0
    database = open_database(settings)
    with database.reading() as session:
        receipt = session.scalars(select(ScanBoard).order_by(ScanBoard.finished_at.desc()).limit(1)).one()
    database.close()
    assert receipt.kept_open
    assert receipt.errors == 0
