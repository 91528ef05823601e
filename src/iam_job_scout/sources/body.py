"""Reading the body of an answer without ever holding more of it than allowed, and decoding its JSON."""

import asyncio
import re
import zlib
from collections.abc import AsyncIterator, Iterator
from types import TracebackType
from typing import Self, TypeVar

import aiohttp
import msgspec

from iam_job_scout.errors import BadPayload, TooLarge

T = TypeVar("T")

#: A body over this many bytes waits for the one lane, so that memory is bounded by many small bodies and one of the
#: largest size. Hardly any board is this large, and decoding takes turns on the processor anyway.
LARGE_BODY = 1_000_000
LARGE_LANES = 1

#: zlib unpacks at most this much at a time; 64 kB of a bomb are 64 MB otherwise.
_PIECE = 262_144
#: JSON packs 5 to 20 times, a bomb 1,000 times: beyond this size the ratio tells them apart before the limit does.
MAX_RATIO = 200
RATIO_MATTERS_FROM = 8_000_000
_GZIP = 31

_CONTROLS_TO_SPACE = bytes(32 if code < 32 else code for code in range(256))
_ESCAPE = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)", re.DOTALL
)


class BodyReader:
    """Collects one body, counted as sent and as unpacked; keeps its lane until the block ends."""

    def __init__(self, *, limit: int, lanes: asyncio.Semaphore) -> None:
        self._limit = limit
        self._lanes = lanes
        self._in_lane = False
        self._body = bytearray()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # An error keeps the frames that it passed alive for a while; the body shall not live as long.
        self._body = bytearray()
        if self._in_lane:
            self._lanes.release()

    async def read(self, response: aiohttp.ClientResponse) -> bytearray:
        """Reads to the end. Raises TooLarge, or BadPayload for an encoding that was not asked for."""
        if (response.content_length or 0) > self._limit:
            raise TooLarge(f"{response.url.host} announced {response.content_length} bytes")
        async for piece in _pieces(response, limit=self._limit):
            await self._add(piece)
        return self._body

    async def _add(self, piece: bytes) -> None:
        size = len(self._body) + len(piece)
        if size > self._limit:
            raise TooLarge(_too_large(self._limit))
        if size > LARGE_BODY and not self._in_lane:
            await self._lanes.acquire()
            self._in_lane = True
        self._body += piece


async def _pieces(response: aiohttp.ClientResponse, *, limit: int) -> AsyncIterator[bytes]:
    unpack = _unpacker(response.headers.get("Content-Encoding", ""))
    sent = 0
    async for chunk in response.content.iter_any():
        sent += len(chunk)
        if sent > limit:
            raise TooLarge(_too_large(limit))
        for piece in unpack.feed(chunk):
            yield piece
    unpack.finish()


def _too_large(limit: int) -> str:
    return f"the answer is over {limit // 1_000_000} MB (SCOUT_SOURCE_MAX_MB)"


class _Plain:
    def feed(self, chunk: bytes) -> Iterator[bytes]:
        yield chunk

    def finish(self) -> None:
        """A body that ends too early is noticed by the HTTP client."""


class _Gzip:
    def __init__(self) -> None:
        self._inflate = zlib.decompressobj(_GZIP)
        self._sent = 0
        self._unpacked = 0

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        self._sent += len(chunk)
        piece = b""
        while chunk or (len(piece) == _PIECE and not self._inflate.eof):
            if self._inflate.eof:
                self._inflate = zlib.decompressobj(_GZIP)
            piece = self._inflate.decompress(chunk, _PIECE)
            chunk = self._inflate.unused_data if self._inflate.eof else self._inflate.unconsumed_tail
            self._unpacked += len(piece)
            self._refuse_bomb(read=self._sent - len(chunk))
            yield piece

    def _refuse_bomb(self, *, read: int) -> None:
        if self._unpacked > RATIO_MATTERS_FROM and self._unpacked > MAX_RATIO * read:
            raise TooLarge(f"the answer unpacks to more than {MAX_RATIO} times its size")

    def finish(self) -> None:
        if self._sent and not self._inflate.eof:
            raise BadPayload("the compressed answer ends too early")


def _unpacker(encoding: str) -> _Plain | _Gzip:
    match encoding.strip().lower():
        case "" | "identity":
            return _Plain()
        case "gzip" | "x-gzip":
            return _Gzip()
        case other:
            raise BadPayload(f"the answer is encoded as {other[:20]!r}, which was not asked for")


def decode_json(body: bytes | bytearray | msgspec.Raw, decoder: msgspec.json.Decoder[T]) -> T:
    """Decodes JSON; text that is not Unicode, or holds raw control characters, is mended rather than refused.

    Raises msgspec.ValidationError where the JSON is not of the decoder's type, BadPayload where it is not JSON.
    """
    try:
        return decoder.decode(body)
    except msgspec.ValidationError:
        raise
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        if bytes(memoryview(body)[:64]).lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<"):
            raise BadPayload("the answer is HTML or XML, not JSON") from error
    try:
        return decoder.decode(_mended(bytes(body)))
    except msgspec.ValidationError:
        raise
    except msgspec.DecodeError as error:
        raise BadPayload(f"the answer is not JSON: {error}") from error


def _mended(body: bytes) -> bytes:
    body = body.removeprefix(b"\xef\xbb\xbf")
    body = body.translate(_CONTROLS_TO_SPACE).decode("utf-8", "replace").encode()
    return _ESCAPE.sub(lambda escape: rb"\ufffd" if escape[1] else escape[0], body)
