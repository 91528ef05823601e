"""The addresses that notices go to, in Apprise's form, such as `discord://…` or `mailto://…`."""

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from iam_job_scout.errors import NoticeError

if TYPE_CHECKING:
    from apprise import Apprise

#: What Apprise can do to the machine that it runs on; a person on the web has no business there.
_OF_THIS_MACHINE = frozenset({"syslog", "dbus", "glib", "kde", "qt", "gnome", "macosx", "windows", "notifica"})
#: Longest address in characters.
MAX_ADDRESS = 2_000


@dataclass(frozen=True)
class ChannelKind:
    """What an address leads to: a service's name, and the address with its secrets hidden."""

    service: str
    shown: str


def read_address(address: str) -> ChannelKind:
    """Returns what the address leads to. Raises NoticeError, which does not repeat the address."""
    address = address.strip()
    scheme = address.partition(":")[0].lower()
    if not address or len(address) > MAX_ADDRESS or "\n" in address:
        raise NoticeError("The address must be one line, such as discord://id/token or mailto://user:password@host.")
    if scheme in _OF_THIS_MACHINE:
        raise NoticeError(f"Addresses that begin with {scheme}: are of the machine that the scout runs on, not yours.")
    found = _apprise().instantiate(address, suppress_exceptions=True)
    if found is None:
        raise NoticeError("That is no address of a service that Apprise knows, or a part of it is missing.")
    shown: str = found.url(privacy=True)  # type: ignore[no-untyped-call]
    return ChannelKind(str(found.service_name), shown.partition("?")[0])


@cache
def _apprise() -> "type[Apprise]":
    # Takes 0.7 s to import, which only those pay who use it.
    import logging
    import warnings

    with warnings.catch_warnings():
        # Some of its hundred services import modules that are on their way out of Python.
        warnings.simplefilter("ignore", DeprecationWarning)
        from apprise import Apprise

        Apprise.instantiate("json://localhost")

    logging.getLogger("apprise").setLevel(logging.CRITICAL)
    return Apprise
