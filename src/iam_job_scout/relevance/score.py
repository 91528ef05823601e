"""The score of a posting, 0 to 100, as a sum of spans of its title and text.

The title gives points for what it names. Each cluster of the text gives its worth times a unit that falls with the
number of characters that speak of the work, the clusters themselves left out, so that a long text does not win by its
length. Nothing in that depends on another span: cutting one out takes exactly its points away.

A text so dense that its clusters would pass their share of the score is cited as one span, from the first cluster to
the last: no smaller part of it could be cut out and lower the score by what it seemed to give.
"""

from collections.abc import Sequence

from iam_job_scout.relevance.lexicon import Concept, lexicon
from iam_job_scout.relevance.match import Evidence
from iam_job_scout.relevance.reading import Reading
from iam_job_scout.relevance.title import CORE, LIKELY, PART, VETO

_TITLE = {CORE: 65, LIKELY: 50, PART: 20}
# Technical work on the employer's own IAM product.
_PRODUCT = 40
_TEXT = 35
# The unit of a short text, up to how many characters, and how it falls beyond. In postings of 500 characters and in
# those of 5,000 the richest twentieth of IAM jobs come close to all the points that the text can give.
_UNIT = 2.7
_SHORT = 700
_FALL = 0.85
_LEAST_UNIT = 0.5
_MOST_NAMES = 12
# What a cluster may be worth.
_WORTHS = range(4)


def evidence(reading: Reading) -> tuple[Evidence, ...]:
    """What earns points, the title first, then in the order of the text."""
    return (*_of_title(reading), *_of_text(reading))


def _of_title(reading: Reading) -> Sequence[Evidence]:
    title = reading.title
    points = _TITLE.get(title.kind, 0)
    on_product = reading.on_product and title.kind is not VETO
    if not points and not on_product:
        return ()
    start, end, reason = title.start, title.end, _names(title.concepts)
    if on_product:
        # One span with the names, because a title without its names would still be work on the product.
        product = lexicon().tagged(reading.heading.scan, "product")
        spans = [*([(start, end)] if points else ()), *([product] if product else ())]
        if not spans:
            return ()
        start, end = min(start for start, _ in spans), max(end for _, end in spans)
        points, reason = max(points, _PRODUCT), reason or "work on the employer's IAM product"
    return (Evidence("title", start, end, reading.heading.text[start:end], reason, points),)


def _of_text(reading: Reading) -> Sequence[Evidence]:
    counted, text = reading.counted, reading.text
    if not counted:
        return ()
    unit = _unit(reading)
    by_worth = [max(1, round(worth * unit)) for worth in _WORTHS]
    if sum([by_worth[cluster.worth] for cluster in counted]) <= _TEXT:
        return [
            Evidence("description", c.start, c.end, text[c.start : c.end], _names(c.concepts), by_worth[c.worth])
            for c in counted
        ]
    start, end = counted[0].start, counted[-1].end
    concepts = {concept.index: concept for cluster in counted for concept in cluster.concepts}
    return (Evidence("description", start, end, text[start:end], _names(tuple(concepts.values())), _TEXT),)


def _unit(reading: Reading) -> float:
    inside = sum([cluster.end - cluster.start for cluster in reading.counted])
    substance = reading.sections.substance(len(reading.text)) - inside
    share: float = (_SHORT / max(substance, _SHORT)) ** _FALL
    return max(_LEAST_UNIT, _UNIT * share)


def _names(concepts: tuple[Concept, ...]) -> str:
    if len(concepts) == 1:
        return concepts[0].name
    return ", ".join([concept.name for concept in concepts[:_MOST_NAMES]])
