"""Password hashes."""

import pytest

from iam_job_scout.accounts.passwords import hash_password, password_matches


def test_a_hash_matches_its_password_alone() -> None:
    stored = hash_password("correct horse battery")
    assert stored.startswith("$argon2id$")
    assert password_matches(stored, "correct horse battery")
    assert not password_matches(stored, "correct horse battery ")


def test_equal_passwords_have_different_hashes() -> None:
    assert hash_password("correct horse battery") != hash_password("correct horse battery")


@pytest.mark.parametrize("stored", ["", "-", "plain", "$argon2id$v=19$broken", "$2b$12$abc"])
def test_a_broken_hash_matches_nothing(stored: str) -> None:
    assert not password_matches(stored, "")
    assert not password_matches(stored, stored)
