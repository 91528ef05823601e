"""What the terminal shows: every program's lines, each behind its name."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TextIO

RESET = "\033[0m"
COLOURS = ("\033[36m", "\033[35m", "\033[34m", "\033[32m", "\033[33m")
BAD = "\033[1;31m"
NAME_WIDTH = 12
#: Lines of Prometheus and Alertmanager (logfmt) that are worth an operator's attention.
WORRYING = ("level=warn", "level=error", "level=WARN", "level=ERROR", "panic:", "fatal error:")

Shown = Callable[[str], bool]


def show_all(line: str) -> bool:
    """Every line."""
    return bool(line)


def show_worrying(line: str) -> bool:
    """Warnings and errors of a server that logs in logfmt, less the one about our own stopping it."""
    return any(mark in line for mark in WORRYING) and "Received SIGTERM" not in line


def show_errors(line: str) -> bool:
    """Errors of a server that warns of its own defaults at every start."""
    return any(mark in line for mark in WORRYING if "warn" not in mark.lower())


@dataclass
class Output:
    """Writes whole lines, `name | text`, with a colour per name where the stream is a terminal."""

    stream: TextIO
    _seen: list[str] = field(default_factory=list)

    def line(self, name: str, text: str) -> None:
        """A line of the program `name`."""
        if name not in self._seen:
            self._seen.append(name)
        self._write(name, text, colour=COLOURS[self._seen.index(name) % len(COLOURS)])

    def trouble(self, name: str, text: str) -> None:
        """A line that must not be overlooked."""
        self._write(name, f"!! {text}", colour=BAD)

    def _write(self, name: str, text: str, *, colour: str) -> None:
        tag = f"{name:<{NAME_WIDTH}} |"
        line = f"{colour}{tag}{RESET} {text}\n" if self._coloured else f"{tag} {text}\n"
        try:
            self.stream.write(line)
            self.stream.flush()
        except OSError:  # nobody reads any more, as after `| head` or on a closed terminal; the programs go on
            self.stream = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - open until we end

    @property
    def _coloured(self) -> bool:
        return self.stream.isatty() and "NO_COLOR" not in os.environ
