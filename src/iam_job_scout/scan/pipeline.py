"""The pure stages between a fetched posting and the database: normalise, classify, fingerprint."""

from hashlib import blake2b

import msgspec

from iam_job_scout.posting import Posting
from iam_job_scout.relevance import Match, Tier, classify, plain_text
from iam_job_scout.scan.dedupe import fingerprint


class ScoredPosting(msgspec.Struct, frozen=True):
    """A posting with all that was decided about it from its own content.

    Only what is no reject has a `fingerprint`: rejects are most of all postings and are never merged.
    """

    posting: Posting
    content_hash: str
    match: Match
    fingerprint: str | None


def content_hash(posting: Posting) -> str:
    """Returns 32 hex digits that change when the posting does; a new date alone is no change."""
    undated = msgspec.structs.replace(posting, posted_at=None)
    return blake2b(msgspec.msgpack.encode(undated), digest_size=16).hexdigest()


def score(posting: Posting, digest: str) -> ScoredPosting:
    """Classifies a posting whose content hash is `digest`."""
    match = classify(posting)
    if match.tier is Tier.NONE:
        return ScoredPosting(posting, digest, match, None)
    return ScoredPosting(posting, digest, match, fingerprint(posting, plain_text(posting.description)))
