"""Every route of the API under thousands of generated requests, signed in and not: no 5xx, no undocumented answer.

    python benchmarks/api_fuzz.py [--examples 150]

An app of its own with sample jobs on 127.0.0.1; Schemathesis makes the requests from the OpenAPI document.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic

import uvicorn

from iam_job_scout.accounts.roles import Scope
from iam_job_scout.accounts.tokens import make_token
from iam_job_scout.db import Database, open_database
from iam_job_scout.db.migrate import upgrade
from iam_job_scout.db.models import User
from iam_job_scout.main import create_app
from iam_job_scout.scan.samples import load_samples
from iam_job_scout.settings import Settings

CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"


def make_owner(database: Database) -> str:
    """Stores an owner and returns a token that may do everything."""
    with database.writing() as session:
        user = User(email="owner@example.org", password_hash="-", role="owner", created_at=datetime.now(UTC))
        session.add(user)
        session.flush()
        return make_token(session, user, name="fuzz", scopes=set(Scope), days=1, now=datetime.now(UTC))[1]


def fuzz(url: str, headers: list[str], examples: int) -> tuple[int, int, float]:
    """Returns the exit code of Schemathesis, how many requests it made, and the seconds that took."""
    schemathesis = Path(sys.executable).parent / "schemathesis"
    command = [str(schemathesis), "run", f"{url}/openapi.json", "--checks", CHECKS, "--max-examples", str(examples)]
    command += [*headers, "--phases", "examples,coverage,fuzzing", "--no-color", "--generation-database", "none"]
    began = monotonic()
    with tempfile.TemporaryDirectory() as where:
        done = subprocess.run(command, cwd=where, capture_output=True, text=True, check=False)
    if done.returncode:
        print(done.stdout[-8_000:])
    generated = re.search(r"([\d,]+) generated", done.stdout)
    return done.returncode, int(generated[1].replace(",", "")) if generated else 0, monotonic() - began


def main() -> None:
    """Run it both ways and print a line for each; exit 1 where anything was found."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--examples", type=int, default=150, help="requests for each route and way")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        settings = Settings(data_dir=Path(directory), _env_file=None)  # type: ignore[call-arg]
        database = open_database(settings)
        upgrade(database)
        load_samples(database)
        server = uvicorn.Server(uvicorn.Config(create_app(settings, database=database), port=0, log_config=None))
        thread = threading.Thread(target=server.run)
        thread.start()
        while not server.started:
            time.sleep(0.05)
        url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
        bearer = ["-H", f"Authorization: Bearer {make_owner(database)}"]
        found = 0
        for name, headers in (("signed in", bearer), ("anonymous", [])):
            code, requests, seconds = fuzz(url, headers, chosen.examples)
            found |= code
            print(
                f"{name:<10} {requests:>6} requests in {seconds:5.0f} s: {('nothing', 'something')[bool(code)]} found"
            )
        server.should_exit = True
        thread.join()
        database.close()
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
