"""`scout searches` and `scout channels`."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from iam_job_scout.db.models import SavedSearch
from iam_job_scout.errors import NoticeError, NotThere
from terminal import Scout
from website import Site

#: Nothing listens there, so what is sent is not taken.
NOWHERE = "json://127.0.0.1:9/"


@pytest.fixture(autouse=True)
def local_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCOUT_NOTICE_PRIVATE", "on")


def test_a_search_is_saved_listed_and_removed(scout: Scout) -> None:
    made = json.loads(scout("searches", "add", "Okta", "http://127.0.0.1:5000/?q=okta&mode=remote", "--json"))
    assert made["query"] == "q=okta&mode=remote"
    (row,) = json.loads(scout("searches", "list", "--json"))
    assert (row["name"], row["looks for"], row["cadence"]) == ("Okta", "“okta”, Remote", "off")
    assert scout("searches", "remove", str(made["id"])) == f"Search {made['id']} is removed.\n"
    assert scout("searches", "list") == "Nothing there.\n"


def test_what_cannot_be_kept_is_refused(scout: Scout) -> None:
    scout("searches", "add", "Moon", "mode=moon", code=2)
    with pytest.raises(NoticeError, match="Choose where the messages go"):
        scout("searches", "add", "Okta", "q=okta", "--cadence", "daily")
    with pytest.raises(NoticeError, match="no address of a service"):
        scout("channels", "add", "nonsense://x")
    for command in ("remove", "test", "run", "feed"):
        with pytest.raises(NotThere, match="no such saved search"):
            scout("searches", command, "7")


def test_a_channel_is_kept_without_showing_its_secrets(scout: Scout) -> None:
    scout("channels", "add", "-", typed="discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js\n")
    printed = scout("channels", "list", "--json")
    (row,) = json.loads(printed)
    assert row["service"] == "Discord"
    assert "JHMHI8qBe7bk2ZwO5U711o3dV_js" not in printed
    scout("channels", "remove", str(row["id"]))
    assert json.loads(scout("channels", "list", "--json")) == []


def test_a_channel_that_does_not_answer_is_said_and_exits_1(scout: Scout) -> None:
    channel = json.loads(scout("channels", "add", NOWHERE, "--name", "mine", "--json"))["id"]
    assert json.loads(scout("channels", "test", str(channel), "--json", code=1))["sent"] is False
    search = json.loads(scout("searches", "add", "All", "--channel", str(channel), "--json"))["id"]
    assert scout("searches", "test", str(search), code=1).startswith("mine: ")


def test_a_run_sends_what_is_new_once(machine: Site, scout: Scout) -> None:
    channel = json.loads(scout("channels", "add", NOWHERE, "--json"))["id"]
    arguments = ("--cadence", "daily", "--channel", str(channel), "--json")
    search = json.loads(scout("searches", "add", "All", "", *arguments))["id"]
    with machine.database.writing() as session:
        kept = session.get_one(SavedSearch, search)
        kept.created_at = kept.read_until = datetime.now(UTC) - timedelta(days=1)
    machine.add_job(title="IAM Engineer", first_seen=datetime.now(UTC))
    (row,) = json.loads(scout("searches", "run", "--json", code=1))
    assert (row["search"], row["jobs"], row["sent"]) == (search, 1, None)
    assert row["error"]
    assert scout("searches", "run", str(search)) == "1 search looked: nothing new to send.\n"


def test_a_feed_has_secret_addresses_until_it_is_ended(machine: Site, scout: Scout) -> None:
    search = str(json.loads(scout("searches", "add", "All", "--json"))["id"])
    address = json.loads(scout("searches", "feed", search, "--json"))["atom"]
    path = "/" + address.split("/", 3)[3]
    browser = machine.browser().client
    assert browser.get(path).status_code == 200
    assert scout("searches", "feed", search, "--end") == f"Search {search} has no feed.\n"
    assert browser.get(path).status_code == 404
