"""Where candidates meet: a few keys for each posting, so that each is compared with a few others and never with all."""

from collections.abc import Iterable, Iterator, Sequence
from zlib import crc32

import msgspec

from iam_job_scout.scan.titles import vocabulary
from iam_job_scout.scan.traits import Traits

#: In a block of at most this many, all are compared; in a larger one each with its nearest.
ALL_OF = 40
#: How many neighbours on either side are near, in a block too large to compare all.
NEAREST = 8
#: Letters of an employer's name that two spellings of it share: "Commonwealth Bank" and "CommBank".
_NAME = 4
#: Words of a title that get a key each, and phrases of a text that do.
_WORDS, _PHRASES = 4, 3
#: Five words in a row make a phrase; three alone may be what everybody writes. One in so many may become a key.
_LONG, _ONE_IN = 5, 8
#: From this many words on, a title alone tells an opening.
_LONG_TITLE = 4


class Keys(msgspec.Struct, frozen=True):
    """The blocks of a posting. `near` orders the members of a block: equal texts stand side by side."""

    blocks: tuple[int, ...]
    near: int


def keys_of(traits: Traits) -> Keys:
    """The keys of a posting: numbers of 32 bits, the same in every process."""
    phrases = _phrases(traits)
    return Keys(tuple(sorted({_number(key) for key in _keys(traits, phrases)})), phrases[0] if phrases else 0)


def neighbours(members: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """The pairs of one block that are to be compared; members are (near, id)."""
    members = sorted(members)
    reach = len(members) if len(members) <= ALL_OF else NEAREST
    for place, (_, one) in enumerate(members):
        for _, other in members[place + 1 : place + 1 + reach]:
            yield (one, other) if one < other else (other, one)


def _phrases(traits: Traits) -> list[int]:
    """The phrases with the least hashes: two postings of one text choose the same ones."""
    words = traits.words
    chosen = [at for at, run in enumerate(traits.runs[: 3 - _LONG]) if run % _ONE_IN == 0]
    return sorted({crc32(b" ".join(words[at : at + _LONG])) for at in chosen})[:_PHRASES]


def _keys(traits: Traits, phrases: Iterable[int]) -> Iterator[str]:
    for phrase in phrases:
        yield f"text {phrase}"
    title = traits.title
    for reference in traits.references:
        if len(reference) > 4:
            yield f"reference {reference}"
    known = vocabulary()
    words = sorted(set(title.words) - known.fillers - known.regions)
    whole = " ".join(words)
    name = traits.name[:_NAME]
    if name:
        yield f"role {name} {whole}"
        for word in [word for word in words if word not in known.generic][:_WORDS]:
            yield f"word {name} {word}"
    if len(title.words) >= _LONG_TITLE:
        yield f"title {whole}"


def _number(key: str) -> int:
    return crc32(key.encode())
