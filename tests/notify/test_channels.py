"""Which addresses notices may go to."""

import pytest

from iam_job_scout.errors import NoticeError
from iam_job_scout.notify.channels import read_address


@pytest.mark.parametrize(
    ("address", "service"),
    [
        ("discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js", "Discord"),
        ("mailto://ann:pass123@example.org", "E-Mail"),
        ("ntfy://my-topic", "ntfy"),
        ("tgram://123456789:AABBCCDDEEFFabcdef_hijklmnop/12315544/", "Telegram"),
        ("slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#jobs", "Slack"),
    ],
)
def test_services_are_known_and_their_secrets_hidden(address: str, service: str) -> None:
    kind = read_address(address)
    assert kind.service == service
    for secret in ("JHMHI8qBe7bk2ZwO5U711o3dV_js", "pass123", "AABBCCDDEEFFabcdef", "TIiajkdnlazkcOXrIdevi7FQ"):
        assert secret not in kind.shown


@pytest.mark.parametrize("address", ["", "hello", "nothing://x", "syslog://", "windows://", "x" * 3_000, "json://a\nb"])
def test_what_leads_nowhere_or_to_this_machine_is_refused_in_one_line(address: str) -> None:
    with pytest.raises(NoticeError) as refused:
        read_address(address)
    assert "\n" not in str(refused.value)
    assert len(address) < 12 or address not in str(refused.value)
