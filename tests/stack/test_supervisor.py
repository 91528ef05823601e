import asyncio
import io
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable

from iam_job_scout.stack.output import Output
from iam_job_scout.stack.processes import Guard
from iam_job_scout.stack.supervisor import Service, Supervisor, describe_code

SLEEP = ("sleep", "60")
STUBBORN = (
    sys.executable,
    "-uc",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up'); time.sleep(60)",
)


def supervise(scenario: Callable[[Supervisor], Awaitable[None]], *, grace: float = 4.0) -> tuple[Supervisor, str]:
    """Runs a scenario to the end of what it started; returns the supervisor and what the terminal showed."""
    output = Output(io.StringIO())

    async def run() -> Supervisor:
        with Guard() as guard:
            supervisor = Supervisor(output, guard, grace=grace)
            with supervisor.taking_signals():
                await scenario(supervisor)
                await supervisor.stop()
            return supervisor

    supervisor = asyncio.run(run())
    return supervisor, output.stream.getvalue()


def service(*argv: str, name: str = "one", ready: bool = True, vital: bool = False) -> Service:
    return Service(name=name, argv=argv, ready=lambda: ready, url="http://127.0.0.1:1", vital=vital)


def test_a_ready_program_is_announced_once_with_its_url() -> None:
    async def scenario(supervisor: Supervisor) -> None:
        await supervisor.start(service(*SLEEP))
        await supervisor.until_ready()

    _, shown = supervise(scenario)
    assert shown.count("http://127.0.0.1:1") == 1


def test_a_program_that_dies_is_told_with_its_last_lines() -> None:
    async def scenario(supervisor: Supervisor) -> None:
        await supervisor.start(service("sh", "-c", "echo out of luck; exit 3", ready=False))
        await supervisor.until_over()

    supervisor, shown = supervise(scenario)
    assert "out of luck" in shown
    assert "!! ended by itself, exit code 3; the others go on without it" in shown
    assert supervisor.exit_code == 1


def test_the_end_of_a_vital_program_is_the_end_and_its_code() -> None:
    async def scenario(supervisor: Supervisor) -> None:
        await supervisor.start(service(*SLEEP, name="two"))
        await supervisor.start(service("sh", "-c", "exit 5", vital=True))
        await supervisor.until_over()

    supervisor, _ = supervise(scenario)
    assert supervisor.exit_code == 5


def test_a_vital_program_that_ends_well_is_a_failure_all_the_same() -> None:
    async def scenario(supervisor: Supervisor) -> None:
        await supervisor.start(service("true", vital=True))
        await supervisor.until_over()

    assert supervise(scenario)[0].exit_code == 1


def test_stopping_on_request_is_no_trouble() -> None:
    async def scenario(supervisor: Supervisor) -> None:
        await supervisor.start(service(*SLEEP))
        asyncio.get_running_loop().call_later(0.2, os.kill, os.getpid(), signal.SIGTERM)
        await supervisor.until_over()

    supervisor, shown = supervise(scenario)
    assert "!!" not in shown
    assert supervisor.exit_code == 0


def test_a_program_that_ignores_sigterm_is_killed_after_the_grace() -> None:
    async def scenario(supervisor: Supervisor) -> None:
        await supervisor.start(service(*STUBBORN))
        # Until it is deaf; a busy machine takes its time to start a program.
        await asyncio.sleep(2)

    begun = time.monotonic()
    _, shown = supervise(scenario, grace=0.5)
    assert "did not stop within 0.5 s and is killed" in shown
    assert time.monotonic() - begun < 6


def test_a_second_signal_kills_at_once() -> None:
    async def scenario(supervisor: Supervisor) -> None:
        await supervisor.start(service(*STUBBORN))
        await asyncio.sleep(0.5)
        for delay in (0.1, 0.3):
            asyncio.get_running_loop().call_later(delay, os.kill, os.getpid(), signal.SIGINT)
        await supervisor.until_over()

    begun = time.monotonic()
    supervise(scenario, grace=30)
    assert time.monotonic() - begun < 5


def test_exit_codes_are_said_as_people_say_them() -> None:
    assert describe_code(2) == "exit code 2"
    assert describe_code(-9) == "killed by SIGKILL"
