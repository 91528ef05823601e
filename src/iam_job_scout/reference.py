"""The generated pages of docs/reference: the command line, the settings, the API; a test compares them."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import typer.main
from typer.core import TyperArgument, TyperGroup, TyperOption

from iam_job_scout.cli import EXIT_CODES, app
from iam_job_scout.main import create_app
from iam_job_scout.settings import PREFIX, Settings
from iam_job_scout.settings_shown import default_of

_CLI = """# The command line

`scout` is `./scout` in a checkout, and `scout` or `iam-job-scout` where the package is installed. Each command tells
about itself with `--help`. What prints a result prints JSON with `--json`; progress and what went wrong go to standard
error. This page is made from the program (`./scout reference docs/reference`).

## Exit codes

| code | means |
|---|---|
{codes}

## Shell completion

`./scout --install-completion` (bash, zsh, fish, PowerShell) lets the Tab key complete commands, options and their
values in terminals opened from then on; `--show-completion` prints what it would install. In bash `./scout` is
completed as it is. The other shells call the program by its name, so put it on the path first:
`ln -s "$PWD/scout" ~/.local/bin/scout`.

{commands}
"""
_SETTINGS = """# Settings

Read from `SCOUT_` variables, then from `.env` in the working directory. A secret may also be in a file that
`SCOUT_…_FILE` names. An unknown name or a wrong value stops the start and is named. `./scout settings` shows what is in
force and where it was set, and so does the page /settings for owners. This page is made from the program
(`./scout reference docs/reference`).

| setting | default | what it is for |
|---|---|---|
{rows}
"""


def write_reference(directory: Path) -> list[Path]:
    """Writes the pages into the directory and returns their paths."""
    pages = {"cli.md": command_page(), "settings.md": settings_page(), "openapi.json": api_document()}
    for name, text in pages.items():
        (directory / name).write_text(text, encoding="utf-8")
    return [directory / name for name in pages]


def command_page() -> str:
    """Every command with its arguments and options, and what its exit codes mean."""
    codes = "\n".join(f"| {code} | {meaning} |" for code, meaning in EXIT_CODES.items())
    commands = "\n".join(_describe(path, command) for path, command in walk_commands())
    return _CLI.format(codes=codes, commands=commands.strip())


def walk_commands() -> Iterator[tuple[str, Any]]:
    """Every command that does something, by the words that call it."""
    yield from _walk("scout", typer.main.get_command(app))


def settings_page() -> str:
    """Every setting with its default and what it is for."""
    rows = [
        f"| `{PREFIX}{name.upper()}` | {_code(default_of(field))} | {_cell(field.description or '')} |"
        for name, field in Settings.model_fields.items()
    ]
    return _SETTINGS.format(rows="\n".join(rows))


def api_document() -> str:
    """The OpenAPI document that the app serves at /openapi.json."""
    with TemporaryDirectory() as directory:
        made = create_app(Settings(data_dir=Path(directory), _env_file=None))  # type: ignore[call-arg]
        document = json.dumps(made.openapi(), indent=1, ensure_ascii=False)
        made.state.database.close()
    return document + "\n"


def _walk(path: str, command: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(command, TyperGroup):
        for name, below in command.commands.items():
            yield from _walk(f"{path} {name}", below)
    else:
        yield path, command


def _describe(path: str, command: Any) -> str:
    arguments = [one for one in command.params if isinstance(one, TyperArgument) and not one.hidden]
    options = [one for one in command.params if isinstance(one, TyperOption) and not one.hidden]
    usage = " ".join([path, *(_metavar(one) for one in arguments), *(["[OPTIONS]"] if options else [])])
    rows: list[tuple[str, Any]] = [(_metavar(one).strip("[]"), one) for one in arguments]
    rows += [(", ".join((*one.opts, *one.secondary_opts)), one) for one in options]
    table = "\n".join(f"| `{name}` | {_cell(one.help or '')}{_default(one)} |" for name, one in rows)
    head = f"## {path}\n\n```\n{usage}\n```\n\n{_words(command.help)}\n"
    return f"{head}\n| argument or option | |\n|---|---|\n{table}\n" if rows else head


def _metavar(argument: TyperArgument) -> str:
    name = (argument.name or "").upper() + ("…" if argument.nargs == -1 else "")
    return name if argument.required else f"[{name}]"


def _default(parameter: Any) -> str:
    choices = getattr(parameter.type, "choices", ())
    told = f" One of {', '.join(f'`{one}`' for one in choices)}." if choices else ""
    default = parameter.opts[0] if parameter.default is True else parameter.default
    shown = default is not None and default not in ("", False) and not callable(default)
    return told + (f" Default: {_code(str(default))}." if shown else "")


def _code(text: str) -> str:
    return f"`{text}`" if text else ""


def _cell(text: str) -> str:
    return _words(text).replace("|", "\\|")


def _words(text: str | None) -> str:
    return re.sub(r"\s+", " ", text or "").strip()
