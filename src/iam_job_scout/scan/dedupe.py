"""When two postings are the same job: employer, title, place and text are equal but for case and spacing."""

from hashlib import blake2b

from iam_job_scout.posting import Posting


def fingerprint(posting: Posting, text: str) -> str:
    """Returns 32 hex digits, equal for exactly equal postings; `text` is the description without markup."""
    digest = blake2b(digest_size=16)
    for part in (posting.company, posting.title, posting.location, text):
        digest.update(" ".join(part.casefold().split()).encode())
        digest.update(b"\0")
    return digest.hexdigest()
