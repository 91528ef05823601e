"""What has been read of one board so far, and the receipt of it."""

import msgspec

from iam_job_scout.posting import Listing, Posting
from iam_job_scout.sources.client import Validators


class Reading:
    """The pages of one listing, which may consist of several searches that overlap."""

    def __init__(self) -> None:
        self.postings: list[Posting] = []
        self.truncated = False
        self._bad: list[str] = []
        self._unlisted: list[str] = []
        self._pages = 0
        self._validators: dict[str, Validators | None] = {}
        self._advertised: int | None = None
        self._counted = False
        self._elsewhere: set[str] = set()
        self._here: set[str] = set()
        self._refused_elsewhere: set[bytes] = set()
        self._refused_here: set[bytes] = set()

    def begin_search(self, *, advertised: int | None) -> None:
        """Begins a search of its own, of whose postings the source says that there are `advertised`.

        None: it says nothing, or the search only adds to a listing that was counted already.
        """
        self._elsewhere |= self._here
        self._here = set()
        self._refused_elsewhere |= self._refused_here
        self._refused_here = set()
        self._counted = advertised is not None
        if advertised is not None:
            self._advertised = (self._advertised or 0) + advertised

    def refuse(self, raw: msgspec.Raw, reason: str, *, bad: bool) -> None:
        """Counts an item that is no posting; `bad`: it could not be read, so that nobody knows which one it is."""
        item = bytes(raw)
        self._refused_here.add(item)
        if item not in self._refused_elsewhere:
            (self._bad if bad else self._unlisted).append(reason)
        else:
            self._promised_twice(1)

    def add_page(self, url: str, validators: Validators | None, postings: list[Posting]) -> bool:
        """Adds a page; False where it only repeats postings of this search.

        Such a source clamps its paging and the rest stays unseen, so the listing is truncated. Mere overlap is well:
        postings that appear while the pages are read push others onto the next page.
        """
        self._pages += 1
        self._validators[url] = validators
        ids = {posting.external_id for posting in postings}
        if ids and ids <= self._here:
            self.truncated = True
            return False
        self._here |= ids
        self.postings += [posting for posting in postings if posting.external_id not in self._elsewhere]
        self._promised_twice(len(ids & self._elsewhere))
        return True

    def _promised_twice(self, number: int) -> None:
        """Takes back what an earlier search was counted with too."""
        if self._counted and self._advertised is not None:
            self._advertised -= number

    def listing(self, *, newest_only: bool) -> Listing:
        """The listing with its receipt."""
        invalid = (*self._bad, *self._unlisted)
        unique = len(self._elsewhere | self._here) + len(invalid)
        fetched = len(self.postings) + len(invalid)
        # Where a posting is named on two pages, one that slipped from one to the other was seen on neither. A single
        # answer that holds as many items as it promises is whole, also where it names one twice.
        given = fetched if self._pages == 1 else unique
        truncated = self.truncated or (self._advertised is not None and given < self._advertised)
        healthy = not (truncated or self._bad)
        validators = {url: found for url, found in self._validators.items() if found is not None}
        # Only what was read to its end and well may be skipped as unchanged the next time.
        skippable = healthy and len(validators) == self._pages
        return Listing(
            postings=tuple(self.postings),
            fetched=fetched,
            invalid=invalid,
            advertised=self._advertised,
            pages=self._pages,
            complete=healthy and not newest_only,
            truncated=truncated,
            validators=validators if skippable else {},
        )
