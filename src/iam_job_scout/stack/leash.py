"""Run as a script: ties this process to the life of its parent, then becomes the program of its arguments.

`python leash.py PARENT_PID PROGRAM [ARGUMENT…]`. Linux sends SIGTERM when the parent dies, even by SIGKILL; other
systems have no such call and rely on the guard alone. A script of its own instead of Popen's preexec_fn, because
running Python between fork and exec is unsafe in a process with threads.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def become(parent: int, argv: list[str]) -> None:
    """Replaces this process by `argv`; returns only where the program cannot be run."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        sys.exit(1)
    try:
        os.execvp(argv[0], argv)  # noqa: S606 - the supervisor's own argument list
    except OSError as error:
        sys.stderr.write(f"cannot run {argv[0]}: {error.strerror}\n")
        sys.exit(127)


if __name__ == "__main__":
    become(int(sys.argv[1]), sys.argv[2:])
