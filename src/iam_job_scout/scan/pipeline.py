"""The pure stages between a fetched posting and the database: has it changed, and what is it."""

from hashlib import blake2b

import msgspec

from iam_job_scout.posting import Posting
from iam_job_scout.relevance import Match, classify


class ScoredPosting(msgspec.Struct, frozen=True):
    """A posting with all that was decided about it from its own content."""

    posting: Posting
    content_hash: str
    match: Match


def content_hash(posting: Posting) -> str:
    """Returns 32 hex digits that change when the posting does; a new date alone is no change."""
    undated = msgspec.structs.replace(posting, posted_at=None, entry="")
    return blake2b(msgspec.msgpack.encode(undated), digest_size=16).hexdigest()


def score(posting: Posting, digest: str) -> ScoredPosting:
    """Classifies a posting whose content hash is `digest`; of one that is rejected no more than why it is."""
    return ScoredPosting(posting, digest, classify(posting, facts_of_others=False))
