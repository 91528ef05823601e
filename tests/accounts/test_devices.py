"""The cookie of a known browser."""

from iam_job_scout.accounts.devices import device_key, known_device, new_device
from iam_job_scout.db import Database

EMAIL = "dana@example.com"


def test_a_browser_is_known_for_the_account_that_signed_in_with_it() -> None:
    cookie = new_device(b"key", EMAIL)
    assert known_device(b"key", cookie, " DANA@example.com ")
    assert not known_device(b"key", cookie, "eve@example.com")


def test_a_forged_cookie_is_nobodys() -> None:
    cookie = new_device(b"key", EMAIL)
    assert not known_device(b"other key", cookie, EMAIL)
    name, _, signature = cookie.partition(".")
    for forged in ("", ".", name, f"{name}.", f"x{name}.{signature}", f".{signature}", "é.é", "\ud800.x"):
        assert not known_device(b"key", forged, EMAIL)


def test_all_processes_have_the_same_key(database: Database) -> None:
    assert device_key(database) == device_key(database)
    assert len(device_key(database)) == 32
