"""Which process may run an engine: each takes a numbered slot, held by a file lock that dies with the process.

On SQLite there is one slot. On PostgreSQL each process of a machine takes the lowest free one, so that a process that
is started in place of a killed one gets the name under which the killed one's unfinished work is filed.
"""

import fcntl
import os
import socket
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

#: More engines than this on one machine are a mistake.
MAX_SLOTS = 64


@dataclass(frozen=True)
class Slot:
    """A held slot; `executor_id` is the name of its holder in the queue."""

    executor_id: str
    descriptor: int

    def release(self) -> None:
        """Lets another process have the slot."""
        os.close(self.descriptor)


def take_slot(data_dir: Path, *, many: bool) -> Slot | None:
    """Takes the lowest free slot, or returns None where all are taken."""
    data_dir.mkdir(parents=True, exist_ok=True)
    for number in range(MAX_SLOTS if many else 1):
        descriptor = os.open(data_dir / f"engine-{number}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
        else:
            return Slot(f"{_home(data_dir)}-{number}" if many else "local", descriptor)
    return None


def _home(data_dir: Path) -> str:
    """Names the machine and the data directory, of which a machine may have several."""
    digest = blake2b(str(data_dir.resolve()).encode(), digest_size=3).hexdigest()
    return f"{socket.gethostname()}-{digest}"


def slot_is_free(data_dir: Path) -> bool:
    """Whether no process runs an engine with this data directory; told without keeping the slot."""
    slot = take_slot(data_dir, many=False)
    if slot is None:
        return False
    slot.release()
    return True
