"""Finding jobs: every case on both databases, with the same answers."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import delete, insert, text, update

from conftest import make_database
from iam_job_scout.db import Database, open_database
from iam_job_scout.db.migrate import upgrade
from iam_job_scout.db.models import LOCAL_USER_ID, Fit, Job, JobStatus, Posting, Profile, Tracking
from iam_job_scout.jobs import result, search
from iam_job_scout.jobs.cursor import BadCursor, Sort, read_cursor
from iam_job_scout.jobs.facets import FRESH_DAYS
from iam_job_scout.jobs.listed import read_outlines
from iam_job_scout.jobs.query import MAX_WORDS
from iam_job_scout.jobs.search import JobPage, JobQuery, find_jobs
from iam_job_scout.settings import Settings
from indexed import indexed_job

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)


class Jobs:
    """A database with jobs in it; times are relative to NOW."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def add(self, title: str = "IAM Engineer", **values: Any) -> int:
        known = {
            **{"title": title, "company": "Northwind", "location": "Austin, TX", "url": "", "description": ""},
            **{"mode": "remote", "tier": "core", "score": 50, "seniority": "mid", "evidence": []},
            **{"first_seen": NOW, "last_seen": NOW},
        }
        with self.database.writing() as session:
            job = indexed_job(**{**known, **values})
            session.add(job)
            session.flush()
            return job.id

    def page(self, words: str = "", **query: Any) -> JobPage:
        with self.database.reading() as session:
            return find_jobs(session, JobQuery(words=words, now=NOW, **query))

    def titles(self, *pages: JobPage) -> list[str]:
        with self.database.reading() as session:
            return [job.title for page in pages for job in read_outlines(session, page.ids)]

    def found(self, words: str = "", **query: Any) -> list[str]:
        return self.titles(self.page(words, **query))

    def counts(self, facet: str, words: str = "", **query: Any) -> dict[str, int | None]:
        return {value.value: value.count for value in self.page(words, **query).facets[facet]}

    def do(self, *statements: Any) -> None:
        with self.database.writing() as session:
            for statement in statements:
                session.execute(statement)

    def track(self, job_id: int, status: str) -> None:
        with self.database.writing() as session:
            session.add(Tracking(user_id=LOCAL_USER_ID, job_id=job_id, status=status, status_at=NOW))


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def migrated(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A database with all tables, for all tests of this file."""
    url = SecretStr("")
    if request.param == "postgresql":
        url = SecretStr(make_database(request.getfixturevalue("postgresql_server")))
    folder = tmp_path_factory.mktemp("search")
    database = open_database(Settings(data_dir=folder, database_url=url, _env_file=None))  # type: ignore[call-arg]
    upgrade(database)
    yield database
    database.close()


@pytest.fixture
def jobs(migrated: Database) -> Iterator[Jobs]:
    found = Jobs(migrated)
    search._kept.forget()
    yield found
    found.do(*(delete(table) for table in (Fit, Profile, Tracking, Posting, Job)), text("DELETE FROM search_word"))


def test_words_may_stand_anywhere_in_any_order_case_and_accent(jobs: Jobs) -> None:
    jobs.add("Okta Administrator", company="Fabrikam", description="<p>Runs SCIM für Zürich.</p>", skills=["SAML"])
    for words in ("okta", "FABRIKAM okta", "scim", "austin", "  saml  ", "zurich", "ZÜRICH"):
        assert jobs.found(words) == ["Okta Administrator"], words
    assert jobs.found("okta northwind") == []


def test_a_word_is_not_found_within_another(jobs: Jobs) -> None:
    jobs.add("Director of JavaScript")
    jobs.add("Java", location="", score=1)
    assert jobs.found("java") == ["Java"]
    assert jobs.found("cto") == jobs.found("script") == []


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ('"identity engineer"', ["Senior Identity Engineer"]),
        ('"engineer identity"', []),
        ("identity -senior", ["Identity and Access Engineer"]),
        ("-senior", ["Identity and Access Engineer"]),
        ('engineer -"identity engineer"', ["Identity and Access Engineer"]),
        ("ident* -acc*", ["Senior Identity Engineer"]),
        ('"identity eng"*', ["Senior Identity Engineer"]),
        ('"identity engineer', ["Senior Identity Engineer"]),
        ("sign-on", ["Identity and Access Engineer"]),
        ("on-sign", []),
    ],
)
def test_phrases_beginnings_and_exclusions(jobs: Jobs, words: str, expected: list[str]) -> None:
    jobs.add("Senior Identity Engineer", description="Sign it, then on to the next")
    jobs.add("Identity and Access Engineer", description="Single sign-on", score=40)
    assert jobs.found(words) == expected


def test_a_phrase_does_not_go_on_from_the_title_into_the_company(jobs: Jobs) -> None:
    jobs.add("Identity Engineer", company="Access Group")
    assert jobs.found('"engineer access"') == []
    assert jobs.found('"access group"') == ["Identity Engineer"]


@pytest.mark.parametrize(
    "words",
    [
        *("%", "_", "\\", "' OR 1=1 --", "/%", '"', '""', "*", "-", '-"', "**", "a*", "<b>", "&amp;", "!&|()<->", ":*"),
        *("NEAR(okta)", "okta AND", "{title}: x", "^", "\x00", "\u202e", "'; DROP TABLE job", "tier:core" * 9),
        *("(" * 200, '"' * 199, "-" * 200, "a " * 100, "\ud7ff", "🎉", "name:okta", "day:1"),
    ],
)
def test_no_sign_is_part_of_a_language(jobs: Jobs, words: str) -> None:
    jobs.add("Okta")
    assert set(jobs.found(words)) <= {"Okta"}


def test_what_is_only_signs_does_not_restrict(jobs: Jobs) -> None:
    jobs.add("Okta")
    for words in ("<>", '""', "*", "-", "%"):
        assert jobs.found(words) == ["Okta"]


@pytest.mark.parametrize(
    "word", ["STRASSE", "übersicht", "مهندس", "身份管理", "инженер", "पहचान", "e\u0301tude", "3com", "1e5"]
)
def test_letters_of_all_languages_are_found(jobs: Jobs, word: str) -> None:
    jobs.add("Straße ÜBERSICHT مهندس 身份管理 Инженер पहचान étude 3Com 1e5")
    assert len(jobs.found(word)) == 1


def test_words_past_the_limit_are_not_looked_at(jobs: Jobs) -> None:
    jobs.add("okta")
    assert jobs.found("okta " * MAX_WORDS + "cobol") == ["okta"]


def test_what_has_another_name_now_is_found_by_each(jobs: Jobs) -> None:
    jobs.add("Administrator", description="You run Entra ID and CyberArk.")
    for words in ("azure ad", "Azure AD administrator", "AAD", "entra id", "azure active directory"):
        assert jobs.found(words) == ["Administrator"], words
    assert jobs.found('"azure ad"') == []


def test_what_is_not_wanted_is_not_wanted_by_any_name(jobs: Jobs) -> None:
    jobs.add("Administrator", description="You run Entra ID.")
    jobs.add("Engineer", description="You run Okta.")
    for words in ("-aad", "-entra", "-azure-ad"):
        assert jobs.found(words) == ["Engineer"], words
        assert jobs.found(f"{words[1:]} {words}") == [], words
    assert len(jobs.found('-"azure ad"')) == 2
    assert jobs.page("-entra").reading.things == frozenset()


def test_a_mistyped_company_or_title_is_understood_and_said(jobs: Jobs) -> None:
    jobs.add("Saviynt Administrator", company="Fabrikam")
    for typed, meant in (("saviyndt", "saviynt"), ("fabricam", "fabrikam"), ("adminstrater", "administrator")):
        page = jobs.page(typed)
        assert jobs.titles(page) == ["Saviynt Administrator"], typed
        assert page.reading.instead == {typed: (meant,)}
    assert jobs.found("kubernetes") == []


def test_two_letters_changed_round_in_a_short_name_are_understood(jobs: Jobs) -> None:
    jobs.add("Okta Administrator")
    for typed in ("otka", "okat", "kota"):
        assert jobs.page(typed).reading.instead == {typed: ("okta",)}


def test_the_beginning_of_a_word_is_enough_where_no_job_has_that_word(jobs: Jobs) -> None:
    jobs.add("Saviynt Administrator")
    assert jobs.page("savi admin").reading.instead == {"savi": ("savi*",), "admin": ("admin*",)}
    assert jobs.found("savi admin") == ["Saviynt Administrator"]
    assert jobs.found("sa") == []


def test_hidden_and_closed_jobs_come_only_when_asked_for(jobs: Jobs) -> None:
    jobs.add("open")
    jobs.track(jobs.add("hidden"), "hidden")
    jobs.track(jobs.add("saved"), "saved")
    jobs.add("closed", closed_at=NOW, score=1)
    mine = {"user_id": LOCAL_USER_ID}
    assert jobs.found(**mine) == ["saved", "open"]
    assert jobs.found(status=JobStatus.HIDDEN, **mine) == ["hidden"]
    assert jobs.found(status=JobStatus.NEW, **mine) == ["open"]
    assert jobs.found("saved", status=JobStatus.SAVED, include_closed=True, **mine) == ["saved"]
    assert jobs.found(include_closed=True, **mine) == ["saved", "open", "closed"]
    assert jobs.found("closed", include_closed=True) == ["closed"]
    assert "hidden" in jobs.found()


def test_another_persons_states_are_theirs_alone(jobs: Jobs) -> None:
    jobs.track(jobs.add("a"), "hidden")
    assert jobs.found(user_id=77) == ["a"]
    assert jobs.found(user_id=77, status=JobStatus.HIDDEN) == []
    assert jobs.found(status=JobStatus.SAVED) == []


def test_filters_narrow_together_and_values_of_one_widen(jobs: Jobs) -> None:
    jobs.add("a", mode="remote", seniority="senior", skills=["Okta", "SCIM"])
    jobs.add("b", mode="hybrid", seniority="senior", skills=["Okta"], score=40)
    jobs.add("c", mode="onsite", seniority="lead", skills=["SCIM"], score=30)
    assert jobs.found(choices={"mode": ("remote", "hybrid")}) == ["a", "b"]
    assert jobs.found(choices={"mode": ("remote", "onsite"), "level": ("lead",)}) == ["c"]
    assert jobs.found(choices={"skill": ("okta", "scim")}) == ["a"]
    assert jobs.found("b", choices={"skill": ("okta",)}) == ["b"]


def test_every_filter_finds_what_it_says(jobs: Jobs) -> None:
    jobs.add(
        "it",
        **{"tier": "adjacent", "mode": "hybrid", "seniority": "lead", "sub": ["PAM"], "skills": ["CyberArk"]},
        **{"location": "Berlin, Germany; Austin, TX", "pay_max": 151_000, "clearance": "TS/SCI", "own_product": True},
        sources="source:lever",
    )
    jobs.add("other", posted_at=NOW - timedelta(days=40))
    right = {
        **{"tier": "adjacent", "mode": "hybrid", "level": "lead", "sub": "pam", "skill": "cyberark", "place": "us-tx"},
        **{"pay": "150", "clearance": "ts-sci", "product": "own", "source": "lever", "fresh": "3"},
    }
    for name, value in right.items():
        assert jobs.found("it", choices={name: (value,)}) == ["it"], name
    assert jobs.found(choices={"place": ("de",)}) == ["it"]
    assert jobs.found(choices={"fresh": ("30",)}) == ["it"]
    assert jobs.found(choices={"pay": ("180",)}) == []


def test_pay_in_other_currencies_is_compared_by_what_it_comes_to(jobs: Jobs) -> None:
    for currency, most in (("INR", 2_500_000), ("PLN", 390_000), ("USD", 90_000), ("EUR", 100_000), ("XYZ", 900_000)):
        jobs.add(currency, pay_max=most, pay_currency=currency)
    assert jobs.found(sort=Sort.PAY) == ["EUR", "PLN", "USD", "INR", "XYZ"]
    assert jobs.found(choices={"pay": ("100",)}) == ["EUR"]
    assert jobs.found(choices={"pay": ("80",)}, sort=Sort.PAY) == ["EUR", "PLN", "USD"]
    assert jobs.counts("pay") == {"80": 3, "100": 1}


def test_counts_are_those_of_the_result(jobs: Jobs) -> None:
    jobs.add("okta a", mode="remote", sub=["IGA"])
    jobs.add("okta b", mode="hybrid", sub=["IGA", "PAM"])
    jobs.add("ping", mode="remote", sub=["SSO"])
    assert jobs.counts("sub", "okta") == {"iga": 2, "pam": 1}
    assert jobs.counts("mode", "okta") == {"remote": 1, "hybrid": 1}
    assert jobs.counts("fresh") == {"1": 3, "3": 3, "7": 3, "14": 3, "30": 3}


def test_a_job_with_hundreds_of_skills_is_stored_and_counted(jobs: Jobs) -> None:
    skills = [f"something nobody has heard of {number}" for number in range(400)]
    jobs.add("polymath", skills=skills)
    assert jobs.found(choices={"skill": ("something-nobody-has-heard-of-399",)}) == ["polymath"]
    assert set(jobs.counts("skill").values()) == {1}


def test_a_chosen_filter_still_counts_its_other_values(jobs: Jobs) -> None:
    jobs.add("a", mode="remote", seniority="lead")
    jobs.add("b", mode="hybrid", seniority="lead")
    jobs.add("c", mode="hybrid")
    chosen = {"mode": ("remote",), "level": ("lead",)}
    assert jobs.counts("mode", choices=chosen) == {"remote": 1, "hybrid": 1}
    assert jobs.counts("level", choices=chosen) == {"lead": 1}
    jobs.add("d", mode="remote")
    assert jobs.counts("level", choices=chosen) == {"mid": 1, "lead": 1}


def test_orders(jobs: Jobs) -> None:
    day = timedelta(days=1)
    ids = [
        jobs.add("best", score=90, company="Zeta", pay_max=90_000, posted_at=NOW - 9 * day),
        jobs.add("newest", score=20, company="Ätna", posted_at=NOW),
        jobs.add("richest", score=50, company="", pay_max=300_000, first_seen=NOW - day),
    ]
    with jobs.database.writing() as session:
        session.add(Fit(user_id=LOCAL_USER_ID, job_id=ids[1], score=99))
    assert jobs.found() == ["best", "richest", "newest"]
    assert jobs.found(sort=Sort.NEWEST) == ["newest", "richest", "best"]
    assert jobs.found(sort=Sort.PAY) == ["richest", "best", "newest"]
    assert jobs.found(sort=Sort.COMPANY) == ["newest", "best", "richest"]
    assert jobs.found(sort=Sort.FIT, user_id=LOCAL_USER_ID) == ["newest", "best", "richest"]
    assert jobs.page(user_id=LOCAL_USER_ID).fits == {ids[1]: 99}


def test_a_job_whose_fit_is_not_reckoned_yet_is_not_put_before_those_that_fit(jobs: Jobs) -> None:
    fitting, unknown = jobs.add("fitting", score=70, skills=["Okta"]), jobs.add("unknown", score=90)
    wishes = {"skills": ["Okta"], "pay_currency": "USD", "needs_sponsorship": False, "saved_at": NOW}
    nothing: dict[str, Any] = {name: [] for name in ("certifications", "levels", "places", "modes")}
    with jobs.database.writing() as session:
        session.add(Profile(user_id=LOCAL_USER_ID, **wishes, **nothing))
        session.add(Fit(user_id=LOCAL_USER_ID, job_id=fitting, score=62))
    page = jobs.page(sort=Sort.FIT, user_id=LOCAL_USER_ID)
    assert (page.ids, page.fits) == ((fitting, unknown), {fitting: 62, unknown: 54})


@pytest.mark.parametrize("sort", list(Sort))
def test_pages_lead_on_and_back_without_gap_or_repeat(jobs: Jobs, sort: Sort) -> None:
    for number in range(7):
        jobs.add(str(number), score=50 + number // 3, company=f"c{number % 2}", pay_max=number // 2 * 50_000 or None)
    whole = jobs.found(sort=sort)
    first = jobs.page(sort=sort, size=3)
    second = jobs.page(sort=sort, size=3, cursor=first.next)
    third = jobs.page(sort=sort, size=3, cursor=second.next)
    assert jobs.titles(first, second, third) == whole
    assert (first.previous, third.next) == (None, None)
    again = jobs.page(sort=sort, size=3, cursor=third.previous)
    assert again.ids == second.ids and again.next == second.next
    assert jobs.page(sort=sort, size=3, cursor=again.previous).previous is None


def test_a_page_goes_on_where_the_last_ended_although_jobs_came_and_went(jobs: Jobs) -> None:
    for number in range(4):
        jobs.add(str(number), score=number)
    first = jobs.page(size=2)
    jobs.add("new", score=99)
    jobs.do(delete(Job).where(Job.title == "2"))
    assert jobs.found(size=2, cursor=first.next) == ["1", "0"]


@pytest.mark.parametrize("text", ["", "x", "%", "MTIz", "é", "A" * 999, "c2NvcmV8Pnx8fA", "c2NvcmV8PnwxfDF8eA", "LTE"])
def test_a_place_that_no_list_gave_out_is_refused(text: str) -> None:
    with pytest.raises(BadCursor):
        read_cursor(text, Sort.SCORE)


def test_a_place_of_another_order_is_refused(jobs: Jobs) -> None:
    jobs.add()
    jobs.add()
    cursor = jobs.page(size=1).next
    assert read_cursor(str(cursor), Sort.SCORE) == cursor
    with pytest.raises(BadCursor):
        read_cursor(str(cursor), Sort.NEWEST)


def test_a_changed_closed_or_removed_job_is_found_as_it_is_now(jobs: Jobs) -> None:
    job_id = jobs.add("Okta Engineer")
    renamed = indexed_job(title="Ping Engineer", company="", location="", description="", **_PLAIN)
    jobs.do(update(Job).values(title="Ping Engineer", search_text=renamed.search_text, facets=renamed.facets))
    assert (jobs.found("okta"), jobs.found("ping")) == ([], ["Ping Engineer"])
    jobs.do(update(Job).values(closed_at=NOW))
    assert (jobs.found("ping"), jobs.found("ping", include_closed=True)) == ([], ["Ping Engineer"])
    jobs.do(update(Job).values(closed_at=None))
    assert jobs.found("ping") == ["Ping Engineer"]
    jobs.do(delete(Job).where(Job.id == job_id))
    assert jobs.found("ping", include_closed=True) == []


def test_the_sources_of_a_job_follow_its_postings(jobs: Jobs) -> None:
    a, b = jobs.add("a"), jobs.add("b")
    with jobs.database.writing() as session:
        for number, source in enumerate(("lever", "ashby")):
            session.add(Posting(**_POSTING, source=source, external_id=str(number), job_id=a))
    assert jobs.counts("source", "a") == {"ashby": 1, "lever": 1}
    jobs.do(update(Posting).where(Posting.source == "ashby").values(job_id=b))
    assert jobs.found(choices={"source": ("ashby",)}) == ["b"]
    assert jobs.found(choices={"source": ("lever",)}) == ["a"]


@pytest.mark.parametrize("sort", list(Sort))
def test_a_result_too_large_to_be_counted_is_still_in_order(
    jobs: Jobs, sort: Sort, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(120):
        pay = n * 29 % 120 * 3_000 or None
        jobs.add(f"okta {n}", score=n * 7 % 100, pay_max=pay, posted_at=NOW - n * 53 % 120 * timedelta(hours=30))
    whole = jobs.found("okta", sort=sort, size=120)
    monkeypatch.setattr(result, "CAP", 40)
    monkeypatch.setattr("iam_job_scout.jobs.search.CAP", 40)
    first = jobs.page("okta", sort=sort, size=3)
    assert (first.total, first.more) == (40, True)
    assert all(value.more for value in first.facets["mode"])
    if sort in (Sort.FIT, Sort.COMPANY):
        return
    pages = [first]
    while pages[-1].next:
        pages.append(jobs.page("okta", sort=sort, size=4, cursor=pages[-1].next))
    assert jobs.titles(*pages) == whole
    back = jobs.page("okta", sort=sort, size=4, cursor=pages[10].previous)
    assert back.ids == pages[9].ids


def test_a_remembered_large_result_shows_new_jobs_at_once(jobs: Jobs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "_MANY_FOUND", 6)
    for n in range(8):
        jobs.add(str(n), score=n * 10)
    assert jobs.found(size=1) == ["7"]
    new = jobs.add("new", score=80)
    assert jobs.found(size=1) == ["new"]
    jobs.do(update(Job).where(Job.id == new).values(closed_at=NOW))
    assert jobs.found(size=1) == ["7"]


def test_a_remembered_large_result_is_not_that_of_someone_who_hides_jobs(
    jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "_MANY_FOUND", 2)
    ids = [jobs.add(str(n), score=n * 10) for n in range(4)]
    assert jobs.found(size=1, user_id=None) == jobs.found(size=1, user_id=LOCAL_USER_ID) == ["3"]
    jobs.track(ids[3], "hidden")
    assert jobs.found(size=1, user_id=LOCAL_USER_ID) == ["2"]
    assert jobs.found(size=1, user_id=None) == ["3"]
    assert jobs.found(user_id=LOCAL_USER_ID, status=JobStatus.HIDDEN) == ["3"]


def test_a_remembered_order_by_fit_is_another_one_once_there_are_scores(
    jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "_MANY_FOUND", 1)
    ids = [jobs.add(str(n), score=n * 10) for n in range(3)]
    assert jobs.found(user_id=LOCAL_USER_ID, sort=Sort.FIT) == ["2", "1", "0"]
    jobs.do(*(insert(Fit).values(user_id=LOCAL_USER_ID, job_id=ids[n], score=99 - n) for n in range(2)))
    assert jobs.found(user_id=LOCAL_USER_ID, sort=Sort.FIT) == ["0", "1", "2"]


def test_a_posting_of_ten_megabytes_is_stored_and_found(jobs: Jobs) -> None:
    jobs.add("huge", description="identity okta " * 700_000)
    assert jobs.found("okta identity") == ["huge"]


_PLAIN: dict[str, Any] = {"mode": "remote", "tier": "core", "seniority": "mid", "score": 5, "evidence": []}
_POSTING: dict[str, Any] = {
    **{"board": "b", "url": "", "title": "t", "company": "c", "location": "", "content_hash": "h", "raw": b""},
    **{"first_seen": NOW, "seen_at": NOW, "decision": "accepted", "rule": "r", "tier": "core", "score": 1},
}


def test_counting_can_be_left_out(jobs: Jobs) -> None:
    jobs.add()
    with jobs.database.reading() as session:
        assert find_jobs(session, replace(JobQuery(), now=NOW), counted=False).facets == {}


def test_what_nearly_every_job_has_is_found_like_any_other_value(jobs: Jobs) -> None:
    for title, clearance in (("None", None), ("Secret", "secret"), ("Top", "top secret"), ("Sci", "TS/SCI")):
        jobs.add(title, clearance=clearance)
    for chosen, titles in (
        (("none",), {"None"}),
        (("none", "secret"), {"None", "Secret"}),
        (("top-secret", "none", "ts-sci"), {"None", "Top", "Sci"}),
        (("secret",), {"Secret"}),
    ):
        assert set(jobs.found(choices={"clearance": chosen})) == titles
    jobs.add("Maker", own_product=True)
    assert jobs.found(choices={"product": ("own",)}) == ["Maker"]
    assert "Maker" not in jobs.found(choices={"product": ("other",)})


def test_a_stretch_of_days_has_no_gap_and_no_day_too_many(jobs: Jobs) -> None:
    for day in range(-1, 40):
        jobs.add(str(day), posted_at=NOW - timedelta(days=day))
    for since in FRESH_DAYS:
        found = jobs.found(choices={"fresh": (str(since),)}, size=50)
        assert sorted(map(int, found)) == list(range(-1, since + 1))
