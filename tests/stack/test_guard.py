import subprocess
import sys
import time

from iam_job_scout.stack.guard import read_groups, stop

STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); time.sleep(60)"


def test_groups_that_ended_are_not_stopped() -> None:
    assert read_groups(["+11\n", "+12\n", "-11\n"]) == {12}


def test_a_program_that_ignores_sigterm_is_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", STUBBORN], stdout=subprocess.PIPE, start_new_session=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        begun = time.monotonic()
        stop({process.pid}, grace=0.2)
        assert process.wait(5) == -9
    assert time.monotonic() - begun < 2


def test_a_group_that_is_gone_is_no_problem() -> None:
    with subprocess.Popen([sys.executable, "-c", ""], start_new_session=True) as process:
        process.wait(10)
    stop({process.pid}, grace=0.1)
