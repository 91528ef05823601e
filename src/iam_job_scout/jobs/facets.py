"""The filters of the list: which there are, what each value is called, and how many jobs each would leave."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from iam_job_scout.jobs.indexing import PAY_FLOORS
from iam_job_scout.relevance.lexicon import lexicon
from iam_job_scout.relevance.location import gazetteer
from iam_job_scout.relevance.names import skills

#: Counting stops here; more are shown as "10,000+".
CAP = 10_000

#: Seconds of a day.
DAY = 86_400

#: Days since a posting that a filter can ask for.
FRESH_DAYS = (1, 3, 7, 14, 30)

#: Values of a long filter that are offered, the most frequent ones; chosen ones are always among them.
_SHOWN = 12


@dataclass(frozen=True)
class Facet:
    """A filter. Its values are marks of the index, in the order of `names`, or by count where it has none there.

    Of a filter with `single` one value is chosen; of another any number: a job has one of them or, with `all`, all.
    `usual` is the value that nearly every job has, of a filter of which each has exactly one; `unusual` is the token
    of jobs with any other.
    """

    name: str
    label: str
    names: Mapping[str, str]
    by_count: bool = False
    single: bool = False
    all: bool = False
    usual: str = ""
    unusual: str = ""


@dataclass(frozen=True)
class FacetValue:
    """A value of a filter; `count` is how many jobs of this result choosing it leaves, None where nobody counted.

    `more` says that there are more than `count`.
    """

    value: str
    name: str
    count: int | None
    more: bool
    chosen: bool


_LEVELS = {
    "intern": "Intern",
    "entry": "Entry",
    "mid": "Mid-level",
    "senior": "Senior",
    "lead": "Lead, staff",
    "manager": "Manager",
    "director_plus": "Director and above",
}
_CLEARANCES = {
    "none": "None asked",
    "public-trust": "Public trust",
    "secret": "Secret",
    "top-secret": "Top secret",
    "ts-sci": "TS/SCI",
    "ts-sci-with-polygraph": "TS/SCI with polygraph",
    "sc": "SC",
    "dv": "DV",
    "doe-q": "DOE Q",
    "unspecified-level": "Some clearance",
}
_PRODUCTS = {"own": "Makes IAM products", "other": "Uses IAM in-house"}


@cache
def facets() -> Mapping[str, Facet]:
    """All filters by name, in the order in which they are shown. The names are those of the address too."""
    known = lexicon()
    found = (
        Facet("tier", "Relevance", {"core": "Core IAM", "adjacent": "Adjacent"}, single=True),
        Facet("mode", "Work mode", {"remote": "Remote", "hybrid": "Hybrid", "onsite": "On-site"}),
        Facet("place", "Place", _places(), by_count=True),
        Facet("level", "Seniority", _LEVELS),
        Facet(
            "fresh",
            "Posted",
            {str(n): "Since yesterday" if n == 1 else f"Last {n} days" for n in FRESH_DAYS},
            single=True,
        ),
        Facet("pay", "Pay in US dollars", {str(floor): f"${floor}k or more" for floor in PAY_FLOORS}, single=True),
        Facet("sub", "Field", {name.lower(): label for name, label in known.subfields.items()}),
        Facet("skill", "Skill", {skill.id: skill.name for skill in skills()}, by_count=True, all=True),
        Facet("clearance", "Clearance", _CLEARANCES, by_count=True, usual="none", unusual="asked:clearance"),
        Facet(
            "product",
            "Employer",
            {"own": "Makes IAM products", "other": "Uses IAM in-house"},
            single=True,
            usual="other",
            unusual="product:own",
        ),
        Facet("source", "Source", {}, by_count=True),
    )
    return {facet.name: facet for facet in found}


def value_name(facet: Facet, value: str) -> str:
    """Returns what a person calls a value; one that nobody named is written as it is."""
    return facet.names.get(value) or value.replace("_", " ").replace("-", " ")


def offered(facet: Facet, chosen: tuple[str, ...], counts: Mapping[str, int] | None, *, more: bool) -> list[FacetValue]:
    """Returns the values to choose from. `counts` is by value, None where nobody counted; `more`: there are more."""
    known = counts or {}
    if facet.by_count:
        values = sorted(known, key=lambda value: (-known[value], value))[:_SHOWN]
        values += [value for value in chosen if value not in values]
    else:
        values = [value for value in facet.names if counts is None or known.get(value) or value in chosen]
    return [
        _value(facet, value, None if counts is None else known.get(value, 0), chosen, more=more) for value in values
    ]


def _value(facet: Facet, value: str, count: int | None, chosen: tuple[str, ...], *, more: bool) -> FacetValue:
    number = None if count is None else min(count, CAP)
    return FacetValue(value, value_name(facet, value), number, more or (count or 0) > CAP, value in chosen)


def _places() -> dict[str, str]:
    known = gazetteer()
    states = {f"us-{code.lower()}": name.title().replace(" Of ", " of ") for name, code in known.states.items()}
    countries: dict[str, str] = {}
    for name, code in known.countries.items():
        countries.setdefault(code.lower(), name.title())
    return {"anywhere": "Anywhere", **countries, **states}
