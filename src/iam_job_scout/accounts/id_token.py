"""Checking an ID token (OpenID Connect Core 1.0, 3.1.3.7) with the keys that its provider publishes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from authlib.oidc.core import CodeIDToken  # type: ignore[import-untyped]
from joserfc import jws, jwt
from joserfc.errors import ClaimError, ExpiredTokenError, JoseError
from joserfc.jwk import ECKey, KeySet, OKPKey, RSAKey, import_key

from iam_job_scout.errors import ProviderError

#: Signatures by a key pair. "none" is no signature, and the HS family would take the client secret for the key.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
#: How far the clocks of the provider and of this machine may differ, in seconds.
LEEWAY = 120
_MAX_TOKEN, _MAX_KEYS = 100_000, 100
_WRONG = {
    "iss": "it is by another issuer",
    "aud": "it is meant for another application",
    "azp": "it is meant for another application",
    "nonce": "it belongs to another sign-in",
    "exp": "it has expired; compare the clocks of both servers",
    "iat": "it comes from the future; compare the clocks of both servers",
    "nbf": "it comes from the future; compare the clocks of both servers",
    "at_hash": "it belongs to another access token",
}


@dataclass(frozen=True)
class Keys:
    """The published keys that can check signatures."""

    usable: KeySet

    def know(self, token: str) -> bool:
        """Whether the key that the token names is among them."""
        try:
            kid = jws.extract_compact(token.encode("utf-8", "replace")).headers().get("kid")
        except (JoseError, ValueError):
            return True
        return kid is None or any(key.kid == kid for key in self.usable.keys)


def import_keys(document: Mapping[str, Any]) -> Keys:
    """The public signature keys of a JWKS document; others are left out. Raises ProviderError where none is left."""
    found = document.get("keys")
    keys = [key for key in map(_import, found[:_MAX_KEYS]) if key is not None] if isinstance(found, list) else []
    if not keys:
        raise ProviderError("The provider publishes no usable key.", kind="key")
    return Keys(KeySet(list(keys)))


def check_id_token(
    token: str, keys: Keys, *, issuer: str, client_id: str, nonce: str, access_token: str
) -> Mapping[str, Any]:
    """Returns the claims. Raises ProviderError, which says what is wrong, for a token that is not for us, here, now."""
    if len(token) > _MAX_TOKEN:
        raise _untrusted("it is too long", "id_token")
    try:
        decoded = jwt.decode(token.encode("utf-8", "replace"), keys.usable, algorithms=list(ALGORITHMS))
    except (JoseError, ValueError) as error:
        raise _untrusted("its signature is not by a key of the provider", "key") from error
    options = {"iss": {"essential": True, "value": issuer}, "aud": {"essential": True, "value": client_id}}
    params = {"nonce": nonce, "client_id": client_id, "access_token": access_token}
    claims = CodeIDToken(decoded.claims, decoded.header, options=options, params=params)
    try:
        claims.validate(leeway=LEEWAY)
    except ExpiredTokenError as error:
        raise _untrusted(_WRONG["exp"], "clock") from error
    except ClaimError as error:
        raise _untrusted(_WRONG.get(error.claim, f"its claim {error.claim} is wrong"), _kind(error.claim)) from error
    except JoseError as error:
        raise _untrusted(_WRONG["iat"], "clock") from error
    if not isinstance(claims["sub"], str) or not 1 <= len(claims["sub"]) <= 255:
        raise _untrusted("it names nobody", "id_token")
    return dict(claims)


def claim_at(claims: Mapping[str, Any], path: str) -> Any:
    """The claim of that name; dots lead into claims that hold others. None where there is none."""
    if path in claims:
        return claims[path]
    value: Any = claims
    for part in path.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _import(data: Any) -> RSAKey | ECKey | OKPKey | None:
    try:
        key = import_key(data)
    except (JoseError, ValueError, TypeError, AttributeError, KeyError):
        # A kind of key that this library does not know, or none at all.
        return None
    if not isinstance(key, RSAKey | ECKey | OKPKey) or key.is_private or key.get("use", "sig") != "sig":
        return None
    return key


def _kind(claim: str) -> str:
    return "clock" if claim in ("exp", "iat", "nbf") else claim if claim in _WRONG else "id_token"


def _untrusted(reason: str, kind: str) -> ProviderError:
    return ProviderError(f"The provider's answer cannot be trusted: {reason}.", kind=kind)
