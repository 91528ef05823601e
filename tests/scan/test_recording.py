"""What the sources answered can be kept and played back; keys are not in it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from board_server import BoardServer
from iam_job_scout.errors import ScoutError
from iam_job_scout.scan import runs
from iam_job_scout.scan.command import scan_now
from iam_job_scout.scan.recording import place, playing, recorder
from iam_job_scout.settings import Settings
from iam_job_scout.sources.client import Api, Request


def test_a_recorded_scan_is_played_back_with_the_same_result_and_no_network(
    upstream: BoardServer, scanning: Callable[..., Settings], tmp_path: Path
) -> None:
    upstream.add("acme", "IAM Engineer", "Okta Administrator", "Pastry Cook")
    settings = scanning("acme")
    first = scan_now(settings, ["greenhouse"], quiet=True, record=tmp_path / "kept")
    asked = len(upstream.requests)
    elsewhere = settings.model_copy(update={"data_dir": tmp_path / "other"})
    again = scan_now(elsewhere, ["greenhouse"], quiet=True, replay=tmp_path / "kept")
    assert runs.totals(again) == runs.totals(first)
    assert len(upstream.requests) == asked


def test_keys_are_neither_written_down_nor_needed(tmp_path: Path) -> None:
    url = "https://api.adzuna.com/v1/api/jobs/us/search/1?what=iam&app_id=me&app_key=secret"
    recorder(tmp_path)(Request(api=Api("adzuna", 1, 1), endpoint="/", url=url), b"{}")
    [file] = tmp_path.glob("*/*.body")
    assert "secret" not in str(file)
    assert file == place(tmp_path, "api.adzuna.com", "/v1/api/jobs/us/search/1", "app_id=you&what=iam", b"")


def test_requests_that_differ_in_what_they_send_have_answers_of_their_own(tmp_path: Path) -> None:
    assert place(tmp_path, "h", "/jobs", "", b'{"offset":0}') != place(tmp_path, "h", "/jobs", "", b'{"offset":20}')


def test_a_directory_without_a_recording_is_told(tmp_path: Path) -> None:
    with pytest.raises(ScoutError, match="no recording"), playing(tmp_path):
        pass
