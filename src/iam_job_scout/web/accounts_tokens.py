"""Making and revoking one's own API tokens on the page of the account."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Form, Path, Request
from fastapi.responses import RedirectResponse, Response

from iam_job_scout.accounts.audit import Action
from iam_job_scout.accounts.roles import Scope
from iam_job_scout.accounts.tokens import make_token, revoke_token
from iam_job_scout.db.models import User
from iam_job_scout.errors import AccountError
from iam_job_scout.web.accounts_own import account_shown
from iam_job_scout.web.session import AccountChange, AccountForm, database_of
from iam_job_scout.web.trail import note

router = APIRouter(include_in_schema=False)

TokenId = Annotated[int, Path(ge=1, le=2**31 - 1)]


@router.post("/account/tokens")
def make(
    request: Request,
    viewer: AccountChange,
    name: Annotated[str, Form(max_length=200)] = "",
    scope: Annotated[Scope, Form()] = Scope.READ,
    days: Annotated[int, Form(ge=1, le=365)] = 30,
) -> Response:
    """Makes a token that may do that and whatever is less, and shows it once."""
    try:
        with database_of(request).writing() as session:
            user = session.get_one(User, viewer.user_id)
            token, secret = make_token(session, user, name=name, scopes=up_to(scope), days=days, now=datetime.now(UTC))
            detail = f"{' '.join(token.scopes)}, until {token.expires_at:%Y-%m-%d}, {token.hint}…"
            note(session, request, viewer, Action.TOKEN_MADE, target=token.name, detail=detail)
    except AccountError as error:
        return account_shown(request, viewer, problem=str(error))
    return account_shown(request, viewer, new_token=secret)


@router.post("/account/tokens/{token_id}/revoke")
def revoke(request: Request, token_id: TokenId, viewer: AccountForm) -> Response:
    """Ends one of one's own tokens."""
    with database_of(request).writing() as session:
        name = revoke_token(session, token_id, user_id=viewer.user_id)
        if name is None:
            raise AccountError("There is no such token (any more).")
        note(session, request, viewer, Action.TOKEN_REVOKED, target=name)
    return RedirectResponse("/account#tokens", 303)


def up_to(scope: Scope) -> set[Scope]:
    """A scope with those below it."""
    order = list(Scope)
    return set(order[: order.index(scope) + 1])
