"""We Work Remotely. Feeds: https://weworkremotely.com/remote-job-rss-feed

RSS 2.0 with the newest postings. A title is "Company: Role" (either may hold a further colon; the first one counts),
`state` belongs to the company's headquarters, and `country` may be drawn with a flag.
"""

import re
from collections.abc import Sequence
from xml.etree.ElementTree import Element, ParseError

import msgspec
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from iam_job_scout.errors import BadPayload
from iam_job_scout.posting import Board, Mode, Posting
from iam_job_scout.settings import Settings
from iam_job_scout.sources.base import Page, Position, Source
from iam_job_scout.sources.client import Request, UpstreamClient
from iam_job_scout.sources.robots import check_robots
from iam_job_scout.sources.text import join_places, mail_time

_FLAGS = re.compile("[\U0001f1e6-\U0001f1ff\U0001f3f3\U0001f308\ufe0f\u200d]")
#: What XML does not allow: control characters, and references to these or to lone surrogates.
_NOT_XML = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f]|&#(?:[0-8]|1[124-9]|2[0-9]|3[01]|x[0-8bBcCeEfF]|x1[0-9a-fA-F]|[xX][dD][89a-fA-F]..);"
)


class _Item(msgspec.Struct):
    title: str = ""
    guid: str = ""
    link: str = ""
    region: str = ""
    country: str = ""
    type: str = ""
    description: str = ""
    pubDate: str = ""  # noqa: N815 - as the feed has it
    expires_at: str = ""


class WeWorkRemotely(Source[list[dict[str, str]], _Item]):
    name = "weworkremotely"
    label = "We Work Remotely"
    hosts = ("weworkremotely.com",)
    docs = "https://weworkremotely.com/remote-job-rss-feed"
    terms = "A public feed; link to the posting on We Work Remotely."
    attribution = "Source: We Work Remotely"
    attribution_url = "https://weworkremotely.com"
    endpoint = "/remote-jobs.rss"
    aggregator = True
    newest_only = True
    absences = 2
    per_second = 0.5
    concurrency = 1
    envelope = list[dict[str, str]]
    item = _Item

    def url(self, board: Board) -> str:
        return "https://weworkremotely.com/remote-jobs.rss"

    async def starts(self, client: UpstreamClient, board: Board) -> Sequence[str]:
        await check_robots(client, self.request(self.url(board), Position(board, self.url(board)), client.settings))
        return [self.url(board)]

    def request(self, url: str, at: Position, settings: Settings) -> Request:
        return Request(api=self.api, endpoint=self.endpoint, url=url, headers={"Accept": "application/rss+xml"})

    def decode(self, body: bytearray) -> list[dict[str, str]]:
        channel = _parsed(bytes(body)).find("channel")
        if channel is None:
            raise BadPayload("the answer is not an RSS feed")
        return [{child.tag: child.text or "" for child in item} for item in channel.findall("item")]

    def page(self, envelope: list[dict[str, str]]) -> Page:
        return Page([msgspec.Raw(msgspec.json.encode(item)) for item in envelope])

    def posting(self, item: _Item, board: Board) -> Posting:
        company, colon, role = item.title.partition(": ")
        return self.build(
            board,
            external_id=item.guid or item.link,
            title=role if colon else item.title,
            url=item.link or item.guid,
            company=company if colon else "",
            location=join_places([item.region, _FLAGS.sub("", item.country)]),
            description=item.description,
            posted_at=mail_time(item.pubDate),
            closes_at=mail_time(item.expires_at),
            mode=Mode.REMOTE,
            employment_type=item.type,
        )


def _parsed(body: bytes) -> Element:
    """The root of an XML document; what XML does not allow is mended rather than refused."""
    try:
        return _root(body)
    except ParseError:
        mended = _NOT_XML.sub("\ufffd", body.decode("utf-8", "replace")).encode()
    try:
        return _root(mended)
    except ParseError as error:
        raise BadPayload(f"the answer is not XML: {error}") from error


def _root(body: bytes) -> Element:
    try:
        root: Element = fromstring(body, forbid_dtd=True)
    except DefusedXmlException as error:
        raise BadPayload(f"the answer holds XML that is not safe to read: {type(error).__name__}") from error
    except (ValueError, LookupError) as error:
        raise BadPayload(f"the answer is not XML: {error}") from error
    return root
