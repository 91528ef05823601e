"""The settings: one frozen object, the only reader of the environment.

Each field's description is the help text of `.env.example` and of the settings reference.
"""

import os
from ipaddress import ip_address
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from croniter import croniter
from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict
from pydantic_settings.sources import DotEnvSettingsSource, EnvSettingsSource

from iam_job_scout.errors import SettingsError

PREFIX = "SCOUT_"


class Settings(BaseSettings):
    """Everything that can be set, read from SCOUT_ variables, `.env` and, for secrets, SCOUT_…_FILE."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_file=".env", extra="forbid", frozen=True)

    data_dir: Path = Field(Path("var"), description="Where the database and the monitoring servers keep their data.")
    database_url: SecretStr = Field(
        SecretStr(""),
        description="sqlite:///path or postgresql://user:password@host/name. Empty: SQLite in SCOUT_DATA_DIR.",
    )
    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(5000, ge=1, le=65535, description="Port of the app.")
    workers: int = Field(1, ge=1, le=64, description="Web processes of `scout serve`.")
    auth: Literal["on", "off"] = Field("on", description="off: no sign-in at all; only a loopback address accepts it.")
    public_read: bool = Field(
        False, description="Let anyone read jobs when listening on other than a loopback address."
    )
    environment: str = Field("production", max_length=40, description="Label `environment` of iam_job_scout_info.")
    metrics_token: SecretStr = Field(
        SecretStr(""), description="Bearer token that opens /metrics to other than loopback."
    )
    upstream: str = Field(
        "",
        description="Send each source request to this http://host:port instead (a gateway, a replay).",
    )
    scan_schedule: str = Field("17 * * * *", description="When all boards are scanned, in cron form (UTC).")
    boards: Path | None = Field(None, description="CSV of boards (ats,token,company). Empty: the curated list.")
    source_timeout: float = Field(30.0, gt=0, le=600, description="Seconds that one source request may take in all.")
    source_max_mb: int = Field(
        50, ge=1, le=1000, description="Largest answer of a source that is read, in MB unpacked."
    )
    prometheus_port: int = Field(9090, ge=1, le=65535, description="Port of the local Prometheus.")
    alertmanager_port: int = Field(9093, ge=1, le=65535, description="Port of the local Alertmanager.")
    stack_bin: Path | None = Field(
        None, description="Directory with the monitoring servers. Empty: PATH, then SCOUT_DATA_DIR/stack."
    )
    log_format: Literal["text", "json"] = Field("text", description="Form of the log lines.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Least severity that is logged."
    )

    @field_validator("upstream")
    @classmethod
    def _is_http_origin(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and (parts.scheme not in ("http", "https") or not parts.hostname):
            raise ValueError("must look like http://host:port")
        return value.rstrip("/")

    @field_validator("scan_schedule")
    @classmethod
    def _is_cron(cls, value: str) -> str:
        if len(value.split()) != 5 or not croniter.is_valid(value):
            raise ValueError("must be a cron expression of five fields, such as 17 * * * *")
        return value

    @model_validator(mode="after")
    def _auth_off_only_on_loopback(self) -> "Settings":
        if self.auth == "off" and not self.on_loopback:
            raise ValueError(f"SCOUT_AUTH=off needs a loopback address, but SCOUT_HOST is {self.host}")
        return self

    @property
    def on_loopback(self) -> bool:
        """Whether only programs of this machine can reach the app."""
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    @property
    def sqlalchemy_url(self) -> str:
        """The database URL with the driver that the product ships; holds the password."""
        url = self.database_url.get_secret_value()
        if not url:
            return f"sqlite:///{(self.data_dir / 'scout.sqlite').absolute()}"
        scheme, _, rest = url.partition("://")
        return f"postgresql+psycopg://{rest}" if scheme in ("postgres", "postgresql") else url

    @property
    def base_url(self) -> str:
        """Where a browser on this machine finds the app."""
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::") else self.host  # noqa: S104 - compared, not bound
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Reads secrets from the files that SCOUT_…_FILE names, after the plain variables."""
        return init_settings, env_settings, dotenv_settings, _FileSecrets(settings_cls)


class _FileSecrets(EnvSettingsSource):
    """SCOUT_NAME_FILE=/path for each field that holds a secret."""

    def __call__(self) -> dict[str, str]:
        found = {}
        for name, field in self.settings_cls.model_fields.items():
            path = os.environ.get(f"{PREFIX}{name.upper()}_FILE")
            if path is not None and field.annotation is SecretStr:
                found[name] = _read_secret(name, path)
        return found


def _read_secret(name: str, path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not text"
        raise SettingsError(f"{PREFIX}{name.upper()}_FILE: cannot read {path}: {reason}") from error


def _known_names() -> set[str]:
    plain = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    secret = {
        f"{PREFIX}{name.upper()}_FILE" for name, field in Settings.model_fields.items() if field.annotation is SecretStr
    }
    return plain | secret


def _given_names() -> set[str]:
    dotenv = DotEnvSettingsSource(Settings).env_vars if Path(".env").is_file() else {}
    names = {name.upper() for name in (*os.environ, *dotenv)}
    return {name for name in names if name.startswith(PREFIX)}


def load_settings(**overrides: object) -> Settings:
    """Reads the settings; `overrides` (from command-line options) win.

    Raises SettingsError with one line that names the variable.
    """
    unknown = sorted(_given_names() - _known_names())
    if unknown:
        raise SettingsError(f"unknown setting {', '.join(unknown)}; `scout settings` lists those that exist")
    given = {name: value for name, value in overrides.items() if value is not None}
    try:
        return Settings(**given)  # type: ignore[arg-type]
    except ValidationError as error:
        raise SettingsError("; ".join(_line(problem) for problem in error.errors())) from error


def example_env() -> str:
    """Returns the text of `.env.example`: each setting with what it is for and its default, commented out."""
    lines = [
        "# Settings of IAM Job Scout. Copy to .env and uncomment what you change; real variables win over this file."
    ]
    lines.append("# Secrets may also come from a file: SCOUT_NAME_FILE=/path instead of SCOUT_NAME=value.")
    for name, field in Settings.model_fields.items():
        default = field.default.get_secret_value() if isinstance(field.default, SecretStr) else field.default
        lines += ["", f"# {field.description}", f"# {PREFIX}{name.upper()}={'' if default is None else default}"]
    return "\n".join(lines) + "\n"


def _line(problem: ErrorDetails) -> str:
    text = str(problem["msg"]).removeprefix("Value error, ")
    name = "_".join(str(part) for part in problem["loc"])
    return f"{PREFIX}{name.upper()}: {text}" if name else text
