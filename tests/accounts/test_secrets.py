"""Random secrets and comparing them."""

from iam_job_scout.accounts.secrets import new_secret, same_secret, secret_hash


def test_secrets_are_long_and_never_the_same() -> None:
    found = {new_secret() for _ in range(100)}
    assert len(found) == 100
    assert min(len(secret) for secret in found) >= 43


def test_a_hash_says_nothing_and_takes_any_text() -> None:
    assert secret_hash("a") != secret_hash("b")
    assert len(secret_hash("\ud800")) == 64


def test_only_equal_secrets_are_the_same() -> None:
    assert same_secret("a", "a")
    assert not same_secret("a", "b")
    assert not same_secret("", "a")
    assert not same_secret("\ud800ü", "a")
