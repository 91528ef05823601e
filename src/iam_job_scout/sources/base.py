"""What every source adapter stands on: fetching page by page, decoding item by item, and the receipt of both."""

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import ClassVar, Generic, TypeVar, cast

import msgspec

from iam_job_scout.errors import BadPayload
from iam_job_scout.posting import Board, Listing, Mode, Pay, Posting
from iam_job_scout.sources.body import decode_json
from iam_job_scout.sources.client import Answer, Api, Request, UpstreamClient, Validators
from iam_job_scout.sources.text import clean, web_url

Envelope = TypeVar("Envelope")
Item = TypeVar("Item")

#: A listing of more pages is cut here and counts as incomplete.
MAX_PAGES = 100
MAX_ID = 200
MAX_TITLE = 1000


class InvalidItem(ValueError):
    """One item of a listing that cannot be a posting; the message is the reason."""


class UnlistedItem(InvalidItem):
    """An item that the source itself says is not on the board; counted, but the listing stays complete."""


class Page(msgspec.Struct, frozen=True):
    """The items of one answer, not yet decoded, and how many postings the source says there are in all."""

    items: Sequence[msgspec.Raw]
    advertised: int | None = None


class Source(ABC, Generic[Envelope, Item]):
    """One source. An adapter says where its listings are and what an item means; all else is settled here."""

    name: ClassVar[str]
    label: ClassVar[str]
    hosts: ClassVar[tuple[str, ...]]
    docs: ClassVar[str]
    #: What the source asks of those who use it, in a sentence for people.
    terms: ClassVar[str]
    #: Text that must be shown with each posting; empty where none is asked for.
    attribution: ClassVar[str] = ""
    #: Path of the listing with placeholders: the metric label.
    endpoint: ClassVar[str]
    #: One list for everybody (a single board, token "all") rather than a board per employer.
    aggregator: ClassVar[bool] = False
    #: The listing shows only the newest postings, so one that is missing from it may still be open.
    newest_only: ClassVar[bool] = False
    #: No limits are published for most; a person who clicks through a careers page asks about this fast.
    per_second: ClassVar[float] = 10.0
    concurrency: ClassVar[int] = 8

    envelope: type[Envelope]
    item: type[Item]

    def __init__(self) -> None:
        self.api = Api(self.name, self.per_second, self.concurrency)
        self._envelope_decoder = msgspec.json.Decoder(self.envelope)
        self._item_decoder = msgspec.json.Decoder(self.item)

    @abstractmethod
    def url(self, board: Board) -> str:
        """The first page of a board's listing."""

    @abstractmethod
    def page(self, envelope: Envelope) -> Page:
        """The items of one decoded answer."""

    @abstractmethod
    def posting(self, item: Item, board: Board) -> Posting:
        """One item as a posting, made with `build`. Raises InvalidItem."""

    def next_url(self, board: Board, page: Page, *, fetched: int) -> str | None:
        """The page after `page`, when `fetched` items are known; None after the last."""
        return None

    async def fetch(
        self, client: UpstreamClient, board: Board, *, validators: Mapping[str, Validators] | None = None
    ) -> Listing:
        """Reads the whole listing of a board. Raises FetchError.

        With the `validators` of an earlier listing, a board that has not changed since gives
        Listing(not_modified=True) without postings.
        """
        known, answers = validators or {}, {}
        if self.url(board) in known:
            answers = await self._answers_if_changed(client, known)
            if not answers:
                return Listing(not_modified=True, pages=len(known), validators=dict(known))
        return await self._read(client, board, answers)

    async def _answers_if_changed(
        self, client: UpstreamClient, known: Mapping[str, Validators]
    ) -> dict[str, Answer[Envelope]]:
        for url, validators in known.items():
            answer = await self._get(client, url, validators)
            if answer.value is not None:
                return {url: answer}
        return {}

    async def _get(self, client: UpstreamClient, url: str, validators: Validators | None) -> Answer[Envelope]:
        request = Request(api=self.api, endpoint=self.endpoint, url=url, validators=validators)
        return await client.get_json(request, self._envelope_decoder)

    async def _read(self, client: UpstreamClient, board: Board, answers: dict[str, Answer[Envelope]]) -> Listing:
        reading = _Reading()
        url: str | None = self.url(board)
        while url is not None and len(reading.validators) < MAX_PAGES:
            answer = answers.pop(url, None) or await self._get(client, url, None)
            page = self.page(cast(Envelope, answer.value))
            reading.validators[url] = answer.validators
            self._add(page, board, reading)
            url = self.next_url(board, page, fetched=reading.fetched)
        reading.cut = reading.cut or url is not None
        return reading.listing(newest_only=self.newest_only)

    def _add(self, page: Page, board: Board, reading: "_Reading") -> None:
        postings = []
        for raw in page.items:
            try:
                postings.append(self.posting(decode_json(raw, self._item_decoder), board))
            except UnlistedItem as error:
                reading.unlisted.append(str(error))
            except (InvalidItem, BadPayload, msgspec.ValidationError) as error:
                reading.bad.append(" ".join(str(error).split())[:200])
        reading.add_page(postings, advertised=page.advertised)

    def build(
        self,
        board: Board,
        *,
        external_id: str | int,
        title: str,
        url: str,
        company: str | None = None,
        location: str = "",
        description: str | None = "",
        apply_url: str | None = None,
        posted_at: datetime | None = None,
        mode: Mode = Mode.UNKNOWN,
        employment_type: str | None = "",
        pay: Pay | None = None,
    ) -> Posting:
        """A posting with clean text. Raises InvalidItem without a usable id, title or web address."""
        return Posting(
            source=self.name,
            board=board.token,
            external_id=_required("id", str(external_id), limit=MAX_ID),
            url=web_url(url) or _refuse("without a web address"),
            title=_required("title", title, limit=MAX_TITLE),
            company=clean(company) or board.company or board.token,
            location=clean(location),
            description=clean(description),
            apply_url=web_url(apply_url),
            posted_at=posted_at,
            mode=mode,
            employment_type=clean(employment_type),
            pay=pay,
        )


class _Reading:
    """What has been read of one board so far."""

    def __init__(self) -> None:
        self.postings: list[Posting] = []
        self.bad: list[str] = []
        self.unlisted: list[str] = []
        self.validators: dict[str, Validators | None] = {}
        self.advertised: int | None = None
        self.cut = False
        self._pages: set[tuple[str, ...]] = set()

    @property
    def fetched(self) -> int:
        return len(self.postings) + len(self.bad) + len(self.unlisted)

    def add_page(self, postings: list[Posting], *, advertised: int | None) -> None:
        ids = tuple(posting.external_id for posting in postings)
        # A page that repeats another one: the source clamps its paging, and the rest stays unseen. Mere overlap is
        # well, since postings that appear while the pages are read push others onto the next page.
        self.cut = self.cut or (bool(ids) and ids in self._pages)
        self._pages.add(ids)
        self.postings += postings
        if self.advertised is None:
            self.advertised = advertised

    def listing(self, *, newest_only: bool) -> Listing:
        short = self.advertised is not None and self.fetched < self.advertised
        healthy = not (self.cut or self.bad or short)
        validators = {url: found for url, found in self.validators.items() if found is not None}
        return Listing(
            postings=tuple(self.postings),
            fetched=self.fetched,
            invalid=(*self.bad, *self.unlisted),
            advertised=self.advertised,
            pages=len(self.validators),
            complete=healthy and not newest_only,
            # Only what was read whole and well may be skipped as unchanged the next time.
            validators=validators if healthy and len(validators) == len(self.validators) else {},
        )


def _required(name: str, value: str, *, limit: int) -> str:
    text = clean(value)
    if not text:
        raise InvalidItem(f"without {name}")
    if len(text) > limit:
        raise InvalidItem(f"{name} of {len(text)} characters")
    return text


def _refuse(reason: str) -> str:
    raise InvalidItem(reason)


def pay_from(minimum: float | None, maximum: float | None, *, currency: str, interval: str) -> Pay | None:
    """Pay from a source's numbers; None when they say nothing: no amount above 0, no currency, no known interval."""
    low, high = _amount(minimum), _amount(maximum)
    if (low is None and high is None) or len(currency) != 3 or interval not in INTERVALS:
        return None
    return Pay(low, high, currency.upper(), interval)


INTERVALS = frozenset({"hour", "day", "week", "month", "year"})


def _amount(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) and value > 0 else None
