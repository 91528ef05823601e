"""The values that travel from a source to the database: boards, postings and listings, all frozen."""

from datetime import datetime
from enum import StrEnum

import msgspec


class Mode(StrEnum):
    """Where the work is done, as far as the posting states it."""

    REMOTE = "remote"
    HYBRID = "hybrid"
    ONSITE = "onsite"
    UNKNOWN = "unknown"


class Board(msgspec.Struct, frozen=True, order=True):
    """One list of postings at a source: an employer's board, or the whole of an aggregator (`token` is "all")."""

    source: str
    token: str
    company: str


class Pay(msgspec.Struct, frozen=True):
    """Pay as the source's own fields give it, in `currency` (ISO 4217) per `interval`.

    `interval` is hour, day, week, month or year; a missing end of the range is None.
    """

    minimum: float | None
    maximum: float | None
    currency: str
    interval: str


class Posting(msgspec.Struct, frozen=True, kw_only=True):
    """One posting as a source shows it. Its identity is (source, board, external_id).

    `description` is HTML whose markup is real (vendor escaping undone) and untrusted, or plain text.
    `location` joins several places with "; ". `posted_at` and `closes_at` (the end that the source announces) are UTC.
    Text fields are stripped and valid Unicode. `entry` is set where the description was fetched by itself: a hash of
    what the listing said, by which the next fetch knows whether the posting must be read again.
    """

    source: str
    board: str
    external_id: str
    url: str
    title: str
    company: str
    location: str = ""
    description: str = ""
    apply_url: str = ""
    posted_at: datetime | None = None
    mode: Mode = Mode.UNKNOWN
    employment_type: str = ""
    pay: Pay | None = None
    closes_at: datetime | None = None
    entry: str = ""


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """What one fetch of a board returned: its postings, and the receipt that says whether it is complete.

    `fetched` counts every item of the answer, also those in `invalid` (reasons, one a bad item) and the ids in
    `unchanged`, which are known with the same entry and were not read again.
    `truncated`: the source holds more than it gave: a clamped or repeated page, a short list, the limit of pages.
    `validators` maps a URL to its (ETag, Last-Modified), to be sent with the next fetch.
    A listing that is not `complete` may add and update postings but never close one.
    """

    postings: tuple[Posting, ...] = ()
    fetched: int = 0
    invalid: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    advertised: int | None = None
    pages: int = 1
    complete: bool = True
    truncated: bool = False
    not_modified: bool = False
    validators: dict[str, tuple[str, str]] = {}

    @property
    def unique(self) -> int:
        """How many different postings the answer holds, unreadable items included."""
        return len({posting.external_id for posting in self.postings} | {*self.unchanged}) + len(self.invalid)
