"""Whether a port is free, and who holds it where not."""

import errno
import os
import socket
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from iam_job_scout.errors import PortTaken

PROC = Path("/proc")
#: The state LISTEN in /proc/net/tcp, whose columns are: slot, local address, remote address, state, …, inode.
LISTENING = "0A"
INODE_COLUMN = 9


@dataclass(frozen=True)
class Port:
    """A port that `owner` is about to listen on; `change` says what moves it elsewhere."""

    owner: str
    host: str
    number: int
    change: str


def check_ports(ports: Sequence[Port]) -> None:
    """Raises PortTaken, one line for all, where a port is in use or wanted by two."""
    pairs = combinations(ports, 2)
    problems = [_clash(one, other) for one, other in pairs if one.number == other.number]
    problems += [_taken(port) for port in ports if not is_free(port.host, port.number)]
    if problems:
        raise PortTaken("; ".join(problems))


def _clash(one: Port, other: Port) -> str:
    return f"port {one.number} is meant for both {one.owner} and {other.owner}: move one with {other.change}"


def _taken(port: Port) -> str:
    holder = find_holder(port.number)
    by = f" by {holder}" if holder else ""
    return f"port {port.number} for {port.owner} is taken{by}: choose another with {port.change}"


def is_free(host: str, number: int) -> bool:
    """Whether a server could listen there now; raises PortTaken where the address or the port is not ours to use."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, number))
            probe.listen(1)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return False
            raise PortTaken(f"cannot listen on {host}, port {number}: {error.strerror}") from error
    return True


def find_free_port() -> int:
    """A port of 127.0.0.1 that nothing listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def find_holder(number: int) -> str | None:
    """The program that listens on a port, as `name (pid 123)`; None where the system does not tell."""
    inodes = {inode for table in ("tcp", "tcp6") for inode in _listening(PROC / "net" / table, number)}
    links = {f"socket:[{inode}]" for inode in inodes}
    for process in PROC.glob("[0-9]*"):
        if links & _open_files(process):
            return f"{_name(process)} (pid {process.name})"
    return None


def _listening(table: Path, number: int) -> Iterator[str]:
    try:
        rows = table.read_text(encoding="ascii").splitlines()[1:]
    except OSError:
        return
    for row in rows:
        columns = row.split()
        if columns[3] == LISTENING and int(columns[1].rpartition(":")[2], 16) == number:
            yield columns[INODE_COLUMN]


def _open_files(process: Path) -> set[str]:
    """What the process has open; empty where it is another user's or gone."""
    try:
        return {link for entry in os.scandir(process / "fd") if (link := _read_link(entry.path))}
    except OSError:
        return set()


def _read_link(path: str) -> str:
    try:
        return str(Path(path).readlink())
    except OSError:  # closed since it was listed
        return ""


def _name(process: Path) -> str:
    try:
        return (process / "comm").read_text(encoding="utf-8").strip()
    except OSError:
        return "a program"
