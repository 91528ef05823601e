"""Signing in through an OpenID Connect provider: authorization code with PKCE, by discovery.

Everything that comes back is checked: the state and the browser it was given to, the issuer (RFC 9207), the ID token's
signature by a key that the provider publishes, its issuer, audience, times and nonce.
"""

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from authlib.oauth2.rfc7636 import create_s256_code_challenge  # type: ignore[import-untyped]

from iam_job_scout.accounts.id_token import Keys, check_id_token, claim_at, import_keys
from iam_job_scout.accounts.provider_http import ProviderHttp
from iam_job_scout.accounts.secrets import same_secret
from iam_job_scout.errors import ProviderError
from iam_job_scout.settings import Settings

#: For how long what the provider says of itself is believed, in seconds.
_FRESH = 3_600.0
#: How soon its keys may be asked for again because one is missing, in seconds.
_AGAIN = 10.0


@dataclass(frozen=True)
class Start:
    """Where to send the browser, and what must be known when it comes back."""

    url: str
    flow: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Profile:
    """Whom the provider vouches for. `groups` is None where it says nothing about groups."""

    issuer: str
    subject: str
    email: str
    email_verified: bool
    groups: frozenset[str] | None


@dataclass(frozen=True, kw_only=True)
class _Metadata:
    issuer: str
    authorization: str
    token: str
    keys: str
    userinfo: str
    names_issuer: bool
    secret_in_body: bool


class Provider:
    """The provider of the settings; keeps what it published for an hour. Raises ProviderError throughout."""

    def __init__(self, settings: Settings) -> None:
        self.name = settings.oidc_name
        self._settings = settings
        self._http = ProviderHttp(settings.oidc_issuer)
        self._metadata: tuple[float, _Metadata] | None = None
        self._keys: tuple[float, Keys] | None = None

    async def start(self, redirect_uri: str) -> Start:
        """Begins a sign-in that comes back to the address."""
        metadata = await self._discover()
        flow = {name: secrets.token_urlsafe(32) for name in ("state", "nonce", "verifier")}
        query = {
            "response_type": "code",
            "client_id": self._settings.oidc_client_id,
            "redirect_uri": redirect_uri,
            "scope": self._settings.oidc_scopes,
            "state": flow["state"],
            "nonce": flow["nonce"],
            "code_challenge": create_s256_code_challenge(flow["verifier"]),
            "code_challenge_method": "S256",
        }
        joint = "&" if "?" in metadata.authorization else "?"
        return Start(f"{metadata.authorization}{joint}{urlencode(query)}", {**flow, "redirect_uri": redirect_uri})

    async def finish(self, answer: Mapping[str, str], flow: Mapping[str, str]) -> Profile:
        """Whom the provider vouches for in what the browser brought back."""
        if not same_secret(answer.get("state", ""), flow["state"]):
            raise ProviderError("This sign-in was begun in another browser. Start again here.", kind="state")
        if "error" in answer:
            raise ProviderError(f"{self.name} did not sign you in ({_word(answer['error'])}).", kind="provider_said_no")
        metadata = await self._discover()
        given = answer.get("iss")
        if (given is None and metadata.names_issuer) or (given is not None and given != metadata.issuer):
            raise ProviderError("The answer came from another provider than the one asked.", kind="issuer")
        tokens = await self._redeem(metadata, answer.get("code", ""), flow)
        claims = await self._check(metadata, tokens, flow["nonce"])
        return await self._profile(metadata, claims, str(tokens.get("access_token", "")))

    async def _redeem(self, metadata: _Metadata, code: str, flow: Mapping[str, str]) -> Mapping[str, Any]:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": flow["redirect_uri"],
            "code_verifier": flow["verifier"],
        }
        client_id, secret = self._settings.oidc_client_id, self._settings.oidc_client_secret.get_secret_value()
        if secret and not metadata.secret_in_body:
            return await self._http.post(metadata.token, form, client=(client_id, secret))
        form |= {"client_id": client_id} | ({"client_secret": secret} if secret else {})
        return await self._http.post(metadata.token, form)

    async def _check(self, metadata: _Metadata, tokens: Mapping[str, Any], nonce: str) -> Mapping[str, Any]:
        id_token = tokens.get("id_token")
        if not isinstance(id_token, str):
            raise ProviderError(f"{self.name} sent no ID token.", kind="id_token")
        keys = await self._published_keys(metadata)
        if not keys.know(id_token):
            # It changed its keys since they were read.
            keys = await self._published_keys(metadata, older_than=_AGAIN)
        return check_id_token(
            id_token,
            keys,
            issuer=metadata.issuer,
            client_id=self._settings.oidc_client_id,
            nonce=nonce,
            access_token=str(tokens.get("access_token", "")),
        )

    async def _profile(self, metadata: _Metadata, claims: Mapping[str, Any], access_token: str) -> Profile:
        groups = self._groups(claims)
        lacking = not claims.get("email") or (self._settings.oidc_roles and groups is None)
        if lacking and metadata.userinfo and access_token:
            more = await self._http.get(metadata.userinfo, bearer=access_token)
            if more.get("sub") != claims["sub"]:
                raise ProviderError(f"{self.name} sent facts about somebody else.", kind="subject")
            claims = {**more, **claims}
            groups = self._groups(claims)
        email = claims.get("email") or claims.get("preferred_username") or ""
        return Profile(
            issuer=metadata.issuer,
            subject=str(claims["sub"]),
            email=str(email).strip().lower(),
            email_verified=bool(claims.get("email")) and _is_true(claims.get("email_verified")),
            groups=groups,
        )

    def _groups(self, claims: Mapping[str, Any]) -> frozenset[str] | None:
        value = claim_at(claims, self._settings.oidc_groups_claim)
        if isinstance(value, str):
            return frozenset({value})
        return frozenset(str(group) for group in value) if isinstance(value, list) else None

    async def _discover(self) -> _Metadata:
        if self._metadata is None or time.monotonic() - self._metadata[0] > _FRESH:
            url = f"{self._settings.oidc_issuer.rstrip('/')}/.well-known/openid-configuration"
            self._metadata = (time.monotonic(), self._read(await self._http.get(url)))
        return self._metadata[1]

    def _read(self, document: Mapping[str, Any]) -> _Metadata:
        issuer = document.get("issuer")
        if not isinstance(issuer, str) or issuer.rstrip("/") != self._settings.oidc_issuer.rstrip("/"):
            raise ProviderError(f"{self.name} calls itself another issuer than SCOUT_OIDC_ISSUER.", kind="issuer")
        methods = document.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        return _Metadata(
            issuer=issuer,
            authorization=self._http.checked(document.get("authorization_endpoint")),
            token=self._http.checked(document.get("token_endpoint")),
            keys=self._http.checked(document.get("jwks_uri")),
            userinfo=self._http.checked(document["userinfo_endpoint"]) if document.get("userinfo_endpoint") else "",
            names_issuer=document.get("authorization_response_iss_parameter_supported") is True,
            secret_in_body="client_secret_basic" not in methods and "client_secret_post" in methods,
        )

    async def _published_keys(self, metadata: _Metadata, *, older_than: float = _FRESH) -> Keys:
        if self._keys is None or time.monotonic() - self._keys[0] > older_than:
            self._keys = (time.monotonic(), import_keys(await self._http.get(metadata.keys)))
        return self._keys[1]


def _word(text: str) -> str:
    """An error code as RFC 6749 has them; anything else is not shown."""
    return text if text.isascii() and text.replace("_", "").isalnum() and len(text) <= 40 else "no reason given"


def _is_true(claim: object) -> bool:
    """Some providers send the text; 1 is neither."""
    return claim is True or claim == "true"
