"""Who may see what the monitoring servers know: people who are signed in, or anybody where sign-in is switched off."""

from typing import Annotated

from fastapi import Depends, Request

from iam_job_scout.settings import Settings
from iam_job_scout.web.session import FoundViewer, SignInNeeded, Viewer, settings_of


def may_look(viewer: Viewer, settings: Settings) -> bool:
    """Whether dashboards and alerts are for this viewer."""
    return viewer.signed_in or settings.auth == "off"


async def looker(request: Request, viewer: FoundViewer) -> Viewer:
    """Lets through who may see dashboards and alerts. Raises SignInNeeded."""
    if not may_look(viewer, settings_of(request)):
        raise SignInNeeded
    return viewer


Looker = Annotated[Viewer, Depends(looker)]
