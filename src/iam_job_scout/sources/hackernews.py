"""Hacker News "Who is hiring?", through Algolia. API: https://hn.algolia.com/api

Each month has a thread; the comments right below it are the postings, and everything deeper is talk. The two newest
threads are read: people still hire from last month's. What a posting is about stands in its first line, mostly as
`Company | Role | Place | REMOTE | Pay`, in any order after the company.
"""

import re
from collections.abc import Sequence

import msgspec

from iam_job_scout.errors import BadPayload
from iam_job_scout.posting import Board, Mode, Posting
from iam_job_scout.sources.base import Page, Position, Source, UnlistedItem
from iam_job_scout.sources.body import decode_json
from iam_job_scout.sources.client import Request, UpstreamClient
from iam_job_scout.sources.text import count, unix_time, utc_time, without_tags, word

THREADS = 2
MAX_HEADLINE = 200

_API = "https://hn.algolia.com/api/v1"
_THREADS_URL = f"{_API}/search_by_date?tags=story,author_whoishiring&query=hiring&hitsPerPage=20"
_THREAD_TITLE = re.compile(r"\s*Ask HN: Who is hiring\?", re.IGNORECASE)
_LINK = re.compile(
    r"\(?(?:https?://|www\.)\S+\)?|\([\w.-]+\.[a-z]{2,}[^()]*\)|\b[\w-]+\.(?:com|io|ai|dev|org|net|co|app)\b\S*",
    re.IGNORECASE,
)
_MODES = (
    (re.compile(r"\bhybrid\b", re.IGNORECASE), Mode.HYBRID),
    (re.compile(r"\bremote\b", re.IGNORECASE), Mode.REMOTE),
    (re.compile(r"\b(?:on-?site|in[- ](?:person|office))\b", re.IGNORECASE), Mode.ONSITE),
)
_KIND = re.compile(r"\b(?:full|part)[- ]?time\b|\bcontract(?:or)?\b|\binternship\b", re.IGNORECASE)
_PAY = re.compile(r"[$€£]\s?\d|\d\s?k\b|\bequity\b|\bsalary\b|\bvisa\b", re.IGNORECASE)
_ROLE = re.compile(
    r"\b(?:\w*engineers?|\w*engineering|developers?|architects?|analysts?|managers?|leads?|heads?|directors?|"
    r"scientists?|designers?|admin(?:istrator)?s?|consultants?|specialists?|officers?|founding|cto|ciso|sre|devops|"
    r"programmers?|security|identity|iam|support|sales|marketing|recruiters?|interns?|researchers?|roles|positions?)\b",
    re.IGNORECASE,
)


class _Thread(msgspec.Struct, rename={"id": "objectID"}):
    id: str | int
    title: object = None
    created_at_i: object = None


class _Hits(msgspec.Struct, rename={"total": "nbHits", "pages": "nbPages"}):
    hits: list[msgspec.Raw]
    total: object = None
    pages: object = None
    page: object = None


class _Comment(msgspec.Struct, rename={"id": "objectID"}):
    id: str | int
    comment_text: object = None
    parent_id: object = None
    story_id: object = None
    created_at: object = None
    created_at_i: object = None


class HackerNews(Source[_Hits, _Comment]):
    name = "hackernews"
    label = "Hacker News"
    hosts = ("hn.algolia.com",)
    docs = "https://hn.algolia.com/api"
    terms = "A public API without a key; some ten thousand requests an hour are allowed."
    attribution = "Source: Hacker News, Who is hiring?"
    attribution_url = "https://news.ycombinator.com"
    endpoint = "/api/v1/search"
    aggregator = True
    per_second = 1.0
    concurrency = 1
    envelope = _Hits
    item = _Comment

    def url(self, board: Board) -> str:
        return _THREADS_URL

    async def starts(self, client: UpstreamClient, board: Board) -> Sequence[str]:
        request = Request(api=self.api, endpoint="/api/v1/search_by_date", url=self.url(board))
        answer = await client.send(request, self.decode)
        threads = _threads(answer.value.hits if answer.value else ())
        if not threads:
            raise BadPayload("the answer of hn.algolia.com names no thread of 'Who is hiring?'")
        return [_comments(thread, page=0) for thread in threads]

    def next_url(self, page: Page, at: Position) -> str | None:
        return at.start.removesuffix("page=0") + f"page={at.pages}" if page.more and page.items else None

    def page(self, envelope: _Hits) -> Page:
        more = (count(envelope.page) or 0) + 1 < (count(envelope.pages) or 0)
        return Page(envelope.hits, count(envelope.total), more=more)

    def posting(self, item: _Comment, board: Board) -> Posting:
        if item.parent_id is not None and item.story_id is not None and item.parent_id != item.story_id:
            raise UnlistedItem("a reply, no posting")
        text = word(item.comment_text)
        if not text.strip():
            raise UnlistedItem("deleted")
        headline = _Headline(without_tags(re.split(r"<p>|\n", text, maxsplit=1)[0]))
        return self.build(
            board,
            external_id=item.id,
            title=headline.role,
            url=f"https://news.ycombinator.com/item?id={item.id}",
            company=headline.company,
            location=headline.place,
            description=text,
            posted_at=unix_time(item.created_at_i) or utc_time(item.created_at),
            mode=headline.mode,
            employment_type=headline.kind,
        )


class _Headline:
    """The first line of a posting, taken apart as far as it lets itself."""

    def __init__(self, text: str) -> None:
        parts = [part.strip(" -–—|,:") for part in re.split(r"\s*\|\s*", text)]
        if len(parts) == 1:
            parts = [part.strip() for part in re.split(r"\s+[-–—•]\s+", text)]
        company, rest = parts[0], [part for part in parts[1:] if _LINK.sub("", part).strip()]
        self.company = _LINK.sub("", company).strip(" -–—|,:()")[:MAX_HEADLINE] if rest else ""
        self.mode = next((mode for pattern, mode in _MODES if pattern.search(text)), Mode.UNKNOWN)
        kind = _KIND.search(text)
        self.kind = kind[0] if kind else ""
        roles = [part for part in rest if _ROLE.search(part)]
        self.role = (roles[0] if roles else text)[:MAX_HEADLINE]
        places = [part for part in rest if part not in roles and not _PAY.search(part) and not _KIND.fullmatch(part)]
        self.place = places[0][:MAX_HEADLINE] if places else ""


def _threads(hits: Sequence[msgspec.Raw]) -> list[str]:
    """The ids of the newest threads, the newest first."""
    found = []
    for hit in hits:
        try:
            thread = decode_json(hit, msgspec.json.Decoder(_Thread))
        except (BadPayload, msgspec.ValidationError):
            continue
        if _THREAD_TITLE.match(without_tags(word(thread.title))) and str(thread.id).isalnum():
            found.append((count(thread.created_at_i) or 0, str(thread.id)))
    return [thread for _, thread in sorted(found, reverse=True)[:THREADS]]


def _comments(thread: str, *, page: int) -> str:
    return f"{_API}/search?tags=comment,story_{thread}&hitsPerPage=1000&page={page}"
