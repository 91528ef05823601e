"""What every request passes: the Host header, the size of its body, an id, and security headers on the answer.

Pure ASGI.
"""

import re
import secrets
from ipaddress import ip_address
from urllib.parse import parse_qs

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bind_contextvars

#: Nothing inline, nothing from elsewhere, never framed.
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
SECURITY_HEADERS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    # "no-referrer" would make browsers send "Origin: null" with the product's own forms.
    "referrer-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=(), "
    "publickey-credentials-create=(self), publickey-credentials-get=(self)",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
#: For two years browsers then ask this host over https only.
STRICT_TRANSPORT = "max-age=63072000"
STATIC = "/static/"
#: Bytes of a request body; the longest form is a note.
MAX_BODY = 64 * 1024
_HOST = re.compile(r"(\[[0-9a-fA-F:.]+\]|[^\[\]:/@\s]+)(?::\d{1,5})?")


class Guard:
    """Refuses foreign Host headers on a loopback listener and adds the security headers to every answer.

    A page on the internet can let its own name point to 127.0.0.1 and then read the app as its own origin; the Host
    header gives it away. The port is not compared: it adds nothing against that, and tunnels change it. The name of
    SCOUT_PUBLIC_URL is no foreign one: a proxy on this machine passes it on.
    """

    def __init__(self, app: ASGIApp, *, loopback_only: bool, public_host: str = "") -> None:
        self.app, self.loopback_only, self.public_host = app, loopback_only, public_host

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = scope.setdefault("state", {})["request_id"] = secrets.token_hex(8)
        # Left bound at the end: the server logs what went wrong after the answer, in the task of this request.
        bind_contextvars(request_id=request_id)

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                _add_headers(scope, message)
            await send(message)

        app = self.app if not self.loopback_only or self._is_ours(_host(scope)) else _refuse
        await app(scope, _limited(receive), send_guarded)

    def _is_ours(self, host: str) -> bool:
        match = _HOST.fullmatch(host)
        name = match.group(1).strip("[]").lower().removesuffix(".") if match else ""
        return bool(name) and (name == self.public_host or _is_this_machine(name))


def _limited(receive: Receive) -> Receive:
    """Reads no more of a body than MAX_BODY; the handler of HTTPException then answers in the caller's form."""
    read = 0

    async def receive_limited() -> Message:
        nonlocal read
        message = await receive()
        read += len(message.get("body", b""))
        if read > MAX_BODY:
            raise HTTPException(413)
        return message

    return receive_limited


def _host(scope: Scope) -> str:
    hosts = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
    return hosts[0] if len(hosts) == 1 else ""


def _is_this_machine(name: str) -> bool:
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    text = "This address is not served here. Open the app as http://localhost or http://127.0.0.1 with its port.\n"
    await PlainTextResponse(text, status_code=421)(scope, receive, send)


def _add_headers(scope: Scope, message: Message) -> None:
    headers = MutableHeaders(scope=message)
    for name, value in SECURITY_HEADERS.items():
        headers.setdefault(name, value)
    if scope["scheme"] == "https":
        headers.setdefault("strict-transport-security", STRICT_TRANSPORT)
    headers.setdefault("x-request-id", scope["state"]["request_id"])
    if scope["path"].startswith(STATIC) and message["status"] in (200, 304):
        versioned = "v" in parse_qs(scope["query_string"].decode("latin-1"))
        headers["cache-control"] = "public, max-age=31536000, immutable" if versioned else "no-cache"
