"""When a posting that a listing lacks counts as closed: the one rule that must never be wrong."""

from datetime import datetime, timedelta

from iam_job_scout.posting import Listing

#: A listing with less than this share of what was there before is not believed at once: half-served ones look so.
MIN_SHARE = 0.5
#: Believed after all once every listing for so long has been like that: boards do empty, and faults are mended sooner.
DOUBT_LASTS = timedelta(hours=24)
#: A posting that no listing has named for so long is taken for closed, also where the listings are never whole.
#: Job advertisements run for 30 days on most boards.
AGES_OUT_AFTER = timedelta(days=30)


def is_doubtful(listing: Listing, *, shown: int, still_open: int, fetched_before: int, page_size: int = 0) -> bool:
    """Whether a listing is too short to be believed.

    It shows `shown` of what can be stored, where `still_open` were open before; its items, of which some may name a
    posting twice, are compared with those of the listing before. Where the source gives no total but pages of
    `page_size`, one that got shorter and ends with a full page may lack those after it.
    """
    if not still_open:
        return False
    ends_full = page_size > 0 and listing.fetched % page_size == 0 and listing.fetched < fetched_before
    return ends_full or shown < still_open * MIN_SHARE or listing.fetched < fetched_before * MIN_SHARE


def why_kept_open(listing: Listing, *, newest_only: bool, doubted_since: datetime | None, now: datetime) -> str:
    """Says in a sentence for people why the listing closes nothing; "" where what it lacks may be closed."""
    if newest_only:
        return "the source shows only its newest postings"
    if listing.truncated:
        return "the source has more than it gave"
    if not listing.complete:
        return "some items could not be read"
    if doubted_since is not None and now - doubted_since < DOUBT_LASTS:
        return "it got shorter than can be believed at once; if it stays like that for a day it is"
    return ""


def has_aged_out(absent_since: datetime | None, now: datetime) -> bool:
    """Whether a posting has been missing from all listings for so long that it is taken for closed."""
    return absent_since is not None and now - absent_since >= AGES_OUT_AFTER
