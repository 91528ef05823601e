"""Who is told of alerts, and how: the receivers of Alertmanager's configuration, made from the settings.

Debian's Alertmanager reads the e-mail password, Slack's address and PagerDuty's key from files. Discord's and other
webhooks' addresses it takes from its configuration only, which is why nobody but its owner may read that file.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from iam_job_scout.settings import Settings

#: For what should wake someone.
ON_CALL = "on-call"
#: For what can wait until someone is awake.
TEAM = "team"
#: Gets the alert that always fires; a dead man's switch belongs here.
WATCHDOG = "watchdog"
#: Alerts to look at, not to be told of.
NOBODY = "nobody"

COLOUR = '{{ if eq .Status "firing" }}danger{{ else }}good{{ end }}'


@dataclass
class Secrets:
    """Content of the files that the configuration names, by file name; `directory` is where they will lie."""

    directory: Path
    files: dict[str, str] = field(default_factory=dict)

    def keep(self, name: str, secret: SecretStr) -> str:
        """Notes a file and returns its path, absolute, since Alertmanager does not look beside its configuration."""
        self.files[name] = secret.get_secret_value()
        return str(self.directory / name)


def build_receivers(settings: Settings, secrets: Secrets) -> list[dict[str, Any]]:
    """The receivers by name; one without an address to send to stays silent, its alerts can be looked at."""
    told = _channels(settings, secrets)
    paged = {**told, **_pagerduty(settings, secrets)}
    return [
        {"name": ON_CALL, **paged},
        {"name": TEAM, **told},
        {"name": WATCHDOG, **_watchdog(settings)},
        {"name": NOBODY},
    ]


def name_channels(settings: Settings) -> list[str]:
    """The kinds of message that these settings send, as Alertmanager's metrics name them."""
    kinds = {
        "email": settings.alert_email_to,
        "slack": settings.alert_slack_url.get_secret_value(),
        "discord": settings.alert_discord_url.get_secret_value(),
        "pagerduty": settings.alert_pagerduty_key.get_secret_value(),
        "webhook": settings.alert_webhook_url.get_secret_value(),
    }
    return [kind for kind, value in kinds.items() if value]


def _channels(settings: Settings, secrets: Secrets) -> dict[str, Any]:
    found: dict[str, Any] = {}
    builders: Mapping[str, Callable[[Settings, Secrets], dict[str, Any]]] = {
        "email": _email,
        "slack": _slack,
        "discord": _discord,
        "webhook": _webhook,
    }
    for kind in name_channels(settings):
        if kind in builders:
            found[f"{kind}_configs"] = [{"send_resolved": True, **builders[kind](settings, secrets)}]
    return found


def _email(settings: Settings, secrets: Secrets) -> dict[str, Any]:
    config: dict[str, Any] = {
        "to": settings.alert_email_to,
        "from": settings.smtp_from,
        "smarthost": f"{settings.smtp_host}:{settings.smtp_port}",
        "require_tls": settings.smtp_tls == "on",
        "headers": {"Subject": '{{ template "scout.title" . }}'},
        "html": '{{ template "scout.html" . }}',
        "text": '{{ template "scout.text" . }}',
    }
    if settings.smtp_user:
        config["auth_username"] = settings.smtp_user
        config["auth_password_file"] = secrets.keep("smtp_password", settings.smtp_password)
    return config


def _slack(settings: Settings, secrets: Secrets) -> dict[str, Any]:
    return {
        "api_url_file": secrets.keep("slack_url", settings.alert_slack_url),
        "title": '{{ template "scout.title" . }}',
        "title_link": '{{ template "scout.dashboard" . }}',
        "text": '{{ template "scout.text" . }}',
        "fallback": '{{ template "scout.title" . }}',
        "color": COLOUR,
    }


def _discord(settings: Settings, secrets: Secrets) -> dict[str, Any]:
    return {
        "webhook_url": settings.alert_discord_url.get_secret_value(),
        "title": '{{ template "scout.title" . }}',
        "message": '{{ template "scout.text" . }}',
    }


def _webhook(settings: Settings, secrets: Secrets) -> dict[str, Any]:
    return {"url": settings.alert_webhook_url.get_secret_value()}


def _pagerduty(settings: Settings, secrets: Secrets) -> dict[str, Any]:
    if not settings.alert_pagerduty_key.get_secret_value():
        return {}
    config = {
        "send_resolved": True,
        "routing_key_file": secrets.keep("pagerduty_key", settings.alert_pagerduty_key),
        "url": settings.alert_pagerduty_url,
        "severity": "{{ .CommonLabels.severity }}",
        "description": '{{ template "scout.title" . }}',
        "class": "{{ .CommonLabels.alertname }}",
        "component": "{{ .CommonLabels.area }}",
        "client": "IAM Job Scout",
        "client_url": '{{ template "scout.dashboard" . }}',
        "details": {"message": '{{ template "scout.text" . }}'},
        "links": [{"href": '{{ template "scout.runbook" . }}', "text": "Runbook"}],
    }
    return {"pagerduty_configs": [config]}


def _watchdog(settings: Settings) -> dict[str, Any]:
    url = settings.alert_watchdog_url.get_secret_value()
    return {"webhook_configs": [{"url": url, "send_resolved": False}]} if url else {}
