"""Only public addresses are reached, whatever they are written as."""

import asyncio
import socket
from ipaddress import ip_address
from typing import Any

import pytest

from iam_job_scout.sources.addresses import PrivateAddress, PublicResolver, is_public, url_problem


@pytest.mark.parametrize("address", ["93.184.215.14", "8.8.8.8", "2606:2800:21f:cb07::1", "64:ff9b::808:808"])
def test_addresses_of_the_internet_are_public(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "192.0.2.1",
        "::1",
        "::",
        "fe80::1",
        "fc00::1",
        "fd00:ec2::254",
        "ff02::1",
        "2001:db8::1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::a00:1",
        "2002:7f00:1::",
    ],
)
def test_all_other_addresses_are_not(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize(
    "url", ["https://example.com/a", "http://example.com:8080", "https://8.8.8.8/", "https://a.b./"]
)
def test_a_public_url_has_no_problem(url: str) -> None:
    assert url_problem(url) is None


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.com/",
        "file:///etc/passwd",
        "//example.com",
        "https://",
        "https://[::1",
        "https://example.com:99999/",
        "https://user:pass@example.com/",
        "http://127.0.0.1/",
        "http://127.1/",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://0177.0.0.1/",
        "http://[::1]/",
        "http://[::ffff:10.0.0.1]/",
        "http://169.254.169.254/latest/meta-data/",
        "http://localhost:5000/",
        "http://LOCALHOST./",
        "http://db.internal/",
        "http://printer.local/",
    ],
)
def test_an_unsafe_url_is_named_as_such(url: str) -> None:
    assert url_problem(url)


def resolve(host: str) -> Any:
    async def main() -> Any:
        return await PublicResolver().resolve(host, 443)

    return asyncio.run(main())


def test_a_name_with_a_private_address_is_refused() -> None:
    with pytest.raises(PrivateAddress, match="not public"):
        resolve("localhost")


def test_one_private_address_among_public_ones_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)) for address in ("8.8.8.8", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **options: answers)
    with pytest.raises(PrivateAddress, match=r"10\.0\.0\.1"):
        resolve("rebinding.example")
    answers.pop()
    assert [found["host"] for found in resolve("rebinding.example")] == ["8.8.8.8"]
