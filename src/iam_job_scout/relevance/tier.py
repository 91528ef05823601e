"""The rules that say whether a posting is an IAM job, one with IAM among its duties, or another."""

import re

import msgspec

from iam_job_scout.relevance import title
from iam_job_scout.relevance.evidence import Cluster
from iam_job_scout.relevance.match import Tier
from iam_job_scout.relevance.reading import Reading

# Looked up once: the attributes of an enumeration are slow.
_CORE, _ADJACENT, _NONE = Tier
# With fewer characters than this beside the names a description is a list of skills.
_LIST = 100
# In a list of skills, no more characters than this stand around a name.
_AROUND_NAME = 30
# Texts shorter than this are as dense as one of this length.
_LEAST_LENGTH = 700
# Below this worth a text mentions IAM in passing, whatever the title seems to name.
_PASSING = 4
# A role named in so many characters from the beginning is the one that is offered.
_OPENING = 700
_OFFERS = re.compile(
    r"(?:\bseeking|\blooking for|\bhiring|\bas an?|\brole of|\bposition of|\brole ?:|\btitle ?:|\bposition ?:|\bneed)"
    r"[^.\n]{0,50}$"
)
_A_ROLE = re.compile(
    r"[\w ()&/,-]{0,25}\b(?:engineer|analyst|architect|administrator|consultant|specialist|developer|manager|lead)\b"
)


class Limits(msgspec.Struct, frozen=True):
    """How much a text without an IAM title must say.

    It is about IAM where it is worth `worth` at `density`, the worth in 1,000 other characters, or names IAM itself
    `strong` times at `strong_density`; the beginning of one where it names IAM itself `snippet_strong` times. IAM is
    among the duties from a worth of `duty`, or of `near_duty` in a trade next to it or a snippet that names IAM itself.
    `benchmarks/relevance.py` measures what choosing them on other postings would have given.
    """

    worth: int = 17
    density: float = 3.0
    strong: int = 4
    strong_density: float = 5.0
    snippet_strong: int = 2
    duty: int = 5
    near_duty: int = 2


CHOSEN = Limits()


def judge(reading: Reading, limits: Limits = CHOSEN) -> tuple[Tier, str]:
    """The tier, and the rule that gave it as a short stable text."""
    kind, tags = reading.title.kind, reading.title.tags
    if kind is title.VETO:
        return _NONE, f"title: {title.veto_of(tags)}"
    if "aside" in tags:
        return _of_aside(reading)
    if kind is title.CORE:
        return _CORE, "title names IAM"
    if kind is title.LIKELY and (reading.worth or reading.vendor_side or "near" in tags or "builders" in tags):
        return _CORE, "title names identity"
    if kind in (title.LIKELY, title.PART):
        if reading.strong and reading.worth >= _PASSING:
            return _CORE, "title and text"
        if "proofing" in tags and reading.worth < _PASSING:
            return _NONE, "title: identity of persons"
        return _ADJACENT, "title names IAM among others"
    return _of_text(reading, limits)


def _of_aside(reading: Reading) -> tuple[Tier, str]:
    if reading.strong or reading.title.kind is title.PART:
        return _ADJACENT, "about IAM, not IAM work"
    return _NONE, "title"


def _of_text(reading: Reading, limits: Limits) -> tuple[Tier, str]:
    """The tier of a posting whose title says nothing of IAM."""
    if _about_iam(reading, limits):
        return _CORE, "text is about IAM"
    if reading.strong and any(_is_offered_role(reading, cluster) for cluster in reading.counted):
        return _CORE, "text offers an IAM role"
    if reading.on_product:
        return _CORE, "technical work at an IAM vendor"
    if _has_duty(reading, limits):
        return _ADJACENT, "IAM among the duties"
    return _NONE, "IAM mentioned in passing" if reading.clusters else "no IAM signal"


def _about_iam(reading: Reading, limits: Limits) -> bool:
    if reading.snippet:
        return reading.strong >= limits.snippet_strong
    density = reading.worth * 1000 / max(reading.outside, _LEAST_LENGTH)
    return (reading.worth >= limits.worth and density >= limits.density) or (
        reading.strong >= limits.strong and density >= limits.strong_density
    )


def _is_offered_role(reading: Reading, cluster: Cluster) -> bool:
    """Whether the text opens with the offer of a role that this cluster names: "we seek an IAM engineer"."""
    if cluster.start > _OPENING or not cluster.strong:
        return False
    before = reading.folded[max(0, cluster.start - 70) : cluster.start]
    return bool(_OFFERS.search(before) and _A_ROLE.match(reading.folded, cluster.end))


def _has_duty(reading: Reading, limits: Limits) -> bool:
    if reading.outside < _LIST:
        return reading.worth >= limits.near_duty or reading.outside < _AROUND_NAME * len(reading.counted)
    near = "near" in reading.title.tags or (reading.snippet and reading.strong)
    return reading.worth >= (limits.near_duty if near else limits.duty)
