"""What the command line says when something is wrong: one line, the name of what is wrong, no traceback."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from iam_job_scout import __version__
from iam_job_scout.cli import main

SOURCE = Path(__file__).parents[1] / "src"


def scout(directory: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs a command in an empty directory."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("SCOUT_")}
    return subprocess.run(
        [sys.executable, "-m", "iam_job_scout", *arguments],
        env=clean | {"PYTHONPATH": str(SOURCE), "COLUMNS": "120", "NO_COLOR": "1"} | environment,
        cwd=directory,
        capture_output=True,
        text=True,
        timeout=60,
    )


def is_one_line(said: str, printed: str, words: str) -> bool:
    """Whether nothing was printed but one line of an error that names what is wrong and keeps secrets."""
    lines = said.splitlines()
    return not printed and len(lines) == 1 and said.startswith("scout: ") and words in said and "s3cret" not in said


@pytest.mark.parametrize(
    ("arguments", "environment", "says", "code"),
    [
        (["scan"], {"SCOUT_PROT": "1"}, "unknown setting SCOUT_PROT", 2),
        (["scan"], {"SCOUT_PORT": "many"}, "SCOUT_PORT: ", 2),
        (["scan"], {"SCOUT_DATABASE_URL": "nonsense"}, "SCOUT_DATABASE_URL: must look like", 1),
        (["scan"], {"SCOUT_BOARDS": "missing.csv"}, "missing.csv", 2),
        (["scan", "nonsense"], {}, "unknown source 'nonsense'", 1),
        (["scan", "--nonsense"], {}, "No such option: --nonsense; see scout scan now --help", 2),
        (["nonsense"], {}, "No such command 'nonsense'; see scout --help", 2),
        (["jobs", "list", "--mode", "moon"], {}, "There is no such choice: remote, hybrid, onsite", 2),
        (["jobs", "show", "7"], {}, "there is no job 7", 1),
        (["jobs", "status", "7", "saved"], {}, "nobody has an account yet", 1),
        (["db", "restore", "nowhere"], {}, "nowhere: there is no such file", 1),
    ],
)
def test_a_mistake_is_one_line_that_says_what_to_change(
    arguments: list[str],
    environment: dict[str, str],
    says: str,
    code: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    for name in [name for name in os.environ if name.startswith("SCOUT_")]:
        monkeypatch.delenv(name)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["scout", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    printed = capfd.readouterr()
    assert is_one_line(printed.err, printed.out, says), printed
    assert ended.value.code == code


@pytest.mark.parametrize(
    ("command", "environment", "says", "code"),
    [
        ("up", {"SCOUT_DATABASE_URL": "postgresql://u:s3cret@127.0.0.1:1/x"}, "cannot open the database", 1),
        ("up", {"SCOUT_BOARDS": "missing.csv"}, "missing.csv", 2),
        ("serve", {"SCOUT_HOST": "203.0.113.1"}, "cannot listen on 203.0.113.1:5000", 1),
    ],
)
def test_a_server_that_cannot_start_says_why_in_one_line(
    command: str, environment: dict[str, str], says: str, code: int, tmp_path: Path
) -> None:
    done = scout(tmp_path, command, **environment)
    assert is_one_line(done.stderr, done.stdout, says), done
    assert done.returncode == code


def test_settings_are_shown_without_their_secrets(tmp_path: Path) -> None:
    environment = {"SCOUT_METRICS_TOKEN": "s3cret-token", "SCOUT_PORT": "5001"}
    (tmp_path / ".env").write_text("SCOUT_LOG_LEVEL=error\n")
    rows = json.loads(scout(tmp_path, "settings", "--json", **environment).stdout)
    shown = {row["setting"]: (row["value"], row["origin"]) for row in rows}
    assert shown["SCOUT_PORT"] == ("5001", "environment")
    assert shown["SCOUT_METRICS_TOKEN"] == ("set", "environment")
    assert shown["SCOUT_LOG_LEVEL"] == ("error", ".env")
    assert shown["SCOUT_SMTP_PASSWORD"] == ("not set", "default")
    assert "s3cret" not in json.dumps(rows)


def test_the_version_is_told(tmp_path: Path) -> None:
    assert scout(tmp_path, "--version").stdout == f"scout {__version__}\n"


def test_a_shell_completes_commands_and_values(tmp_path: Path) -> None:
    words = {"COMP_WORDS": "./scout jobs st", "COMP_CWORD": "2", "_SCOUT_COMPLETE": "complete_bash"}
    assert scout(tmp_path, **words).stdout.split() == ["status", "stats"]
    words = {"COMP_WORDS": "./scout export --format ", "COMP_CWORD": "3", "_SCOUT_COMPLETE": "complete_bash"}
    assert scout(tmp_path, **words).stdout.split() == ["csv", "jsonl"]


def test_a_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    scout(tmp_path, "samples", "load")
    script = f"set -o pipefail; {sys.executable} -m iam_job_scout export --format jsonl | head -1 >/dev/null"
    environment = {**os.environ, "PYTHONPATH": str(SOURCE)}
    done = subprocess.run(
        ["bash", "-c", script], env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    # Whether the pipe is closed before or after the last line is written is a race.
    assert done.returncode in (0, 141)
    assert done.stderr == ""


def test_samples_go_in_and_out(tmp_path: Path) -> None:
    assert "sample jobs are in" in scout(tmp_path, "samples", "load").stdout
    assert "sample jobs removed" in scout(tmp_path, "samples", "remove").stdout


def test_the_owner_link_is_printed_and_goes_with_the_owner(tmp_path: Path) -> None:
    done = scout(tmp_path, "user", "link")
    assert done.stdout.startswith("http://127.0.0.1:5000/setup?token=")


def test_help_names_every_command(tmp_path: Path) -> None:
    printed = scout(tmp_path, "--help").stdout
    assert printed.lstrip().startswith("Usage: scout")
    for command in ("up", "serve", "worker", "scan", "settings", "samples", "user", "db", "stack"):
        assert command in printed


def test_the_classifier_works_on_lines_without_a_database(tmp_path: Path) -> None:
    lines = '{"id": "a", "title": "Okta Administrator", "description": "<p>Run SSO with Okta.</p>"}\nnonsense\n'
    done = subprocess.run(
        [sys.executable, "-m", "iam_job_scout", "relevance", "classify"],
        env=os.environ | {"PYTHONPATH": str(SOURCE)},
        cwd=tmp_path,
        input=lines,
        capture_output=True,
        text=True,
        timeout=60,
    )
    (answer,) = [json.loads(line) for line in done.stdout.splitlines()]
    assert (answer["id"], answer["tier"]) == ("a", "core")
    assert done.returncode == 1
    assert "line 2" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_evaluating_a_file_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    done = scout(tmp_path, "relevance", "eval", "nowhere.jsonl")
    assert done.returncode == 1
    assert done.stderr.startswith("scout: cannot read nowhere.jsonl")
