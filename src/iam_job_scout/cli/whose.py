"""Whose jobs, searches and channels a command is about: the account that is named, or the only one there can be."""

from typing import TYPE_CHECKING, Annotated

import typer

from iam_job_scout.errors import AccountError
from iam_job_scout.settings import Settings

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

Whose = Annotated[str, typer.Option("--user", help="E-mail of the account; none: the owner.", show_default=False)]


def whose(session: "Session", settings: Settings, email: str) -> int:
    """Returns the account's id. Raises AccountError where there is none, or more than one owner to choose from."""
    found = reader_of(session, settings, email)
    if found is None:
        raise AccountError("nobody has an account yet; scout user link prints the link that makes the owner's")
    return found


def reader_of(session: "Session", settings: Settings, email: str) -> int | None:
    """The same for what needs no account: None where there is none yet."""
    from iam_job_scout.accounts.people import find_person, list_people
    from iam_job_scout.accounts.roles import Role
    from iam_job_scout.db.models import LOCAL_USER_ID

    if email:
        person = find_person(session, email)
        if person is None:
            raise AccountError(f"there is no account {email}; scout user list shows those there are")
        return person.id
    if settings.auth == "off":
        return LOCAL_USER_ID
    owners = [person.id for person in list_people(session) if person.role == Role.OWNER]
    if len(owners) > 1:
        raise AccountError(f"there are {len(owners)} owners; say whose with --user EMAIL")
    return owners[0] if owners else None
