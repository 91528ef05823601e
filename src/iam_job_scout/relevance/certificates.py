"""The certificates a posting asks for: facts for the page and the statistics, whether or not they are signs of IAM."""

from collections.abc import Sequence

from iam_job_scout.relevance.lexicon import Hit, lexicon
from iam_job_scout.relevance.sections import Sections

# Names that are also something else (CISA is a US agency as well): they count near another certificate only.
_AMBIGUOUS = frozenset({"CISA"})
_NEAR = 80


def certifications(text: str, marks: Sequence[Hit], sections: Sections) -> tuple[str, ...]:
    """Display names of the certificates named where the text speaks of the work, each once, in order."""
    if not marks:
        return ()
    names = lexicon().certificates
    found = [(hit, names[hit.entry.phrase]) for hit in marks if sections.counts[sections.at(hit.start)]]
    return tuple(dict.fromkeys(name for hit, name in found if name not in _AMBIGUOUS or _has_company(text, hit, found)))


def _has_company(text: str, hit: Hit, found: Sequence[tuple[Hit, str]]) -> bool:
    near = range(hit.start - _NEAR, hit.end + _NEAR)
    others = any(other.start in near for other, name in found if name not in _AMBIGUOUS)
    return others or "ertif" in text[max(0, near.start) : near.stop]
