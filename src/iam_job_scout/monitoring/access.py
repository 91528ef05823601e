"""Who may read `/metrics`: this machine, and the bearer of the token."""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import MutableMapping
from typing import Any

from starlette.responses import PlainTextResponse, Response

_PROXIED = frozenset({b"forwarded", b"x-forwarded-for", b"x-real-ip"})


def allowed(scope: MutableMapping[str, Any], token: str | None) -> Response | None:
    """None if the request may go on, else the response that refuses it: 401 if a token would help, 403 if not."""
    if token is not None and _bears(scope, token):
        return None
    if is_local(scope):
        return None
    if token is None:
        return PlainTextResponse("Metrics are only shown to this machine.\n", 403)
    return PlainTextResponse("A bearer token is needed.\n", 401, {"www-authenticate": 'Bearer realm="metrics"'})


def is_local(scope: MutableMapping[str, Any]) -> bool:
    """Whether the request comes from this machine and not through a proxy on it."""
    client = scope.get("client")
    if not client or any(name.lower() in _PROXIED for name, _ in scope["headers"]):
        return False
    try:
        address = ipaddress.ip_address(client[0])
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def _bears(scope: MutableMapping[str, Any], token: str) -> bool:
    for name, value in scope["headers"]:
        if name.lower() == b"authorization":
            scheme, _, given = bytes(value).partition(b" ")
            return scheme.lower() == b"bearer" and hmac.compare_digest(given.strip(), token.encode())
    return False
