"""Sends the messages that are due, again and again with growing pauses until they are taken or given up."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from iam_job_scout.db import Database
from iam_job_scout.db.models import Channel, Delivery
from iam_job_scout.monitoring import record_notice
from iam_job_scout.notify.courier import Courier, Letter, Sent

#: After each failure a longer pause; after the last, 20 hours on, the message is given up.
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180, 360, 600))
#: A process that died while sending leaves its message to others after this long, which is more than a send may take.
LEASE = timedelta(minutes=5)


@dataclass(frozen=True)
class _Claimed:
    id: int
    attempts: int
    letter: Letter | None


def deliver_one(database: Database, courier: Courier, *, private: bool, now: datetime) -> bool:
    """Sends the message that is due the longest; returns whether there was one.

    A process that dies after the service took the message and before that is written down sends it again: a message
    twice is better than none.
    """
    claimed = _claim(database, now, private=private)
    if claimed is None:
        return False
    if claimed.id:
        sent = courier.send(claimed.letter) if claimed.letter else Sent(False, "its channel was removed")
        _settle(database, claimed, sent, now)
    return True


def _claim(database: Database, now: datetime, *, private: bool) -> _Claimed | None:
    with database.writing() as session:
        waiting = select(Delivery).where(Delivery.sent_at.is_(None), Delivery.failed_at.is_(None))
        delivery = session.scalar(waiting.where(Delivery.due_at <= now).order_by(Delivery.due_at).limit(1))
        if delivery is None:
            return None
        channel = session.get(Channel, delivery.channel_id) if delivery.channel_id else None
        letter = (
            None
            if channel is None
            else Letter(address=channel.address, title=delivery.title, body=delivery.body, private=private)
        )
        found = _Claimed(delivery.id, delivery.attempts + 1, letter)
        mine = update(Delivery).where(Delivery.id == delivery.id, Delivery.due_at == delivery.due_at)
        values = {"due_at": now + LEASE, "attempts": delivery.attempts + 1}
        won = session.connection().execute(mine.values(values)).rowcount
        return found if won else _Claimed(0, 0, None)


def _settle(database: Database, claimed: _Claimed, sent: Sent, now: datetime) -> None:
    given_up = claimed.letter is None or claimed.attempts > len(PAUSES)
    with database.writing() as session:
        delivery = session.get(Delivery, claimed.id)
        if delivery is None:
            return
        delivery.error = sent.reason[:300]
        if sent.ok:
            delivery.sent_at = now
        elif given_up:
            delivery.failed_at = now
        else:
            delivery.due_at = now + PAUSES[claimed.attempts - 1]
    record_notice("sent" if sent.ok else "failed" if given_up else "retried")


def count_due(session: Session, now: datetime) -> int:
    """How many messages are due and neither sent nor given up."""
    waiting = (Delivery.sent_at.is_(None), Delivery.failed_at.is_(None), Delivery.due_at <= now)
    return session.scalar(select(func.count()).select_from(Delivery).where(*waiting)) or 0


def retry_failed(database: Database, user_id: int, delivery_id: int, now: datetime) -> bool:
    """Puts a person's message that was given up on its way again; returns whether there was such a one."""
    with database.writing() as session:
        mine = update(Delivery).where(Delivery.id == delivery_id, Delivery.user_id == user_id)
        again = mine.where(Delivery.failed_at.is_not(None)).values(failed_at=None, attempts=0, due_at=now)
        return session.connection().execute(again).rowcount == 1


def remove_old(database: Database, before: datetime) -> int:
    """Removes messages that were sent or given up before that time; returns how many."""
    with database.writing() as session:
        old = delete(Delivery).where(or_(Delivery.sent_at < before, Delivery.failed_at < before))
        return session.connection().execute(old).rowcount
