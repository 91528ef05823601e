"""The audit log, for owners."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from iam_job_scout.accounts.audit import Action, read_log
from iam_job_scout.web.agents import agent_words
from iam_job_scout.web.rendering import Frame, show
from iam_job_scout.web.session import AdminPage, database_of, settings_of

router = APIRouter(include_in_schema=False)

PAGE_SIZE = 100


@router.get("/audit")
def audit(
    request: Request,
    viewer: AdminPage,
    actor: Annotated[str, Query(max_length=320)] = "",
    action: Annotated[str, Query(max_length=30)] = "",
    before: Annotated[int | None, Query(ge=1, le=2**62)] = None,
) -> Response:
    """Shows who did what, when, from where, and how it ended; the newest first."""
    with database_of(request).reading() as session:
        events = read_log(session, actor=actor, action=action, before=before, limit=PAGE_SIZE + 1)
    return show(
        request,
        "audit.html",
        Frame(viewer=viewer, now=datetime.now(UTC)),
        events=events[:PAGE_SIZE],
        more=events[PAGE_SIZE - 1].id if len(events) > PAGE_SIZE else None,
        kept=settings_of(request).audit_days,
        actor=actor,
        action=action,
        actions=[str(known) for known in Action],
        agent_words=agent_words,
    )
