"""One posting as the judgement reads it: plain and folded texts, what was found in them, and how much it weighs."""

from functools import lru_cache

import msgspec

from iam_job_scout.posting import Posting
from iam_job_scout.relevance import title
from iam_job_scout.relevance.evidence import Cluster, Employer, clusters
from iam_job_scout.relevance.lexicon import Concept, Found, lexicon
from iam_job_scout.relevance.sections import UNDIVIDED, Sections, split
from iam_job_scout.relevance.text import Plain, fold, plain, scannable
from iam_job_scout.relevance.title import Title

# Aggregators cut descriptions at 300 to 500 characters; in so few words every mention weighs more.
_SNIPPET = 700
# The longest honest postings have 60,000 characters. What lies beyond this is not read, so that time is bounded.
_LONGEST = 1_000_000


class Reading(msgspec.Struct, frozen=True, gc=False):
    """Everything that tier, score and sub-fields depend on.

    `heading` is the title, `text` the description as plain text, `folded` the same folded. `counted` are the clusters
    that are worth something and `worth` is what they are worth together; `strong` is how many of them name the
    discipline itself or one of its products; `outside` is how many characters of the text stand outside all names, as
    many whatever a thing is called. `vendor` is the employer, where it makes an IAM product; `vendor_side` says that it
    makes or sells IAM.
    """

    heading: Plain
    text: str
    folded: str
    found: Found
    sections: Sections
    title: Title
    clusters: list[Cluster]
    counted: list[Cluster]
    worth: int
    strong: int
    outside: int
    vendor: Concept | None
    vendor_side: bool

    @property
    def snippet(self) -> bool:
        """Whether this is the beginning of a text, cut off by an aggregator before its sections."""
        return self.outside < _SNIPPET and len(self.sections.starts) < 3

    @property
    def on_product(self) -> bool:
        """Whether the title is technical work on the IAM product that the employer sells."""
        tags = self.title.tags
        return "product" in tags and "internal" not in tags and self.vendor_side


def read(posting: Posting) -> Reading:
    """The reading of a posting, in time linear in the length of its text."""
    heading = plain(posting.title)
    body = plain(posting.description)
    if len(body.text) > _LONGEST:
        body = body.first(_LONGEST)
    text, folded = body.text, body.folded
    found = lexicon().find(body.scan, text)
    employer = _employer(posting.company)
    sections = split(text, folded, found) if found.concepts or "certification" in found.marks else UNDIVIDED
    signals = clusters(text, folded, found=found, sections=sections, employer=employer) if found.concepts else []
    counted = [cluster for cluster in signals if cluster.worth]
    return Reading(
        heading=heading,
        text=text,
        folded=folded,
        found=found,
        sections=sections,
        title=title.read(heading),
        clusters=signals,
        counted=counted,
        worth=sum([cluster.worth for cluster in counted]),
        strong=sum([cluster.strong for cluster in counted]),
        outside=len(text) - sum([cluster.end - cluster.start for cluster in signals]),
        vendor=employer.vendor,
        vendor_side=employer.vendor is not None or True in [cluster.introduces for cluster in signals],
    )


@lru_cache(maxsize=4096)
def _employer(company: str) -> Employer:
    """The employer of this name; boards repeat theirs."""
    words = " ".join(fold(company).split())
    return Employer(f" {words} ", _vendor(words))


def _vendor(employer: str) -> Concept | None:
    """The IAM vendor whose name begins the employer's."""
    named = lexicon().find(scannable(employer)).concepts[:1]
    concept = named[0].entry.concept if named and named[0].start == 0 and named[0].entry.form == "term" else None
    return concept if concept and concept.kind == "vendors" and concept.weight == 3 else None
