"""Random secrets and their hashes; the database holds only hashes."""

import hashlib
import secrets


def new_secret() -> str:
    """Returns 256 random bits in URL-safe form."""
    return secrets.token_urlsafe(32)


def secret_hash(secret: str) -> str:
    """Returns the SHA-256 of a random secret; a slow hash is only needed for what people choose themselves."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
