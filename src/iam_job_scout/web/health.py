"""Whether the process lives, and whether it can serve."""

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from sqlalchemy.exc import SQLAlchemyError

from iam_job_scout.db.migrate import is_current
from iam_job_scout.web.session import database_of

router = APIRouter(tags=["health"])


@router.get("/health")
@router.head("/health", include_in_schema=False)
async def health() -> JSONResponse:
    """Answers while the process lives; touches nothing else."""
    return JSONResponse({"status": "ok"}, headers={"cache-control": "no-store"})


@router.get("/ready")
@router.head("/ready", include_in_schema=False)
def ready(request: Request) -> JSONResponse:
    """Answers 200 where the database can be reached and its tables are those of this version, else 503 with reasons."""
    reasons = _reasons(request)
    body = {"status": "not ready", "reasons": reasons} if reasons else {"status": "ready"}
    return JSONResponse(body, 503 if reasons else 200, {"cache-control": "no-store"})


def _reasons(request: Request) -> list[str]:
    try:
        current = is_current(database_of(request))
    except SQLAlchemyError:
        return ["the database cannot be reached"]
    return [] if current else ["the tables are of another version; run `./scout db upgrade`"]
