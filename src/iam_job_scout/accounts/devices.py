"""Browsers that somebody has signed in with: a signed cookie tells them from strangers who guess passwords.

The idea is OWASP's device cookie: guesses of strangers are counted for all strangers together, those of a known
browser for that browser alone, so that nobody who is guessing elsewhere can lock its person out.
"""

import hmac
import secrets

from sqlalchemy.exc import IntegrityError

from iam_job_scout.accounts.secrets import same_secret
from iam_job_scout.db import Database
from iam_job_scout.db.models import SigningKey

_NAME = "device"


def device_key(database: Database) -> bytes:
    """The key that signs the cookies of this installation; made when it is asked for first."""
    try:
        with database.writing() as session:
            if session.get(SigningKey, _NAME) is None:
                session.add(SigningKey(name=_NAME, key=secrets.token_bytes(32)))
    except IntegrityError:
        # Another process made it at the same moment.
        pass
    with database.reading() as session:
        return session.get_one(SigningKey, _NAME).key


def new_device(key: bytes, email: str) -> str:
    """The cookie of a browser that the person of this e-mail has just signed in with."""
    name = secrets.token_urlsafe(12)
    return f"{name}.{_signature(key, name, email)}"


def known_device(key: bytes, cookie: str, email: str) -> str:
    """The name of the browser where that person signed in with it before, else an empty text."""
    name, _, signature = cookie.partition(".")
    return name if name and same_secret(signature, _signature(key, name, email)) else ""


def _signature(key: bytes, name: str, email: str) -> str:
    message = f"{name}\0{email.strip().lower()}".encode("utf-8", "replace")
    return hmac.new(key, message, "sha256").hexdigest()
