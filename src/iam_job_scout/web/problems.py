"""What is said when something goes wrong: a page, a line for htmx, or RFC 9457 JSON under /api. Never internals."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlsplit

import structlog
from fastapi import BackgroundTasks, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException

from iam_job_scout.errors import (
    AccountError,
    BoardsFileError,
    NoBoards,
    NoticeError,
    NotThere,
    NotYours,
    SourceOff,
    SourcePaused,
)
from iam_job_scout.web.guard import SECURITY_HEADERS
from iam_job_scout.web.rendering import Frame, show, wants_part
from iam_job_scout.web.session import (
    API,
    COOKIE,
    Forbidden,
    ForeignRequest,
    NotSaved,
    SignInAgain,
    SignInNeeded,
    TokenRefused,
    Viewer,
    find_viewer,
    local_path,
    read_cookie,
)
from iam_job_scout.web.trail import refuse

log = structlog.get_logger(__name__)

_WORDS = {
    403: ("Not allowed", "Nothing was changed."),
    404: ("Nothing here", "This page does not exist, or the job was removed. The list of jobs has all there are."),
    405: ("Not possible here", "This address does not answer that kind of request."),
    409: ("Not now", "Something else stands against it."),
    413: ("Too much at once", "The form holds more than can be taken. Shorten it and send it again."),
    415: ("Not understood", "Send JSON with the content type application/json."),
    422: ("Not understood", "Something in the request is missing or wrong."),
    429: ("Too many tries", "Wait a little and try again."),
    500: (
        "Something went wrong",
        "It is not your fault. Try again; if it stays, the log says more.",
    ),
    503: ("Not ready", "The database does not answer. Try again in a moment; `./scout doctor` says what is wrong."),
}
_RETRY_SECONDS = "5"
#: What was refused, and the status that says so; each message says what to mend.
_REFUSALS = {
    AccountError: 422,
    NoticeError: 422,
    NotThere: 404,
    **dict.fromkeys((SourcePaused, SourceOff, NoBoards, BoardsFileError), 409),
}


@dataclass(frozen=True, kw_only=True)
class Problem:
    """What went wrong, for people and for programs; `fields` are the wrong parts of a request.

    `typed` is a text that was not saved, and `sign_in` where to sign in for that.
    """

    status: int
    detail: str = ""
    fields: tuple[Mapping[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    typed: str = ""
    sign_in: str = ""

    @property
    def title(self) -> str:
        """A few words that depend on the status alone, but for a text that was not saved."""
        if self.typed:
            return "Not saved"
        return _WORDS[self.status][0] if self.status in _WORDS else HTTPStatus(self.status).phrase

    @property
    def words(self) -> str:
        """The detail, or what is generally said with this status."""
        return self.detail or (_WORDS[self.status][1] if self.status in _WORDS else "The request cannot be answered.")


def add_problem_handlers(app: FastAPI) -> None:
    """Makes the app answer errors in the form that the caller reads."""
    app.add_exception_handler(HTTPException, _on_http_error)
    app.add_exception_handler(RequestValidationError, _on_invalid_request)
    app.add_exception_handler(SignInNeeded, _on_sign_in_needed)
    app.add_exception_handler(TokenRefused, _on_token_refused)
    app.add_exception_handler(Forbidden, _on_forbidden)
    app.add_exception_handler(ForeignRequest, _on_foreign_request)
    for wrong, status in _REFUSALS.items():
        app.add_exception_handler(wrong, partial(_on_refusal, status=status))
    app.add_exception_handler(NotYours, _on_not_yours)
    app.add_exception_handler(OperationalError, _on_database_away)
    app.add_exception_handler(PoolTimeout, _on_database_away)
    app.add_exception_handler(Exception, _on_unforeseen)


def answer(request: Request, problem: Problem) -> Response:
    """Returns the problem as JSON, as a line or as a page."""
    if request.url.path.startswith(API):
        return _as_json(request, problem)
    if wants_part(request):
        return PlainTextResponse(f"{problem.title}. {problem.words}", problem.status, dict(problem.headers))
    response = show(
        request,
        "problem.html",
        Frame(viewer=_viewer(request), now=datetime.now(UTC)),
        status_code=problem.status,
        problem=problem,
        request_id=_request_id(request),
    )
    response.headers.update(problem.headers)
    return response


def _on_http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - narrows the type that the registration promises
    if error.status_code == 413:
        refuse(request, "body", detail="more than a request may hold")
    standard = HTTPStatus(error.status_code).phrase if error.status_code in set(HTTPStatus) else ""
    detail = "" if error.detail == standard else str(error.detail)
    return answer(request, Problem(status=error.status_code, detail=detail, headers=error.headers or {}))


def _on_invalid_request(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - narrows the type
    problems = error.errors()
    if any(problem["loc"][0] == "path" for problem in problems):
        return answer(request, Problem(status=404))
    return answer(request, Problem(status=422, fields=tuple(_field(problem) for problem in problems[:20])))


def _on_sign_in_needed(request: Request, error: Exception) -> Response:
    if read_cookie(request, COOKIE) and not _viewer(request).signed_in:
        refuse(request, "session", detail="a session that is unknown or has ended")
    if request.url.path.startswith(API):
        headers = {"www-authenticate": 'Bearer realm="IAM Job Scout"'}
        return answer(request, Problem(status=401, detail="Sign in first, or send a token.", headers=headers))
    again = "again=true&" if isinstance(error, SignInAgain) else ""
    target = f"/sign-in?{again}next={quote(_way_back(request), safe='')}"
    if isinstance(error, NotSaved):
        detail = "You are not signed in any more. Copy what you typed, sign in, and save it again."
        return answer(request, Problem(status=401, detail=detail, typed=error.typed, sign_in=target))
    if wants_part(request):
        return PlainTextResponse("Sign in first.", 401, {"hx-redirect": target})
    return RedirectResponse(target, 303)


def _on_token_refused(request: Request, _: Exception) -> Response:
    refuse(request, "token", detail="a token that is unknown, revoked or expired")
    headers = {"www-authenticate": 'Bearer realm="IAM Job Scout", error="invalid_token"'}
    return answer(request, Problem(status=401, detail="This token is unknown, revoked or expired.", headers=headers))


def _on_forbidden(request: Request, error: Exception) -> Response:
    assert isinstance(error, Forbidden)  # noqa: S101 - narrows the type
    viewer = _viewer(request)
    refuse(request, "forbidden", actor=viewer.email, detail=f"needs {error.scope}, has {' '.join(viewer.scopes)}")
    if viewer.token_id is None:
        return answer(request, Problem(status=403, detail=error.detail))
    headers = {"www-authenticate": f'Bearer error="insufficient_scope", scope="{error.scope}"'}
    return answer(request, Problem(status=403, detail=f"This token lacks the scope {error.scope}.", headers=headers))


def _on_foreign_request(request: Request, error: Exception) -> Response:
    assert isinstance(error, ForeignRequest)  # noqa: S101 - narrows the type
    refuse(request, "foreign_request", actor=_viewer(request).email, detail="a form without the right token or origin")
    return answer(request, Problem(status=403, detail=error.detail))


def _on_not_yours(request: Request, error: Exception) -> Response:
    refuse(request, "foreign_id", actor=_viewer(request).email, detail="something of another person")
    return _on_refusal(request, error, status=404)


def _on_refusal(request: Request, error: Exception, *, status: int) -> Response:
    return answer(request, Problem(status=status, detail=str(error)))


def _on_database_away(request: Request, error: Exception) -> Response:
    log.error("database does not answer", error=type(error).__name__)
    return answer(request, Problem(status=503, headers={"retry-after": _RETRY_SECONDS}))


def _on_unforeseen(request: Request, error: Exception) -> Response:
    # The server logs the traceback, with the same id.
    # The route and not the path, in which there may be a secret.
    route = getattr(request.scope.get("route"), "path", "unmatched")
    log.error("request failed", error=type(error).__name__, method=request.method, route=route)
    response = answer(request, Problem(status=500))
    # This answer is made outside all middleware, so it brings its own headers.
    response.headers.update(SECURITY_HEADERS)
    response.headers["x-request-id"] = _request_id(request)
    return response


def _as_json(request: Request, problem: Problem) -> JSONResponse:
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": problem.title,
        "status": problem.status,
        "detail": problem.words,
        "request_id": _request_id(request),
    }
    if problem.fields:
        body["errors"] = list(problem.fields)
    return JSONResponse(body, problem.status, dict(problem.headers), media_type="application/problem+json")


def _field(problem: Mapping[str, Any]) -> dict[str, str]:
    """One wrong part of a request, without the value: it may be secret or not even be text."""
    place = ".".join(str(part) for part in problem["loc"])
    return {
        "field": place.encode("utf-8", "replace").decode()[:200],
        "message": str(problem["msg"]).encode("utf-8", "replace").decode()[:300],
    }


def _viewer(request: Request) -> Viewer:
    known: Viewer | None = getattr(request.state, "viewer", None)
    if known is not None:
        return known
    try:
        return find_viewer(request, BackgroundTasks())
    except (SQLAlchemyError, TokenRefused):
        return Viewer()


def _way_back(request: Request) -> str:
    """Where a person who had to sign in goes on: the page they asked for, or the one whose form they sent."""
    if request.method in ("GET", "HEAD"):
        return local_path(request.url.path + (f"?{request.url.query}" if request.url.query else ""))
    referrer = urlsplit(request.headers.get("referer", ""))
    if referrer.netloc != request.headers.get("host"):
        return "/"
    return local_path(referrer.path + (f"?{referrer.query}" if referrer.query else ""))


def _request_id(request: Request) -> str:
    return str(getattr(request.state, "request_id", ""))
