"""The OpenAPI document is true: a client made from it works, and no request gets an answer that it does not name."""

import importlib
import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from browsing import home
from iam_job_scout.accounts.roles import Scope
from iam_job_scout.accounts.tokens import make_token
from iam_job_scout.db.models import User
from website import Site

__all__ = ["home"]

BIN = Path(sys.executable).parent
#: What an answer must not be: an error of ours, or anything that the document does not say.
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"


def token(site: Site, *scopes: Scope) -> str:
    """A token of the owner that may do these things."""
    owner = site.signed_in().user_id
    with site.database.writing() as session:
        user = session.get_one(User, owner)
        _, secret = make_token(session, user, name="test", scopes=set(scopes), days=1, now=datetime.now(UTC))
    return secret


@pytest.fixture(scope="session")
def client_package(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A function that generates a client from an OpenAPI document and imports it."""

    def generate(document: Any) -> Any:
        where = tmp_path_factory.mktemp("client")
        (where / "openapi.json").write_text(json.dumps(document))
        command = [BIN / "openapi-python-client", "generate", "--path", "openapi.json", "--meta", "none"]
        environment = {**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}"}
        done = subprocess.run(command, cwd=where, capture_output=True, text=True, env=environment, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "Warning" not in done.stdout, done.stdout
        sys.path.insert(0, str(where))
        return importlib.import_module("iam_job_scout_client")

    return generate


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_generated_client_lists_and_tracks_jobs(site: Site, home: str, client_package: Any) -> None:
    job_id = site.add_job(title="Okta Engineer")
    package = client_package(site.browser().client.get("/openapi.json").json())
    jobs = importlib.import_module("iam_job_scout_client.api.jobs")
    list_jobs = importlib.import_module(f"{jobs.__name__}.list_jobs_api_v1_jobs_get")
    set_status = importlib.import_module(f"{jobs.__name__}.set_job_status_api_v1_jobs_job_id_status_post")
    models = importlib.import_module("iam_job_scout_client.models")
    with package.AuthenticatedClient(base_url=home, token=token(site, Scope.READ, Scope.WRITE)) as client:
        found = list_jobs.sync(client=client, q="okta")
        assert [item.title for item in found.items] == ["Okta Engineer"]
        wish = models.StatusChange(status=models.JobStatus.APPLIED, note="sent")
        changed = set_status.sync(client=client, job_id=job_id, body=wish)
        assert (changed.status, changed.note) == ("applied", "sent")
        assert isinstance(set_status.sync(client=client, job_id=99, body=wish), models.Problem)
    assert site.tracked(job_id).status == "applied"


@pytest.mark.timeout(300)
@pytest.mark.parametrize("signed_in", [True, False])
def test_no_request_gets_an_answer_that_the_document_does_not_name(
    site: Site, home: str, tmp_path: Path, signed_in: bool
) -> None:
    site.add_job()
    headers = ["-H", f"Authorization: Bearer {token(site, *Scope)}"] if signed_in else []
    command = [BIN / "schemathesis", "run", f"{home}/openapi.json", "--checks", CHECKS, "--max-examples", "6"]
    command += [*headers, "--phases", "examples,fuzzing", "--seed", "7", "--no-color", "--generation-database", "none"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-6_000:] + done.stderr[-2_000:]
    generated = re.search(r"(\d+) generated", done.stdout)
    assert generated is not None and int(generated[1]) > 50
