"""A person's profile: read, saved, dropped."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import bindparam, delete, select
from sqlalchemy.orm import Session

from iam_job_scout.db.models import Fit, Profile
from iam_job_scout.jobs.fit import Wishes, current_name
from iam_job_scout.relevance.location import Place, read_places

_PROFILE = select(Profile).where(Profile.user_id == bindparam("user"))


def get_profile(session: Session, user_id: int | None) -> Profile | None:
    """Returns the person's profile, or None where they have none or nobody asks."""
    return session.scalar(_PROFILE, {"user": user_id}) if user_id is not None else None


def save_profile(session: Session, profile: Profile, now: datetime) -> None:
    """Stores the profile in place of the one there was, whose scores go: a missing one means "to be reckoned"."""
    profile.saved_at = now
    session.merge(profile)
    # Waits for who writes scores of the former one.
    session.flush()
    session.execute(delete(Fit).where(Fit.user_id == profile.user_id))


def drop_profile(session: Session, user_id: int) -> None:
    """Deletes the profile and the scores that came of it."""
    for table in (Fit, Profile):
        session.execute(delete(table).where(table.user_id == user_id))


def wishes(profile: Profile) -> Wishes:
    """Returns what a profile says in the form that jobs are measured with; old names of skills become today's."""
    return Wishes(
        skills=frozenset(current_name(str(name)) for name in profile.skills),
        certifications=frozenset(map(str, profile.certifications)),
        levels=frozenset(map(str, profile.levels)),
        places=tuple(places_of(map(str, profile.places))),
        modes=frozenset(map(str, profile.modes)),
        pay_floor=profile.pay_floor,
        pay_currency=profile.pay_currency,
        needs_sponsorship=profile.needs_sponsorship,
    )


def places_of(lines: Iterable[str]) -> Iterable[Place]:
    """Returns the places that lines such as "Austin, TX" name."""
    for line in lines:
        yield from read_places(line)
