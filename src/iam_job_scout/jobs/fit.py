"""How well a job fits one person: the score of the job itself and what the person's profile adds, part by part.

Pure functions. The parts always add up to the score: six tenths of the job's own score (0 to 60), up to 40 points for
what fits, and deductions for what does not. What a posting leaves unsaid neither adds nor takes.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache

import msgspec

from iam_job_scout.relevance.location import Place
from iam_job_scout.relevance.names import skill

#: The levels from first to last; a level next to a wanted one costs less than one further away.
LEVELS = ("intern", "entry", "mid", "senior", "lead", "manager", "director_plus")

#: What each thing is worth. The largest sum is 100: 60 + 20 + 4 + 6 + 3 + 3 + 4.
OWN_SHARE = 0.6
SKILLS, CERTIFICATIONS, LEVEL, MODE, PLACE, PAY = 20, 4, 6, 3, 3, 4
NEAR_LEVEL, FAR_LEVEL, WRONG_MODE, WRONG_PLACE, LOW_PAY, NO_SPONSOR = -4, -10, -10, -10, -10, -20
#: A posting that names fewer skills than this says too little for all of the points.
ENOUGH_SKILLS = 3

_BY_STEPS = (
    (LEVEL, "it is of a level you look for"),
    (NEAR_LEVEL, "it is one level away from what you look for"),
    (FAR_LEVEL, "it is of another level than you look for"),
)


class Wishes(msgspec.Struct, frozen=True, kw_only=True):
    """What a person can and wants; empty means that it does not matter. Skills go by the taxonomy's display names."""

    skills: frozenset[str] = frozenset()
    certifications: frozenset[str] = frozenset()
    levels: frozenset[str] = frozenset()
    places: tuple[Place, ...] = ()
    modes: frozenset[str] = frozenset()
    pay_floor: int | None = None
    pay_currency: str = "USD"
    needs_sponsorship: bool = False


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """What a job says of itself; pay is a year in whole units of its currency."""

    score: int
    skills: Sequence[str] = ()
    certifications: Sequence[str] = ()
    seniority: str = "unknown"
    mode: str = "unknown"
    places: Sequence[Place] = ()
    pay_min: int | None = None
    pay_max: int | None = None
    pay_currency: str | None = None
    sponsorship: str = "unknown"


class Part(msgspec.Struct, frozen=True):
    """Points for one thing, and which; `kind` is own, skills, certifications, level, mode, place, pay, sponsorship or
    limit; `about` are the names that it speaks of."""

    kind: str
    points: int
    reason: str
    about: tuple[str, ...] = ()


class Gaps(msgspec.Struct, frozen=True):
    """What a posting asks for that a profile lacks."""

    skills: tuple[str, ...]
    certifications: tuple[str, ...]


def explain(offer: Offer, wishes: Wishes) -> tuple[Part, ...]:
    """Returns the parts of the score of a job for a person, the job's own first; their sum is 0 to 100."""
    parts = [Part("own", round(offer.score * OWN_SHARE), f"six tenths of the job's own score of {offer.score}")]
    parts += _skills(offer, wishes)
    parts += _certifications(offer, wishes)
    parts += _level(offer, wishes)
    parts += _mode(offer, wishes)
    parts += _place(offer, wishes)
    parts += _pay(offer, wishes)
    parts += _sponsorship(offer, wishes)
    total = sum(part.points for part in parts)
    if total < 0:
        parts.append(Part("limit", -total, "no score is less than 0"))
    return tuple(parts)


def fit(offer: Offer, wishes: Wishes) -> int:
    """Returns the score of a job for a person, 0 to 100."""
    return sum(part.points for part in explain(offer, wishes))


def gaps(offer: Offer, wishes: Wishes) -> Gaps:
    """Returns what the posting names that the person does not have."""
    return Gaps(
        skills=tuple(name for name in _current(offer.skills) if name not in wishes.skills),
        certifications=tuple(name for name in offer.certifications if name not in wishes.certifications),
    )


@lru_cache(maxsize=4_096)
def current_name(name: str) -> str:
    """Returns what a skill is called today; a name that the taxonomy does not know stays as it is."""
    known = skill(name)
    return known.name if known else name


def _current(names: Iterable[str]) -> tuple[str, ...]:
    """Today's names of skills; certifications among them are counted as such, not twice."""
    known = dict.fromkeys(current_name(name) for name in names)
    return tuple(name for name in known if (found := skill(name)) is None or found.kind != "certifications")


def _skills(offer: Offer, wishes: Wishes) -> Iterable[Part]:
    asked = _current(offer.skills)
    if not asked or not wishes.skills:
        return
    have = tuple(name for name in asked if name in wishes.skills)
    points = round(SKILLS * len(have) / max(len(asked), ENOUGH_SKILLS))
    yield Part("skills", points, _share(len(have), len(asked)), have)


def _share(have: int, asked: int) -> str:
    if asked == 1:
        return "you have the one skill it names" if have else "you lack the one skill it names"
    if have == asked:
        return f"you have {'both' if asked == 2 else f'all {asked}'} skills it names"
    return f"you have {have or 'none'} of the {asked} skills it names"


def _certifications(offer: Offer, wishes: Wishes) -> Iterable[Part]:
    have = tuple(name for name in offer.certifications if name in wishes.certifications)
    if have:
        yield Part("certifications", CERTIFICATIONS, "it asks for a certification that you hold", have)


def _level(offer: Offer, wishes: Wishes) -> Iterable[Part]:
    if not wishes.levels or offer.seniority not in LEVELS:
        return
    steps = min(abs(LEVELS.index(offer.seniority) - LEVELS.index(level)) for level in wishes.levels)
    points, reason = _BY_STEPS[min(steps, 2)]
    yield Part("level", points, reason, (offer.seniority,))


def _mode(offer: Offer, wishes: Wishes) -> Iterable[Part]:
    if not wishes.modes or offer.mode == "unknown":
        return
    if offer.mode in wishes.modes:
        yield Part("mode", MODE, "you want to work that way", (offer.mode,))
    else:
        yield Part("mode", WRONG_MODE, "you do not want to work that way", (offer.mode,))


def _place(offer: Offer, wishes: Wishes) -> Iterable[Part]:
    if not wishes.places or not offer.places:
        return
    # A remote job whose place is a city is open to the country of that city, unless it says more.
    places = [Place(country=p.country, remote=True) if offer.mode == "remote" else p for p in offer.places]
    if any(_reaches(there, here) for there in (*offer.places, *places) for here in wishes.places):
        yield Part("place", PLACE, "it is at a place of yours")
    elif not any(_may_reach(there, here) for there in offer.places for here in wishes.places):
        yield Part("place", WRONG_PLACE, "it is at none of your places")


def _reaches(there: Place, here: Place) -> bool:
    """Whether work at one place can be done by who is at, or would go to, the other."""
    if there.anywhere:
        return True
    if there.remote and not there.city:
        return bool(there.country) and there.country == here.country and there.state in ("", here.state)
    if here.city:
        return _same_city(there, here)
    return here.country == there.country != "" and here.state in ("", there.state)


def _may_reach(there: Place, here: Place) -> bool:
    """Whether the posting is too vague to say no: "remote" alone, or a country that holds the city."""
    vague = not there.city and there.state in ("", here.state)
    return vague and (there.country == here.country or there == Place(remote=True))


def _same_city(there: Place, here: Place) -> bool:
    same = there.city.casefold() == here.city.casefold()
    return same and there.state in ("", here.state or there.state) and there.country in ("", here.country)


def _pay(offer: Offer, wishes: Wishes) -> Iterable[Part]:
    most = offer.pay_max or offer.pay_min
    if not wishes.pay_floor or not most or offer.pay_currency != wishes.pay_currency:
        return
    if most >= wishes.pay_floor:
        yield Part("pay", PAY, "it pays what you ask or more")
    else:
        yield Part("pay", LOW_PAY, "it pays less than you ask")


def _sponsorship(offer: Offer, wishes: Wishes) -> Iterable[Part]:
    if wishes.needs_sponsorship and offer.sponsorship == "refused":
        yield Part("sponsorship", NO_SPONSOR, "it sponsors no work permits")
