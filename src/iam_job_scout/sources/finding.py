"""Which board a careers page shows: by its address where that is a board's own, else by the links in the page."""

import re
from collections import Counter
from collections.abc import Iterator
from html import unescape
from urllib.parse import parse_qs, unquote, urlsplit

from iam_job_scout.errors import ScoutError
from iam_job_scout.posting import Board
from iam_job_scout.sources.client import Api, Request, UpstreamClient
from iam_job_scout.sources.registry import SOURCES
from iam_job_scout.sources.robots import check_robots
from iam_job_scout.sources.text import web_url

#: Pages of employers are asked for one by one.
PAGES = Api("careers_page", per_second=1.0, concurrency=1)

_NAME = r"(?P<token>[^/?#]+)"
#: Host and path of an address to source and token; what is no board's name stands in _NO_NAMES.
_PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (source, re.compile(pattern, re.IGNORECASE))
    for source, pattern in (
        ("greenhouse", rf"(?:boards|job-boards)(?:\.eu)?\.greenhouse\.io/{_NAME}"),
        ("greenhouse", rf"boards-api\.greenhouse\.io/v1/boards/{_NAME}"),
        ("lever", rf"jobs\.(?P<region>eu\.)?lever\.co/{_NAME}"),
        ("lever", rf"api\.(?P<region>eu\.)?lever\.co/v0/postings/{_NAME}"),
        ("ashby", rf"jobs\.ashbyhq\.com/{_NAME}"),
        ("ashby", rf"api\.ashbyhq\.com/posting-api/job-board/{_NAME}"),
        ("smartrecruiters", rf"(?:jobs|careers)\.smartrecruiters\.com/{_NAME}"),
        ("smartrecruiters", rf"api\.smartrecruiters\.com/v1/companies/{_NAME}"),
        ("workable", rf"apply\.workable\.com/api/v\d/(?:widget/)?accounts/{_NAME}"),
        ("workable", rf"apply\.workable\.com/{_NAME}"),
        ("workable", r"(?P<token>[a-z0-9-]+)\.workable\.com(?:/|$)"),
        ("recruitee", r"(?P<token>[a-z0-9-]+)\.recruitee\.com(?:/|$)"),
    )
)
_NO_NAMES = frozenset(
    {"embed", "api", "j", "www", "apply", "careers", "jobs", "help", "support", "static", "assets", "cdn", "widget"}
    | {"d", "oneclick-ui", "sr-jobs", "external-referrals", "favicon.ico", "robots.txt", "resources", "get", "app"}
)
_WORKDAY = re.compile(
    r"(?P<tenant>[a-z0-9_-]+)\.(?P<centre>wd\d+)\.myworkdayjobs(?:-impl)?\.com/"
    r"(?:wday/cxs/[^/]+/)?(?:[a-z]{2}-[a-z]{2}/)?(?P<site>[a-z0-9_.-]+)",
    re.IGNORECASE,
)
_WORKDAY_SITE = re.compile(
    r"(?P<centre>wd\d+)\.myworkdaysite\.com/(?:[a-z]{2}-[a-z]{2}/)?(?:recruiting|wday/cxs)/"
    r"(?P<tenant>[a-z0-9_-]+)/(?P<site>[a-z0-9_.-]+)",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"(?:https?:)?//[^\s\"'<>\\`)]+")


def board_at(url: str) -> Board | None:
    """The board that an address of an applicant tracking system belongs to; None where it is none of these."""
    parts = urlsplit(url)
    place = f"{parts.hostname or ''}{parts.path}"
    embedded = parse_qs(parts.query).get("for", [""])[0]
    if "/embed/" in parts.path and (parts.hostname or "").endswith("greenhouse.io") and embedded:
        return _board("greenhouse", embedded)
    workday = _WORKDAY.match(place) or _WORKDAY_SITE.match(place)
    if workday:
        return _board("workday", f"{workday['tenant']}/{workday['centre'].lower()}/{workday['site']}")
    for source, pattern in _PATTERNS:
        found = pattern.match(place)
        if found and unquote(found["token"]).lower() not in _NO_NAMES:
            region = "eu/" if found.groupdict().get("region") else ""
            return _board(source, region + unquote(found["token"]))
    return None


async def find_board(client: UpstreamClient, url: str) -> Board:
    """The board that a page belongs to or shows. Raises FetchError, or ScoutError where there is none or are many."""
    url = _address(url)
    board = board_at(url)
    if board is not None:
        return board
    request = Request(api=PAGES, endpoint="/", url=url, headers={"Accept": "text/html"})
    await check_robots(client, request)
    page = (await client.get_bytes(request)).value or b""
    counted = Counter(boards_in(page.decode("utf-8", "replace")))
    if not counted:
        known = ", ".join(source.label for source in SOURCES.values() if not source.aggregator)
        raise ScoutError(
            f"no board of {known} in {url}; open one of its jobs in a browser and give that page's address"
        )
    if len(counted) > 1:
        names = ", ".join(f"{board.source},{board.token}" for board, _ in counted.most_common(8))
        raise ScoutError(f"{url} names several boards ({names}); add the right one by its own address")
    return next(iter(counted))


def boards_in(page: str) -> Iterator[Board]:
    """Each address of a board in the text of a page, in markup, scripts and embedded data alike."""
    for address in _ADDRESS.findall(unescape(page.replace("\\/", "/").replace("\\u002F", "/"))):
        try:
            board = board_at(address if address.startswith("http") else f"https:{address}")
        except ValueError:
            continue
        if board is not None:
            yield board


def _address(text: str) -> str:
    url = web_url(text if "://" in text else f"https://{text.strip()}")
    if not url:
        raise ScoutError("that is not the address of a web page, such as https://example.com/careers")
    return url


def _board(source: str, token: str) -> Board | None:
    usable = token.isprintable() and len(token) <= 200 and not SOURCES[source].token_problem(token)
    return Board(source, token, "") if usable else None
