"""The real app with three routes that always fail: `faulty_app.py PORT DATA_DIRECTORY`."""

import sys
from pathlib import Path

import uvicorn

from iam_job_scout.db import open_database
from iam_job_scout.db.migrate import upgrade
from iam_job_scout.main import create_app
from iam_job_scout.settings import Settings


def fail() -> None:
    raise RuntimeError("broken on purpose")


def main(port: int, data_dir: Path) -> None:
    settings = Settings(port=port, data_dir=data_dir, auth="off", _env_file=None)  # type: ignore[call-arg]
    database = open_database(settings)
    upgrade(database)
    app = create_app(settings, database=database)
    for name in ("one", "two", "three"):
        app.add_api_route(f"/fault/{name}", fail)
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="critical", timeout_graceful_shutdown=1)


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
