"""Password hashes."""

import argon2
import pytest

from iam_job_scout.accounts.passwords import hash_password, needs_rehash, password_matches, password_problem


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


def test_a_hash_of_older_parameters_is_made_anew() -> None:
    older = argon2.PasswordHasher(time_cost=1, memory_cost=8_192).hash("correct horse battery")
    assert needs_rehash(older)
    assert not needs_rehash(hash_password("correct horse battery"))


@pytest.mark.parametrize(("length", "taken"), [(11, False), (12, True), (200, True), (201, False)])
def test_passwords_have_a_least_and_a_greatest_length(length: int, taken: bool) -> None:
    assert (password_problem(("häuser am see " * 20)[:length]) is None) is taken


@pytest.mark.parametrize(
    "password",
    [
        *(
            "password1234",
            "P@ssw0rd2026!",
            "passwordpassword",
            "Welcome2026!!",
            "qwertyuiop12",
            "1q2w3e4r5t6y",
            "000000000000",
        ),
        *(
            "abcdefghijkl",
            "iloveyou1234",
            "admin1234567",
            "Summer2026!!",
            "aaaaaaaaaaaab",
            "dana.example.com",
            "letmein!!!!!!",
        ),
        *("zxcvbnm12345", "123456789012", "superman2026", "scout-scout-scout", "changeme1234"),
    ],
)
def test_what_everybody_tries_first_is_not_taken(password: str) -> None:
    assert password_problem(password, "dana@example.com") is not None


@pytest.mark.parametrize(
    "password",
    ["correct horse battery", "Tr0ubador & plum 7", "kräuter-garten-mond", "yT7#mQ2!vB9x", "парольдлинный слон"],
)
def test_what_is_hard_to_guess_is_taken(password: str) -> None:
    assert password_problem(password, "dana@example.com") is None
