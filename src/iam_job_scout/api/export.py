"""/api/v1/export: all jobs as a file, streaming."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse

from iam_job_scout.api.route import BEARER, problems
from iam_job_scout.jobs.export import Form, export
from iam_job_scout.web.session import Reader, database_of

router = APIRouter(prefix="/api/v1", tags=["jobs"], dependencies=[BEARER])

_TYPES = {Form.CSV: "text/csv; charset=utf-8; header=present", Form.JSON_LINES: "application/jsonl"}
_FILE: dict[int | str, dict[str, Any]] = {
    200: {"description": "The file", "content": {"text/csv": {}, "application/jsonl": {}}}
}


@router.get("/export", response_class=StreamingResponse, responses={**_FILE, **problems()})
def export_jobs(request: Request, viewer: Reader, form: Form = Form.CSV, closed: bool = False) -> StreamingResponse:
    """Gives all jobs as CSV or JSON Lines, with one's own status and note; `closed` brings closed ones too."""
    parts = export(database_of(request), form, user_id=viewer.user_id, include_closed=closed)
    name = f"iam-jobs.{form}"
    headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "private, no-store"}
    return StreamingResponse(parts, media_type=_TYPES[form], headers=headers)
