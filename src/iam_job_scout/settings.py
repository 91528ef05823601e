"""The settings: one frozen object, the only reader of the environment.

Each field's description is the help text of `.env.example` and of the settings reference.
"""

import os
import re
from ipaddress import ip_address, ip_network
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
#: Not a setting: which of them `scout serve` was told as options, for its web processes, which read the environment.
ARGUMENTS = "_SCOUT_ARGUMENTS"


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
    trusted_proxies: str = Field(
        "",
        description="Addresses or networks of proxies in front of the app, separated by commas. Only their "
        "X-Forwarded-For and X-Forwarded-Proto are believed, and tell clients apart.",
    )
    oidc_issuer: str = Field(
        "", description="Issuer of an OpenID Connect provider to sign in with (docs/how-to/sign-in.md). Empty: none."
    )
    oidc_client_id: str = Field("", max_length=255, description="Client ID that the provider gave this app.")
    oidc_client_secret: SecretStr = Field(
        SecretStr(""), description="Client secret. Empty: a public client, which PKCE alone protects."
    )
    oidc_name: str = Field("single sign-on", max_length=40, description="What the button calls the provider.")
    oidc_scopes: str = Field("openid email profile", description="Scopes that are asked for, separated by spaces.")
    oidc_groups_claim: str = Field(
        "groups", description="Claim with the groups; dots lead into it (realm_access.roles)."
    )
    oidc_roles: str = Field(
        "",
        description="Which group makes what: group=owner; group=member; *=read-only. The highest counts, at each "
        "sign-in. Empty: roles are given on the page of the team.",
    )
    oidc_provision: Literal["on", "off"] = Field(
        "off", description="on: whoever has a role by SCOUT_OIDC_ROLES gets an account. off: invited people only."
    )
    environment: str = Field("production", max_length=40, description="Label `environment` of iam_job_scout_info.")
    metrics_token: SecretStr = Field(
        SecretStr(""), description="Bearer token that opens /metrics to other than loopback."
    )
    metrics_port: int = Field(
        0,
        ge=0,
        le=65535,
        description="Port for /metrics alone, answered however busy the app is. 0: the app's port; a worker takes any.",
    )
    advertise_host: str = Field(
        "",
        max_length=253,
        pattern=r"^[A-Za-z0-9.:-]*$",
        description="Name under which Prometheus elsewhere reaches this machine. Empty: SCOUT_HOST or the host name.",
    )
    public_url: str = Field(
        "", description="Address of the app in messages, such as https://scout.example.org. Empty: this machine's."
    )
    docs_url: str = Field("", description="Where docs/ of this version can be read. Empty: the app shows the runbooks.")
    grafana_url: str = Field(
        "", description="Address of Grafana in messages. Empty: messages link the app's own page of the monitoring."
    )
    upstream: str = Field(
        "",
        description="Send each source request to this http://host:port instead (a gateway, a replay).",
    )
    scan_schedule: str = Field(
        "",
        description="When all sources are scanned, in cron form (UTC). Empty: each at its own pace, boards every hour.",
    )
    boards: Path | None = Field(None, description="CSV of boards (ats,token,company). Empty: the curated list.")
    usajobs_email: str = Field(
        "",
        max_length=200,
        pattern=r"^[\x21-\x7e]*$",
        description="E-mail address of your USAJOBS key (free at developer.usajobs.gov). Empty: USAJOBS is off.",
    )
    usajobs_key: SecretStr = Field(SecretStr(""), description="Your USAJOBS key. Empty: USAJOBS is off.")
    adzuna_app_id: str = Field("", max_length=200, description="Your Adzuna application id. Empty: Adzuna is off.")
    adzuna_app_key: SecretStr = Field(SecretStr(""), description="Key of that application. Empty: Adzuna is off.")
    adzuna_country: str = Field(
        "us", pattern=r"^[a-z]{2}$", description="Country that Adzuna searches, in two letters."
    )
    jsearch_key: SecretStr = Field(SecretStr(""), description="Your RapidAPI key for JSearch. Empty: JSearch is off.")
    themuse_key: SecretStr = Field(SecretStr(""), description="Your key for The Muse, which works without one too.")
    contact: str = Field(
        "",
        max_length=200,
        pattern=r"^[\x21-\x7e]*$",
        description="Your e-mail address or web page, sent to the sources with each request, for them to write to.",
    )
    source_timeout: float = Field(30.0, gt=0, le=600, description="Seconds that one source request may take in all.")
    source_max_mb: int = Field(
        50, ge=1, le=1000, description="Largest answer of a source that is read, in MB unpacked."
    )
    prometheus_port: int = Field(9090, ge=1, le=65535, description="Port of the local Prometheus.")
    alertmanager_port: int = Field(9093, ge=1, le=65535, description="Port of the local Alertmanager.")
    prometheus_url: str = Field(
        "", description="Address at which the app asks Prometheus. Empty: SCOUT_PROMETHEUS_PORT of this machine."
    )
    alertmanager_url: str = Field(
        "", description="Address at which the app asks Alertmanager. Empty: SCOUT_ALERTMANAGER_PORT of this machine."
    )
    grafana_port: int = Field(3000, ge=1, le=65535, description="Port of the local Grafana, where there is one.")
    stack_bin: Path | None = Field(
        None, description="Directory with the monitoring servers. Empty: PATH, then SCOUT_DATA_DIR/stack."
    )
    native_histograms: bool = Field(
        False, description="Have Prometheus 3 keep histograms in its native form too (see docs/how-to/long-term.md)."
    )
    smtp_host: str = Field("", description="Server that takes the e-mail. Empty: no e-mail.")
    smtp_port: int = Field(587, ge=1, le=65535, description="Its port; on 465 TLS begins at once.")
    smtp_user: str = Field("", description="User to sign in with. Empty: none.")
    smtp_password: SecretStr = Field(SecretStr(""), description="Password of SCOUT_SMTP_USER.")
    smtp_from: str = Field("", description="Sender of the e-mail.")
    smtp_tls: Literal["on", "off"] = Field("on", description="off: send e-mail and password unencrypted.")
    alert_email_to: str = Field("", description="Who gets alerts by e-mail, separated by commas.")
    alert_slack_url: SecretStr = Field(SecretStr(""), description="Incoming webhook of a Slack channel for alerts.")
    alert_discord_url: SecretStr = Field(SecretStr(""), description="Webhook of a Discord channel for alerts.")
    alert_pagerduty_key: SecretStr = Field(
        SecretStr(""), description="Integration key (Events API v2) of the PagerDuty service that wakes someone."
    )
    alert_pagerduty_url: str = Field(
        "https://events.pagerduty.com/v2/enqueue", description="PagerDuty's events address; the EU has its own."
    )
    alert_webhook_url: SecretStr = Field(
        SecretStr(""), description="Any other service for alerts; gets Alertmanager's JSON by POST."
    )
    alert_watchdog_url: SecretStr = Field(
        SecretStr(""), description="A dead man's switch: gets a POST every 5 minutes while alerting works."
    )
    notice_private: Literal["on", "off"] = Field(
        "off", description="on: messages of saved searches may go to addresses of the local network too."
    )
    trace_url: str = Field(
        "",
        description="Where traces go by OTLP over HTTP, such as http://127.0.0.1:4318/v1/traces. Empty: no traces. "
        "Needs the extra `tracing`.",
    )
    audit_days: int = Field(
        365, ge=365, le=36_500, description="Days for which the audit log is kept; at least a year."
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

    @field_validator(
        "public_url",
        "docs_url",
        "grafana_url",
        "alert_pagerduty_url",
        "prometheus_url",
        "alertmanager_url",
        "trace_url",
    )
    @classmethod
    def _is_address(cls, value: str) -> str:
        return _check_address(value)

    @field_validator("trusted_proxies")
    @classmethod
    def _are_networks(cls, value: str) -> str:
        for part in value.split(",") if value else ():
            ip_network(part.strip())
        return value

    @field_validator("oidc_issuer")
    @classmethod
    def _is_issuer(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and (parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment):
            raise ValueError("must look like https://host/path")
        if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
            raise ValueError("must begin with https://; http is only for a provider on this machine")
        return value

    @field_validator("oidc_roles")
    @classmethod
    def _are_roles(cls, value: str) -> str:
        parse_roles(value)
        return value

    @field_validator("alert_slack_url", "alert_discord_url", "alert_webhook_url", "alert_watchdog_url")
    @classmethod
    def _is_secret_address(cls, value: SecretStr) -> SecretStr:
        _check_address(value.get_secret_value())
        return value

    @field_validator("scan_schedule")
    @classmethod
    def _is_cron(cls, value: str) -> str:
        if value and (len(value.split()) != 5 or not croniter.is_valid(value)):
            raise ValueError("must be a cron expression of five fields, such as 17 * * * *")
        return value

    @model_validator(mode="after")
    def _auth_off_only_on_loopback(self) -> "Settings":
        if self.auth == "off" and not self.on_loopback:
            raise ValueError(f"SCOUT_AUTH=off needs a loopback address, but SCOUT_HOST is {self.host}")
        return self

    @model_validator(mode="after")
    def _auth_off_only_without_proxies(self) -> "Settings":
        if self.auth == "off" and (self.trusted_proxies or self.oidc_issuer):
            raise ValueError("SCOUT_AUTH=off goes with neither SCOUT_TRUSTED_PROXIES nor SCOUT_OIDC_ISSUER")
        return self

    @model_validator(mode="after")
    def _provider_is_whole(self) -> "Settings":
        if self.oidc_issuer and not self.oidc_client_id:
            raise ValueError("SCOUT_OIDC_ISSUER needs SCOUT_OIDC_CLIENT_ID too")
        if self.oidc_issuer and not self.on_loopback and not self.public_url:
            raise ValueError("SCOUT_OIDC_ISSUER needs SCOUT_PUBLIC_URL, where the provider sends people back to")
        if self.oidc_provision == "on" and not self.oidc_roles:
            raise ValueError("SCOUT_OIDC_PROVISION=on needs SCOUT_OIDC_ROLES, which say who gets what")
        return self

    @model_validator(mode="after")
    def _email_has_a_way(self) -> "Settings":
        for name, value in (("SMTP_HOST", self.smtp_host), ("SMTP_FROM", self.smtp_from)):
            if self.alert_email_to and not value:
                raise ValueError(f"SCOUT_ALERT_EMAIL_TO needs SCOUT_{name} too")
        return self

    @property
    def on_loopback(self) -> bool:
        """Whether only programs of this machine can reach the app."""
        return is_loopback(self.host)

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

    @property
    def shown_url(self) -> str:
        """Where people find the app, for links in messages."""
        return self.public_url or self.base_url

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


def is_loopback(host: str) -> bool:
    """Whether a host name or address means this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def parse_roles(value: str) -> dict[str, str]:
    """Group to role of `group=role; group=role`. Raises ValueError.

    The last equals sign counts and semicolons separate, since names of directory groups hold both `=` and commas.
    """
    found = {}
    for part in filter(None, (part.strip() for part in value.split(";"))):
        group, _, role = part.rpartition("=")
        if not group.strip() or role.strip() not in ("owner", "member", "read-only") or _COMMA.search(group):
            raise ValueError("must look like group=owner; other group=member; *=read-only")
        found[group.strip()] = role.strip()
    return found


#: Roles that somebody separated with commas.
_COMMA = re.compile(r"=\s*(?:owner|member|read-only)\s*,")


def _check_address(value: str) -> str:
    """The address without a slash at its end; the error does not repeat it, since it may be a secret."""
    parts = urlsplit(value)
    if value and (parts.scheme not in ("http", "https") or not parts.hostname):
        raise ValueError("must look like https://host/path")
    return value.rstrip("/")


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


def _line(problem: ErrorDetails) -> str:
    text = str(problem["msg"]).removeprefix("Value error, ")
    name = "_".join(str(part) for part in problem["loc"])
    return f"{PREFIX}{name.upper()}: {text}" if name else text
