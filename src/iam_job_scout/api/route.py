"""What every route of the API has in common: ETags on what is read, and the errors that each may answer."""

import hashlib
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Depends, Request
from fastapi.responses import Response
from fastapi.routing import APIRoute
from fastapi.security import HTTPBearer
from pydantic import BaseModel, Field

#: Says in the documentation what the API takes besides a browser's session; who asks is found out elsewhere.
BEARER = Depends(HTTPBearer(auto_error=False, description="A token from the page of the account."))


class FieldProblem(BaseModel):
    """A part of a request that is wrong."""

    field: str
    message: str


class Problem(BaseModel):
    """What went wrong, as RFC 9457 has it; `request_id` finds the line in the log."""

    type: str
    title: str
    status: int
    detail: str
    request_id: str
    errors: list[FieldProblem] = Field(default_factory=list)


_WORDS = {
    400: "Not understood: no JSON, or a header that is wrong",
    401: "Sign in first, or the token is unknown, revoked or expired",
    403: "Not allowed: the account or the token may not do this",
    404: "There is no such thing",
    409: "Something else stands against it, such as a pause",
    413: "The body is too large",
    415: "The body is not JSON",
    422: "A value is missing or wrong; `errors` names each",
    429: "Too many requests; wait as long as Retry-After says",
    503: "The database does not answer; try again",
}
_PROBLEM: dict[str, Any] = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The errors that a route may answer, for its documentation; those that any route may are always among them."""
    known = sorted({400, 401, 403, 413, 422, 429, 503, *statuses})
    return {status: {"model": Problem, "content": _PROBLEM, "description": _WORDS[status]} for status in known}


class ApiRoute(APIRoute):
    """A route whose answers to GET carry an ETag, and which answers 304 to who has the same already."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, with the ETag around it."""
        handle = super().get_route_handler()

        async def with_etag(request: Request) -> Response:
            response = await handle(request)
            if request.method != "GET" or response.status_code != 200 or not response.body:
                return response
            tag = f'W/"{hashlib.sha256(bytes(response.body)).hexdigest()[:32]}"'
            headers = {"etag": tag, "cache-control": "private, no-cache", "vary": "Cookie, Authorization"}
            if tag in _tags(request.headers.get("if-none-match", "")):
                return Response(status_code=304, headers=headers)
            response.headers.update(headers)
            return response

        return with_etag


def _tags(header: str) -> set[str]:
    return {tag.strip() for tag in header.split(",")}
