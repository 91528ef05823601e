"""Sends messages by Apprise in a process of its own, which can be ended when a server hangs, and which does not connect
to private addresses, whatever a name resolves to or a server redirects to.

The process reads a JSON object a line (address, title, body, private) and answers each with one (sent, reason).
"""

import json
import logging
import select
import socket
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from ipaddress import ip_address
from types import TracebackType
from typing import IO, Any, Self

#: Seconds that one message may take in all. Services that work answer in one or two.
SEND_SECONDS = 30.0
_HUNG = f"no answer within {SEND_SECONDS:.0f} s"


@dataclass(frozen=True, kw_only=True)
class Letter:
    """A message with the address it goes to; `private`: it may go to addresses of the local network."""

    address: str
    title: str
    body: str
    private: bool


@dataclass(frozen=True)
class Sent:
    """Whether a message was taken by the service, and if not, why, without secrets."""

    ok: bool
    reason: str = ""


class Courier:
    """Sends one letter after the other; starts the process when the first one comes."""

    def __init__(self, *, seconds: float = SEND_SECONDS) -> None:
        self._seconds = seconds
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.close()

    def send(self, letter: Letter) -> Sent:
        """Sends a letter and says how it went; never raises for what a service or an address does."""
        process = self._running()
        if process.stdin is None or process.stdout is None:
            raise AssertionError("the courier has pipes")
        try:
            process.stdin.write(json.dumps(asdict(letter)) + "\n")
            process.stdin.flush()
            ready, _, _ = select.select([process.stdout], [], [], self._seconds)
            line = process.stdout.readline() if ready else ""
        except BrokenPipeError:
            line, ready = "", [process.stdout]
        if not line:
            self.close()
            return Sent(False, "the sender ended unexpectedly" if ready else f"no answer within {self._seconds:.0f} s")
        answer = json.loads(line)
        return Sent(bool(answer["sent"]), str(answer["reason"]))

    def close(self) -> None:
        """Ends the process, at once."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()

    def _running(self) -> subprocess.Popen[str]:
        if self._process is None or self._process.poll() is not None:
            self.close()
            self._process = subprocess.Popen(
                [sys.executable, "-m", "iam_job_scout.notify.courier"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        return self._process


class PrivateAddressRefused(OSError):
    """A message may not go to an address of the local network."""


def serve(lines: Iterable[str], answers: IO[str]) -> None:
    """The process: sends each letter and answers how it went."""
    notes = _Notes()
    for line in lines:
        letter = Letter(**json.loads(line))
        notes.lines.clear()
        _guard(private=letter.private)
        sent = _notify(letter)
        reason = "" if sent else (_refused.pop() if _refused else notes.reason())
        _refused.clear()
        answers.write(json.dumps({"sent": sent, "reason": reason[:300]}) + "\n")
        answers.flush()


def _notify(letter: Letter) -> bool:
    from apprise import Apprise, AppriseAsset

    messenger = Apprise(asset=AppriseAsset(app_id="IAM Job Scout", app_desc="IAM Job Scout", http_redirects=False))
    return messenger.add(letter.address) and bool(messenger.notify(title=letter.title, body=letter.body))


class _Notes(logging.Handler):
    """Keeps what Apprise says of a failure; its warnings hold no secrets, its debug lines do."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []
        logger = logging.getLogger("apprise")
        logger.addHandler(self)
        logger.propagate = False

    def emit(self, record: logging.LogRecord) -> None:
        """Keeps the line."""
        self.lines.append(" ".join(record.getMessage().split()))

    def reason(self) -> str:
        """The first line, which names the cause."""
        return self.lines[0] if self.lines else "the service did not take it"


_connect = socket.socket.connect
_refused: list[str] = []


def _guard(*, private: bool) -> None:
    def connect(self: socket.socket, address: Any) -> None:
        if not private and not _is_public(self, address):
            _refused.append(f"{address[0] if isinstance(address, tuple) else 'a local socket'} is not a public address")
            raise PrivateAddressRefused(_refused[-1])
        _connect(self, address)

    socket.socket.connect = connect  # type: ignore[method-assign, assignment]


def _is_public(connection: socket.socket, address: Any) -> bool:
    if connection.family not in (socket.AF_INET, socket.AF_INET6):
        return False
    # glibc's resolver asks the name server by itself; only what Python connects to comes here.
    return ip_address(str(address[0]).partition("%")[0]).is_global


if __name__ == "__main__":
    serve(sys.stdin, sys.stdout)
