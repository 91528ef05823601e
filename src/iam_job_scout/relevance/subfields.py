"""The sub-fields and skills of a posting, by votes of what it names."""

from collections.abc import Mapping, Sequence
from functools import cache

from iam_job_scout.relevance.lexicon import lexicon
from iam_job_scout.relevance.reading import Reading
from iam_job_scout.relevance.title import Title

_MOST_SKILLS = 12
_MOST_FIELDS = 3
# Votes for a sub-field: what makes one clear, what a title word or the employer's own product adds.
_CLEAR = 2.5
_LEANING = 3.5
_HOME = 5
_SIGN_IN = frozenset({"identity", "identity_security", "authentication", "ciam"})
# Protocols and directories stand in the texts of every sub-field.
_COMMON = 0.7
_EVERYWHERE = frozenset({"active_directory", "ldap"})
# Where customers are named so often, signing on is theirs.
_CUSTOMERS = 6


def tally(reading: Reading) -> dict[int, int]:
    """How much each concept, by its index, weighs in title and text."""
    weights: dict[int, int] = {}
    for concept in reading.title.concepts:
        weights[concept.index] = 4 * concept.weight
    for cluster in reading.counted or reading.clusters:
        for concept in cluster.concepts:
            weights[concept.index] = weights.get(concept.index, 0) + concept.weight
    return weights


def skills(weights: Mapping[int, int]) -> tuple[str, ...]:
    """The display names of the concepts that weigh most."""
    strongest = sorted(weights, key=weights.__getitem__, reverse=True)[:_MOST_SKILLS]
    concepts = lexicon().concepts
    return tuple([concepts[index].name for index in strongest])


def rank(reading: Reading, weights: Mapping[int, int]) -> tuple[str, ...]:
    """Up to three sub-fields; a specific one goes before the general one as soon as something clear names it.

    Of two with the same votes the one goes first that the posting names first.
    """
    known = lexicon()
    if reading.vendor:
        home = reading.vendor.index
        weights = {**weights, home: weights.get(home, 0) + _HOME}
    titled, leanings = reading.title.concepts, [tag for tag in reading.title.tags if tag in known.subfields]
    votes: dict[str, float] = {}
    for index, weight in weights.items():
        concept = known.concepts[index]
        common = (concept.kind == "protocols" or concept.id in _EVERYWHERE) and concept not in titled
        vote = weight * _COMMON if common else weight
        place = 1
        for field in _ordered(concept.sub, leanings) if leanings else concept.sub:
            votes[field] = votes.get(field, 0.0) + vote / place
            place += 1
    for field in leanings:
        _lean(votes, reading.title, field)
    if weights.get(_customers(), 0) >= _CUSTOMERS:
        votes["CIAM"] += votes.get("SSO", 0.0) / 2
    votes.pop("GENERAL", None)
    least = max(_CLEAR, max(votes.values(), default=0) / 4)
    ranked = sorted([field for field, vote in votes.items() if vote >= least], key=votes.__getitem__, reverse=True)
    return tuple(ranked[:_MOST_FIELDS]) or ("GENERAL",)


@cache
def _customers() -> int:
    """The index of the concept of customers' identity."""
    return next(concept.index for concept in lexicon().concepts if concept.id == "ciam")


def _ordered(fields: tuple[str, ...], leanings: Sequence[str]) -> Sequence[str]:
    return fields if len(fields) == 1 else sorted(fields, key=lambda field: field not in leanings)


def _lean(votes: dict[str, float], read: Title, field: str) -> None:
    """Adds what a word of the title says for a sub-field.

    Who writes software for signing in writes it for customers; of IAM at large that holds where the text says so too.
    """
    if field == "CIAM":
        leans = any(concept.id in _SIGN_IN for concept in read.concepts) or (read.concepts and field in votes)
    else:
        leans = bool(read.concepts) or field == "CLOUD_IAM"
    if leans:
        votes[field] = votes.get(field, 0.0) + _LEANING
