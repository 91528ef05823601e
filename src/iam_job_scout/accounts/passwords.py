"""Passwords, as argon2id hashes with the library's current defaults (RFC 9106, low-memory profile)."""

import re
from collections.abc import Sequence

import argon2

#: Shortest and longest password in characters. OWASP ASVS 5.0, 6.2.1 asks for at least 8 and strongly recommends 15;
#: 12 is what its version 4 asked for. The upper bound keeps one request from costing seconds of hashing.
MIN_LENGTH, MAX_LENGTH = 12, 200
#: Memory of one hash while it is made, in MiB.
HASH_MIB = argon2.DEFAULT_MEMORY_COST // 1024

_hasher = argon2.PasswordHasher()


def hash_password(password: str) -> str:
    """Returns the hash to store."""
    return _hasher.hash(password.encode("utf-8", "replace"))


def password_matches(password_hash: str, password: str) -> bool:
    """Tells whether the password is the one that was hashed; a broken hash matches nothing."""
    try:
        return _hasher.verify(password_hash, password.encode("utf-8", "replace"))
    except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
        return False


def needs_rehash(password_hash: str) -> bool:
    """Whether a hash that just matched was made with other parameters than today's."""
    return _hasher.check_needs_rehash(password_hash)


def password_problem(password: str, email: str = "") -> str | None:
    """Returns why a new password is not taken, or None."""
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
        return f"Choose a password of {MIN_LENGTH} to {MAX_LENGTH} characters."
    if _is_easy(password.lower(), email.lower()):
        return "This password is among the first that others would try. Choose several words, for example."
    return None


def _is_easy(password: str, email: str) -> bool:
    """Whether little is left once what everybody tries is taken out: known words, runs of keys, the e-mail."""
    own = [part for part in re.split(r"[^a-z0-9]+", email) if len(part) >= 3]
    words = sorted((*_WORDS, *own), key=len, reverse=True)
    readings = (password, words), (password.translate(_LOOKS_LIKE), [word.translate(_LOOKS_LIKE) for word in words])
    return len(set(password)) < 5 or any(_letters_left(*reading) < 4 for reading in readings)


def _letters_left(text: str, words: Sequence[str]) -> int:
    """How many different letters are neither in one of the words nor in a run of keys."""
    for word in words:
        text = text.replace(word, "\0")
    for run in _RUNS:
        text = _without_runs(text, run)
    return len({character for character in text if character.isalpha()})


def _without_runs(text: str, run: str) -> str:
    """The text without stretches of four and more that lie in the run, forwards or backwards."""
    for line in (run, run[::-1]):
        for length in range(len(line), 3, -1):
            for start in range(len(line) - length + 1):
                text = text.replace(line[start : start + length], "\0")
    return text


_LOOKS_LIKE = str.maketrans("013457@$!|", "oieastasil")
_RUNS = (
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "qwertzuiop",
    "azertyuiop",
    "qazwsxedcrfv",
    "1q2w3e4r5t6y7u8i9o0p",
)
#: What lists of leaked passwords are full of, beside names; and what is near at hand here.
_WORDS = (
    *("password", "passwort", "passw", "letmein", "welcome", "iloveyou", "trustno", "dragon", "monkey", "princess"),
    *("sunshine", "shadow", "master", "superman", "batman", "football", "baseball", "basketball", "soccer", "hockey"),
    *(
        "starwars",
        "pokemon",
        "whatever",
        "freedom",
        "computer",
        "internet",
        "samsung",
        "google",
        "facebook",
        "linkedin",
    ),
    *("michael", "jordan", "jennifer", "ashley", "charlie", "hunter", "summer", "winter", "spring", "autumn", "secret"),
    *("admin", "administrator", "root", "user", "login", "guest", "test", "default", "changeme", "qwerty", "account"),
    *("iam", "job", "jobs", "scout", "owner", "company", "identity", "access", "okta", "january", "february", "monday"),
    *("love", "hello", "baby", "angel", "money", "lucky", "flower", "cookie", "chocolate", "correcthorsebatterystaple"),
)
