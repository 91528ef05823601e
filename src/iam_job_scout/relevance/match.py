"""What the classifier says about one posting: frozen values that the pipeline stores and the pages show."""

from enum import StrEnum

import msgspec

from iam_job_scout.posting import Mode
from iam_job_scout.relevance.location import Place


class Tier(StrEnum):
    """core: IAM is the job. adjacent: another job in which IAM is a real duty or required skill. none: the rest."""

    CORE = "core"
    ADJACENT = "adjacent"
    NONE = "none"


class Sponsorship(StrEnum):
    """Whether the employer sponsors a visa, as far as the posting says."""

    OFFERED = "offered"
    REFUSED = "refused"
    UNKNOWN = "unknown"


class Contract(StrEnum):
    """The terms of employment, as far as the posting states them."""

    PERMANENT = "permanent"
    CONTRACT = "contract"
    CONTRACT_TO_HIRE = "contract-to-hire"
    TEMPORARY = "temporary"
    INTERNSHIP = "internship"
    PART_TIME = "part-time"
    UNKNOWN = "unknown"


class Evidence(msgspec.Struct, frozen=True, gc=False):
    """A stretch of text that earned points.

    `field` is "title" or "description"; `start` and `end` index `plain_text(posting.<field>)` and `text` is the slice.
    Cutting that slice out of the field lowers the score by exactly `points`.
    """

    field: str
    start: int
    end: int
    text: str
    reason: str
    points: int


class AnnualPay(msgspec.Struct, frozen=True):
    """Pay a year in whole units of `currency`. `source` is "posted" (own fields) or "parsed" (free text)."""

    minimum: int
    maximum: int
    currency: str
    source: str


class Match(msgspec.Struct, frozen=True, kw_only=True):
    """The judgement of one posting, and the facts read out of it; what the posting does not say stays unknown.

    `score` is 0 to 100 and the sum of the points of `evidence`. `sub` holds sub-field ids, `skills` display names,
    the most important first. `rule` is a short stable id that says why the posting has its tier.
    `seniority` is intern, entry, mid, senior, lead, manager, director_plus or unknown.
    `years` is the smallest number of years of experience asked for. `clearance` names the highest level asked for
    ("secret", "TS/SCI", …), `citizenship` who may apply ("US citizen", "US person", …). `certifications` are display
    names. `language` is the ISO 639-1 code of the text, empty where it cannot be told. `own_product` says that the
    employer makes or sells IAM itself.
    """

    tier: Tier
    score: int
    sub: tuple[str, ...]
    skills: tuple[str, ...]
    seniority: str
    mode: Mode
    pay: AnnualPay | None
    evidence: tuple[Evidence, ...]
    rule: str
    years: int | None = None
    places: tuple[Place, ...] = ()
    clearance: str | None = None
    citizenship: str | None = None
    sponsorship: Sponsorship = Sponsorship.UNKNOWN
    contract: Contract = Contract.UNKNOWN
    certifications: tuple[str, ...] = ()
    language: str = ""
    own_product: bool = False
