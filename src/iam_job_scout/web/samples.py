"""Loading and removing the sample jobs from the pages."""

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from iam_job_scout.scan.samples import load_samples, remove_samples
from iam_job_scout.web.session import FormChanger, database_of

router = APIRouter(include_in_schema=False, prefix="/samples")


@router.post("/load")
def load(request: Request, _: FormChanger) -> Response:
    """Loads the samples, or refreshes them where they are loaded."""
    load_samples(database_of(request))
    return RedirectResponse("/", 303)


@router.post("/remove")
def remove(request: Request, _: FormChanger) -> Response:
    """Removes the samples, also those that were tracked."""
    remove_samples(database_of(request))
    return RedirectResponse("/", 303)
