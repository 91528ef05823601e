"""The history of a posting: facts, written down when a listing shows them."""

from datetime import UTC, datetime, timedelta

from iam_job_scout.posting import Pay
from ledger import Ledger

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
DAY = timedelta(days=1)
ROLE = "IAM Engineer"


def test_an_edit_names_its_fields_and_shows_the_short_ones(ledger: Ledger) -> None:
    other = ledger.posting("2")
    ledger.show(ledger.posting("1"), other, at=NOON)
    ledger.show(ledger.posting("1", title="Senior IAM Engineer", location="Austin, TX"), other, at=NOON + DAY)
    kind, detail = ledger.happenings("1")[-1]
    assert kind == "edited"
    assert detail["fields"] == ["title", "location"]
    assert detail["title"] == ["IAM Engineer", "Senior IAM Engineer"]


def test_changed_pay_is_told_as_the_source_states_it(ledger: Ledger) -> None:
    ledger.show(ledger.posting("1", pay=Pay(120_000, 150_000, "USD", "year")), at=NOON)
    ledger.show(ledger.posting("1", pay=Pay(130_000, 150_000, "USD", "year")), at=NOON + DAY)
    assert ledger.happenings("1")[1:] == [
        ("pay", {"old": "USD 120,000-150,000 per year", "new": "USD 130,000-150,000 per year"})
    ]


def test_a_new_date_alone_is_no_edit(ledger: Ledger) -> None:
    ledger.show(ledger.posting("1", posted_at=NOON), at=NOON)
    ledger.show(ledger.posting("1", posted_at=NOON + DAY), at=NOON + DAY)
    assert [kind for kind, _ in ledger.happenings("1")] == ["first_seen"]


def test_a_posting_that_repeats_a_closed_one_is_a_repost_of_it(ledger: Ledger) -> None:
    text = ledger.posting("1").description
    others = [ledger.posting(key) for key in "45"]
    ledger.show(ledger.posting("1"), *others, at=NOON)
    ledger.show(*others, at=NOON + DAY)
    ledger.show(ledger.posting("2", title=ROLE, description=text), *others, at=NOON + 9 * DAY)
    kind, detail = ledger.happenings("2")[-1]
    assert (kind, detail["external_id"]) == ("reposted", "1")
    assert detail["closed_at"].startswith("2026-11-03")


def test_siblings_of_one_listing_are_no_reposts_nor_is_another_text(ledger: Ledger) -> None:
    text = ledger.posting("1").description
    other = ledger.posting("5")
    ledger.show(ledger.posting("1"), ledger.posting("2", title=ROLE, description=text), other, at=NOON)
    ledger.show(
        ledger.posting("2", title=ROLE, description=text),
        ledger.posting("3", title=ROLE, description=text),
        other,
        at=NOON + DAY,
    )
    ledger.show(ledger.posting("2", title=ROLE, description=text), other, at=NOON + 2 * DAY)
    rewritten = "<p>Own SailPoint IdentityIQ connectors, access reviews and joiner flows for a bank in Ohio.</p>"
    ledger.show(
        ledger.posting("2", title=ROLE, description=text),
        ledger.posting("4", title=ROLE, description=rewritten),
        other,
        at=NOON + 3 * DAY,
    )
    assert "reposted" not in [kind for key in "24" for kind, _ in ledger.happenings(key)]
    # The third was new when the first had just gone: that one it does repeat.
    assert [kind for kind, _ in ledger.happenings("3")] == ["first_seen", "reposted", "closed"]
