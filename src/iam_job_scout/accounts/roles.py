"""Roles of people and scopes of what they, or their tokens, may do."""

from enum import StrEnum


class Role(StrEnum):
    """What a person is here."""

    OWNER = "owner"
    MEMBER = "member"
    READ_ONLY = "read-only"


class Scope(StrEnum):
    """What a request may do: see jobs and pages, change what a member may change, run the installation."""

    READ = "read"
    WRITE = "write"
    ADMIN = "admin"


#: From most to least; a person with several groups gets the first that fits.
ROLES = (Role.OWNER, Role.MEMBER, Role.READ_ONLY)
SCOPES = {
    Role.OWNER: frozenset(Scope),
    Role.MEMBER: frozenset({Scope.READ, Scope.WRITE}),
    Role.READ_ONLY: frozenset({Scope.READ}),
}


def scopes_of(role: str) -> frozenset[Scope]:
    """The scopes of a stored role; one that is not known may nothing."""
    return SCOPES[Role(role)] if role in set(Role) else frozenset()
