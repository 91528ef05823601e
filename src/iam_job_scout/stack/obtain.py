"""Gets the servers: those of this machine, else the distribution's packages."""

import asyncio

from iam_job_scout.errors import StackError
from iam_job_scout.settings import Settings
from iam_job_scout.stack import debian
from iam_job_scout.stack.binaries import Servers, find_servers
from iam_job_scout.stack.debian import Say
from iam_job_scout.stack.processes import Guard


async def obtain(settings: Settings, *, guard: Guard, say: Say) -> Servers:
    """Finds the servers or fetches them, calling `say` with a line per step.

    SCOUT_STACK_BIN is never second-guessed. Raises StackError that says what is missing and how to get it.
    """
    try:
        return await asyncio.to_thread(find_servers, settings)
    except StackError:
        if settings.stack_bin or not debian.can_fetch():
            raise
    say("no Prometheus and Alertmanager here yet: fetching the distribution's packages, this once")
    return await debian.fetch(settings, guard=guard, say=say)


def get_servers(settings: Settings, *, say: Say) -> Servers:
    """`obtain` for callers without an event loop."""
    with Guard() as guard:
        return asyncio.run(obtain(settings, guard=guard, say=say))
