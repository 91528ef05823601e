"""The profile: what a person can and wants, typed freely, understood by the names of the taxonomy."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import islice
from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response
from rapidfuzz import process
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from iam_job_scout.db.models import LOCAL_USER_ID, Fit, Job, Profile
from iam_job_scout.jobs.dollars import RATES
from iam_job_scout.jobs.fit import LEVELS
from iam_job_scout.jobs.fits import reckon
from iam_job_scout.jobs.listed import read_outlines
from iam_job_scout.jobs.profile import drop_profile, get_profile, save_profile
from iam_job_scout.posting import Mode
from iam_job_scout.relevance.lexicon import lexicon
from iam_job_scout.relevance.location import Place, read_places
from iam_job_scout.relevance.names import skill, skills
from iam_job_scout.web.person import PersonFrame, person
from iam_job_scout.web.rendering import Frame, show
from iam_job_scout.web.sanitise import clean_text
from iam_job_scout.web.session import FormChanger, database_of
from iam_job_scout.web.views import JobRow, job_row

router = APIRouter(include_in_schema=False, prefix="/profile")

#: Entries of one list; nobody has more, and a form must end somewhere.
MAX_ENTRIES = 100
MAX_PAY = 10_000_000
CURRENCIES = tuple(RATES)
MODES = {Mode.REMOTE.value: "Remote", Mode.HYBRID.value: "Hybrid", Mode.ONSITE.value: "On-site"}
LEVEL_NAMES = {
    "intern": "Intern",
    "entry": "Entry",
    "mid": "Mid",
    "senior": "Senior",
    "lead": "Lead",
    "manager": "Manager",
    "director_plus": "Director or above",
}
#: Batches that are reckoned before the answer goes out; the rest of a very large list follows behind it.
AT_ONCE = 3
#: Skills that are offered for a click: those that open jobs name most.
OFFERED = 18


@dataclass(frozen=True, kw_only=True)
class ProfileForm:
    """A profile as it was typed, with what is wrong by field."""

    skills: tuple[str, ...] = ()
    more_skills: str = ""
    certifications: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()
    modes: tuple[str, ...] = ()
    places: str = ""
    pay_floor: str = ""
    pay_currency: str = "USD"
    needs_sponsorship: bool = False
    problems: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Result:
    """What came of the profile: how many open jobs have a score, and the best of them."""

    scored: int
    best: tuple[JobRow, ...]


Texts = Annotated[list[str], Form(max_length=MAX_ENTRIES)]


def read_form(
    skills: Texts = [],  # noqa: B006 - the framework copies it
    certifications: Texts = [],  # noqa: B006
    levels: Texts = [],  # noqa: B006
    modes: Texts = [],  # noqa: B006
    more_skills: Annotated[str, Form()] = "",
    places: Annotated[str, Form()] = "",
    pay_floor: Annotated[str, Form()] = "",
    pay_currency: Annotated[str, Form()] = "USD",
    needs_sponsorship: Annotated[str, Form()] = "",
) -> ProfileForm:
    """The form of a request, with what is wrong in it."""
    typed = ProfileForm(
        skills=tuple(skills),
        more_skills=clean_text(more_skills),
        certifications=tuple(certifications),
        levels=tuple(levels),
        modes=tuple(modes),
        places=clean_text(places),
        pay_floor=clean_text(pay_floor),
        pay_currency=pay_currency,
        needs_sponsorship=bool(needs_sponsorship),
    )
    return replace(typed, problems=_problems(typed))


Typed = Annotated[ProfileForm, Depends(read_form)]


@router.api_route("", methods=["GET", "HEAD"])
def profile_page(request: Request, frame: PersonFrame, saved: str = "", deleted: str = "") -> Response:
    """Shows the profile, and which open jobs fit it best."""
    with database_of(request).reading() as session:
        profile = get_profile(session, person(frame))
    return _show(
        request, frame, _form(profile) if profile else ProfileForm(), saved=saved == "1", deleted=deleted == "1"
    )


@router.post("")
def save(request: Request, viewer: FormChanger, typed: Typed, background: BackgroundTasks) -> Response:
    """Stores the profile and reckons the scores of the open jobs with it."""
    now, user_id, database = datetime.now(UTC), viewer.user_id or LOCAL_USER_ID, database_of(request)
    if typed.problems:
        return _show(request, Frame(viewer=viewer, now=now), typed)
    with database.writing() as session:
        save_profile(session, _profile(typed, user_id), now)
    batches = reckon(database, user_id)
    if sum(1 for _ in islice(batches, AT_ONCE)) == AT_ONCE:
        background.add_task(sum, batches)
    return RedirectResponse("/profile?saved=1", 303, background=background)


@router.post("/drop")
def drop(request: Request, viewer: FormChanger) -> Response:
    """Deletes the profile and all that came of it."""
    with database_of(request).writing() as session:
        drop_profile(session, viewer.user_id or LOCAL_USER_ID)
    return RedirectResponse("/profile?deleted=1", 303)


def _show(request: Request, frame: Frame, form: ProfileForm, *, saved: bool = False, deleted: bool = False) -> Response:
    with database_of(request).reading() as session:
        user_id = frame.viewer.user_id or LOCAL_USER_ID
        exists = get_profile(session, user_id) is not None
        result = _result(session, user_id, frame.now) if exists else None
        offered = _offered(session, form.skills)
    return show(
        request,
        "profile.html",
        frame,
        status_code=422 if form.problems else 200,
        form=form,
        saved=saved and exists and not form.problems,
        deleted=deleted and not exists,
        exists=exists,
        result=result,
        offered=offered,
        all_skills=[known.name for known in skills() if known.kind != "certifications"],
        certifications=sorted(set(lexicon().certificates.values()), key=str.casefold),
        levels=LEVEL_NAMES,
        modes=MODES,
        currencies=CURRENCIES,
        read_as=[_place_name(place) for line in form.places.splitlines() for place in read_places(line)],
    )


def _result(session: Session, user_id: int, now: datetime) -> Result:
    mine = select(Job.id, Fit.score).join(Fit, Fit.job_id == Job.id).where(Fit.user_id == user_id)
    scored = session.scalar(select(func.count()).select_from(Fit).where(Fit.user_id == user_id)) or 0
    best = session.execute(mine.where(Job.closed_at.is_(None)).order_by(Fit.score.desc(), Job.id.desc()).limit(5))
    scores: dict[int, int] = dict(best.all())
    jobs = read_outlines(session, list(scores))
    return Result(scored, tuple(replace(job_row(job, now), score=scores[job.id]) for job in jobs))


def _offered(session: Session, chosen: Iterable[str]) -> list[str]:
    """Skills that the newest open jobs name most, without those that are chosen."""
    newest = select(Job.skills).where(Job.closed_at.is_(None)).order_by(Job.id.desc()).limit(500)
    counts: dict[str, int] = {}
    for names in session.scalars(newest):
        for name in names:
            counts[str(name)] = counts.get(str(name), 0) + 1
    taken = set(chosen)
    ranked = sorted(counts, key=lambda name: (-counts[name], name))
    return [name for name in ranked if name not in taken and skill(name)][:OFFERED]


def _problems(typed: ProfileForm) -> dict[str, str]:
    problems = {
        "skills": _unknown_skills((*typed.skills, *_entries(typed.more_skills))),
        "certifications": _unknown(typed.certifications, set(lexicon().certificates.values())),
        "levels": _unknown(typed.levels, LEVELS),
        "modes": _unknown(typed.modes, MODES),
        "places": _unknown_places(typed.places),
        "pay_floor": _pay_problem(typed.pay_floor),
        "pay_currency": _unknown((typed.pay_currency,), CURRENCIES),
    }
    return {name: problem for name, problem in problems.items() if problem}


def _unknown_skills(names: tuple[str, ...]) -> str:
    if len(names) > MAX_ENTRIES:
        return f"Name at most {MAX_ENTRIES} skills."
    unknown = [name for name in names if skill(name[:200]) is None]
    if not unknown:
        return ""
    known = [known.name for known in skills()]
    near = process.extractOne(unknown[0][:60], known, score_cutoff=60)
    hint = f" Did you mean {near[0]}?" if near else ""
    return f"The scout does not look for “{unknown[0][:60]}”, so it cannot score it.{hint}"


def _unknown(values: Iterable[str], known: Iterable[str]) -> str:
    return "Choose from the list." if set(values) - set(known) else ""


def _unknown_places(text: str) -> str:
    lines = text.splitlines()
    if len(lines) > MAX_ENTRIES:
        return f"Name at most {MAX_ENTRIES} places."
    for line in lines:
        found = read_places(line[:200])
        if found and all(map(_is_no_place, found)):
            return (
                f"“{line[:60]}” is no place. Choose how you want to work above, and name here where you are;"
                " leave this empty where any place will do."
            )
        if line.strip() and (len(line) > 200 or not found or any(_is_vague(place) for place in found)):
            return f"“{line[:60]}” is no place that the scout knows. Name the state or country too: Austin, TX."
    return ""


def _is_vague(place: Place) -> bool:
    return not place.state and not place.country


def _is_no_place(place: Place) -> bool:
    return _is_vague(place) and not place.city


def _pay_problem(text: str) -> str:
    digits = text.replace(",", "").replace(" ", "")
    if digits and not (digits.isascii() and digits.isdigit() and 0 < int(digits[:12]) <= MAX_PAY):
        return "Enter the pay of a year in whole units, such as 120000, or leave it empty."
    return ""


def _profile(typed: ProfileForm, user_id: int) -> Profile:
    named = (skill(name) for name in (*typed.skills, *_entries(typed.more_skills)))
    digits = typed.pay_floor.replace(",", "").replace(" ", "")
    return Profile(
        user_id=user_id,
        skills=list(dict.fromkeys(known.name for known in named if known)),
        certifications=list(dict.fromkeys(typed.certifications)),
        levels=[level for level in LEVELS if level in typed.levels],
        places=[line.strip() for line in typed.places.splitlines() if line.strip()],
        modes=[mode for mode in MODES if mode in typed.modes],
        pay_floor=int(digits) if digits else None,
        pay_currency=typed.pay_currency,
        needs_sponsorship=typed.needs_sponsorship,
    )


def _form(profile: Profile) -> ProfileForm:
    return ProfileForm(
        skills=tuple(map(str, profile.skills)),
        certifications=tuple(map(str, profile.certifications)),
        levels=tuple(map(str, profile.levels)),
        modes=tuple(map(str, profile.modes)),
        places="\n".join(map(str, profile.places)),
        pay_floor=str(profile.pay_floor or ""),
        pay_currency=profile.pay_currency,
        needs_sponsorship=profile.needs_sponsorship,
    )


def _entries(text: str) -> tuple[str, ...]:
    parts = text.replace("\n", ",").replace(";", ",").split(",")
    return tuple(part.strip() for part in parts if part.strip())


def _place_name(place: Place) -> str:
    return ", ".join(part for part in (place.city, place.state, place.country) if part)
