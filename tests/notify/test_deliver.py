"""Messages are sent until they are taken or given up, by one process at a time."""

from datetime import datetime, timedelta

import pytest

from iam_job_scout.db import Database
from iam_job_scout.db.models import Channel, Delivery
from iam_job_scout.monitoring.testing import Changes
from iam_job_scout.notify.courier import Courier, Letter, Sent
from iam_job_scout.notify.deliver import LEASE, PAUSES, deliver_one, remove_old, retry_failed

from .conftest import NOW


class Post(Courier):
    """Takes letters, or refuses them."""

    def __init__(self, *, ok: bool = True) -> None:
        super().__init__()
        self.ok = ok
        self.letters: list[Letter] = []

    def send(self, letter: Letter) -> Sent:
        self.letters.append(letter)
        return Sent(True) if self.ok else Sent(False, "the service is away")


@pytest.fixture
def waiting(database: Database, ann: int) -> int:
    """The id of a message that is due."""
    with database.writing() as session:
        channel = Channel(user_id=ann, name="c", address="ntfy://topic", created_at=NOW)
        session.add(channel)
        session.flush()
        delivery = Delivery(user_id=ann, channel_id=channel.id, title="t", body="b", jobs=1, created_at=NOW, due_at=NOW)
        session.add(delivery)
        session.flush()
        return delivery.id


def stored(database: Database, delivery_id: int) -> Delivery:
    with database.reading() as session:
        return session.get_one(Delivery, delivery_id)


def go(database: Database, post: Post, now: datetime) -> bool:
    return deliver_one(database, post, private=False, now=now)


def test_a_message_is_sent_once(database: Database, waiting: int) -> None:
    post, changes = Post(), Changes()
    assert go(database, post, NOW)
    assert not go(database, post, NOW + timedelta(days=9))
    assert post.letters == [Letter(address="ntfy://topic", title="t", body="b", private=False)]
    assert stored(database, waiting).sent_at == NOW
    assert changes.delta("iam_notices_total", status="sent") == 1


def test_nothing_is_sent_before_it_is_due(database: Database, waiting: int) -> None:
    assert not go(database, Post(), NOW - timedelta(seconds=1))


def test_a_refused_message_comes_again_after_growing_pauses_and_is_given_up(database: Database, waiting: int) -> None:
    post, now, changes = Post(ok=False), NOW, Changes()
    for pause in PAUSES:
        assert go(database, post, now)
        assert not go(database, post, now + pause - timedelta(seconds=1))
        now += pause
    assert go(database, post, now)
    assert not go(database, post, now + timedelta(days=9))
    found = stored(database, waiting)
    assert (found.failed_at, found.error, found.attempts) == (now, "the service is away", len(PAUSES) + 1)
    assert changes.delta("iam_notices_total", status="retried") == len(PAUSES)
    assert changes.delta("iam_notices_total", status="failed") == 1


def test_a_message_that_was_given_up_can_be_sent_again(database: Database, ann: int, waiting: int) -> None:
    with database.writing() as session:
        session.get_one(Delivery, waiting).failed_at = NOW
    assert not retry_failed(database, ann + 1, waiting, NOW)
    assert retry_failed(database, ann, waiting, NOW)
    assert go(database, Post(), NOW)
    assert stored(database, waiting).sent_at == NOW


def test_a_message_in_the_hands_of_another_process_is_left_until_that_must_have_died(
    database: Database, waiting: int
) -> None:
    class Dying(Post):
        def send(self, letter: Letter) -> Sent:
            raise SystemExit

    with pytest.raises(SystemExit):
        go(database, Dying(), NOW)
    assert not go(database, Post(), NOW + LEASE - timedelta(seconds=1))
    assert go(database, Post(), NOW + LEASE)


def test_a_message_whose_channel_is_gone_fails_and_says_so(database: Database, waiting: int) -> None:
    with database.writing() as session:
        session.delete(session.get_one(Channel, stored(database, waiting).channel_id))
    assert go(database, Post(), NOW)
    assert (stored(database, waiting).failed_at, stored(database, waiting).error) == (NOW, "its channel was removed")


def test_old_messages_are_removed_once_they_are_done(database: Database, waiting: int) -> None:
    assert remove_old(database, NOW + timedelta(days=90)) == 0
    go(database, Post(), NOW)
    assert remove_old(database, NOW + timedelta(days=90)) == 1
