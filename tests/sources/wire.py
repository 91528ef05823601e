"""What the table tests must know of each source's format: where the items are, and what their fields are called."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

from defusedxml.ElementTree import fromstring


@dataclass(frozen=True)
class Wire:
    """Dotted paths. `url` is None where the address of a posting is made from its id."""

    items: str
    id: str
    title: str
    url: str | None
    total: str | None = None
    date: str | None = None
    apply_url: str | None = None
    token: str = "example"
    xml: bool = False


WIRES = {
    "adzuna": Wire("results", "id", "title", "redirect_url", "count", "created"),
    "arbeitnow": Wire("data", "slug", "title", "url", None, "created_at"),
    "ashby": Wire("jobs", "id", "title", "jobUrl", None, "publishedAt", "applyUrl"),
    "greenhouse": Wire("jobs", "id", "title", "absolute_url", "meta.total", "first_published"),
    "hackernews": Wire("hits", "objectID", "comment_text", None, "nbHits"),
    "himalayas": Wire("jobs", "guid", "title", None, "totalCount", "pubDate", "applicationLink"),
    "jobicy": Wire("jobs", "id", "jobTitle", "url", None, "pubDate"),
    "jsearch": Wire("data", "job_id", "job_title", "job_apply_link"),
    "lever": Wire("", "id", "text", "hostedUrl", None, None, "applyUrl"),
    "recruitee": Wire("offers", "id", "title", "careers_url", None, "created_at", "careers_apply_url"),
    "remoteok": Wire("", "id", "position", "url", None, "date", "apply_url"),
    "remotive": Wire("jobs", "id", "title", "url", "total-job-count", "publication_date"),
    "smartrecruiters": Wire("content", "id", "name", None, "totalFound", "releasedDate"),
    "themuse": Wire("results", "id", "name", "refs.landing_page", "total", "publication_date"),
    "usajobs": Wire(
        "SearchResult.SearchResultItems",
        "MatchedObjectId",
        "MatchedObjectDescriptor.PositionTitle",
        None,
        "SearchResult.SearchResultCountAll",
        "MatchedObjectDescriptor.PublicationStartDate",
    ),
    "weworkremotely": Wire("", "guid", "title", "link", None, "pubDate", xml=True),
    "workable": Wire("jobs", "shortcode", "title", "url", None, "published_on", "application_url"),
    "workday": Wire("jobPostings", "externalPath", "title", None, "total", "postedOn", token="example/wd1/Careers"),
}


def read(document: Any, path: str) -> Any:
    """What stands at a dotted path."""
    for key in filter(None, path.split(".")):
        document = document[key]
    return document


def write(document: Any, path: str | None, value: Any) -> None:
    """Replaces what stands at a dotted path; does nothing where the path leads nowhere."""
    if path is None:
        return
    parent, _, key = path.rpartition(".")
    within = read(document, parent)
    if isinstance(within, dict):
        within[key] = value


def load(source: str, body: bytes) -> Any:
    """A listing as nested values; the items of a feed as one list."""
    if not WIRES[source].xml:
        return json.loads(body)
    items = fromstring(body).find("channel").findall("item")
    return [{child.tag: child.text or "" for child in item if "}" not in child.tag} for item in items]


def dump(source: str, document: Any) -> bytes:
    """The reverse of `load`."""
    if not WIRES[source].xml:
        return json.dumps(document).encode()
    feed = Element("rss")
    channel = SubElement(feed, "channel")
    for item in document:
        node = SubElement(channel, "item")
        for key, value in item.items() if isinstance(item, dict) else ():
            SubElement(node, key).text = value
    return tostring(feed)


def bent(source: str, body: bytes, bend: Callable[[list[Any]], object]) -> bytes:
    """The listing with its items changed; the announced total follows."""
    document = load(source, body)
    items = read(document, WIRES[source].items)
    bend(items)
    if WIRES[source].total:
        write(document, WIRES[source].total, len(items))
    return dump(source, document)
