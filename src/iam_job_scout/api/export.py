"""/api/v1/export: all jobs as a file, streaming."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import anyio.to_thread
from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import StreamingResponse

from iam_job_scout.api.route import BEARER, problems
from iam_job_scout.jobs.export import Form, export
from iam_job_scout.web.session import Reader, Viewer, client_of, database_of
from iam_job_scout.web.throttle import Throttle, network_of

router = APIRouter(prefix="/api/v1", tags=["jobs"], dependencies=[BEARER])

#: Parts of files that one process makes at once; whoever downloads more waits between parts, and pages do not.
AT_ONCE = 2
_TYPES = {Form.CSV: "text/csv; charset=utf-8; header=present", Form.JSON_LINES: "application/jsonl"}
_FILE: dict[int | str, dict[str, Any]] = {
    200: {"description": "The file", "content": {"text/csv": {}, "application/jsonl": {}}}
}


@router.get("/export", response_class=StreamingResponse, responses={**_FILE, **problems()})
async def export_jobs(
    request: Request, viewer: Reader, form: Form = Form.CSV, closed: bool = False
) -> StreamingResponse:
    """Gives all jobs as CSV or JSON Lines, with one's own status and note; `closed` brings closed ones too.

    Ten at once, then one in half a minute.
    """
    _slow_down(request, viewer)
    parts = export(database_of(request), form, user_id=viewer.user_id, include_closed=closed)
    name = f"iam-jobs.{form}"
    headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "private, no-store"}
    return StreamingResponse(_in_turn(request, parts), media_type=_TYPES[form], headers=headers)


def _slow_down(request: Request, viewer: Viewer) -> None:
    throttle: Throttle = request.app.state.export_throttle
    who = f"user {viewer.user_id}" if viewer.user_id is not None else network_of(client_of(request).address)
    wait = throttle.wait(who)
    if wait:
        raise HTTPException(429, f"Too many exports; the next one is possible in {wait} s.", {"retry-after": str(wait)})


async def _in_turn(request: Request, parts: Iterator[bytes]) -> AsyncIterator[bytes]:
    state = request.app.state
    if not hasattr(state, "export_limiter"):
        state.export_limiter = anyio.CapacityLimiter(AT_ONCE)
    while part := await anyio.to_thread.run_sync(next, parts, b"", limiter=state.export_limiter):
        yield part
