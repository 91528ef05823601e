"""Every error that the product raises on purpose, one tree.

ScoutError                  anything a user may see as one line; never a traceback
├── SettingsError           a SCOUT_ variable that is unknown or wrong
├── BoardsFileError         a row of a boards file that cannot be used
├── DatabaseUnavailable     the database cannot be opened, reached or migrated
├── BackupError             a copy of the database cannot be made, or is not fit to go back to
├── PortTaken               a port that something else listens on
├── StackError              Prometheus or Alertmanager cannot be had, started or reached
├── AccountError            a change of accounts that is not possible, such as removing the only owner
├── ProviderError           the OpenID Connect provider, or what came back from it, cannot be trusted
├── NotThere                what was asked for does not exist
│   └── NotYours            it is another person's; the answer is the same, and it is written down
├── NoticeError             a saved search or channel that cannot be kept as it is
├── EngineBusy              another process of this data directory runs the scan engine
├── SourcePaused            a source that is not asked until a person resumes it
├── NoBoards                a source of which no board is on the list
└── FetchError              a source that did not give a usable answer; `error_type` is the metric label
    ├── FetchTimeout        timeout           no answer in time
    ├── ConnectFailed       connection        no connection, or it broke before the end
    ├── RateLimited         rate_limited      HTTP 429
    ├── Blocked             blocked           HTTP 401 or 403: a challenge page or a missing right
    ├── BoardNotFound       not_found         HTTP 404 or 410
    ├── ServerFailed        server_error      HTTP 5xx
    ├── UnexpectedStatus    unexpected_status any other status that is not 200 or 304
    ├── UnsafeRedirect      unsafe_redirect   a redirect to a private address, off http(s), or without end
    ├── TooLarge            too_large         more bytes than the limit, packed or unpacked
    ├── BadPayload          bad_payload       not the JSON or XML that the source documents
    ├── CircuitOpen         circuit_open      not asked: the host failed many times in a row
    ├── RobotsForbidden     robots            not asked: the site's robots.txt forbids it
    └── SourceOff           off               not asked: the source needs a key that is not set
"""

from typing import ClassVar


class ScoutError(Exception):
    """Something that the user can mend; `str(error)` is one line that says what and how."""

    exit_code: ClassVar[int] = 1


class SettingsError(ScoutError):
    """A setting is unknown or has a wrong value; the message names the variable."""

    exit_code = 2


class BoardsFileError(ScoutError):
    """A boards file cannot be read; the message names the file, the line and what is wrong."""

    exit_code = 2


class DatabaseUnavailable(ScoutError):
    """The database cannot be used; the message never holds the password of its URL."""


class BackupError(ScoutError):
    """A copy of the database cannot be made, or is not one that can be gone back to."""


class PortTaken(ScoutError):
    """Something else listens on a port; the message names the port and the option that changes it."""


class StackError(ScoutError):
    """A monitoring server cannot be had, started or reached."""


class AccountError(ScoutError):
    """A change of accounts that is not possible; the message is a sentence for whoever asked."""


class ProviderError(ScoutError):
    """A sign-in through the OpenID Connect provider is refused; the message may be shown, `kind` is counted."""

    def __init__(self, message: str, *, kind: str = "provider") -> None:
        super().__init__(message)
        self.kind = kind


class NotThere(ScoutError):
    """What was asked for does not exist (any more), or is another person's, which is not told apart."""


class NotYours(NotThere):
    """What was asked for is another person's; the message says no more than that there is no such thing."""


class NoticeError(ScoutError):
    """A saved search, or the channel of its notices, cannot be kept as it is."""


class SourcePaused(ScoutError):
    """A source that nobody asks until a person resumes it."""


class NoBoards(ScoutError):
    """A source of which no board is on the list, so that there is nothing to ask."""


class EngineBusy(ScoutError):
    """Another process runs the scan engine on this database."""


class FetchError(ScoutError):
    """A source gave no usable answer; nothing may be closed because of it."""

    error_type: ClassVar[str] = "fetch"
    #: Whether the same request may succeed when it is sent again at once.
    transient: ClassVar[bool] = False


class FetchTimeout(FetchError):
    """No complete answer within the time limit."""

    error_type = "timeout"
    transient = True


class ConnectFailed(FetchError):
    """The connection failed, or broke before the announced end of the body."""

    error_type = "connection"
    transient = True


class RateLimited(FetchError):
    """HTTP 429; `retry_after` is in seconds where the source said so."""

    error_type = "rate_limited"
    transient = True

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Blocked(FetchError):
    """HTTP 401 or 403: a challenge page, a missing key or a missing right."""

    error_type = "blocked"


class BoardNotFound(FetchError):
    """HTTP 404 or 410: the board does not exist (any more)."""

    error_type = "not_found"


class ServerFailed(FetchError):
    """HTTP 5xx; `retry_after` is in seconds where the source said so."""

    error_type = "server_error"
    transient = True

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class UnexpectedStatus(FetchError):
    """A status that no source documents."""

    error_type = "unexpected_status"


class UnsafeRedirect(FetchError):
    """A redirect that is not followed: of a POST, to a private address, to another scheme, or without end."""

    error_type = "unsafe_redirect"


class TooLarge(FetchError):
    """The body is over the size limit, as sent or unpacked."""

    error_type = "too_large"


class BadPayload(FetchError):
    """The body is not what the source documents."""

    error_type = "bad_payload"


class CircuitOpen(FetchError):
    """The host failed so often in a row that it is left alone for a while."""

    error_type = "circuit_open"


class RobotsForbidden(FetchError):
    """The robots.txt of the site does not want this page to be fetched by programs."""

    error_type = "robots"


class SourceOff(FetchError):
    """The source needs a key that is not set; the message names the setting."""

    error_type = "off"
