"""What every test may use: the place of the shared corpus (absent at users'), free ports, settings of its own."""

import logging
import shutil
import socket
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import structlog
from pydantic import SecretStr

import postgresql
from iam_job_scout.db import Database, open_database
from iam_job_scout.db.migrate import upgrade
from iam_job_scout.settings import Settings

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session", autouse=True)
def quiet_logs() -> None:
    """Only errors are logged: what a test expects to go wrong needs no lines, and output tests read their own."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The corpus and recorded payloads that lie beside the repository where the project is developed."""
    if not SHARED.is_dir():
        pytest.skip("the shared corpus is not beside this checkout")
    return SHARED


@pytest.fixture
def free_port() -> int:
    """A TCP port of 127.0.0.1 that nothing listened on a moment ago."""
    return find_free_port()


def find_free_port() -> int:
    """Returns a TCP port of 127.0.0.1 that nothing listened on a moment ago."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@pytest.fixture(scope="session")
def default_settings() -> Settings:
    """Settings as they are without a file; to copy them takes far less time than to make them."""
    return Settings(_env_file=None)  # type: ignore[call-arg]


@pytest.fixture
def settings(default_settings: Settings, tmp_path: Path) -> Settings:
    """Settings with a data directory of this test's own."""
    return default_settings.model_copy(update={"data_dir": tmp_path})


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with all tables and no rows; to copy it takes far less time than to make it."""
    settings = Settings(data_dir=tmp_path_factory.mktemp("migrated"), _env_file=None)  # type: ignore[call-arg]
    database = open_database(settings)
    upgrade(database)
    database.close()
    return settings.data_dir / "scout.sqlite"


@pytest.fixture
def database(settings: Settings, migrated: Path) -> Iterator[Database]:
    """A database of this test's own, with all tables."""
    shutil.copy(migrated, settings.data_dir / "scout.sqlite")
    opened = open_database(settings)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def postgresql_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a real PostgreSQL server."""
    binaries = postgresql.find_binaries()
    if binaries is None:
        pytest.skip("no PostgreSQL server binaries on this machine")
    with postgresql.running(binaries, tmp_path_factory.mktemp("postgresql"), find_free_port()) as url:
        yield url


@pytest.fixture
def postgresql_url(postgresql_server: str) -> str:
    """The URL of an empty database of this test's own."""
    return make_database(postgresql_server)


@pytest.fixture(params=["sqlite", "postgresql"])
def either(request: pytest.FixtureRequest, settings: Settings) -> Iterator[Database]:
    """A database of one kind and of the other, with all tables."""
    url = request.getfixturevalue("postgresql_url") if request.param == "postgresql" else ""
    opened = open_database(settings.model_copy(update={"database_url": SecretStr(url)}))
    upgrade(opened)
    yield opened
    opened.close()


def make_database(server: str) -> str:
    """Makes an empty database on a PostgreSQL server and returns its URL."""
    name = f"test_{uuid.uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")  # type: ignore[arg-type]
    return server.rsplit("/", 1)[0] + f"/{name}"
