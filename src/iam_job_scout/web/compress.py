"""Sends pages and static files compressed to browsers that asked for them of their own accord.

The size of a compressed answer tells something of what is in it. Another site that has a browser ask for pages, each
with other words to find in the address, could learn the CSRF token so, byte for byte (the BREACH attack). What another
site caused is therefore sent as it is. What is not for browsers (the API, metrics) is left to whoever sends it.
"""

from starlette.datastructures import Headers
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

#: Bytes that are not worth it; and the level that takes half of the time of the fourth: a list of 120 KB becomes 7.6
#: instead of 6.6 KB.
_LEAST, _LEVEL = 1_000, 1


class Compress:
    """Compresses what a page of ours or a person themselves asked for. Pure ASGI."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.compressing = GZipMiddleware(app, minimum_size=_LEAST, compresslevel=_LEVEL)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self.compressing if scope["type"] == "http" and _is_asked_for_here(scope) else self.app
        await app(scope, receive, send)


def _is_asked_for_here(scope: Scope) -> bool:
    # Every browser of the last years says so; one that does not gets its pages uncompressed.
    return Headers(scope=scope).get("sec-fetch-site") in ("same-origin", "none")
