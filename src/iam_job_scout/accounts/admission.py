"""Which account somebody gets whom the provider vouches for, and which role."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from iam_job_scout.accounts.once import Purpose, claim, peek
from iam_job_scout.accounts.people import add_person, email_problem, find_person, highest, is_last_owner
from iam_job_scout.accounts.provider import Profile
from iam_job_scout.accounts.roles import Role
from iam_job_scout.db.models import Identity, User
from iam_job_scout.errors import ProviderError
from iam_job_scout.settings import Settings, parse_roles

EVERYBODY = "*"


@dataclass(frozen=True)
class Rules:
    """Which group makes what, and whether that alone is enough for an account."""

    roles: Mapping[str, str]
    provision: bool

    @classmethod
    def of(cls, settings: Settings) -> "Rules":
        """The rules of the settings."""
        return cls(parse_roles(settings.oidc_roles), settings.oidc_provision == "on")

    def role_of(self, profile: Profile) -> Role | None:
        """The highest role that the groups give; None where there are no rules. Raises ProviderError for no role."""
        if not self.roles:
            return None
        groups = (profile.groups or frozenset()) | {EVERYBODY}
        role = highest({Role(role) for group, role in self.roles.items() if group in groups})
        if role is None:
            raise ProviderError("None of your groups gives you access here. Ask an owner.", kind="no_role")
        return role


@dataclass(frozen=True)
class Admission:
    """Who may come in; whether account and identity are new; `role_from` is what the role was."""

    user: User
    made: bool = False
    connected: bool = False
    role_from: str = ""


def admit(session: Session, profile: Profile, rules: Rules, *, invitation: str = "", now: datetime) -> Admission:
    """Finds, connects or makes the account, and gives it the role of its groups. Raises ProviderError."""
    role = rules.role_of(profile)
    known = session.get(Identity, (profile.issuer, profile.subject))
    if known is not None:
        return _with_role(session, Admission(session.get_one(User, known.user_id)), role)
    problem = email_problem(profile.email)
    if problem and not invitation:
        raise ProviderError("The provider sent no e-mail address of yours, so no account can be found.", kind="email")
    if invitation:
        return _by_invitation(session, profile, invitation, role, now)
    user = find_person(session, profile.email)
    if user is None:
        return _provisioned(session, profile, rules, role, now)
    if not profile.email_verified:
        raise ProviderError(
            f"{profile.email} has an account here, and the provider does not say that the address is verified. "
            "Sign in as before and connect the two on the page of your account.",
            kind="email",
        )
    _connect(session, profile, user, now)
    return _with_role(session, Admission(user, connected=True), role)


def connect(session: Session, profile: Profile, user_id: int, now: datetime) -> User:
    """Ties an identity to the account of somebody who is signed in. Raises ProviderError where it is another's."""
    known = session.get(Identity, (profile.issuer, profile.subject))
    if known is not None and known.user_id != user_id:
        raise ProviderError("That identity belongs to another account here.", kind="identity")
    user = session.get_one(User, user_id)
    if known is None:
        _connect(session, profile, user, now)
    return user


def _by_invitation(session: Session, profile: Profile, invitation: str, role: Role | None, now: datetime) -> Admission:
    data = peek(session, Purpose.INVITATION, invitation, now)
    if data is None or claim(session, Purpose.INVITATION, invitation, now) is None:
        raise ProviderError("This invitation does not work (any more). Ask an owner for a new one.", kind="link")
    if find_person(session, data["email"]) is not None:
        raise ProviderError(f"{data['email']} has an account already. Sign in with it.", kind="link")
    user = add_person(session, data["email"], role or Role(data["role"]), password_hash="", now=now)
    _connect(session, profile, user, now)
    return Admission(user, made=True, connected=True)


def _provisioned(session: Session, profile: Profile, rules: Rules, role: Role | None, now: datetime) -> Admission:
    if not rules.provision or role is None:
        raise ProviderError(
            f"There is no account for {profile.email}. Ask an owner for an invitation.", kind="no_account"
        )
    user = add_person(session, profile.email, role, password_hash="", now=now)
    _connect(session, profile, user, now)
    return Admission(user, made=True, connected=True)


def _connect(session: Session, profile: Profile, user: User, now: datetime) -> None:
    session.add(Identity(issuer=profile.issuer, subject=profile.subject, user_id=user.id, created_at=now))


def _with_role(session: Session, admission: Admission, role: Role | None) -> Admission:
    """The groups decide at each sign-in, except that the only owner stays one."""
    user, before = admission.user, admission.user.role
    if role is None or role == before or (role != Role.OWNER and is_last_owner(session, user)):
        return admission
    user.role = role
    return Admission(user, connected=admission.connected, role_from=before)
