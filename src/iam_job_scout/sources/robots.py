"""What a site's robots.txt allows (RFC 9309); asked for pages and feeds, not for APIs that are made for programs."""

import re
from collections.abc import Iterator
from urllib.parse import quote, urlsplit

import msgspec

from iam_job_scout.errors import Blocked, BoardNotFound, RobotsForbidden, UnexpectedStatus
from iam_job_scout.sources.client import PRODUCT, Request, UpstreamClient
from iam_job_scout.sources.failures import place

#: Of a longer file only the beginning counts, as the RFC has it.
MAX_BYTES = 500_000

_Rule = tuple[str, bool]


async def check_robots(client: UpstreamClient, request: Request) -> None:
    """Raises RobotsForbidden where the site does not want the page of `request` to be fetched by us.

    A site without a robots.txt allows everything; one that fails to answer raises its FetchError.
    """
    parts = urlsplit(request.url)
    url = f"{parts.scheme}://{parts.netloc}/robots.txt"
    if url not in client.robots:
        client.robots[url] = await _read(client, Request(api=request.api, endpoint="/robots.txt", url=url))
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    if not allows(client.robots[url], path):
        raise RobotsForbidden(f"{place(url)} forbids {parts.path}")


async def _read(client: UpstreamClient, request: Request) -> str:
    try:
        answer = await client.get_bytes(msgspec.structs.replace(request, headers={"Accept": "text/plain"}))
    except (BoardNotFound, Blocked, UnexpectedStatus):
        return ""
    return (answer.value or b"")[:MAX_BYTES].decode("utf-8", "replace")


def allows(robots: str, path: str) -> bool:
    """Whether a robots.txt lets this program fetch a path: the longest rule that matches wins, Allow over Disallow."""
    found = [(len(pattern), allowed) for pattern, allowed in _rules(robots) if _matches(pattern, path)]
    return max(found, default=(0, True))[1]


def _rules(robots: str) -> list[_Rule]:
    """The rules of the groups for this program, or else of those for everybody."""
    ours: list[_Rule] = []
    everybody: list[_Rule] = []
    named = False
    for agents, rules in _groups(robots):
        if PRODUCT in agents:
            named = True
            ours += rules
        elif "*" in agents:
            everybody += rules
    return ours if named else everybody


def _groups(robots: str) -> Iterator[tuple[set[str], list[_Rule]]]:
    agents: set[str] = set()
    rules: list[_Rule] = []
    ended = False
    for line in robots.splitlines():
        name, colon, value = line.partition("#")[0].partition(":")
        name, value = name.strip().lower(), value.strip()
        if name == "user-agent":
            if ended:
                yield agents, rules
                agents, rules, ended = set(), [], False
            agents.add(value.partition("/")[0].strip().lower())
        elif name in ("allow", "disallow") and colon:
            ended = True
            rules += [(value, name == "allow")] if value else []
    yield agents, rules


def _matches(pattern: str, path: str) -> bool:
    parts = pattern.removesuffix("$").split("*")
    expression = ".*".join(re.escape(quote(part, safe="/%?=&:@!$'()+,;~")) for part in parts)
    return re.match(expression + ("$" if pattern.endswith("$") else ""), path) is not None
