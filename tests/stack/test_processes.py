import asyncio
import sys
from pathlib import Path

from iam_job_scout.stack.processes import Guard, run_to_end, spawn


def run(*argv: str) -> tuple[int, list[str]]:
    with Guard() as guard:
        return asyncio.run(run_to_end(argv, guard=guard))


def test_output_and_errors_come_as_lines_in_order() -> None:
    program = "import sys; print('one', flush=True); print('two', file=sys.stderr, flush=True); print('no end', end='')"
    assert run(sys.executable, "-c", program) == (0, ["one", "two", "no end"])


def test_a_line_without_end_does_not_fill_the_memory() -> None:
    code, lines = run(sys.executable, "-c", "print('x' * 3_000_000)")
    assert code == 0
    assert len(lines) > 5
    assert sum(map(len, lines)) == 3_000_000


def test_bytes_that_are_no_text_are_shown_all_the_same() -> None:
    assert run(sys.executable, "-c", "import os; os.write(1, b'\\xff\\n')") == (0, ["\ufffd"])


def test_a_program_that_does_not_exist_is_named() -> None:
    code, lines = run("/nowhere/prometheus")
    assert code == 127
    assert lines == ["cannot run /nowhere/prometheus: No such file or directory"]


def test_what_a_program_left_behind_ends_with_it() -> None:
    program = "import subprocess; print(subprocess.Popen(['sleep', '60']).pid)"

    async def scenario() -> int:
        with Guard() as guard:
            child = await spawn([sys.executable, "-c", program], guard=guard)
            await child.wait()
            lines = [line async for line in child.lines()]
            child.close()
            return int(lines[0])

    left = asyncio.run(scenario())
    state = Path(f"/proc/{left}/stat")
    assert not state.exists() or state.read_text().split()[2] == "Z"


def test_cancelling_a_command_ends_it() -> None:
    async def scenario() -> None:
        with Guard() as guard:
            command = asyncio.create_task(run_to_end(["sleep", "60"], guard=guard))
            await asyncio.sleep(0.3)
            command.cancel()
            await asyncio.wait([command], timeout=3)
            assert command.cancelled()

    asyncio.run(scenario())
