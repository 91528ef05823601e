"""What requests leave in the audit log: what was done, and what was turned away because it is forged or out of date.

The audit log takes a few refusals of a kind from one place and then one a minute, so that nobody can fill it.
"""

import structlog
from fastapi import Request
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from iam_job_scout.accounts.audit import Action, Client, Result, record
from iam_job_scout.db import Database
from iam_job_scout.monitoring import record_refusal
from iam_job_scout.web.session import Viewer, client_of, database_of
from iam_job_scout.web.throttle import RECORDED_BURST, RECORDED_SECONDS, Throttle, network_of

log = structlog.get_logger(__name__)


class Recorder:
    """Decides which refusals are written down."""

    def __init__(self) -> None:
        self._rows = Throttle(burst=RECORDED_BURST, seconds=RECORDED_SECONDS)

    def takes(self, kind: str, address: str) -> bool:
        """Whether one more row of that kind from that place is written."""
        return self._rows.wait(f"{kind} {network_of(address)}") == 0


def note(
    session: Session, request: Request, viewer: Viewer, action: Action, *, target: str = "", detail: str = ""
) -> None:
    """Writes down, within the transaction that does it, what a person did."""
    client = client_of(request)
    record(session, action, client=client, actor=viewer.email, actor_id=viewer.user_id, target=target, detail=detail)


def refuse(request: Request, kind: str, *, action: Action = Action.ACCESS, actor: str = "", detail: str = "") -> None:
    """Counts a refusal and writes it down; `kind` is a short fixed word. The answer is up to the caller."""
    # Of an address with a secret in it only the route is written down.
    route = getattr(request.scope.get("route"), "path", "")
    target = route if "{secret}" in route else request.url.path
    record_refusal(kind)
    client = client_of(request)
    recorder: Recorder = request.app.state.refusals
    if recorder.takes(kind, client.address):
        _write(database_of(request), action, client, actor=actor, target=target, detail=detail or kind)


def _write(database: Database, action: Action, client: Client, *, actor: str, target: str, detail: str) -> None:
    try:
        with database.writing() as session:
            record(session, action, client=client, actor=actor, target=target, detail=detail, result=Result.REFUSED)
    except SQLAlchemyError as error:
        # The request is refused all the same; that the record is missing is for the log.
        log.error("cannot write the audit log", error=type(error).__name__)
