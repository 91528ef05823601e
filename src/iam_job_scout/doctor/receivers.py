"""Whether what alerts are sent to can be reached from here; nothing is sent."""

import smtplib
import socket
import ssl
from urllib.parse import urlsplit

from iam_job_scout.doctor.findings import Finding, broken, fine, skipped
from iam_job_scout.settings import Settings
from iam_job_scout.stack.receivers import name_channels

TIMEOUT_SECONDS = 5.0
IMPLICIT_TLS_PORT = 465
NONE_SET = "nobody is told of alerts; `scout settings` lists the SCOUT_ALERT_ settings"


def check_receivers(settings: Settings) -> list[Finding]:
    """One finding per receiver that the settings name."""
    addresses = {
        "slack": settings.alert_slack_url.get_secret_value(),
        "discord": settings.alert_discord_url.get_secret_value(),
        "pagerduty": settings.alert_pagerduty_url,
        "webhook": settings.alert_webhook_url.get_secret_value(),
        "watchdog": settings.alert_watchdog_url.get_secret_value(),
    }
    kinds = name_channels(settings)
    findings = [_check_email(settings) if kind == "email" else _check_url(kind, addresses[kind]) for kind in kinds]
    if addresses["watchdog"]:
        findings.append(_check_url("watchdog", addresses["watchdog"]))
    return findings if kinds else [*findings, skipped("receivers", NONE_SET)]


def _check_url(kind: str, url: str) -> Finding:
    """Connects, with TLS where the address says so. Only host and port are shown: the rest of it is a secret."""
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    host, port = parts.hostname or "", parts.port or (443 if secure else 80)
    name = f"receiver {kind}"
    try:
        with socket.create_connection((host, port), TIMEOUT_SECONDS) as connection:
            if secure:
                with ssl.create_default_context().wrap_socket(connection, server_hostname=host):
                    pass
    except OSError as error:
        advice = f"check SCOUT_ALERT_{kind.upper()}_URL, DNS and the firewall between here and {host}"
        return broken(name, f"cannot connect to {host}:{port}: {error}", advice)
    return fine(name, f"{host}:{port} can be reached")


def _check_email(settings: Settings) -> Finding:
    """Greets the mail server, begins TLS and signs in, as Alertmanager does."""
    where = f"{settings.smtp_host}:{settings.smtp_port}"
    try:
        with _connect(settings) as server:
            if settings.smtp_tls == "on" and settings.smtp_port != IMPLICIT_TLS_PORT:
                server.starttls(context=ssl.create_default_context())
            if settings.smtp_user:
                server.login(settings.smtp_user, settings.smtp_password.get_secret_value())
    except (OSError, smtplib.SMTPException) as error:
        said = " ".join(str(error).split())
        return broken(
            "receiver email", f"{where} does not take e-mail from us: {said}", "check the SCOUT_SMTP_ settings"
        )
    return fine("receiver email", f"{where} takes e-mail from us")


def _connect(settings: Settings) -> smtplib.SMTP:
    kind = smtplib.SMTP_SSL if settings.smtp_port == IMPLICIT_TLS_PORT else smtplib.SMTP
    return kind(settings.smtp_host, settings.smtp_port, timeout=TIMEOUT_SECONDS)
