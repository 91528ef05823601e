"""Saved searches and channels, each person's own."""

from datetime import timedelta

import pytest

from iam_job_scout.db import Database
from iam_job_scout.errors import NoticeError, NotThere
from iam_job_scout.notify import searches
from iam_job_scout.notify.schedule import Cadence, Hours
from iam_job_scout.notify.searches import SearchForm

from .conftest import NOW

DISCORD = "discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js"


def test_a_search_is_kept_changed_and_removed(database: Database, ann: int) -> None:
    with database.writing() as session:
        kept = searches.save_search(session, ann, SearchForm(name=" Okta  jobs ", query="q=okta"), now=NOW)
        assert (kept.name, kept.next_at, kept.read_until) == ("Okta jobs", None, NOW)
        searches.save_search(session, ann, SearchForm(name="Okta", query="q=okta"), now=NOW, search_id=kept.id)
        assert [search.name for search in searches.searches_of(session, ann)] == ["Okta"]
        searches.remove_search(session, ann, kept.id)
        assert searches.searches_of(session, ann) == []


def test_changing_what_is_asked_for_makes_no_news_of_what_was_there(database: Database, ann: int) -> None:
    later = NOW + timedelta(days=3)
    with database.writing() as session:
        kept = searches.save_search(session, ann, SearchForm(name="A", query="q=okta"), now=NOW)
        searches.save_search(session, ann, SearchForm(name="B", query="q=okta"), now=later, search_id=kept.id)
        assert kept.read_until == NOW
        searches.save_search(session, ann, SearchForm(name="B", query="q=pam"), now=later, search_id=kept.id)
        assert kept.read_until == later


def test_what_is_another_persons_is_not_there(database: Database, ann: int, bob: int) -> None:
    with database.writing() as session:
        kept = searches.save_search(session, ann, SearchForm(name="A", query=""), now=NOW)
        channel = searches.add_channel(session, ann, name="", address=DISCORD, now=NOW)
        for attempt in (
            lambda: searches.save_search(session, bob, SearchForm(name="B", query=""), now=NOW, search_id=kept.id),
            lambda: searches.remove_search(session, bob, kept.id),
            lambda: searches.open_feed(session, bob, kept.id),
            lambda: searches.close_feed(session, bob, kept.id),
            lambda: searches.remove_channel(session, bob, channel.id),
            lambda: searches.save_search(
                session, bob, SearchForm(name="B", query="", cadence=Cadence.DAILY, channel_id=channel.id), now=NOW
            ),
        ):
            with pytest.raises(NotThere, match="There is no such"):
                attempt()
        assert kept.name == "A"


@pytest.mark.parametrize(
    ("form", "what"),
    [
        (SearchForm(name="  ", query=""), "needs a name"),
        (SearchForm(name="x" * 121, query=""), "needs a name"),
        (SearchForm(name="x", query="q" * 2_001), "too long"),
        (SearchForm(name="x", query="", company_cap=0), "1 to 50"),
        (SearchForm(name="x", query="", cadence=Cadence.DAILY), "Choose where"),
    ],
)
def test_a_wrong_form_is_refused_and_nothing_is_kept(database: Database, ann: int, form: SearchForm, what: str) -> None:
    with pytest.raises(NoticeError, match=what), database.writing() as session:
        searches.save_search(session, ann, form, now=NOW)
    with database.reading() as session:
        assert searches.searches_of(session, ann) == []


def test_a_feed_has_a_secret_that_only_its_owner_saw_and_that_can_be_ended(database: Database, ann: int) -> None:
    with database.writing() as session:
        kept = searches.save_search(session, ann, SearchForm(name="A", query=""), now=NOW)
        secret = searches.open_feed(session, ann, kept.id)
        assert secret not in str(kept.feed_hash)
        found = searches.search_of_feed(session, secret)
        assert found is not None and found.id == kept.id
        again = searches.open_feed(session, ann, kept.id)
        assert searches.search_of_feed(session, secret) is None
        searches.close_feed(session, ann, kept.id)
        assert searches.search_of_feed(session, again) is None


def test_hours_move_the_next_digest(database: Database, ann: int) -> None:
    with database.writing() as session:
        channel = searches.add_channel(session, ann, name="", address=DISCORD, now=NOW)
        form = SearchForm(name="A", query="", cadence=Cadence.DAILY, channel_id=channel.id)
        kept = searches.save_search(session, ann, form, now=NOW)
        assert channel.name == "Discord"
        searches.set_hours(session, ann, Hours(timezone="Europe/Berlin", digest_hour=18), now=NOW)
        assert kept.next_at == NOW.replace(hour=17)
        with pytest.raises(NoticeError, match="time zone"):
            searches.set_hours(session, ann, Hours(timezone="Nowhere"), now=NOW)
        with pytest.raises(NoticeError, match="0 to 23"):
            searches.set_hours(session, ann, Hours(digest_hour=24), now=NOW)
