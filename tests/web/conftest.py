"""The sites of `website.py` and the browser of `browsing.py`, as fixtures."""

from collections.abc import Iterator

import argon2
import pytest

from browsing import chromium, home, seen
from iam_job_scout.accounts import passwords
from single_sign_on import make_site, provider, sso
from website import open_site, public_site, site

__all__ = [
    "chromium",
    "home",
    "make_site",
    "open_site",
    "provider",
    "public_site",
    "seen",
    "site",
    "sso",
]


@pytest.fixture(scope="session", autouse=True)
def quick_hashes() -> Iterator[None]:
    """Hashes of the same kind that cost a hundredth; tests/accounts tests the real ones."""
    real, passwords._hasher = passwords._hasher, argon2.PasswordHasher(time_cost=1, memory_cost=1_024)
    yield
    passwords._hasher = real
