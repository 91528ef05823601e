"""Pages about the person who looks: tracker, profile. Who is nobody signs in first."""

from typing import Annotated

from fastapi import Depends

from iam_job_scout.web.rendering import Frame, PageFrame
from iam_job_scout.web.session import Reader, SignInNeeded


def personal_frame(frame: PageFrame) -> Frame:
    """The frame of a page that is about its viewer. Raises SignInNeeded where that is nobody."""
    if frame.viewer.user_id is None:
        raise SignInNeeded
    return frame


PersonFrame = Annotated[Frame, Depends(personal_frame)]


def person(frame: Frame) -> int:
    """Returns the id of the person whom a personal frame is of."""
    if frame.viewer.user_id is None:
        raise SignInNeeded
    return frame.viewer.user_id


def person_id(viewer: Reader) -> int:
    """The id of who asks, for the API. Raises SignInNeeded where that is nobody."""
    if viewer.user_id is None:
        raise SignInNeeded
    return viewer.user_id


Person = Annotated[int, Depends(person_id)]
