"""A scan whose process is killed at any moment ends, after a restart, as an undisturbed one does."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import func, select

from board_server import BoardServer
from iam_job_scout.db import open_database
from iam_job_scout.db.models import Job, Posting, Scan, ScanBoard
from iam_job_scout.scan.command import scan_now
from iam_job_scout.settings import Settings

Scanning = Callable[..., Settings]
BOARDS = 40


def start_scan(settings: Settings, data_dir: Path) -> subprocess.Popen[bytes]:
    environment = os.environ | {
        "SCOUT_DATA_DIR": str(data_dir),
        "SCOUT_BOARDS": str(settings.boards),
        "SCOUT_UPSTREAM": settings.upstream,
        "PYTHONPATH": str(Path(__file__).parents[2] / "src"),
    }
    command = [sys.executable, "-m", "iam_job_scout", "scan", "greenhouse", "--json"]
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=data_dir)


def finish_scan(settings: Settings, data_dir: Path) -> None:
    scan_now(settings.model_copy(update={"data_dir": data_dir}), ["greenhouse"], quiet=True)


def end_state(data_dir: Path) -> dict[str, object]:
    database = open_database(Settings(data_dir=data_dir, _env_file=None))  # type: ignore[call-arg]
    with database.reading() as session:
        postings = session.execute(
            select(Posting.board, Posting.external_id, Posting.content_hash, Posting.rule, Posting.closed_at).order_by(
                Posting.board, Posting.external_id
            )
        )
        state = {
            "postings": [tuple(row) for row in postings],
            "jobs": sorted(tuple(row) for row in session.execute(select(Job.company, Job.title, Job.fingerprint))),
            "open receipts": session.scalar(
                select(func.count()).select_from(ScanBoard).where(ScanBoard.finished_at.is_(None))
            ),
            "open scans": session.scalar(select(func.count()).select_from(Scan).where(Scan.finished_at.is_(None))),
            "scans": session.scalar(select(func.count()).select_from(Scan)),
            "fetched": session.scalar(select(func.sum(ScanBoard.fetched))),
            "new": session.scalar(select(func.sum(ScanBoard.new))),
        }
    database.close()
    return state


@pytest.fixture
def boards(upstream: BoardServer, scanning: Scanning) -> Settings:
    tokens = [f"board{number}" for number in range(BOARDS)]
    for token in tokens:
        upstream.add(token, "IAM Engineer", "Okta Administrator", "SailPoint Developer", "IAM Engineer")
    return scanning(*tokens)


def test_a_scan_that_is_killed_again_and_again_ends_like_an_undisturbed_one(
    boards: Settings, upstream: BoardServer, tmp_path: Path
) -> None:
    undisturbed, killed = tmp_path / "undisturbed", tmp_path / "killed"
    undisturbed.mkdir()
    killed.mkdir()
    finish_scan(boards, undisturbed)
    for share in (0.2, 0.5, 0.8):
        upstream.requests.clear()
        scan = start_scan(boards, killed)
        while len(upstream.requests) < BOARDS * share / 2 and scan.poll() is None:
            time.sleep(0.005)
        scan.send_signal(signal.SIGKILL)
        scan.communicate()
    finish_scan(boards, killed)
    assert end_state(killed) == end_state(undisturbed)
    assert end_state(killed)["open receipts"] == 0
