"""The one way out to the sources: timeouts, tries, pace, redirects, conditions, size and errors are settled here.

With SCOUT_UPSTREAM every request goes to http://host:port/<original host>/<original path>?<query> instead. An upstream
on a loopback address is a replay, or a gateway that minds the sources' limits itself: no pace is kept towards it.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from ipaddress import ip_address
from types import TracebackType
from typing import Generic, Self, TypeVar
from urllib.parse import urljoin, urlsplit

import aiohttp
import msgspec
from aiohttp.resolver import ThreadedResolver
from yarl import URL

from iam_job_scout import __version__, monitoring
from iam_job_scout.errors import FetchError, RateLimited, ServerFailed, UnexpectedStatus, UnsafeRedirect
from iam_job_scout.monitoring import track_external_api
from iam_job_scout.settings import Settings
from iam_job_scout.sources.addresses import PublicResolver, url_problem
from iam_job_scout.sources.body import LARGE_LANES, BodyReader, decode_json
from iam_job_scout.sources.breaker import LONGEST_REST_SECONDS, REST_SECONDS, Breaker
from iam_job_scout.sources.failures import mapped_failures, place, status_failure
from iam_job_scout.sources.limits import Limiter

T = TypeVar("T")

#: What a request is conditional on: (ETag, Last-Modified), each empty where the source gave none.
Validators = tuple[str, str]

TRIES = 3
MAX_REDIRECTS = 5
CONNECT_SECONDS = 10.0
#: Full jitter: a try waits between nothing and this, doubled with each try, up to the cap.
BACKOFF_SECONDS = 0.5
BACKOFF_CAP_SECONDS = 8.0
#: A source that wants a longer rest than this is left to the next scan.
RETRY_AFTER_CAP_SECONDS = 20.0
#: Towards a loopback upstream; more at once only adds memory.
LOOPBACK_CONCURRENCY = 32
#: A loopback upstream that failed is soon asked again: what broke there breaks nobody else's.
LOOPBACK_REST_SECONDS = 1.0


_REDIRECTS = frozenset({301, 302, 303, 307, 308})


#: What robots.txt files may call this program.
PRODUCT = "iam-job-scout"


def user_agent(contact: str) -> str:
    """Says what asks, and whom to write to where the person who runs it has told (SCOUT_CONTACT, SCOUT_PUBLIC_URL)."""
    return f"{PRODUCT}/{__version__} (self-hosted job search{'; ' + contact if contact else ''})"


class Api(msgspec.Struct, frozen=True):
    """What the client must know about one source: its name in metrics, and how fast it may be asked."""

    name: str
    per_second: float
    concurrency: int
    rate_limited: tuple[int, ...] = (429,)


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One request. `endpoint` is a template (`/v1/boards/{board}/jobs`), never a path with values in it.

    `headers` (keys, mostly) are sent to the host of `url` alone, not to where it redirects.
    """

    api: Api
    endpoint: str
    url: str
    validators: Validators | None = None
    headers: dict[str, str] = {}
    body: bytes | None = None

    @property
    def method(self) -> str:
        """POST where there is a body, else GET."""
        return "GET" if self.body is None else "POST"


class Answer(msgspec.Struct, Generic[T], frozen=True):
    """What a source answered; `value` is None exactly when the answer was 304 Not Modified."""

    value: T | None
    validators: Validators | None = None


class UpstreamClient:
    """Sends the requests of all sources; an async context manager that belongs to the event loop that entered it.

    `recorder` is called with each request that was answered with 200, and the unpacked body, before it is decoded.
    """

    def __init__(self, settings: Settings, *, recorder: Callable[[Request, bytes], None] | None = None) -> None:
        #: The robots.txt of each site that was asked for one, by its URL.
        self.robots: dict[str, str] = {}
        self._recorder = recorder
        self.settings = settings
        self._timeout = settings.source_timeout
        self._limit = settings.source_max_mb * 1_000_000
        self._upstream = settings.upstream
        self._agent = user_agent(settings.contact or settings.public_url)
        self._limiters: dict[str, Limiter] = {}
        self._breakers: dict[tuple[str, str], Breaker] = {}
        self._lanes = asyncio.Semaphore(LARGE_LANES)

    async def __aenter__(self) -> Self:
        # Behind an upstream the hosts of the sources are never resolved here, and the upstream may be a local one.
        resolver = ThreadedResolver() if self._upstream else PublicResolver()
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(resolver=resolver, limit=0, ttl_dns_cache=300),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS),
            headers={"User-Agent": self._agent, "Accept-Encoding": "gzip"},
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    async def get_json(self, request: Request, decoder: msgspec.json.Decoder[T]) -> Answer[T]:
        """Sends a request and decodes the JSON of its answer. Raises as `send` does."""
        return await self.send(request, lambda body: decode_json(body, decoder))

    async def get_bytes(self, request: Request) -> Answer[bytes]:
        """Sends a request and returns its answer as it is, unpacked. Raises as `send` does."""
        return await self.send(request, bytes)

    async def send(self, request: Request, decode: Callable[[bytearray], T]) -> Answer[T]:
        """Sends a request and decodes its answer; a request with a body is a POST of JSON.

        Raises a FetchError, after at most three tries where it is a transient one.
        """
        kind = {"Accept": "application/json"} | ({} if request.body is None else {"Content-Type": "application/json"})
        request = msgspec.structs.replace(request, headers=kind | request.headers)
        breaker = self._breaker(request)
        breaker.ask()
        try:
            answer = await self._send(request, decode)
        except FetchError as error:
            breaker.failed(error)
            raise
        else:
            breaker.succeeded()
            return answer
        finally:
            self._report_circuits(request.api.name)

    def _breaker(self, request: Request) -> Breaker:
        host = urlsplit(request.url).netloc
        key = (request.api.name, host)
        if key not in self._breakers:
            local = _is_loopback(self._upstream)
            rests = (LOOPBACK_REST_SECONDS, LOOPBACK_REST_SECONDS) if local else (REST_SECONDS, LONGEST_REST_SECONDS)
            self._breakers[key] = Breaker(host, rest=rests[0], longest=rests[1])
        return self._breakers[key]

    def _report_circuits(self, api_name: str) -> None:
        opened = sum(breaker.open for (name, _), breaker in self._breakers.items() if name == api_name)
        monitoring.set_open_circuits(api_name, opened)

    async def _send(self, request: Request, decode: Callable[[bytearray], T]) -> Answer[T]:
        async with track_external_api(request.api.name, request.endpoint) as call:
            for attempt in range(1, TRIES + 1):
                try:
                    return await self._try(request, decode, call=call)
                except FetchError as error:
                    pause = retry_pause(error, attempt=attempt)
                    if pause is None:
                        raise
                    if isinstance(error, RateLimited):
                        self._limiter(request.api).hold(pause)
                    await asyncio.sleep(pause)
        raise AssertionError("the last try returns or raises")

    async def _try(self, request: Request, decode: Callable[[bytearray], T], *, call: track_external_api) -> Answer[T]:
        async with self._limiter(request.api).turn():
            with call.attempt() as attempt, mapped_failures(request.url):
                async with asyncio.timeout(self._timeout), self._final_response(request) as response:
                    attempt.set_status(response.status)
                    return await self._answer(request, response, decode)

    async def _answer(
        self, request: Request, response: aiohttp.ClientResponse, decode: Callable[[bytearray], T]
    ) -> Answer[T]:
        if response.status == 304 and request.validators is not None:
            return Answer(None, request.validators)
        if response.status != 200:
            kind = 429 if response.status in request.api.rate_limited else response.status
            raise status_failure(kind, response.headers, request.url)
        async with BodyReader(limit=self._limit, lanes=self._lanes) as reader:
            body = await reader.read(response)
            if self._recorder is not None:
                self._recorder(request, bytes(body))
            value = decode(body)
        # Pages that are asked for by POST share one address, and so cannot be told apart the next time.
        return Answer(value, None if request.body is not None else _validators(response.headers))

    @asynccontextmanager
    async def _final_response(self, request: Request) -> AsyncIterator[aiohttp.ClientResponse]:
        """Follows redirects by hand, judging each target before anything is sent to it."""
        url = request.url
        for _ in range(MAX_REDIRECTS + 1):
            problem = url_problem(url)
            if problem is not None:
                way = place(url) if url == request.url else f"{place(request.url)} leads to {place(url)}, which"
                raise UnsafeRedirect(f"{way} {problem}")
            async with self._open(request, url) as response:
                if response.status not in _REDIRECTS:
                    yield response
                    return
                url = _redirect_target(request, response, upstream=self._upstream, url=url)
        raise UnsafeRedirect(f"{place(request.url)} redirects more than {MAX_REDIRECTS} times")

    @asynccontextmanager
    async def _open(self, request: Request, url: str) -> AsyncIterator[aiohttp.ClientResponse]:
        same_host = urlsplit(url).netloc == urlsplit(request.url).netloc
        response = await self._session.request(
            request.method,
            URL(upstream_url(url, upstream=self._upstream), encoded=True),
            headers=(request.headers if same_host else {}) | _conditions(request.validators),
            data=request.body,
            allow_redirects=False,
        )
        try:
            yield response
        finally:
            # Gives a connection whose answer was read to its end back to the pool, and breaks any other.
            response.release()

    def _limiter(self, api: Api) -> Limiter:
        if api.name not in self._limiters:
            self._limiters[api.name] = (
                Limiter(per_second=None, concurrency=LOOPBACK_CONCURRENCY)
                if _is_loopback(self._upstream)
                else Limiter(per_second=api.per_second, concurrency=api.concurrency)
            )
        return self._limiters[api.name]


def retry_pause(error: FetchError, *, attempt: int) -> float | None:
    """Seconds until the next try, or None when there is none: tries used up, not transient, or too long a rest."""
    if not error.transient or attempt >= TRIES:
        return None
    asked = error.retry_after if isinstance(error, RateLimited | ServerFailed) else None
    if asked is not None and asked > RETRY_AFTER_CAP_SECONDS:
        return None
    jitter = random.uniform(0, min(BACKOFF_CAP_SECONDS, BACKOFF_SECONDS * 2**attempt))  # noqa: S311 - not a secret
    return jitter if asked is None else asked + min(jitter, 1.0)


def upstream_url(url: str, *, upstream: str) -> str:
    """Where a request for `url` is really sent."""
    if not upstream:
        return url
    _, _, rest = url.partition("://")
    return f"{upstream}/{rest}"


def _redirect_target(request: Request, response: aiohttp.ClientResponse, *, upstream: str, url: str) -> str:
    location = response.headers.get("Location", "")
    if not location:
        raise UnexpectedStatus(f"{place(url)} answered HTTP {response.status} without saying where to go")
    if request.body is not None:
        raise UnsafeRedirect(f"{place(url)} answered a POST with HTTP {response.status}, which is not followed")
    if upstream:
        location = _original(location, upstream=upstream, url=url)
    try:
        return urljoin(url, location)
    except ValueError as error:
        raise UnsafeRedirect(f"{place(url)} redirects to what is not a URL") from error


def _original(location: str, *, upstream: str, url: str) -> str:
    """Maps a Location that names the upstream back to the source; any other is the source's own word."""
    parts = urlsplit(url)
    if location.startswith(f"{upstream}/"):
        return f"{parts.scheme}://{location.removeprefix(f'{upstream}/')}"
    prefix = f"{urlsplit(upstream).path}/{parts.netloc}/"
    return (
        f"{parts.scheme}://{parts.netloc}/{location.removeprefix(prefix)}" if location.startswith(prefix) else location
    )


def _conditions(validators: Validators | None) -> dict[str, str]:
    etag, last_modified = validators or ("", "")
    return {name: value for name, value in (("If-None-Match", etag), ("If-Modified-Since", last_modified)) if value}


def _validators(headers: Mapping[str, str]) -> Validators | None:
    found = headers.get("ETag", ""), headers.get("Last-Modified", "")
    return found if any(found) else None


def _is_loopback(upstream: str) -> bool:
    host = urlsplit(upstream).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
