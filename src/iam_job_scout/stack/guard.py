"""Run as a script: outlives the supervisor by seconds and stops what it left running.

Standard input is a pipe from the supervisor: `+PGID` and `-PGID` lines say which process groups are running. Its end
means that the supervisor is gone, however it died; then the groups still listed get SIGTERM and, soon after, SIGKILL.
"""

import os
import signal
import sys
import time
from collections.abc import Iterable

GRACE_SECONDS = 4.0


def read_groups(lines: Iterable[str]) -> set[int]:
    """The process groups that were added and not removed when the lines end."""
    groups: set[int] = set()
    for line in lines:
        change = groups.add if line.startswith("+") else groups.discard
        change(int(line[1:]))
    return groups


def send(group: int, number: int) -> bool:
    """Signals a process group; False where it is gone."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def stop(groups: set[int], *, grace: float = GRACE_SECONDS) -> None:
    """SIGTERM to each group, SIGKILL to those that are left after `grace` seconds."""
    deadline = time.monotonic() + grace
    left = {group for group in groups if send(group, signal.SIGTERM)}
    while left and time.monotonic() < deadline:
        time.sleep(0.05)
        left = {group for group in left if send(group, 0)}
    for group in left:
        send(group, signal.SIGKILL)


if __name__ == "__main__":
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    stop(read_groups(sys.stdin))
