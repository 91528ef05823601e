"""What a Prometheus server elsewhere asks for: the processes to scrape."""

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from iam_job_scout.monitoring.access import allowed
from iam_job_scout.presence import list_processes
from iam_job_scout.web.session import database_of, settings_of

router = APIRouter(include_in_schema=False)


@router.get("/sd/prometheus")
def targets(request: Request) -> Response:
    """Lists the live web processes and workers as Prometheus' HTTP service discovery reads them.

    Open to this machine and to the bearer of SCOUT_METRICS_TOKEN, as /metrics is; 401 or 403 to others.
    """
    refusal = allowed(request.scope, settings_of(request).metrics_token.get_secret_value() or None)
    if refusal is not None:
        return refusal
    groups = [
        {"targets": [process.address], "labels": {"kind": process.kind}}
        for process in list_processes(database_of(request))
    ]
    return JSONResponse(groups, headers={"cache-control": "no-store"})
