"""The settings as people see them: each with its value, where it was set, and what it is for; secrets hidden.

The command line, the page and the documentation all show this.
"""

import os
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings.sources import DotEnvSettingsSource

from iam_job_scout.settings import ARGUMENTS, PREFIX, Settings


class Origin(StrEnum):
    """Where a setting was set; the first of these wins."""

    ARGUMENT = "command line"
    ENVIRONMENT = "environment"
    ENV_FILE = ".env"
    SECRET_FILE = "file"  # noqa: S105 - the name of an origin
    DEFAULT = "default"


@dataclass(frozen=True, kw_only=True)
class ShownSetting:
    """A setting by its variable. `value` of a secret is "set" or "not set"."""

    name: str
    value: str
    origin: Origin
    secret: bool
    help: str


def show_settings(settings: Settings) -> list[ShownSetting]:
    """Every setting as it is in force, in the order of `.env.example`."""
    origins = _origins(settings)
    return [
        ShownSetting(
            name=f"{PREFIX}{name.upper()}",
            value=_value(getattr(settings, name)),
            origin=origins[name],
            secret=field.annotation is SecretStr,
            help=field.description or "",
        )
        for name, field in Settings.model_fields.items()
    ]


def example_env() -> str:
    """Returns the text of `.env.example`: each setting with what it is for and its default, commented out."""
    lines = [
        "# Settings of IAM Job Scout. Copy to .env and uncomment what you change; real variables win over this file.",
        "# Secrets may also come from a file: SCOUT_NAME_FILE=/path instead of SCOUT_NAME=value.",
    ]
    for name, field in Settings.model_fields.items():
        lines += ["", f"# {field.description}", f"# {PREFIX}{name.upper()}={default_of(field)}"]
    return "\n".join(lines) + "\n"


def default_of(field: FieldInfo) -> str:
    """The default of a setting as one would write it."""
    default = field.default.get_secret_value() if isinstance(field.default, SecretStr) else field.default
    return "" if default is None else str(default)


def _origins(settings: Settings) -> dict[str, Origin]:
    environment = {name.upper() for name in os.environ}
    env_file = {name.upper() for name in (DotEnvSettingsSource(Settings).env_vars if Path(".env").is_file() else ())}
    typed = set(os.environ.get(ARGUMENTS, "").split(","))

    def origin(name: str) -> Origin:
        variable = f"{PREFIX}{name.upper()}"
        if name not in settings.model_fields_set:
            return Origin.DEFAULT
        if variable in environment and name not in typed:
            return Origin.ENVIRONMENT
        if variable in env_file and name not in typed:
            return Origin.ENV_FILE
        return Origin.SECRET_FILE if f"{variable}_FILE" in environment else Origin.ARGUMENT

    return {name: origin(name) for name in Settings.model_fields}


def _value(value: Any) -> str:
    if isinstance(value, SecretStr):
        return "set" if value.get_secret_value() else "not set"
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else _without_password(str(value))


def _without_password(value: str) -> str:
    """An address may carry a user's password, as that of a gateway."""
    parts = urlsplit(value) if "://" in value and "@" in value else None
    if parts is None or not parts.netloc:
        return value
    return parts._replace(netloc=f"***@{parts.netloc.rpartition('@')[2]}").geturl()
