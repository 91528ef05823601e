"""The runbooks that alerts link, as they are written: what an alert means and how to mend it."""

from fastapi import APIRouter, HTTPException
from fastapi.responses import PlainTextResponse

from iam_job_scout.stack.files import runbook_files

router = APIRouter(include_in_schema=False)


@router.get("/docs/runbooks/{name}.md")
def runbook(name: str) -> PlainTextResponse:
    """Shows one runbook; as plain text, since browsers download what calls itself Markdown."""
    for file in runbook_files():
        if file.stem == name:
            return PlainTextResponse(file.read_text(encoding="utf-8"))
    raise HTTPException(404, "There is no such runbook.")
