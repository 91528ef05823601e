"""How a posting is kept as it was fetched: packed small, so that it can be judged again without its source."""

import zlib

import msgspec

from iam_job_scout.posting import Posting

#: The fastest level; the next ones save a tenth and take twice the time.
_LEVEL = 1
_decoder = msgspec.msgpack.Decoder(Posting)


def pack(posting: Posting) -> bytes:
    """Packs a posting; descriptions shrink to about a third."""
    return zlib.compress(msgspec.msgpack.encode(posting), _LEVEL)


def unpack(raw: bytes) -> Posting:
    """The posting as it was packed. Raises nothing for what `pack` made, also by an older version."""
    return _decoder.decode(zlib.decompress(raw))
