"""Which processes of the fleet live, so that a Prometheus elsewhere can find them all.

Each process writes its address into the table `process` with every sampling, and takes it out when it stops. One that
was killed stays listed for LISTED_FOR after its last sign of life: long enough for Prometheus to see it down and tell.
"""

import contextlib
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from iam_job_scout.db import Database
from iam_job_scout.db.models import Process
from iam_job_scout.settings import Settings

#: Ten samplings, and four times what ServiceDown waits.
LISTED_FOR = timedelta(minutes=5)
EVERYWHERE = ("0.0.0.0", "::", "")  # noqa: S104 - compared, not bound

Kind = Literal["web", "worker"]


@dataclass(frozen=True)
class Presence:
    """This process in the list. Several web processes behind one port are one entry: any of them answers for all."""

    database: Database
    kind: Kind
    address: str

    def report(self) -> None:
        """Writes a sign of life and forgets who has been silent for too long."""
        now = datetime.now(UTC)
        with contextlib.suppress(IntegrityError), self.database.writing() as session:
            # The error is another process of the same address that was first just now.
            session.merge(Process(address=self.address, kind=self.kind, seen_at=now))
            session.execute(delete(Process).where(Process.seen_at < now - LISTED_FOR))

    def withdraw(self) -> None:
        """Takes the process out of the list; one that cannot be taken out goes by itself."""
        with contextlib.suppress(SQLAlchemyError), self.database.writing() as session:
            session.execute(delete(Process).where(Process.address == self.address))


def list_processes(database: Database) -> Sequence[Process]:
    """The processes that gave a sign of life within LISTED_FOR, by address."""
    since = datetime.now(UTC) - LISTED_FOR
    with database.reading() as session:
        query = select(Process).where(Process.seen_at >= since).order_by(Process.address)
        return session.scalars(query).all()


def web_presence(settings: Settings, database: Database) -> Presence:
    """The web app's place in the list. /metrics has a port of its own on loopback only."""
    port = settings.metrics_port if settings.metrics_port and settings.on_loopback else settings.port
    return Presence(database, "web", address(settings, port))


def address(settings: Settings, port: int) -> str:
    """`host:port` as others reach it."""
    host = settings.advertise_host or settings.host
    if host in EVERYWHERE:
        host = socket.gethostname()
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
