"""Which postings are one job: their groups are decided anew whenever a posting or a person's word comes in."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b

import msgspec
from sqlalchemy import Table, bindparam, delete, func, insert, select, update
from sqlalchemy.orm import Session

from iam_job_scout.db.models import Decision, Job, JobAlias, OpeningLink, OpeningVerdict, Posting
from iam_job_scout.jobs.fits import forget_fits
from iam_job_scout.jobs.indexing import fact_values, index_values
from iam_job_scout.jobs.tracking import is_tracked
from iam_job_scout.relevance import Tier, plain_text
from iam_job_scout.relevance.location import read_places
from iam_job_scout.scan.clusters import Link, Name, Rules, cluster
from iam_job_scout.scan.dedupe import are_apart
from iam_job_scout.scan.likeness import chunks, compare, forget
from iam_job_scout.scan.members import Member, tied
from iam_job_scout.scan.merges import Merge, former_jobs, merge, merges_of, undo
from iam_job_scout.scan.pipeline import ScoredPosting, score
from iam_job_scout.scan.raw import unpack
from iam_job_scout.scan.traits import Traits, read_traits

SAMPLES = "samples"
#: A job names at most this many of the places it is listed in.
MOST_PLACES = 30
#: Key of the PostgreSQL advisory lock; any constant serves that is not the one of the migrations.
_LOCK = 7_405_521
_JOB: Table = Job.__table__  # type: ignore[assignment]
_POSTING: Table = Posting.__table__  # type: ignore[assignment]


@dataclass(frozen=True)
class Fresh:
    """A posting that was just stored, new or changed, with the decision and the job that it had before."""

    posting_id: int
    scored: ScoredPosting
    before_decision: Decision | None
    before_job_id: int | None


@dataclass
class _Plan:
    """What becomes of groups: the job of each posting, who leads, and the jobs that went into others.

    `back` has, by place, the job that a group came out of, and how it once went in.
    """

    groups: list[tuple[int | None, Sequence[Member]]]
    merged: dict[int, int | None]
    back: Mapping[int, tuple[int, Merge]]


def one_at_a_time(session: Session) -> None:
    """Lets one transaction at a time decide on openings; two that cannot see each other would make two jobs of one.

    On SQLite there is only one writer anyway. Called first in a transaction, it cannot lock it up with another.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(_LOCK)))


def settle(session: Session, fresh: Sequence[Fresh], now: datetime, *, moved: Collection[int] = ()) -> None:
    """Gives new and changed postings their jobs; makes, merges, splits and ends jobs as that asks for.

    `moved` are the ids of postings that closed or came back: what their jobs show changes with them.
    """
    one_at_a_time(session)
    kept = {item.posting_id: item.scored for item in fresh if item.scored.match.tier is not Tier.NONE}
    forget(session, [item.posting_id for item in fresh if item.posting_id not in kept])
    compare(session, {posting_id: scored.posting for posting_id, scored in kept.items()})
    before = {item.before_job_id for item in fresh if item.before_job_id is not None}
    regroup(session, {*kept, *moved}, jobs=before, scored=kept, now=now)


def regroup(
    session: Session,
    posting_ids: Collection[int],
    *,
    jobs: Collection[int],
    now: datetime,
    scored: Mapping[int, ScoredPosting] | None = None,
) -> list[int]:
    """Decides which job each of these postings, of those of these jobs, and of all tied to them belongs to.

    Returns the ids of all the jobs that it decided on and that are there.
    """
    members = tied(session, posting_ids, jobs)
    groups = _grouped(session, members)
    before = {*jobs, *(member.job_id for member in members.values() if member.job_id is not None)}
    merges = _known_merges(session, groups)
    plan = _plan(groups, before, _coming_back(session, groups, merges))
    job_ids = _write_jobs(session, plan, scored or {}, now)
    _write_members(session, plan, job_ids)
    _take_apart(session, plan, merges)
    for old_id, place in plan.merged.items():
        if place is None:
            _end(session, old_id)
        else:
            _merge(session, old_id, job_ids[place], _led(plan, old_id), now)
    return job_ids


def _grouped(session: Session, members: Mapping[int, Member]) -> list[list[Member]]:
    """The groups of connected postings."""
    by_name = {member.name: member for member in members.values()}
    traits = {member.name: _title_traits(member) for member in members.values()}
    links, forbidden = _links(session, members)
    faces = {name: (found.title, found.name) for name, found in traits.items()}
    rules = Rules(faces, lambda one, other: are_apart(traits[one], traits[other]), forbidden)
    return [[by_name[name] for name in group] for group in cluster(links, rules)]


def _title_traits(member: Member) -> Traits:
    return read_traits(title=member.title, company=member.company, location=member.location, description="")


def _links(session: Session, members: Mapping[int, Member]) -> tuple[list[Link], frozenset[tuple[Name, Name]]]:
    links, forbidden = [], set()
    for some in chunks(members):
        for row in session.execute(
            select(OpeningLink.one_id, OpeningLink.other_id, OpeningLink.confidence).where(OpeningLink.one_id.in_(some))
        ):
            links.append(Link(1 - row.confidence, members[row.one_id].name, members[row.other_id].name))
        for verdict in session.scalars(select(OpeningVerdict).where(OpeningVerdict.one_id.in_(some))):
            # A posting that is no IAM job any more is in no group, whatever was said of it.
            if verdict.one_id not in members or verdict.other_id not in members:
                continue
            one, other = sorted((members[verdict.one_id].name, members[verdict.other_id].name))
            if verdict.same:
                links.append(Link(-verdict.at.timestamp(), one, other))
            else:
                forbidden.add((one, other))
    return links, frozenset(forbidden)


def _split(groups: Sequence[Sequence[Member]]) -> dict[int, list[int]]:
    """The jobs that come apart, each with the places of the groups that have a part of it."""
    places: dict[int, list[int]] = {}
    for place, group in enumerate(groups):
        for job_id in {member.job_id for member in group if member.job_id is not None}:
            places.setdefault(job_id, []).append(place)
    return {job_id: parts for job_id, parts in places.items() if len(parts) > 1}


def _known_merges(session: Session, groups: Sequence[Sequence[Member]]) -> list[Merge]:
    places = {place for parts in _split(groups).values() for place in parts}
    return merges_of(session, [member.id for place in sorted(places) for member in groups[place]])


def _coming_back(
    session: Session, groups: Sequence[Sequence[Member]], merges: Sequence[Merge]
) -> dict[int, tuple[int, Merge]]:
    """Groups that become the job again that they were, by place; those that have a job of their own keep that."""
    back = {}
    for job_id, places in _split(groups).items() if merges else ():
        parts = [[member.id for member in groups[place] if member.job_id == job_id] for place in places]
        for part, ended in former_jobs(session, job_id, merges, parts).items():
            if all(member.job_id in (None, job_id) for member in groups[places[part]] if member.accepted):
                back[places[part]] = (job_id, ended)
    return back


def _plan(groups: Sequence[Sequence[Member]], jobs: Collection[int], back: Mapping[int, tuple[int, Merge]]) -> _Plan:
    """Gives each group a job: the one whose accepted posting it holds, else one that lost its own, else a new one."""
    owned = [
        {m.job_id for m in group if m.accepted and m.job_id is not None and place not in back}
        for place, group in enumerate(groups)
    ]
    free = set(jobs).difference(*owned)
    merged: dict[int, int | None] = {}
    planned: list[tuple[int | None, Sequence[Member]]] = []
    for place, (own, group) in enumerate(zip(owned, groups, strict=True)):
        left = free & {m.job_id for m in group if m.job_id is not None and place not in back}
        job_id = min(own or left, default=None)
        free.discard(job_id or 0)
        merged |= {other: place for other in own if other != job_id}
        planned.append((job_id, group))
    for job_id in free:
        merged[job_id] = next((p for p, group in enumerate(groups) if any(m.job_id == job_id for m in group)), None)
    return _Plan(planned, merged, back)


def _write_jobs(session: Session, plan: _Plan, scored: Mapping[int, ScoredPosting], now: datetime) -> list[int]:
    """Makes and updates the jobs of the groups and returns their ids, in the order of the groups."""
    known = _known_jobs(session, [job_id for job_id, _ in plan.groups if job_id is not None])
    leads = [min(group, key=lambda member: member.distance) for _, group in plan.groups]
    stale = [
        (place, lead)
        for place, ((job_id, group), lead) in enumerate(zip(plan.groups, leads, strict=True))
        if job_id is None or lead.id in scored or known[job_id] != _digest(group)
    ]
    judged = _judged(session, [lead for _, lead in stale], scored)
    job_ids = [job_id or 0 for job_id, _ in plan.groups]
    new, changed = {}, []
    for place, lead in stale:
        job_id, group = plan.groups[place]
        values = _job_values(judged[lead.id], _places(group)) | {"fingerprint": _digest(group), "last_seen": now}
        if job_id is not None:
            changed.append(values | {"_id": job_id})
        else:
            first_seen = min(member.first_seen for member in group)
            new[place] = values | {"first_seen": first_seen, "sample": lead.name[0] == SAMPLES}
    # A job may get the fingerprint that another one has until it is merged or written, too.
    rewritten = [job_id for place, _ in stale if (job_id := plan.groups[place][0]) is not None]
    for some in chunks([*plan.merged, *rewritten]):
        session.execute(update(Job).where(Job.id.in_(some)).values(fingerprint=None))
    if changed:
        session.connection().execute(update(_JOB).where(_JOB.c.id == bindparam("_id")), changed)
        for some in chunks(rewritten):
            forget_fits(session, some)
    again = {place: new.pop(place) | {"id": ended.moved.old_id} for place, (_, ended) in plan.back.items()}
    for place, job_id in (_add_jobs(session, again) | _add_jobs(session, _numbered(session, new))).items():
        job_ids[place] = job_id
    return job_ids


def _add_jobs(session: Session, rows: Mapping[int, Mapping[str, object]]) -> dict[int, int]:
    if not rows:
        return {}
    made = session.scalars(insert(Job).returning(Job.id, sort_by_parameter_order=True), list(rows.values()))
    return dict(zip(rows, made, strict=True))


def _numbered(session: Session, rows: Mapping[int, dict[str, object]]) -> Mapping[int, dict[str, object]]:
    """On SQLite, which would give a new job the id of one that went into another: rows with ids that are free."""
    if session.get_bind().dialect.name != "sqlite" or not rows:
        return rows
    last = max(session.scalar(select(func.max(column))) or 0 for column in (Job.id, JobAlias.old_id))
    return {place: rows[place] | {"id": job_id} for job_id, place in enumerate(rows, start=last + 1)}


def _known_jobs(session: Session, job_ids: Sequence[int]) -> dict[int, str | None]:
    rows = [
        row
        for some in chunks(job_ids)
        for row in session.execute(select(Job.id, Job.fingerprint).where(Job.id.in_(some)))
    ]
    return {row.id: row.fingerprint for row in rows}


def _judged(session: Session, leads: Iterable[Member], scored: Mapping[int, ScoredPosting]) -> dict[int, ScoredPosting]:
    """What the classifier says of the postings that lead; those that were not fetched just now are judged again."""
    wanted = {lead.id: lead.content_hash for lead in leads}
    found = {posting_id: scored[posting_id] for posting_id in wanted if posting_id in scored}
    for some in chunks(wanted.keys() - found.keys()):
        for posting_id, raw in session.execute(select(Posting.id, Posting.raw).where(Posting.id.in_(some))):
            found[posting_id] = score(unpack(raw), wanted[posting_id])
    return found


def _places(group: Iterable[Member]) -> str:
    """The places of all postings that are open, each once, those of the leading one first."""
    ordered = sorted(group, key=lambda member: member.distance)
    telling = [member for member in ordered if not member.closed] or ordered
    places: dict[str, str] = {}
    for place in [place for member in telling for place in member.location.split("; ") if place]:
        places.setdefault(place.casefold(), place)
    return "; ".join(list(places.values())[:MOST_PLACES])


def _digest(group: Sequence[Member]) -> str:
    """What a job shows depends on its leading posting and on the places of all of them."""
    lead = min(group, key=lambda member: member.distance)
    return blake2b(f"{lead.content_hash}\0{_places(group)}".encode(), digest_size=16).hexdigest()


def _job_values(scored: ScoredPosting, location: str) -> dict[str, object]:
    posting, match = scored.posting, scored.match
    if location != posting.location:
        match = msgspec.structs.replace(match, places=read_places(location) or match.places)
    values = {
        "title": posting.title,
        "company": posting.company,
        "location": location,
        "url": posting.url,
        "description": posting.description,
        "posted_at": posting.posted_at,
        **fact_values(match),
    }
    return values | index_values(values, plain_text(posting.description))


def _write_members(session: Session, plan: _Plan, job_ids: Sequence[int]) -> None:
    rows = []
    for job_id, (_, group) in zip(job_ids, plan.groups, strict=True):
        accepted = [member for member in group if member.accepted]
        first = min(accepted or group, key=lambda member: member.distance)
        for member in group:
            decision = Decision.ACCEPTED if member is first else Decision.DUPLICATE
            if member.job_id != job_id or member.accepted != (member is first):
                rows.append({"_id": member.id, "job_id": job_id, "decision": decision})
    if rows:
        session.connection().execute(update(_POSTING).where(_POSTING.c.id == bindparam("_id")), rows)


def _take_apart(session: Session, plan: _Plan, merges: Sequence[Merge]) -> None:
    for place, (job_id, ended) in plan.back.items():
        undo(session, ended, from_id=job_id, merges=merges, postings=[member.id for member in plan.groups[place][1]])
    apart = {job_id for job_id, _ in plan.back.values()}
    for kept, group in plan.groups:
        if kept in apart:
            first_seen = min(member.first_seen for member in group)
            session.execute(update(Job).where(Job.id == kept).values(first_seen=first_seen))


def _led(plan: _Plan, job_id: int) -> list[int]:
    """The postings that a job had, the one that stood for it first."""
    had = [member for _, group in plan.groups for member in group if member.job_id == job_id]
    return [member.id for member in sorted(had, key=lambda member: (not member.accepted, member.distance))]


def _merge(session: Session, old_id: int, new_id: int, postings: Sequence[int], now: datetime) -> None:
    """Ends a job that shows the same opening as another one, which takes over all that people did with it."""
    merge(session, old_id=old_id, new_id=new_id, postings=postings, now=now)
    first_seen = session.scalar(select(func.min(Job.first_seen)).where(Job.id.in_((old_id, new_id))))
    session.execute(update(Job).where(Job.id == new_id).values(first_seen=first_seen))
    session.execute(delete(Job).where(Job.id == old_id))


def _end(session: Session, job_id: int) -> None:
    """Deletes a job that no posting shows any more, unless somebody did something with it: that one is closed."""
    session.execute(delete(Job).where(Job.id == job_id, ~is_tracked()))
    closed = {"fingerprint": None, "closed_at": func.coalesce(Job.closed_at, Job.last_seen)}
    session.execute(update(Job).where(Job.id == job_id).values(**closed))
