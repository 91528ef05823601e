"""Asking the OpenID Connect provider: few, small, short requests that are never redirected.

The issuer may lie on a private network, since an administrator named it. What it names in turn must be on its own host
or at public addresses, so that a document cannot lead inside.
"""

import base64
import json
import socket
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

from iam_job_scout.errors import ProviderError
from iam_job_scout.monitoring import track_external_api
from iam_job_scout.sources.addresses import PrivateAddress, PublicResolver, url_problem

_TIMEOUT = aiohttp.ClientTimeout(total=10)
_MAX_BYTES = 1_000_000
API_NAME = "identity_provider"


class _Resolver(AbstractResolver):
    """Resolves the issuer's host to anything, every other to public addresses only."""

    def __init__(self, own_host: str) -> None:
        self._own_host, self._any, self._public = own_host, ThreadedResolver(), PublicResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        resolver = self._any if host == self._own_host else self._public
        return await resolver.resolve(host, port, family)

    async def close(self) -> None:
        await self._public.close()


class ProviderHttp:
    """Requests to one provider; each raises ProviderError where there is no usable answer."""

    def __init__(self, issuer: str) -> None:
        parts = urlsplit(issuer)
        self._host, self._scheme = parts.hostname or "", parts.scheme

    def checked(self, url: object) -> str:
        """The address where it may be asked."""
        if isinstance(url, str):
            parts = urlsplit(url)
            secure = parts.scheme == "https" or (
                parts.scheme == self._scheme == "http" and parts.hostname == self._host
            )
            if secure and parts.hostname and (parts.hostname == self._host or url_problem(url) is None):
                return url
        raise ProviderError("The provider names an address that may not be asked.", kind="endpoint")

    async def get(self, url: str, *, bearer: str = "") -> Mapping[str, Any]:
        """The JSON object at the address."""
        headers = {"authorization": f"Bearer {bearer}"} if bearer else {}
        return await self._ask("GET", url, headers=headers)

    async def post(
        self, url: str, form: Mapping[str, str], *, client: tuple[str, str] | None = None
    ) -> Mapping[str, Any]:
        """The JSON object that answers the form; `client` is an id with its secret, sent in the header."""
        headers = {"authorization": _basic(*client)} if client else {}
        return await self._ask("POST", url, headers=headers, data=dict(form))

    async def _ask(self, method: str, url: str, **request: Any) -> Mapping[str, Any]:
        connector = aiohttp.TCPConnector(resolver=_Resolver(self._host))
        async with aiohttp.ClientSession(connector=connector, timeout=_TIMEOUT) as session:
            try:
                with track_external_api(API_NAME, method) as call:
                    async with session.request(method, url, allow_redirects=False, **request) as answer:
                        call.set_status(answer.status)
                        return await _read(answer)
            except PrivateAddress as error:
                raise ProviderError("The provider leads to a private address.", kind="endpoint") from error
            except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
                raise ProviderError(
                    "The provider does not answer. Try again in a moment.", kind="unreachable"
                ) from error


async def _read(answer: aiohttp.ClientResponse) -> Mapping[str, Any]:
    if answer.status != 200:
        raise ProviderError(f"The provider refused (HTTP {answer.status}).", kind="provider_refused")
    body = await answer.content.read(_MAX_BYTES + 1)
    while len(body) <= _MAX_BYTES and not answer.content.at_eof():
        body += await answer.content.read(_MAX_BYTES)
    if len(body) > _MAX_BYTES:
        raise ProviderError("The provider's answer is too long.", kind="provider_refused")
    found = _decoded(body)
    if not isinstance(found, dict):
        raise ProviderError("The provider's answer is not understood.", kind="provider_refused")
    return found


def _decoded(body: bytes) -> object:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _basic(client_id: str, secret: str) -> str:
    """Both parts are form-encoded first (RFC 6749, 2.3.1)."""
    pair = f"{quote(client_id, safe='')}:{quote(secret, safe='')}"
    return f"Basic {base64.b64encode(pair.encode()).decode()}"
