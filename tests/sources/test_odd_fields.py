"""Fields of another type than documented cost at most their own item, and never the listing or the scan."""

import random
from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

import msgspec
import pytest

from iam_job_scout.errors import FetchError
from iam_job_scout.posting import Board
from iam_job_scout.sources.failures import FOREIGN
from iam_job_scout.sources.reading import Reading
from iam_job_scout.sources.registry import SOURCES

from .wire import WIRES, dump, load, read

ODD = [
    None,
    12345,
    {"x": 1},
    [],
    "",
    True,
    -1.5,
    "text",
    [None],
    {"name": ["x"]},
    10**400,
    "9" * 50,
    "https://[x",
    "\x00",
]
ROUNDS = 150


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of everything within nested values."""
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in steps:
        yield (*path, key)
        yield from places(inner, (*path, key))


def changed(document: Any, rng: random.Random) -> Any:
    """A copy in which a few values, anywhere, are of another kind."""
    copy = deepcopy(document)
    for path in rng.sample(list(places(document)), rng.choice([1, 2, 5])):
        inner = copy
        try:
            for key in path[:-1]:
                inner = inner[key]
            inner[path[-1]] = deepcopy(rng.choice(ODD))
        except (KeyError, IndexError, TypeError):
            continue
    return copy


@pytest.mark.parametrize("source", [name for name, wire in WIRES.items() if not wire.xml])
def test_any_field_may_be_of_any_type(source: str, payload: Callable[[str], bytes]) -> None:
    adapter, rng, board = SOURCES[source], random.Random(source), Board(source, WIRES[source].token, "")
    document = load(source, payload(source))
    for _ in range(ROUNDS):
        body, reading = dump(source, changed(document, rng)), Reading()
        try:
            page = adapter.page(adapter.decode(bytearray(body)))
            reading.add_page("", None, adapter._postings(page, board, reading))
        except (FetchError, *FOREIGN):
            continue
        listing = reading.listing(newest_only=False)
        assert listing.fetched == len(page.items)
        msgspec.msgpack.encode(listing)


@pytest.mark.parametrize("source", [name for name, wire in WIRES.items() if not wire.xml])
def test_a_field_that_is_not_needed_costs_no_posting(source: str, payload: Callable[[str], bytes]) -> None:
    adapter, wire, board = SOURCES[source], WIRES[source], Board(source, WIRES[source].token, "")
    document = load(source, payload(source))
    item = read(document, wire.items)[-3]
    needed = {path.partition(".")[0] for path in (wire.id, wire.title, wire.url) if path} | {"story_id", "parent_id"}
    for key in item.keys() - needed:
        for odd in ODD[1:5]:
            bent = deepcopy(document)
            read(bent, wire.items)[-3][key] = odd
            reading = Reading()
            adapter._postings(adapter.page(adapter.decode(bytearray(dump(source, bent)))), board, reading)
            assert reading.listing(newest_only=False).invalid in ((), ("not published",)), (key, odd)
