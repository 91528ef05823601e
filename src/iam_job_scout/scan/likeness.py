"""Which stored postings are alike: each new one is compared with those it meets in its blocks, and the links kept."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from sqlalchemy import Table, delete, func, insert, select
from sqlalchemy.orm import Session

from iam_job_scout.db.models import OpeningKey, OpeningLink, Posting
from iam_job_scout.posting import Posting as RawPosting
from iam_job_scout.scan.blocks import keys_of, neighbours
from iam_job_scout.scan.dedupe import decide
from iam_job_scout.scan.raw import unpack
from iam_job_scout.scan.traits import Traits, read_traits

#: Values in one IN (…); SQLite takes 32,766.
_MANY = 10_000
#: A block that more stored postings share tells nothing; it is not even read.
TOO_LARGE = 2_000
_KEY: Table = OpeningKey.__table__  # type: ignore[assignment]
_LINK: Table = OpeningLink.__table__  # type: ignore[assignment]


def compare(session: Session, postings: Mapping[int, RawPosting]) -> None:
    """Finds what new and changed postings are alike to, and keeps it; by posting id."""
    if not postings:
        return
    forget(session, postings)
    traits = {posting_id: traits_of(posting) for posting_id, posting in postings.items()}
    keys = {posting_id: keys_of(found) for posting_id, found in traits.items()}
    _insert(session, _KEY, [_key_row(i, key, found.near) for i, found in keys.items() for key in found.blocks])
    pairs = _candidates(session, {key for found in keys.values() for key in found.blocks}, fresh=postings.keys())
    traits |= _stored_traits(session, {posting_id for pair in pairs for posting_id in pair} - traits.keys())
    _insert(session, _LINK, list(_links(pairs, traits)))


def forget(session: Session, posting_ids: Collection[int]) -> None:
    """Drops the blocks and links of postings that changed or are rejected now."""
    for some in chunks(posting_ids):
        session.execute(delete(OpeningKey).where(OpeningKey.posting_id.in_(some)))
        session.execute(delete(OpeningLink).where(OpeningLink.one_id.in_(some)))
        session.execute(delete(OpeningLink).where(OpeningLink.other_id.in_(some)))


def traits_of(posting: RawPosting) -> Traits:
    """What of a posting is compared."""
    return read_traits(
        title=posting.title, company=posting.company, location=posting.location, description=posting.description
    )


def chunks(values: Iterable[int]) -> Iterator[list[int]]:
    """Cuts values into lists that one statement can take."""
    rest = iter(values)
    while some := list(islice(rest, _MANY)):
        yield some


def _key_row(posting_id: int, key: int, near: int) -> dict[str, Any]:
    return {"key": key, "posting_id": posting_id, "near": near}


def _candidates(session: Session, keys: Collection[int], *, fresh: Collection[int]) -> list[tuple[int, int]]:
    """The pairs to compare, in order; one of each is fresh."""
    blocks: dict[int, list[tuple[int, int]]] = {}
    for some in chunks(keys):
        useful = (
            select(_KEY.c.key)
            .where(_KEY.c.key.in_(some))
            .group_by(_KEY.c.key)
            .having(func.count().between(2, TOO_LARGE))
        )
        for key, near, posting_id in session.execute(
            select(_KEY.c.key, _KEY.c.near, _KEY.c.posting_id).where(_KEY.c.key.in_(useful))
        ):
            blocks.setdefault(key, []).append((near, posting_id))
    pairs = {pair for members in blocks.values() for pair in neighbours(members)}
    return sorted(pair for pair in pairs if pair[0] in fresh or pair[1] in fresh)


def _stored_traits(session: Session, posting_ids: Collection[int]) -> dict[int, Traits]:
    found = {}
    for some in chunks(posting_ids):
        for posting_id, raw in session.execute(select(Posting.id, Posting.raw).where(Posting.id.in_(some))):
            found[posting_id] = traits_of(unpack(raw))
    return found


def _links(pairs: Iterable[tuple[int, int]], traits: Mapping[int, Traits]) -> Iterator[dict[str, Any]]:
    for one, other in pairs:
        verdict = decide(traits[one], traits[other])
        if verdict.same:
            reasons = list(verdict.reasons)
            yield {"one_id": one, "other_id": other, "confidence": verdict.confidence, "reasons": reasons}


def _insert(session: Session, table: Table, rows: list[dict[str, Any]]) -> None:
    if rows:
        session.connection().execute(insert(table), rows)
