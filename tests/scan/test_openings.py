"""Postings become jobs: merged, split and passed on, the same in any order, and as people say."""

import itertools
import random
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from pydantic import SecretStr
from sqlalchemy import select
from sqlalchemy.orm import Session

from iam_job_scout.db import Database, open_database
from iam_job_scout.db.migrate import upgrade
from iam_job_scout.db.models import LOCAL_USER_ID, Decision, Job, JobAlias, JobEvent, OpeningVerdict, Posting, Tracking
from iam_job_scout.errors import ScoutError
from iam_job_scout.posting import Posting as RawPosting
from iam_job_scout.relevance import Tier
from iam_job_scout.scan.openings import Fresh, settle
from iam_job_scout.scan.pipeline import content_hash, score
from iam_job_scout.scan.raw import pack
from iam_job_scout.scan.verdicts import (
    SAID_SO,
    current_job,
    mark_different,
    mark_same,
    places_of,
    sources_of,
    verdicts_of,
    withdraw,
)
from iam_job_scout.settings import Settings

NOW = datetime(2026, 3, 1, tzinfo=UTC)
TEXT = (
    "As our IAM engineer you run Okta for nine thousand colleagues, write SCIM connectors, and review access each "
    "quarter with the auditors. You have five years with SAML, OIDC and SailPoint, explain things well, and like to "
    "remove what nobody needs. Our team of six sits in the security office and is on call one week in six. "
)


def posting(key: str, **changes: str) -> RawPosting:
    plain = {
        "source": "greenhouse",
        "board": "acme",
        "title": "IAM Engineer",
        "company": "Acme",
        "location": "Austin, TX",
    }
    values = plain | {"external_id": key, "url": f"https://jobs.example/{key}", "description": TEXT} | changes
    return RawPosting(**values)  # type: ignore[arg-type]


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.writing() as opened:
        yield opened


@pytest.fixture
def arrive(session: Session) -> Callable[..., list[int]]:
    """Returns a function that stores postings in one go and returns their ids."""

    def store(*postings: RawPosting) -> list[int]:
        settle(session, [_store(session, raw) for raw in postings], NOW)
        session.expire_all()
        return [_find(session, raw).id for raw in postings]

    return store


def _store(session: Session, raw: RawPosting) -> Fresh:
    scored = score(raw, content_hash(raw))
    row = session.scalar(select(Posting).where(Posting.external_id == raw.external_id, Posting.source == raw.source))
    before = (Decision(row.decision), row.job_id) if row is not None else (None, None)
    rejected = scored.match.tier is Tier.NONE
    values = {
        "url": raw.url,
        "title": raw.title,
        "company": raw.company,
        "location": raw.location,
        "content_hash": scored.content_hash,
        "seen_at": NOW,
        "rule": scored.match.rule,
        "tier": scored.match.tier,
        "score": scored.match.score,
        "raw": pack(raw),
        "decision": Decision.REJECTED if rejected else before[0] or Decision.ACCEPTED,
        "job_id": None if rejected else before[1],
    }
    if row is None:
        row = Posting(source=raw.source, board=raw.board, external_id=raw.external_id, first_seen=NOW, **values)
        session.add(row)
    else:
        for name, value in values.items():
            setattr(row, name, value)
    session.flush()
    return Fresh(row.id, scored, *before)


def _find(session: Session, raw: RawPosting) -> Posting:
    found = session.scalars(select(Posting).where(Posting.external_id == raw.external_id, Posting.source == raw.source))
    return found.one()


def jobs_of(session: Session, *ids: int) -> list[int | None]:
    return [session.get_one(Posting, posting_id).job_id for posting_id in ids]


def track(session: Session, job: int, status: str = "applied", note: str = "") -> None:
    values = {"user_id": LOCAL_USER_ID, "job_id": job, "status": status, "note": note}
    session.add(Tracking(**values, status_at=NOW))
    session.add(JobEvent(**values, at=NOW))
    session.flush()


def test_the_same_opening_from_two_sources_is_one_job(session: Session, arrive: Callable[..., list[int]]) -> None:
    ids = arrive(posting("1"), posting("2", source="remoteok", board="all", company="Acme, Inc."))
    first, second = jobs_of(session, *ids)
    assert first == second is not None
    assert [session.get_one(Posting, i).decision for i in ids] == ["accepted", "duplicate"]


def test_the_source_closest_to_the_employer_comes_first_whichever_came_first(
    session: Session, arrive: Callable[..., list[int]]
) -> None:
    arrive(posting("2", source="remoteok", board="all", company="Acme, Inc.", title="IAM Engineer (Remote)"))
    (own,) = arrive(posting("1"))
    (job,) = jobs_of(session, own)
    assert job is not None
    lines = sources_of(session, job)
    assert [line.source for line in lines] == ["greenhouse", "remoteok"]
    assert session.get_one(Job, job).title == "IAM Engineer"
    assert lines[0].reasons == () and lines[1].confidence is not None and lines[1].confidence > 0.9
    assert "titles name the same role" in lines[1].reasons


def test_an_opening_listed_once_per_city_names_all_its_places(
    session: Session, arrive: Callable[..., list[int]]
) -> None:
    ids = arrive(
        *(posting(str(n), location=place) for n, place in enumerate(("Austin, TX", "Denver, CO", "Boston, MA")))
    )
    (job,) = set(jobs_of(session, *ids))
    assert job is not None
    assert session.get_one(Job, job).location == "Austin, TX; Denver, CO; Boston, MA"
    assert places_of(sources_of(session, job)) == ("Austin, TX", "Denver, CO", "Boston, MA")
    assert [place["city"] for place in session.get_one(Job, job).places] == ["Austin", "Denver", "Boston"]


def test_a_job_shows_a_posting_that_is_open_and_the_places_that_are(
    session: Session, arrive: Callable[..., list[int]]
) -> None:
    one, two = arrive(posting("1"), posting("2", location="Denver, CO"))
    session.get_one(Posting, one).closed_at = NOW
    session.flush()
    settle(session, [], NOW, moved=[one])
    session.expire_all()
    (job,) = set(jobs_of(session, one, two))
    assert job is not None
    shown = session.get_one(Job, job)
    assert (shown.location, shown.url) == ("Denver, CO", "https://jobs.example/2")


@pytest.mark.parametrize(
    "other",
    [
        {"title": "Senior IAM Engineer"},
        {"title": "IAM Engineer II"},
        {"title": "IAM Architect"},
        {"title": "IAM Engineer, Payments"},
    ],
    ids=lambda other: next(iter(other.values())),
)
def test_another_level_or_role_stays_a_job_of_its_own(
    session: Session, arrive: Callable[..., list[int]], other: dict[str, str]
) -> None:
    one, two = jobs_of(session, *arrive(posting("1", title="IAM Engineer, Workforce"), posting("2", **other)))
    assert one != two


def test_storing_the_same_again_changes_nothing(session: Session, arrive: Callable[..., list[int]]) -> None:
    ids = arrive(posting("1"), posting("2", location="Denver, CO"))
    before = jobs_of(session, *ids)
    assert arrive(posting("1"), posting("2", location="Denver, CO")) == ids
    assert jobs_of(session, *ids) == before and session.query(Job).count() == 1


def test_a_posting_that_changes_its_role_gets_a_job_of_its_own(
    session: Session, arrive: Callable[..., list[int]]
) -> None:
    one, two = arrive(posting("1"), posting("2", location="Denver, CO"))
    arrive(posting("2", title="IAM Project Manager", location="Denver, CO"))
    assert len(set(jobs_of(session, one, two))) == 2
    assert session.get_one(Posting, two).decision == "accepted"


def test_a_job_lives_on_in_its_other_posting_when_the_first_is_rejected(
    session: Session, arrive: Callable[..., list[int]]
) -> None:
    one, two = arrive(posting("1"), posting("2", location="Denver, CO"))
    (job,) = set(jobs_of(session, one, two))
    arrive(posting("1", title="Barista", description="Make coffee."))
    assert jobs_of(session, one, two) == [None, job]
    assert session.get_one(Posting, two).decision == "accepted"
    assert job is not None and session.get_one(Job, job).location == "Denver, CO"


def test_a_job_without_postings_goes_unless_somebody_tracks_it(
    session: Session, arrive: Callable[..., list[int]]
) -> None:
    one, two = arrive(posting("1"), posting("2", title="PAM Architect", description=TEXT * 2))
    gone, kept = jobs_of(session, one, two)
    assert gone is not None and kept is not None
    track(session, kept)
    arrive(posting("1", title="Barista", description="x"), posting("2", title="Barista", description="x"))
    assert session.get(Job, gone) is None
    assert session.get_one(Job, kept).closed_at is not None


def test_a_posting_that_joins_two_jobs_merges_them_with_all_that_people_did(
    session: Session, arrive: Callable[..., list[int]]
) -> None:
    left, right = (" ".join(f"{word}{n} duty" for n in range(60)) for word in ("left", "right"))
    one, two = arrive(posting("1", description=left), posting("2", description=right))
    first, second = jobs_of(session, one, two)
    assert first is not None and second is not None and first != second
    track(session, first, "saved", "nice")
    track(session, second, "applied", "sent")
    (three,) = arrive(posting("3", description=f"{left} {right}", source="lever"))
    assert set(jobs_of(session, one, two, three)) == {first}
    assert current_job(session, second) == first and session.get(Job, second) is None
    (row,) = session.scalars(select(Tracking))
    assert (row.job_id, row.status) == (first, "applied") and "nice" in row.note and "sent" in row.note
    assert [event.job_id for event in session.scalars(select(JobEvent))] == [first, first]


ARRIVALS = [
    posting("1"),
    posting("2", source="remoteok", board="all", company="Acme Inc"),
    posting("3", title="Senior IAM Engineer"),
    posting("4", title="IAM Engineer II", location="Denver, CO"),
    posting("5", title="IAM Engineer II"),
    posting("6", company="Globex", board="globex", description=TEXT[::-1]),
    posting("7", location="Denver, CO"),
]


@pytest.mark.parametrize("seed", range(4))
def test_the_jobs_do_not_depend_on_the_order_of_arrival(database: Database, seed: int) -> None:
    order = list(ARRIVALS)
    random.Random(seed).shuffle(order)
    with database.writing() as session:
        for raw in order:
            settle(session, [_store(session, raw)], NOW)
        found: dict[int | None, set[str]] = {}
        for row in session.scalars(select(Posting)):
            found.setdefault(row.job_id, set()).add(row.external_id)
        accepted = [row.job_id for row in session.scalars(select(Posting).where(Posting.decision == "accepted"))]
    assert sorted(map(sorted, found.values())) == [["1", "2", "7"], ["3"], ["4", "5"], ["6"]]
    assert sorted(filter(None, found)) == sorted(filter(None, accepted))


def test_not_the_same_holds_for_ever(session: Session, arrive: Callable[..., list[int]]) -> None:
    one, two, three = arrive(posting("1"), posting("2", location="Denver, CO"), posting("3", location="Bonn"))
    (job,) = set(jobs_of(session, one, two, three))
    assert job is not None
    track(session, job)
    own = mark_different(session, user_id=LOCAL_USER_ID, job=job, posting=one, now=NOW)
    assert jobs_of(session, one, two, three) == [own, job, job] and own != job
    changed = msgspec.structs.replace(posting("1"), url="https://jobs.example/new")
    arrive(changed, posting("2", location="Denver, CO", url="https://jobs.example/other"))
    assert jobs_of(session, one, two, three) == [own, job, job]
    assert session.scalars(select(Tracking.job_id)).all() == [job]


def test_the_same_holds_for_ever_even_for_postings_that_contradict_each_other(
    session: Session, arrive: Callable[..., list[int]]
) -> None:
    one, two = arrive(posting("1"), posting("2", title="Senior Identity Architect", location="Denver, CO"))
    first, second = jobs_of(session, one, two)
    assert first is not None and second is not None and first != second
    kept = mark_same(session, user_id=LOCAL_USER_ID, job=first, other=second, now=NOW)
    arrive(posting("2", title="Senior Identity Architect", location="Denver, CO", url="https://jobs.example/new"))
    assert jobs_of(session, one, two) == [kept, kept]
    assert sources_of(session, kept)[1].reasons == (SAID_SO,)
    (again,) = arrive(posting("3", location="Oslo"))
    assert jobs_of(session, again) == [kept]


def test_the_later_word_counts_and_can_be_taken_back(session: Session, arrive: Callable[..., list[int]]) -> None:
    one, two = arrive(posting("1"), posting("2", location="Denver, CO"))
    (job,) = set(jobs_of(session, one, two))
    assert job is not None
    own = mark_different(session, user_id=None, job=job, posting=two, now=NOW)
    assert mark_same(session, user_id=None, job=job, other=own, now=NOW + timedelta(minutes=1)) == job
    own = mark_different(session, user_id=None, job=job, posting=two, now=NOW + timedelta(minutes=2))
    (line,) = verdicts_of(session, own)
    assert (line.same, {line.one_id, *line.other_ids}) == (False, {one, two})
    withdraw(session, one_id=one, other_ids=[two], now=NOW)
    assert jobs_of(session, one, two) == [job, job]


#: Three openings that nothing ties to each other.
APART = (
    posting("1"),
    posting("2", company="Globex", board="globex", description=TEXT[::-1]),
    posting("3", title="PAM Architect", company="Initech", board="initech", description=TEXT[::-1].upper()),
)


TITLES = ("IAM Engineer", "PAM Architect", "Okta Administrator", "SailPoint Developer", "SAML Developer", "IAM Auditor")


def say_same(session: Session, job: int | None, other: int | None, minute: int = 0) -> int:
    assert job is not None and other is not None
    return mark_same(session, user_id=None, job=job, other=other, now=NOW + timedelta(minutes=minute))


def test_a_merge_that_is_taken_back_leaves_each_job_as_it_was(
    session: Session, arrive: Callable[..., list[int]]
) -> None:
    one, two, _ = ids = arrive(*APART)
    first, second, _ = before = jobs_of(session, *ids)
    assert first is not None and second is not None
    session.get_one(Posting, one).closed_at = NOW  # the other one's posting then stands for both
    session.flush()
    settle(session, [], NOW, moved=[one])
    session.get_one(Job, first).closed_at = NOW
    track(session, first, "saved", "nice")
    track(session, second, "interview", "sent")
    say_same(session, first, second)
    assert (current_job(session, second), jobs_of(session, one, two)) == (first, [first, first])
    withdraw(session, one_id=one, other_ids=[two], now=NOW)
    session.expire_all()
    assert jobs_of(session, *ids) == before
    assert (current_job(session, second), verdicts_of(session, first)) == (None, ())
    state = {row.job_id: (row.status, row.note) for row in session.scalars(select(Tracking))}
    assert state == {first: ("saved", "nice"), second: ("interview", "sent")}
    assert (session.get_one(Job, first).title, session.get_one(Job, second).company) == ("IAM Engineer", "Globex")
    assert session.get_one(Job, first).closed_at is not None and session.get_one(Job, second).closed_at is None


def test_of_merges_in_a_row_each_can_be_taken_back(session: Session, arrive: Callable[..., list[int]]) -> None:
    _, two, three = ids = arrive(*APART)
    first, second, third = before = jobs_of(session, *ids)
    say_same(session, second, third)
    say_same(session, first, second, minute=1)
    assert current_job(session, third or 0) == current_job(session, second or 0) == first
    (said,) = session.scalars(select(OpeningVerdict).where(OpeningVerdict.at > NOW))
    withdraw(session, one_id=said.one_id, other_ids=[said.other_id], now=NOW)
    assert jobs_of(session, *ids) == [first, second, second]
    assert (current_job(session, second or 0), current_job(session, third or 0)) == (None, second)
    withdraw(session, one_id=two, other_ids=[three], now=NOW)
    assert jobs_of(session, *ids) == before


def test_the_inner_of_two_merges_can_be_taken_back_first(session: Session, arrive: Callable[..., list[int]]) -> None:
    _, two, three = ids = arrive(*APART)
    first, second, third = before = jobs_of(session, *ids)
    say_same(session, second, third)
    say_same(session, first, second, minute=1)
    withdraw(session, one_id=two, other_ids=[three], now=NOW)
    assert len(set(jobs_of(session, *ids))) == 2
    (said,) = session.scalars(select(OpeningVerdict))
    withdraw(session, one_id=said.one_id, other_ids=[said.other_id], now=NOW)
    assert jobs_of(session, *ids) == before


@pytest.mark.parametrize("seed", range(3))
def test_merges_that_are_all_taken_back_in_any_order_leave_everything_as_it_was(
    session: Session, arrive: Callable[..., list[int]], seed: int
) -> None:
    chance = random.Random(seed)
    ids = arrive(*(posting(str(n), title=title, company=f"Firm {n}") for n, title in enumerate(TITLES)))
    before = jobs_of(session, *ids)
    assert len(set(before)) == len(ids)
    for number, job in enumerate(filter(None, before)):
        track(session, job, chance.choice(["saved", "applied", "interview"]), f"note {number}")
    state = {row.job_id: (row.status, row.note) for row in session.scalars(select(Tracking))}
    minutes = itertools.count()
    while len(left := sorted(filter(None, set(jobs_of(session, *ids))))) > 2:
        say_same(session, *chance.sample(left, 2), next(minutes))
    said = list(session.scalars(select(OpeningVerdict)))
    for verdict in chance.sample(said, len(said)):
        withdraw(session, one_id=verdict.one_id, other_ids=[verdict.other_id], now=NOW + timedelta(hours=1))
    session.expire_all()
    assert jobs_of(session, *ids) == before
    assert {row.job_id: (row.status, row.note) for row in session.scalars(select(Tracking))} == state
    assert session.scalars(select(JobAlias)).all() == []


def test_a_posting_that_never_was_the_same_gets_its_job_back(
    session: Session, arrive: Callable[..., list[int]]
) -> None:
    _, two, _ = ids = arrive(*APART)
    before = jobs_of(session, *ids)
    kept = say_same(session, before[0], before[1])
    mark_different(session, user_id=None, job=kept, posting=two, now=NOW)
    assert jobs_of(session, *ids) == before


def test_a_new_job_never_gets_the_number_of_one_that_was_merged(
    session: Session, arrive: Callable[..., list[int]]
) -> None:
    *_, last = arrive(*APART[:2])
    first, second = jobs_of(session, last - 1, last)
    say_same(session, first, second)
    (new,) = jobs_of(session, *arrive(APART[2]))
    assert new not in (first, second) and current_job(session, second or 0) == first


def test_a_word_does_not_count_as_having_seen_a_posting(session: Session, arrive: Callable[..., list[int]]) -> None:
    one, two = arrive(posting("1"), posting("2", location="Denver, CO"))
    (job,) = set(jobs_of(session, one, two))
    own = mark_different(session, user_id=None, job=job or 0, posting=two, now=NOW + timedelta(hours=1))
    assert {session.get_one(Job, number).last_seen for number in (job, own)} == {NOW}


def test_a_word_on_two_equal_postings_can_be_taken_back(session: Session, arrive: Callable[..., list[int]]) -> None:
    one, two = arrive(posting("1"), posting("2"))
    (job,) = set(jobs_of(session, one, two))
    assert job is not None
    mark_different(session, user_id=None, job=job, posting=two, now=NOW)
    assert len(set(jobs_of(session, one, two))) == 2
    withdraw(session, one_id=one, other_ids=[two], now=NOW)
    assert jobs_of(session, one, two) == [job, job]


def test_what_was_said_apart_is_not_merged_by_a_later_posting(
    session: Session, arrive: Callable[..., list[int]]
) -> None:
    one, two = arrive(posting("1"), posting("2"))
    (job,) = set(jobs_of(session, one, two))
    assert job is not None
    own = mark_different(session, user_id=None, job=job, posting=two, now=NOW)
    arrive(posting("2", company="Globex", description=TEXT[::-1]))
    arrive(posting("2", company="Acme"))
    assert jobs_of(session, one, two) == [job, own]


def test_a_job_with_one_posting_has_nothing_to_take_out(session: Session, arrive: Callable[..., list[int]]) -> None:
    (one,) = arrive(posting("1"))
    (job,) = jobs_of(session, one)
    assert job is not None
    with pytest.raises(ScoutError, match="not one of several"):
        mark_different(session, user_id=None, job=job, posting=one, now=NOW)
    with pytest.raises(ScoutError, match="no such job"):
        mark_same(session, user_id=None, job=job, other=99, now=NOW)


def test_two_writers_that_meet_the_same_opening_make_one_job_on_postgresql(postgresql_url: str) -> None:
    database = open_database(Settings(database_url=SecretStr(postgresql_url), _env_file=None))  # type: ignore[call-arg]
    upgrade(database)
    inside, second = threading.Event(), posting("2", source="lever")

    def late() -> None:
        inside.wait(20)
        with database.writing() as session:
            settle(session, [_store(session, second)], NOW)

    thread = threading.Thread(target=late)
    thread.start()
    with database.writing() as session:
        settle(session, [_store(session, posting("1"))], NOW)
        inside.set()
        time.sleep(0.3)
    thread.join(20)
    with database.reading() as session:
        assert session.query(Posting).count() == 2 and session.query(Job).count() == 1
    database.close()
