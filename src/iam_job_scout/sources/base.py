"""What every source adapter stands on: fetching page by page, decoding item by item, and the receipt of both."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import ClassVar, Generic, TypeVar, cast

import msgspec

from iam_job_scout.errors import BadPayload, BoardNotFound, SourceOff
from iam_job_scout.posting import Board, Listing, Mode, Pay, Posting
from iam_job_scout.settings import Settings
from iam_job_scout.sources.body import decode_json
from iam_job_scout.sources.client import Answer, Api, Request, UpstreamClient, Validators
from iam_job_scout.sources.reading import Reading
from iam_job_scout.sources.text import clean, plain, web_url

Envelope = TypeVar("Envelope")
Item = TypeVar("Item")

MAX_PAGES = 100
#: Of a search that only adds to a listing whose total is clamped; the source shows what fits best first.
NARROW_PAGES = 10
MAX_ID = 200
MAX_TITLE = 1000


class InvalidItem(ValueError):
    """One item of a listing that cannot be a posting; the message is the reason."""


class UnlistedItem(InvalidItem):
    """An item that the source itself says is not on the board; counted, but the listing stays complete."""


class Page(msgspec.Struct, frozen=True):
    """The items of one answer, not yet decoded, and what the source says of the rest.

    `advertised`: how many postings there are in all. `clamped`: that number is the most that the source admits to.
    `more`: whether another page follows, where the source says so. `company`: whose board it is, where that is not
    said with each posting.
    """

    items: Sequence[msgspec.Raw]
    advertised: int | None = None
    clamped: bool = False
    more: bool = False
    company: str = ""


class Position(msgspec.Struct, frozen=True):
    """How far a search has been read: its first URL, and how many pages, items and promised postings there were.

    `narrow`: one of the searches for what a clamped listing cannot show.
    """

    board: Board
    start: str
    narrow: bool = False
    pages: int = 0
    items: int = 0
    advertised: int | None = None


class Source(ABC, Generic[Envelope, Item]):
    """One source. An adapter says where its listings are and what an item means; all else is settled here."""

    name: ClassVar[str]
    label: ClassVar[str]
    hosts: ClassVar[tuple[str, ...]]
    docs: ClassVar[str]
    #: What the source asks of those who use it, in a sentence for people.
    terms: ClassVar[str]
    #: Text that must be shown with each posting, and where it links to; empty where none is asked for.
    attribution: ClassVar[str] = ""
    attribution_url: ClassVar[str] = ""
    #: Path of the listing with placeholders: the metric label.
    endpoint: ClassVar[str]
    #: One list for everybody (a single board, token "all") rather than a board per employer.
    aggregator: ClassVar[bool] = False
    #: The listing shows only the newest postings, so one that is missing from it may still be open.
    newest_only: ClassVar[bool] = False
    #: A board is asked no more often than this; sources that publish a limit set their own.
    cadence: ClassVar[timedelta] = timedelta(hours=1)
    #: In how many complete listings in a row a posting must be missing before it counts as closed.
    absences: ClassVar[int] = 1
    #: Settings without which the source is off, and where to get them.
    keys: ClassVar[tuple[str, ...]] = ()
    keys_from: ClassVar[str] = ""
    #: A search of more pages is cut here and counts as truncated.
    max_pages: ClassVar[int] = MAX_PAGES
    #: How many items each page but the last holds, where the source gives no total: what differs was cut or doubled.
    page_size: ClassVar[int] = 0
    #: No limits are published for most; a person who clicks through a careers page asks about this fast.
    per_second: ClassVar[float] = 10.0
    concurrency: ClassVar[int] = 8
    #: HTTP statuses that say that the source is asked too often.
    rate_limited: ClassVar[tuple[int, ...]] = (429,)

    envelope: type[Envelope]
    item: type[Item]

    def __init__(self) -> None:
        self.api = Api(self.name, self.per_second, self.concurrency, self.rate_limited)
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

    def next_url(self, page: Page, at: Position) -> str | None:
        """The page after `page`, with which the search has come to `at`; None after the last."""
        return None

    async def starts(self, client: UpstreamClient, board: Board) -> Sequence[str]:
        """The first page of each search that the listing consists of; most consist of one. Raises FetchError."""
        return [self.url(board)]

    def narrower(self, start: str) -> Sequence[str]:
        """The searches for what matters in a listing whose total is clamped, so that it is found all the same."""
        return ()

    def request(self, url: str, at: Position, settings: Settings) -> Request:
        """The request for a page; the place to add keys, which belong neither into `url` nor into what is stored."""
        return Request(api=self.api, endpoint=self.endpoint, url=url)

    def decode(self, body: bytearray) -> Envelope:
        """One answer, decoded. Raises BadPayload or what `failures.TABLE` maps to it."""
        return decode_json(body, self._envelope_decoder)

    def token_problem(self, token: str) -> str:
        """Says why a text cannot be the token of a board here; empty where it can."""
        return "" if token else "token is empty"

    def off_reason(self, settings: Settings) -> str:
        """Says why the source cannot be used with these settings; empty where it can."""
        missing = [f"SCOUT_{key.upper()}" for key in self.keys if not _secret(settings, key)]
        return f"needs {' and '.join(missing)} ({self.keys_from})" if missing else ""

    async def fetch(
        self,
        client: UpstreamClient,
        board: Board,
        *,
        validators: Mapping[str, Validators] | None = None,
        known: Mapping[str, str] | None = None,
        wanted: Callable[[Posting], bool] | None = None,
    ) -> Listing:
        """Reads the whole listing of a board. Raises FetchError.

        With the `validators` of an earlier listing, a board that has not changed since gives
        Listing(not_modified=True) without postings. `known` and `wanted` are for sources that need a request for each
        description (`details.py`).
        """
        starts = await self._checked_starts(client, board)
        answers: dict[str, Answer[Envelope]] = {}
        if validators and validators.keys() >= set(starts):
            answers = await self._answers_if_changed(client, board, validators)
            if not answers:
                return Listing(not_modified=True, pages=len(validators), validators=dict(validators))
        reading = Reading()
        for start in starts:
            if await self._read(client, Position(board, start), answers=answers, reading=reading, limit=self.max_pages):
                for search in self.narrower(start):
                    at = Position(board, search, narrow=True)
                    await self._read(client, at, answers={}, reading=reading, limit=NARROW_PAGES)
        return reading.listing(newest_only=self.newest_only)

    async def glance(self, client: UpstreamClient, board: Board) -> Listing:
        """Reads no more than the first page of a board: enough to tell whether it lives. Raises FetchError."""
        starts = await self._checked_starts(client, board)
        reading = Reading()
        await self._read(client, Position(board, starts[0]), answers={}, reading=reading, limit=1)
        return reading.listing(newest_only=self.newest_only)

    async def _checked_starts(self, client: UpstreamClient, board: Board) -> Sequence[str]:
        off = self.off_reason(client.settings)
        if off:
            raise SourceOff(f"{self.label} {off}")
        problem = self.token_problem(board.token)
        if problem:
            raise BoardNotFound(f"{self.label} has no board {board.token[:80]!r}: {problem}")
        return await self.starts(client, board)

    async def _answers_if_changed(
        self, client: UpstreamClient, board: Board, known: Mapping[str, Validators]
    ) -> dict[str, Answer[Envelope]]:
        for url, validators in known.items():
            answer = await self._get(client, url, Position(board, url), validators)
            if answer.value is not None:
                return {url: answer}
        return {}

    async def _get(
        self, client: UpstreamClient, url: str, at: Position, validators: Validators | None = None
    ) -> Answer[Envelope]:
        request = self.request(url, at, client.settings)
        return await client.send(msgspec.structs.replace(request, validators=validators), self.decode)

    async def _read(
        self,
        client: UpstreamClient,
        at: Position,
        *,
        answers: dict[str, Answer[Envelope]],
        reading: Reading,
        limit: int,
    ) -> bool:
        """Reads one search to its end; tells whether the source stopped counting."""
        clamped = False
        url: str | None = at.start
        while url is not None and at.pages < limit:
            answer = answers.pop(url, None) or await self._get(client, url, at)
            page = self.page(cast(Envelope, answer.value))
            if at.pages == 0:
                at = msgspec.structs.replace(at, advertised=page.advertised)
                reading.begin_search(advertised=None if at.narrow else page.advertised)
            clamped |= page.clamped
            reading.truncated |= page.clamped or self._is_uneven(page, at)
            at = msgspec.structs.replace(at, pages=at.pages + 1, items=at.items + len(page.items))
            if not reading.add_page(url, answer.validators, self._postings(page, at.board, reading)):
                break
            url = self.next_url(page, at)
        else:
            reading.truncated |= url is not None
        return clamped

    def _is_uneven(self, page: Page, at: Position) -> bool:
        """Whether a page follows one that was not full, or holds more than a page can."""
        size = self.page_size
        return size > 0 and bool(page.items) and (at.items % size > 0 or len(page.items) > size)

    def _postings(self, page: Page, board: Board, reading: Reading) -> list[Posting]:
        postings = []
        board = board if board.company else msgspec.structs.replace(board, company=clean(page.company))
        for raw in page.items:
            try:
                postings.append(self.posting(decode_json(raw, self._item_decoder), board))
            except UnlistedItem as error:
                reading.refuse(raw, str(error), bad=False)
            except (InvalidItem, BadPayload, msgspec.ValidationError) as error:
                reading.refuse(raw, " ".join(str(error).split())[:200], bad=True)
        return postings

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
        closes_at: datetime | None = None,
    ) -> Posting:
        """A posting with clean text. Raises InvalidItem without a usable id, title or web address."""
        return Posting(
            source=self.name,
            board=board.token,
            external_id=_required("id", str(external_id), limit=MAX_ID),
            url=web_url(url) or _refuse("without a web address"),
            title=_required("title", plain(title), limit=MAX_TITLE),
            company=clean(plain(company)) or board.company or board.token,
            location=clean(plain(location)),
            description=clean(description),
            apply_url=web_url(apply_url),
            posted_at=posted_at,
            mode=mode,
            employment_type=clean(plain(employment_type)),
            pay=pay,
            closes_at=closes_at,
        )


def _secret(settings: Settings, key: str) -> str:
    value = getattr(settings, key)
    return value if isinstance(value, str) else str(value.get_secret_value())


def _required(name: str, value: str, *, limit: int) -> str:
    text = clean(value)
    if not text:
        raise InvalidItem(f"without {name}")
    if len(text) > limit:
        raise InvalidItem(f"{name} of {len(text)} characters")
    return text


def _refuse(reason: str) -> str:
    raise InvalidItem(reason)
