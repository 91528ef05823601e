"""From a failing request to the delivered message and back, with the real servers and shortened times.

One story is lived through once, since its waits are most of its cost; each test looks at one thing that happened.
"""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from alert_rig import FOR, GROUP_WAIT, PROMISED, Rig, free_ports, running_rig, visit, wait_until
from inboxes import Inboxes, Message, open_inboxes

from iam_job_scout.stack.binaries import Servers

ALERT = "HighErrorRate"
SUMMARY = "More than 5 % of requests fail"
KINDS = ("email", "slack", "discord", "pagerduty", "webhook")


@dataclass
class Story:
    """What happened when: moments are time.time(), by what they are the moment of."""

    inboxes: Inboxes
    url: str
    moments: dict[str, float] = field(default_factory=dict)
    seen: dict[str, Any] = field(default_factory=dict)

    def messages(self, kind: str, *words: str, since: str = "", until: str = "") -> list[Message]:
        """The messages of an inbox with these words, between two moments."""
        after, before = self.moments.get(since, 0.0), self.moments.get(until, time.time())
        return [one for one in self.inboxes.of(kind, *words) if after <= one.at <= before]

    def fired(self, kind: str) -> Message:
        """The first message about the errors."""
        return self.messages(kind, SUMMARY)[0]

    def resolved(self, kind: str) -> Message:
        """The message that they are over."""
        return self.messages(kind, SUMMARY, since="mended")[0]


@pytest.fixture(scope="module")
def story(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    with (
        open_inboxes(free_ports(1)[0]) as inboxes,
        running_rig(tmp_path_factory.mktemp("rig"), inboxes, servers) as rig,
    ):
        told = Story(inboxes, rig.settings.base_url)
        errors_come(rig, told)
        errors_go(rig, told)
        servers_fall(rig, told)
        service_dies(rig, told)
        yield told


def errors_come(rig: Rig, told: Story) -> None:
    told.seen["before"] = rig.states(ALERT)
    rig.failing.set()
    told.moments["broken"] = time.time()
    told.moments["pending"] = wait_until(lambda: rig.states(ALERT) == {"pending"})
    told.moments["firing"] = wait_until(lambda: rig.states(ALERT) == {"firing"})
    told.moments["told"] = wait_until(lambda: all(told.messages(kind, SUMMARY) for kind in KINDS))
    time.sleep(1.5)  # Prometheus sends what fires each second: this is when a repetition would come
    told.seen["resident"] = rig.resident_bytes()


def errors_go(rig: Rig, told: Story) -> None:
    rig.failing.clear()
    told.moments["mended"] = time.time()
    wait_until(lambda: told.messages("email", "UnhandledError"))
    wait_until(lambda: rig.states(ALERT) == set())
    told.moments["resolved"] = wait_until(lambda: all(told.messages(kind, SUMMARY, since="mended") for kind in KINDS))


def servers_fall(rig: Rig, told: Story) -> None:
    """Alertmanager is away while Prometheus, killed in the middle of waiting, comes back and fires."""
    rig.end("alertmanager")
    rig.failing.set()
    wait_until(lambda: rig.states(ALERT) == {"pending"})
    time.sleep(FOR / 2)
    told.seen["pending since"] = rig.alerts(ALERT)[0]["activeAt"]
    rig.end("prometheus", kill=True)
    told.moments["restarted"] = time.time()
    rig.start("prometheus")
    told.moments["firing again"] = wait_until(lambda: rig.states(ALERT) == {"firing"})
    states = rig.query("ALERTS_FOR_STATE{alertname='HighErrorRate'}[2m]")[0]["values"]
    told.seen["restored"] = next((moment, since) for moment, since in states if moment > told.moments["restarted"])
    past = int(told.moments["restarted"]) - 1
    told.seen["history"] = rig.query(f"http_requests_total{{endpoint='/fault/one',status_code='500'}} @ {past}")
    told.moments["alertmanager back"] = time.time()
    rig.start("alertmanager")
    told.moments["told late"] = wait_until(
        lambda: all(told.messages(kind, SUMMARY, since="alertmanager back") for kind in KINDS)
    )


def service_dies(rig: Rig, told: Story) -> None:
    """A first error elsewhere waits to fire when the whole service goes down and says it all."""
    errors = "application_errors_total{endpoint='/fault/three'}"
    for count in (1, 2):  # what has grown once is still known when the app is gone
        visit(f"{rig.settings.base_url}/fault/three")
        wait_until(lambda expected=count: rig.query(f"{errors} == {expected}"))  # type: ignore[misc]
    rig.end("app", kill=True)
    told.moments["dead"] = time.time()
    told.moments["told of death"] = wait_until(lambda: told.messages("webhook", "ServiceDown"))

    def taken() -> list[dict[str, Any]]:
        return [one for one in rig.taken("UnhandledError") if one["labels"]["endpoint"] == "/fault/three"]

    wait_until(taken)
    time.sleep(2 * GROUP_WAIT + 0.5)  # two rounds of its group, in which it would have been told
    told.seen["inhibited by"] = taken()[0]["status"]["inhibitedBy"]


def test_without_errors_nothing_is_said(story: Story) -> None:
    assert story.seen["before"] == set()
    assert all(not story.messages(kind, ALERT, until="broken") for kind in KINDS)


def test_errors_make_the_alert_wait_and_then_fire(story: Story) -> None:
    moments = story.moments
    assert moments["broken"] < moments["pending"] < moments["firing"]
    assert moments["firing"] - moments["pending"] == pytest.approx(FOR, abs=1)


@pytest.mark.parametrize("kind", KINDS)
def test_the_message_arrives_within_the_promised_time(story: Story, kind: str) -> None:
    assert story.fired(kind).at - story.moments["broken"] <= PROMISED


@pytest.mark.parametrize("kind", KINDS)
def test_a_message_tells_what_how_bad_and_where_to_look(story: Story, kind: str) -> None:
    said = story.fired(kind).text
    assert SUMMARY in said
    assert "critical" in said
    assert "in the last five minutes ended in a server error" in said
    assert f"{story.url}/monitoring/scout-health" in said
    assert f"{story.url}/docs/runbooks/HighErrorRate.md" in said


@pytest.mark.parametrize("kind", ["email", "slack", "discord", "pagerduty"])
def test_a_message_tells_since_when(story: Story, kind: str) -> None:
    day = time.strftime("%Y-%m-%d", time.gmtime(story.moments["firing"]))
    assert f"since {day}" in story.fired(kind).text


def test_the_e_mail_has_a_subject_and_both_forms(story: Story) -> None:
    mail = story.fired("email")
    assert mail.content["Subject"] == f"CRITICAL: {SUMMARY} (production)"
    assert mail.content["To"] == "oncall@example.org"
    assert mail.content["From"] == "scout@example.org"
    assert f'href="{story.url}/docs/runbooks/HighErrorRate.md"' in mail.html


def test_slack_gets_a_coloured_attachment_that_links_the_dashboard(story: Story) -> None:
    [attachment] = story.fired("slack").content["attachments"]
    assert attachment["title"] == f"CRITICAL: {SUMMARY} (production)"
    assert attachment["title_link"] == f"{story.url}/monitoring/scout-health"
    assert attachment["color"] == "danger"
    [after] = story.resolved("slack").content["attachments"]
    assert (after["title"], after["color"]) == (f"RESOLVED: {SUMMARY} (production)", "good")


def test_discord_gets_an_embed(story: Story) -> None:
    [embed] = story.fired("discord").content["embeds"]
    assert embed["title"] == f"CRITICAL: {SUMMARY} (production)"
    assert "Runbook: " in embed["description"]


def test_pagerduty_gets_an_event_that_its_resolution_closes(story: Story) -> None:
    event, end = story.fired("pagerduty").content, story.resolved("pagerduty").content
    assert (event["event_action"], end["event_action"]) == ("trigger", "resolve")
    assert event["dedup_key"] == end["dedup_key"]
    assert event["routing_key"] == "0123456789abcdef0123456789abcdef"
    assert event["payload"]["severity"] == "critical"
    assert event["links"] == [{"href": f"{story.url}/docs/runbooks/HighErrorRate.md", "text": "Runbook"}]


def test_other_services_get_the_alerts_as_data(story: Story) -> None:
    content = story.fired("webhook").content
    assert (content["version"], content["status"]) == ("4", "firing")
    assert content["alerts"][0]["labels"]["alertname"] == ALERT


@pytest.mark.parametrize("kind", KINDS)
def test_the_end_is_told_too(story: Story, kind: str) -> None:
    assert "resolve" in story.resolved(kind).text.lower()
    assert story.resolved(kind).at <= story.moments["resolved"]


@pytest.mark.parametrize("kind", KINDS)
def test_what_goes_on_is_not_told_twice(story: Story, kind: str) -> None:
    assert len(story.messages(kind, SUMMARY, until="mended")) == 1


def test_two_alerts_of_one_group_are_one_message(story: Story) -> None:
    [message] = story.messages("email", "UnhandledError", until="resolved")
    assert message.content["Subject"] == "WARNING: UnhandledError, 2 alerts (production)"
    assert "/fault/one" in message.plain
    assert "/fault/two" in message.plain


def test_what_can_wait_wakes_nobody(story: Story) -> None:
    assert story.messages("slack", "UnhandledError")
    assert not story.messages("pagerduty", "UnhandledError")


def test_a_restart_of_prometheus_keeps_history_and_what_was_pending(story: Story) -> None:
    assert float(story.seen["history"][0]["value"][1]) > 0
    # The time in between does not count as waiting, but what was waited before does: starting over would be 0 s ago.
    moment, since = story.seen["restored"]
    assert moment - float(since) >= 1


def test_an_alert_raised_while_alertmanager_was_away_is_told_when_it_is_back(story: Story) -> None:
    for kind in KINDS:
        assert story.messages(kind, SUMMARY, since="alertmanager back"), kind


def test_what_was_told_before_alertmanager_went_away_is_not_told_again(story: Story) -> None:
    assert len(story.messages("email", "/fault/one")) == 1


def test_a_dead_service_is_told_and_what_follows_from_it_is_not(story: Story) -> None:
    assert story.messages("pagerduty", "IAM Job Scout does not answer", since="dead")
    assert story.seen["inhibited by"] != []
    assert not any("/fault/three" in message.text for message in story.inboxes.messages)


def test_the_dead_mans_switch_is_fed(story: Story) -> None:
    assert json.dumps(story.inboxes.of("watchdog")[0].content).count("Watchdog")


def test_both_servers_together_stay_small(story: Story) -> None:
    resident = story.seen["resident"]
    assert resident["prometheus"] + resident["alertmanager"] < 150e6
