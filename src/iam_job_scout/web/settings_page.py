"""The settings page: what is in force and where it was set, for owners. Secrets are only said to be set."""

from datetime import UTC, datetime

from fastapi import APIRouter, Request
from fastapi.responses import Response

from iam_job_scout.settings_shown import Origin, show_settings
from iam_job_scout.web.rendering import Frame, show
from iam_job_scout.web.session import AdminPage, settings_of

router = APIRouter(include_in_schema=False)


@router.get("/settings")
def settings_page(request: Request, viewer: AdminPage, all: bool = False) -> Response:
    """Shows the settings that somebody set, or all of them."""
    shown = show_settings(settings_of(request))
    changed = [one for one in shown if one.origin is not Origin.DEFAULT]
    return show(
        request,
        "settings.html",
        Frame(viewer=viewer, now=datetime.now(UTC)),
        settings=shown if all else changed,
        changed=len(changed),
        total=len(shown),
        all=all,
    )
