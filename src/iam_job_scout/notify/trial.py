"""Trying a channel: a message now, and how that went."""

from iam_job_scout.db.models import Channel
from iam_job_scout.notify.courier import Courier, Letter, Sent

#: Seconds that somebody waits for the answer to a test.
TRIAL_SECONDS = 15.0


def try_channel(channel: Channel, *, home: str, private: bool) -> Sent:
    """Sends a test message to the channel; `private`: it may be in the local network."""
    letter = Letter(
        address=channel.address,
        title="IAM Job Scout: a test",
        body=f"Messages of your saved searches arrive here.\n\n{home}/searches",
        private=private,
    )
    with Courier(seconds=TRIAL_SECONDS) as courier:
        return courier.send(letter)
