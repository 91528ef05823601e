"""/api/v1/profile and /api/v1/tokens: what one looks for, and what one's programs sign in with."""

from datetime import UTC, datetime
from itertools import islice
from typing import Annotated, Literal

from fastapi import APIRouter, BackgroundTasks, Path, Request
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from iam_job_scout.accounts.audit import Action
from iam_job_scout.accounts.tokens import list_tokens, revoke_token
from iam_job_scout.api.route import BEARER, ApiRoute, problems
from iam_job_scout.db.models import Profile
from iam_job_scout.errors import NotThere
from iam_job_scout.jobs.fits import reckon
from iam_job_scout.jobs.profile import drop_profile, get_profile, save_profile
from iam_job_scout.posting import Mode
from iam_job_scout.web.person import Person
from iam_job_scout.web.profile import AT_ONCE, MAX_ENTRIES, MAX_PAY
from iam_job_scout.web.session import Changer, database_of
from iam_job_scout.web.trail import note

router = APIRouter(prefix="/api/v1", tags=["account"], route_class=ApiRoute, dependencies=[BEARER])

Text = Annotated[str, StringConstraints(min_length=1, max_length=120, pattern=r"^[^\x00-\x1f\x7f]*$")]
Level = Literal["intern", "entry", "mid", "senior", "lead", "manager", "director_plus"]


class ProfileItem(BaseModel):
    """What one can and wants; old names of skills are understood, places are read as in postings."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)

    skills: list[Text] = Field(default_factory=list, max_length=MAX_ENTRIES)
    certifications: list[Text] = Field(default_factory=list, max_length=MAX_ENTRIES)
    levels: list[Level] = Field(default_factory=list, max_length=7)
    places: list[Text] = Field(default_factory=list, max_length=MAX_ENTRIES)
    modes: list[Mode] = Field(default_factory=list, max_length=4)
    pay_floor: int | None = Field(None, ge=1, le=MAX_PAY)
    pay_currency: str = Field("USD", pattern=r"^[A-Z]{3}$")
    needs_sponsorship: bool = False


class TokenItem(BaseModel):
    """One of one's tokens; `hint` is how its secret begins."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    name: str
    hint: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None


@router.get("/profile", responses=problems(404))
def show_profile(request: Request, user_id: Person) -> ProfileItem:
    """Shows one's profile; 404 where one has none."""
    with database_of(request).reading() as session:
        profile = get_profile(session, user_id)
        if profile is None:
            raise NotThere("You have no profile yet.")
        return ProfileItem.model_validate(profile)


@router.put("/profile", responses=problems())
def set_profile(
    request: Request, wish: ProfileItem, user_id: Person, _: Changer, background: BackgroundTasks
) -> ProfileItem:
    """Replaces one's profile; the scores of open jobs follow, of very many in the background."""
    database = database_of(request)
    with database.writing() as session:
        save_profile(session, Profile(user_id=user_id, **wish.model_dump(mode="json")), datetime.now(UTC))
    batches = reckon(database, user_id)
    if sum(1 for _ in islice(batches, AT_ONCE)) == AT_ONCE:
        background.add_task(sum, batches)
    return wish


@router.delete("/profile", status_code=204, responses=problems())
def delete_profile(request: Request, user_id: Person, _: Changer) -> None:
    """Deletes one's profile and the scores that came of it."""
    with database_of(request).writing() as session:
        drop_profile(session, user_id)


@router.get("/tokens", responses=problems())
def list_own_tokens(request: Request, user_id: Person) -> list[TokenItem]:
    """Lists one's tokens, the newest first. New ones are made on the page of the account, by a person."""
    with database_of(request).reading() as session:
        return [TokenItem.model_validate(token) for token in list_tokens(session, user_id)]


@router.delete("/tokens/{token_id}", status_code=204, responses=problems(404))
def revoke_own_token(
    request: Request, token_id: Annotated[int, Path(ge=1, le=2**31 - 1)], user_id: Person, viewer: Changer
) -> None:
    """Ends one of one's tokens, also the one that asks for it."""
    with database_of(request).writing() as session:
        name = revoke_token(session, token_id, user_id=user_id)
        if name is None:
            raise NotThere("There is no such token (any more).")
        note(session, request, viewer, Action.TOKEN_REVOKED, target=name)
