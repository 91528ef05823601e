"""What every way of signing in ends with: a new session in place of the old one, its record, and the cookies."""

from datetime import UTC, datetime, timedelta

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse, Response

from iam_job_scout.accounts.audit import Action, record
from iam_job_scout.accounts.devices import device_key, new_device
from iam_job_scout.accounts.sessions import Method, end_session, start_session
from iam_job_scout.db.models import User
from iam_job_scout.monitoring import record_sign_in
from iam_job_scout.web.session import COOKIE, client_of, database_of, local_path, read_cookie, set_cookie

#: The cookie of a browser that somebody has signed in with before, and how long it says so.
DEVICE = "scout_device"
_DEVICE_LIFETIME = timedelta(days=365)


def let_in(request: Request, user: User, method: Method, target: str) -> Response:
    """Starts a session for somebody who has proved who they are, and leads on to the target."""
    response = RedirectResponse(local_path(target), 303)
    give_session(request, response, user, method)
    return response


def give_session(request: Request, response: Response, user: User, method: Method) -> None:
    """Starts a new session, ends the one that the browser had, and gives it its cookies."""
    client, now = client_of(request), datetime.now(UTC)
    with database_of(request).writing() as session:
        end_session(session, read_cookie(request, COOKIE))
        secret = start_session(session, user, now, method=method, client=client)
        record(session, Action.SIGN_IN, client=client, actor=user.email, actor_id=user.id, detail=method, now=now)
    record_sign_in(method, "success")
    set_cookie(request, response, secret)
    device = new_device(_device_key(request), user.email)
    set_cookie(request, response, device, name=DEVICE, lifetime=_DEVICE_LIFETIME)


async def device_key_of(request: Request) -> bytes:
    """The key that signs the cookies of known browsers; read once for each process."""
    key: bytes | None = getattr(request.app.state, "device_key", None)
    return key if key is not None else await run_in_threadpool(_device_key, request)


def _device_key(request: Request) -> bytes:
    state = request.app.state
    if getattr(state, "device_key", None) is None:
        state.device_key = device_key(database_of(request))
    key: bytes = state.device_key
    return key
