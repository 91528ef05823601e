"""A short run of the campaign of faults, and that it would notice what must not happen."""

import faults
import pytest
from faulty_farm import KINDS

from real_servers import free_ports
from scan import farm


def run(**changes: object) -> faults.Run:
    fine = {"seconds": 1.0, "peak": 100.0, "totals": {"closed": 0}, "call_errors": {"too_large": 3}}
    return faults.Run(**(fine | changes))  # type: ignore[arg-type]


def test_a_short_run_finds_nothing_wrong() -> None:
    with farm(12, free_ports(1)[0], script="faulty_farm.py") as upstream:
        ((name, found, problems),) = faults.campaign(upstream, ["html"], rate=0.5, timeout=30)
    assert (name, problems) == ("html", [])
    assert found.totals["errors"] == found.scan_errors["bad_payload"] > 0


def test_every_kind_that_fails_has_its_class() -> None:
    assert faults.CLASSES.keys() < set(KINDS)
    assert set(KINDS) - faults.CLASSES.keys() == {"empty", "partial", "badtypes", "xss", "dup"}


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"totals": {"closed": 2}}, "2 postings were closed"),
        ({"peak": 500.0}, "it needed 500 MB"),
        ({"seconds": 1000.0}, "it took 1000 s"),
        ({"call_errors": {"too_large": 1, "other": 1}}, "external_api_errors_total has 1 of other"),
        ({"scan_errors": {"internal": 4}}, "scan_errors_total has 4 of internal"),
        ({"call_errors": {}}, "no failure was counted"),
    ],
)
def test_a_scan_that_did_wrong_is_told(changes: dict[str, object], says: str) -> None:
    assert faults.wrong(run(), ["huge"], boards=12) == []
    assert faults.wrong(run(**changes), ["huge"], boards=12) == [says]
