"""Which postings are one job: their groups are decided anew whenever a posting or a person's word comes in."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b

import msgspec
from sqlalchemy import Table, bindparam, delete, func, insert, or_, select, update
from sqlalchemy.orm import Session

from iam_job_scout.db.models import Decision, Job, JobAlias, OpeningLink, OpeningVerdict, Posting
from iam_job_scout.jobs.fits import forget_fits
from iam_job_scout.jobs.indexing import fact_values, index_values
from iam_job_scout.jobs.tracking import is_tracked, move_tracking
from iam_job_scout.relevance import Tier, plain_text
from iam_job_scout.relevance.location import read_places
from iam_job_scout.scan.clusters import Link, Name, Rules, cluster
from iam_job_scout.scan.dedupe import are_apart
from iam_job_scout.scan.likeness import chunks, compare, forget
from iam_job_scout.scan.pipeline import ScoredPosting, score
from iam_job_scout.scan.raw import unpack
from iam_job_scout.scan.traits import Traits, read_traits
from iam_job_scout.sources.registry import SOURCES

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


@dataclass(frozen=True)
class Member:
    """A stored posting, as far as its place in a group is concerned."""

    id: int
    name: Name
    title: str
    company: str
    location: str
    content_hash: str
    accepted: bool
    job_id: int | None
    first_seen: datetime
    closed: bool

    @property
    def distance(self) -> tuple[bool, bool, datetime, Name]:
        """The smaller the closer to the employer: open before closed, the employer's own board, the first seen."""
        return self.closed, is_aggregator(self.name[0]), self.first_seen, self.name


@dataclass
class _Plan:
    """What becomes of groups: the job of each posting, who leads, and the jobs that went into others."""

    groups: list[tuple[int | None, Sequence[Member]]]
    merged: dict[int, int | None]


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
) -> None:
    """Decides which job each of these postings, of those of these jobs, and of all tied to them belongs to."""
    members = _tied(session, posting_ids, jobs)
    groups = _grouped(session, members)
    plan = _plan(groups, {*jobs, *(member.job_id for member in members.values() if member.job_id is not None)})
    job_ids = _write_jobs(session, plan, scored or {}, now)
    _write_members(session, plan, job_ids)
    for old_id, place in plan.merged.items():
        if place is None:
            _end(session, old_id)
        else:
            _merge(session, old_id, job_ids[place])


def is_aggregator(source: str) -> bool:
    """Whether a source lists the openings of many employers."""
    known = SOURCES.get(source)
    return known is not None and known.aggregator


def _tied(session: Session, posting_ids: Collection[int], jobs: Collection[int]) -> dict[int, Member]:
    """All postings that links, people's words or a common job connect with these, by id."""
    found: dict[int, Member] = {}
    ids, job_ids = set(posting_ids), set(jobs)
    while ids or job_ids:
        new = _members(session, Posting.id, ids) | _members(session, Posting.job_id, job_ids)
        seen_jobs = {member.job_id for member in found.values()} | job_ids
        found |= new
        job_ids = {member.job_id for member in new.values() if member.job_id is not None} - seen_jobs
        ids = _partners(session, new.keys()) - found.keys()
    return found


def _members(session: Session, column: object, values: Collection[int]) -> dict[int, Member]:
    columns = (Posting.id, Posting.source, Posting.board, Posting.external_id, Posting.title, Posting.company)
    more = (Posting.location, Posting.content_hash, Posting.decision, Posting.job_id, Posting.first_seen)
    statement = select(*columns, *more, Posting.closed_at).where(Posting.decision != Decision.REJECTED)
    return {
        row.id: Member(
            id=row.id,
            name=(row.source, row.board, row.external_id),
            title=row.title,
            company=row.company,
            location=row.location,
            content_hash=row.content_hash,
            accepted=row.decision == Decision.ACCEPTED and row.job_id is not None,
            job_id=row.job_id,
            first_seen=row.first_seen,
            closed=row.closed_at is not None,
        )
        for some in chunks(values)
        for row in session.execute(statement.where(column.in_(some)))  # type: ignore[attr-defined]
    }


def _partners(session: Session, posting_ids: Collection[int]) -> set[int]:
    found = set()
    for some in chunks(posting_ids):
        for table in (OpeningLink, OpeningVerdict):
            told = or_(table.one_id.in_(some), table.other_id.in_(some))
            for pair in session.execute(select(table.one_id, table.other_id).where(told)):
                found |= set(pair)
    return found


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


def _plan(groups: Sequence[Sequence[Member]], jobs: Collection[int]) -> _Plan:
    """Gives each group a job: the one whose accepted posting it holds, else one that lost its own, else a new one."""
    owned = [{m.job_id for m in group if m.accepted and m.job_id is not None} for group in groups]
    free = set(jobs).difference(*owned)
    merged: dict[int, int | None] = {}
    planned: list[tuple[int | None, Sequence[Member]]] = []
    for place, (own, group) in enumerate(zip(owned, groups, strict=True)):
        left = free & {member.job_id for member in group if member.job_id is not None}
        job_id = min(own or left, default=None)
        free.discard(job_id or 0)
        merged |= {other: place for other in own if other != job_id}
        planned.append((job_id, group))
    for job_id in free:
        merged[job_id] = next((p for p, group in enumerate(groups) if any(m.job_id == job_id for m in group)), None)
    return _Plan(planned, merged)


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
    if new:
        made = session.scalars(insert(Job).returning(Job.id, sort_by_parameter_order=True), list(new.values())).all()
        # SQLite may give a new job the id of one that went.
        session.execute(delete(JobAlias).where(JobAlias.old_id.in_(made)))
        for place, job_id in zip(new, made, strict=True):
            job_ids[place] = job_id
    return job_ids


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


def _merge(session: Session, old_id: int, new_id: int) -> None:
    """Ends a job that shows the same opening as another one, which takes over all that people did with it."""
    move_tracking(session, old_id=old_id, new_id=new_id)
    first_seen = session.scalar(select(func.min(Job.first_seen)).where(Job.id.in_((old_id, new_id))))
    session.execute(update(Job).where(Job.id == new_id).values(first_seen=first_seen))
    session.execute(update(JobAlias).where(JobAlias.job_id == old_id).values(job_id=new_id))
    session.add(JobAlias(old_id=old_id, job_id=new_id))
    session.flush()
    session.execute(delete(Job).where(Job.id == old_id))


def _end(session: Session, job_id: int) -> None:
    """Deletes a job that no posting shows any more, unless somebody did something with it: that one is closed."""
    session.execute(delete(Job).where(Job.id == job_id, ~is_tracked()))
    closed = {"fingerprint": None, "closed_at": func.coalesce(Job.closed_at, Job.last_seen)}
    session.execute(update(Job).where(Job.id == job_id).values(**closed))
