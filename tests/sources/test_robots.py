"""Reading robots.txt as RFC 9309 has it."""

import pytest

from iam_job_scout.sources.robots import allows

EVERYBODY = "User-agent: *\nDisallow: /private\nAllow: /private/jobs\nDisallow: /*.pdf$\nDisallow: /q?x=\n"


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/", True),
        ("/private", False),
        ("/private/x", False),
        ("/private/jobs/1", True),
        ("/a/b.pdf", False),
        ("/a/b.pdf?x", True),
        ("/q?x=1", False),
        ("/q?y=1", True),
    ],
)
def test_the_longest_rule_wins(path: str, allowed: bool) -> None:
    assert allows(EVERYBODY, path) is allowed


def test_what_is_said_to_this_program_counts_alone() -> None:
    ours = "User-Agent: IAM-Job-Scout/1.0 # us\nDisallow: /a"
    robots = f"User-agent: other\nDisallow: /\n\n{ours}\n\nUser-agent: *\nDisallow: /b"
    assert not allows(robots, "/a")
    assert allows(robots, "/b")


def test_agents_may_share_a_group() -> None:
    robots = "user-agent: x\nuser-agent: iam-job-scout\ndisallow: /\n"
    assert not allows(robots, "/a")


@pytest.mark.parametrize(
    "robots", ["", "<html>", "Disallow: /", "User-agent: *\nDisallow:", "\x00\ufffd: x", "User-agent: *"]
)
def test_anything_else_allows_everything(robots: str) -> None:
    assert allows(robots, "/a")


def test_of_equal_rules_the_kinder_one_wins() -> None:
    assert allows("User-agent: *\nDisallow: /a\nAllow: /a", "/a")
