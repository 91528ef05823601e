"""A posting closes only when a listing that can be believed lacks it; anything else may add and update."""

from datetime import UTC, datetime, timedelta

import pytest

from iam_job_scout.sources.registry import SOURCES
from ledger import Ledger

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def test_what_a_whole_listing_lacks_closes_and_reopens_on_return(ledger: Ledger) -> None:
    one, two, three = (ledger.posting(key) for key in "123")
    ledger.show(one, two, three, at=NOON)
    assert ledger.show(one, two, at=NOON + HOUR).tally.closed == 1
    assert ledger.open_ids() == {"1", "2"}
    assert ledger.show(one, two, three, at=NOON + DAY).tally.unchanged == 3
    assert ledger.open_ids() == {"1", "2", "3"}
    assert [kind for kind, _ in ledger.happenings("3")] == ["first_seen", "closed", "reopened"]


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        ({"complete": False, "truncated": True, "advertised": 3}, "more than it gave"),
        ({"complete": False, "invalid": ("without id",), "fetched": 3}, "could not be read"),
    ],
)
def test_a_listing_that_is_not_whole_closes_nothing_but_adds_and_updates(
    damage: dict[str, object], reason: str, ledger: Ledger
) -> None:
    ledger.show(ledger.posting("1"), ledger.posting("2"), ledger.posting("3"), at=NOON)
    edited = ledger.posting("1", title="Senior IAM Engineer")
    stored = ledger.show(edited, ledger.posting("4"), at=NOON + HOUR, **damage)
    assert (stored.tally.new, stored.tally.changed, stored.tally.closed) == (1, 1, 0)
    assert reason in stored.judgement.kept_open
    assert ledger.open_ids() == {"1", "2", "3", "4"}


@pytest.mark.parametrize("left", [0, 2])
def test_a_listing_that_lost_most_is_believed_when_it_stays_like_that_for_a_day(left: int, ledger: Ledger) -> None:
    postings = [ledger.posting(str(number)) for number in range(6)]
    ledger.show(*postings, at=NOON)
    for hours in (1, 2, 24):
        assert ledger.show(*postings[:left], at=NOON + hours * HOUR).tally.closed == 0
    assert ledger.show(*postings[:left], at=NOON + 25 * HOUR).tally.closed == 6 - left


def test_one_whole_listing_in_between_ends_the_doubt(ledger: Ledger) -> None:
    postings = [ledger.posting(str(number)) for number in range(6)]
    ledger.show(*postings, at=NOON)
    ledger.show(at=NOON + HOUR)
    ledger.show(*postings, at=NOON + 2 * HOUR)
    assert ledger.show(at=NOON + 26 * HOUR).tally.closed == 0


def test_a_list_that_names_postings_twice_is_measured_by_its_items(ledger: Ledger) -> None:
    one, two, three = (ledger.posting(key) for key in "123")
    ledger.show(*[one, two, three] * 3, at=NOON)
    assert ledger.show(one, two, one, at=NOON + HOUR).tally.closed == 0


def test_a_source_that_needs_two_absences_gets_them(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(SOURCES["greenhouse"]), "absences", 2)
    one, two, three = (ledger.posting(key) for key in "123")
    ledger.show(one, two, three, at=NOON)
    assert ledger.show(one, two, at=NOON + HOUR).tally.closed == 0
    ledger.show(one, two, three, at=NOON + 2 * HOUR)
    assert ledger.show(one, two, at=NOON + 3 * HOUR).tally.closed == 0
    assert ledger.show(one, two, at=NOON + 4 * HOUR).tally.closed == 1


def test_where_absence_proves_nothing_a_posting_ages_out(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(SOURCES["greenhouse"]), "newest_only", True)
    one, two = ledger.posting("1"), ledger.posting("2")
    ledger.show(one, two, at=NOON)
    for days in (1, 15, 30):
        assert ledger.show(two, at=NOON + days * DAY, complete=False).tally.closed == 0
    assert ledger.show(two, at=NOON + 31 * DAY, complete=False).tally.closed == 1
    assert ledger.happenings("1")[-1] == ("closed", {"why": "aged out"})


def test_the_same_listing_again_changes_nothing(ledger: Ledger) -> None:
    postings = [ledger.posting(str(number)) for number in range(4)]
    ledger.show(*postings, at=NOON)
    again = ledger.show(*postings, at=NOON + HOUR).tally
    assert (again.new, again.changed, again.unchanged, again.closed) == (0, 0, 4, 0)


def test_ids_that_the_source_did_not_read_again_count_as_they_were_decided(ledger: Ledger) -> None:
    cook = ledger.posting("9", title="Pastry Cook", description="<p>Bakes bread.</p>")
    ledger.show(ledger.posting("1"), cook, at=NOON)
    tally = ledger.show(at=NOON + HOUR, unchanged=("1", "9"), fetched=2).tally
    assert (tally.fetched, tally.accepted, tally.rejected, tally.unchanged, tally.closed) == (2, 1, 1, 1, 0)
