"""All pages about accounts: signing in, links that let somebody in, one's own account, the team, the audit log."""

from fastapi import APIRouter, FastAPI

from iam_job_scout.accounts.hashing import Hasher
from iam_job_scout.accounts.provider import Provider
from iam_job_scout.settings import Settings
from iam_job_scout.web import (
    accounts_audit,
    accounts_links,
    accounts_own,
    accounts_passkeys,
    accounts_provider,
    accounts_sign_in,
    accounts_team,
    accounts_tokens,
)
from iam_job_scout.web.throttle import (
    EXPORT_BURST,
    EXPORT_SECONDS,
    START_BURST,
    START_SECONDS,
    Pace,
    SignInThrottle,
    Throttle,
)
from iam_job_scout.web.trail import Recorder

router = APIRouter()
for part in (
    accounts_sign_in,
    accounts_links,
    accounts_passkeys,
    accounts_provider,
    accounts_own,
    accounts_tokens,
    accounts_team,
    accounts_audit,
):
    router.include_router(part.router)


def prepare(app: FastAPI) -> None:
    """Puts what the pages share into the app's state."""
    settings: Settings = app.state.settings
    app.state.hasher, app.state.refused_pages = Hasher(), {}
    app.add_route("/sign-in", accounts_sign_in.sign_in, methods=["POST"], include_in_schema=False)
    app.state.sign_in_throttle = SignInThrottle()
    app.state.refusal_pace = Pace()
    app.state.start_throttle = Throttle(burst=START_BURST, seconds=START_SECONDS)
    app.state.export_throttle = Throttle(burst=EXPORT_BURST, seconds=EXPORT_SECONDS)
    app.state.refusals = Recorder()
    app.state.provider = Provider(settings) if settings.oidc_issuer else None
