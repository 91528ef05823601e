"""From the address of a careers page to its board."""

import pytest
from aiohttp import web

from iam_job_scout.errors import BoardNotFound, RobotsForbidden, ScoutError, UnsafeRedirect
from iam_job_scout.posting import Board
from iam_job_scout.sources.finding import board_at, boards_in, find_board

from .conftest import Upstream, WithClient


@pytest.mark.parametrize(
    ("url", "board"),
    [
        ("https://boards.greenhouse.io/acme", "greenhouse,acme"),
        ("https://job-boards.greenhouse.io/acme/jobs/4100001?gh_src=x", "greenhouse,acme"),
        ("https://job-boards.eu.greenhouse.io/acme/jobs/1", "greenhouse,acme"),
        ("https://boards.greenhouse.io/embed/job_board/js?for=acme", "greenhouse,acme"),
        ("https://boards-api.greenhouse.io/v1/boards/acme/jobs", "greenhouse,acme"),
        ("https://jobs.lever.co/acme/5ac21346/apply", "lever,acme"),
        ("https://jobs.eu.lever.co/acme", "lever,eu/acme"),
        ("https://api.lever.co/v0/postings/acme?mode=json", "lever,acme"),
        ("https://jobs.ashbyhq.com/Acme%20Labs/1", "ashby,Acme Labs"),
        ("https://api.ashbyhq.com/posting-api/job-board/acme.io", "ashby,acme.io"),
        ("https://jobs.smartrecruiters.com/Acme1/744-iam", "smartrecruiters,Acme1"),
        ("https://careers.smartrecruiters.com/Acme1", "smartrecruiters,Acme1"),
        ("https://apply.workable.com/acme/j/AB12/", "workable,acme"),
        ("https://apply.workable.com/api/v1/widget/accounts/acme", "workable,acme"),
        ("https://acme.workable.com/", "workable,acme"),
        ("https://acme.recruitee.com/o/iam-engineer", "recruitee,acme"),
        ("https://acme.wd5.myworkdayjobs.com/Careers", "workday,acme/wd5/Careers"),
        ("https://acme.WD5.myworkdayjobs.com/en-US/Careers/job/X/Y_R1", "workday,acme/wd5/Careers"),
        ("https://acme.wd1.myworkdayjobs.com/wday/cxs/acme/Careers/jobs", "workday,acme/wd1/Careers"),
        ("https://wd3.myworkdaysite.com/en-US/recruiting/acme/Careers", "workday,acme/wd3/Careers"),
    ],
)
def test_the_address_of_a_board_is_recognised(url: str, board: str) -> None:
    source, _, token = board.partition(",")
    assert board_at(url) == Board(source, token, "")


@pytest.mark.parametrize(
    "url",
    [
        "https://acme.example/careers",
        "https://greenhouse.io.evil.example/acme",
        "https://boards.greenhouse.io/",
        "https://boards.greenhouse.io/embed/job_board",
        "https://apply.workable.com/j/AB12",
        "https://www.workable.com/",
        "https://www.recruitee.com/about",
        "https://jobs.lever.co",
        "https://acme.wd5.myworkdayjobs.com/",
        f"https://jobs.lever.co/{'x' * 300}",
    ],
)
def test_any_other_address_is_none(url: str) -> None:
    assert board_at(url) is None


def test_boards_are_found_in_markup_scripts_and_data() -> None:
    page = """
        <a href="https://jobs.lever.co/one/1?x&amp;y">job</a>
        <script src='//boards.greenhouse.io/embed/job_board/js?for=two'></script>
        <script>{"url":"https:\\/\\/jobs.ashbyhq.com\\/three"}</script>
        <a href="https://[broken">x</a>
    """
    assert {f"{board.source},{board.token}" for board in boards_in(page)} == {
        "lever,one",
        "greenhouse,two",
        "ashby,three",
    }


def answering(upstream: Upstream, pages: dict[str, str]) -> None:
    async def answer(request: web.Request) -> web.Response:
        body = pages.get(request.path)
        return web.Response(status=404) if body is None else web.Response(text=body, content_type="text/html")

    upstream.answer = answer


def found(with_client: WithClient, url: str) -> Board:
    return with_client(lambda client: find_board(client, url))


def test_the_board_behind_a_careers_page_is_found(upstream: Upstream, with_client: WithClient) -> None:
    answering(
        upstream,
        {"/acme.example/careers": '<a href="https://jobs.lever.co/acme/1"></a><a href="//jobs.lever.co/acme/2">'},
    )
    assert found(with_client, "acme.example/careers") == Board("lever", "acme", "")
    assert upstream.paths == ["/acme.example/robots.txt", "/acme.example/careers"]


def test_the_address_of_a_board_needs_no_request(upstream: Upstream, with_client: WithClient) -> None:
    assert found(with_client, "https://jobs.lever.co/acme").token == "acme"
    assert upstream.paths == []


def test_a_page_without_a_board_is_said_to_be_one(upstream: Upstream, with_client: WithClient) -> None:
    answering(upstream, {"/acme.example/": "<p>Write to us."})
    with pytest.raises(ScoutError, match=r"no board of Ashby, Greenhouse, .* in https://acme\.example/"):
        found(with_client, "https://acme.example/")


def test_of_several_boards_the_person_chooses(upstream: Upstream, with_client: WithClient) -> None:
    answering(upstream, {"/acme.example/": "https://jobs.lever.co/one https://jobs.ashbyhq.com/two"})
    with pytest.raises(ScoutError, match=r"several boards \(lever,one, ashby,two\)"):
        found(with_client, "https://acme.example/")


def test_a_page_that_robots_may_not_read_is_left_alone(upstream: Upstream, with_client: WithClient) -> None:
    answering(upstream, {"/acme.example/robots.txt": "User-agent: *\nDisallow: /careers", "/acme.example/careers": "x"})
    with pytest.raises(RobotsForbidden):
        found(with_client, "https://acme.example/careers")
    assert upstream.paths == ["/acme.example/robots.txt"]


def test_a_missing_page_is_missing(upstream: Upstream, with_client: WithClient) -> None:
    with pytest.raises(BoardNotFound):
        found(with_client, "https://acme.example/careers")


@pytest.mark.parametrize("url", ["not a url", "file:///etc/passwd", "https://", "https://[broken"])
def test_what_is_no_web_address_is_said_to_be_none(url: str, upstream: Upstream, with_client: WithClient) -> None:
    with pytest.raises(ScoutError, match="not the address of a web page"):
        found(with_client, url)
    assert upstream.paths == []


@pytest.mark.parametrize("url", ["http://127.0.0.1/", "http://localhost/careers", "http://10.0.0.1/"])
def test_a_private_page_is_not_asked(url: str, upstream: Upstream, with_client: WithClient) -> None:
    with pytest.raises(UnsafeRedirect):
        found(with_client, url)
    assert upstream.paths == []
