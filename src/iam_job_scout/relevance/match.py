"""What the classifier says about one posting: frozen values that the pipeline stores and the pages show."""

from enum import StrEnum

import msgspec

from iam_job_scout.posting import Mode


class Tier(StrEnum):
    """core: IAM is the job. adjacent: another job in which IAM is a real duty or required skill. none: the rest."""

    CORE = "core"
    ADJACENT = "adjacent"
    NONE = "none"


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
    """The judgement of one posting.

    `score` is 0 to 100 and the sum of the points of `evidence`. `sub` holds sub-field ids, `skills` display names,
    the most important first. `rule` is a short stable id that says why the posting has its tier.
    `seniority` is intern, entry, mid, senior, lead, manager, director_plus or unknown.
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
