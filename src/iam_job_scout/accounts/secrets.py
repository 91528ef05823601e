"""Random secrets and their hashes; the database holds only hashes."""

import hashlib
import secrets


def new_secret() -> str:
    """Returns 256 random bits in URL-safe form."""
    return secrets.token_urlsafe(32)


def secret_hash(secret: str) -> str:
    """Returns the SHA-256 of a random secret; a slow hash is only needed for what people choose themselves."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def same_secret(given: str, expected: str) -> bool:
    """Compares in a time that does not tell how much of the secret is right."""
    return secrets.compare_digest(given.encode("utf-8", "replace"), expected.encode("utf-8", "replace"))
