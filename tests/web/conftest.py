"""The sites of `website.py` and the browser of `browsing.py`, as fixtures."""

from collections.abc import Iterator

import argon2
import pytest

from browsing import chromium, home, seen
from iam_job_scout.accounts import passwords
from website import migrated, open_site, public_site, site

__all__ = ["chromium", "home", "migrated", "open_site", "public_site", "seen", "site"]


@pytest.fixture(scope="session", autouse=True)
def quick_hashes() -> Iterator[None]:
    """Hashes of the same kind that cost a hundredth; tests/accounts tests the real ones."""
    real, passwords._hasher = passwords._hasher, argon2.PasswordHasher(time_cost=1, memory_cost=1_024)
    yield
    passwords._hasher = real
