"""Passwords, as argon2id hashes with the library's current defaults (RFC 9106, low-memory profile)."""

import argon2

#: Shortest and longest password in characters. OWASP ASVS 4.0.3, 2.1.1 asks for at least 12; the upper bound keeps
#: one request from costing seconds of hashing.
MIN_LENGTH, MAX_LENGTH = 12, 200

_hasher = argon2.PasswordHasher()


def hash_password(password: str) -> str:
    """Returns the hash to store."""
    return _hasher.hash(password)


def password_matches(password_hash: str, password: str) -> bool:
    """Tells whether the password is the one that was hashed; a broken hash matches nothing."""
    try:
        return _hasher.verify(password_hash, password)
    except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
        return False
