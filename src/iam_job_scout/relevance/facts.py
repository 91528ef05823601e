"""What a posting states about the job, whatever its field: level, place, pay, and who may have it on what terms."""

from typing import TypedDict

from iam_job_scout.posting import Mode, Posting
from iam_job_scout.relevance import conditions, contract, location, pay, seniority, work_mode
from iam_job_scout.relevance.certificates import certifications
from iam_job_scout.relevance.language import language
from iam_job_scout.relevance.location import Place
from iam_job_scout.relevance.match import AnnualPay, Contract, Sponsorship
from iam_job_scout.relevance.reading import Reading
from iam_job_scout.relevance.text import plain_text


class Facts(TypedDict):
    """The fields of `Match` that hold what a posting states."""

    seniority: str
    mode: Mode
    pay: AnnualPay | None
    years: int | None
    places: tuple[Place, ...]
    clearance: str | None
    citizenship: str | None
    sponsorship: Sponsorship
    contract: Contract
    certifications: tuple[str, ...]
    language: str


#: Of a posting that was not asked.
UNREAD = Facts(
    seniority="unknown",
    mode=Mode.UNKNOWN,
    pay=None,
    years=None,
    places=(),
    clearance=None,
    citizenship=None,
    sponsorship=Sponsorship.UNKNOWN,
    contract=Contract.UNKNOWN,
    certifications=(),
    language="",
)


def read(posting: Posting, reading: Reading) -> Facts:
    """The facts of a posting; what it does not say stays unknown."""
    folded, marks, tags = reading.folded, reading.found.marks, reading.title.tags
    years = seniority.years_asked(folded, marks["years"]) if "years" in marks else ()
    place = posting.location if posting.location.isascii() else plain_text(posting.location)
    return {
        "seniority": seniority.read(tags, years, folded),
        "mode": work_mode.read(
            stated=posting.mode,
            title=reading.heading.folded,
            location=place,
            folded=folded,
            marks=marks,
        ),
        "pay": pay.annual(posting.pay, reading.text, marks.get("money", ())),
        "years": min(years) if years else None,
        "places": location.places(place, title=reading.heading.text, text=reading.text, marks=marks),
        "clearance": conditions.clearance(folded, marks["clearance"]) if "clearance" in marks else None,
        "citizenship": conditions.citizenship(folded, marks["citizen"]) if "citizen" in marks else None,
        "sponsorship": conditions.sponsorship(folded, marks["sponsor"])
        if "sponsor" in marks
        else UNREAD["sponsorship"],
        "contract": contract.read(
            posted=posting.employment_type,
            title=reading.heading.folded,
            tags=tags,
            folded=folded,
            marks=marks.get("contract", ()),
        ),
        "certifications": certifications(reading.text, marks.get("certification", ()), reading.sections),
        "language": language(folded or reading.heading.folded, reading.found.scan),
    }
