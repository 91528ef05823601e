"""Every command speaks to programs too, says its mistakes the same way, and is described as it is."""

from pathlib import Path

import pytest

from iam_job_scout import reference
from iam_job_scout.cli import EXIT_CODES
from iam_job_scout.errors import ScoutError

ROOT = Path(__file__).parents[2]

#: Commands that print no result of their own, and why.
WITHOUT_JSON = {
    "scout up": "runs until it is stopped",
    "scout serve": "runs until it is stopped",
    "scout worker": "runs until it is stopped",
    "scout stack up": "runs until it is stopped",
    "scout export": "its output is CSV or JSON Lines",
    "scout relevance classify": "its output is JSON Lines",
    "scout relevance pairs": "its output is JSON Lines",
}
COMMANDS = dict(reference.walk_commands())


@pytest.mark.parametrize("path", COMMANDS)
def test_a_command_prints_json_where_it_prints_a_result(path: str) -> None:
    options = {option for parameter in COMMANDS[path].params for option in parameter.opts}
    assert ("--json" in options) != (path in WITHOUT_JSON)


@pytest.mark.parametrize("path", COMMANDS)
def test_a_command_and_each_of_its_options_say_what_they_are_for(path: str) -> None:
    assert COMMANDS[path].help
    assert [one.name for one in COMMANDS[path].params if not one.help] == []


def test_every_exit_code_of_an_error_is_documented() -> None:
    def codes(kind: type[ScoutError]) -> set[int]:
        return {kind.exit_code}.union(*(codes(below) for below in kind.__subclasses__()))

    assert codes(ScoutError) <= set(EXIT_CODES)


@pytest.mark.parametrize(
    ("file", "write"),
    [
        ("cli.md", reference.command_page),
        ("settings.md", reference.settings_page),
        ("openapi.json", reference.api_document),
    ],
)
def test_the_committed_page_is_what_the_program_writes(file: str, write: object) -> None:
    assert callable(write)
    committed = (ROOT / "docs" / "reference" / file).read_text(encoding="utf-8")
    assert committed == write(), "run ./scout reference docs/reference"
