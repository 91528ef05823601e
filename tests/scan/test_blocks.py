"""Postings meet those they may be the same as, and never everybody."""

import subprocess
import sys

import pytest

from iam_job_scout.scan.blocks import ALL_OF, NEAREST, keys_of, neighbours
from iam_job_scout.scan.traits import read_traits

TEXT = "You run Okta for nine thousand colleagues, write SCIM connectors and review access each quarter with auditors."


def blocks(**changes: str) -> set[int]:
    plain = {"title": "IAM Engineer", "company": "Commonwealth Bank", "location": "Sydney", "description": TEXT}
    return set(keys_of(read_traits(**(plain | changes))).blocks)


@pytest.mark.parametrize(
    "changes",
    [
        {"company": "CommBank", "description": "Other words altogether."},
        {"company": "Hays", "title": "Security Specialist"},
        {"title": "Identity and Access Management (IAM) Engineer - Remote", "description": ""},
        {"title": "Engineer, IAM and Directory", "description": ""},
    ],
)
def test_what_may_be_the_same_shares_a_block(changes: dict[str, str]) -> None:
    assert blocks() & blocks(**changes)


def test_unlike_postings_share_none() -> None:
    assert not blocks() & blocks(company="Hooli", title="Nurse", description="Care for patients at night, kindly.")


def test_a_posting_that_says_nothing_is_in_no_block() -> None:
    assert not blocks(title="", company="", location="", description="")


def test_keys_are_the_same_in_every_process() -> None:
    program = (
        "from iam_job_scout.scan.blocks import keys_of\nfrom iam_job_scout.scan.traits import read_traits\n"
        "print(keys_of(read_traits(title='IAM Engineer', company='Acme', location='', description='a b c d e f')))"
    )
    one, other = (subprocess.run([sys.executable, "-c", program], capture_output=True, check=True) for _ in range(2))
    assert one.stdout == other.stdout != b""


def test_in_a_small_block_all_meet() -> None:
    assert len(set(neighbours([(n, n) for n in range(ALL_OF)]))) == ALL_OF * (ALL_OF - 1) / 2


def test_in_a_large_block_each_meets_its_nearest_only() -> None:
    pairs = set(neighbours([(n % 7, n) for n in range(10_000)]))
    assert len(pairs) <= 10_000 * NEAREST
    assert all(one < other and other - one <= 7 * NEAREST for one, other in pairs if one % 7 == other % 7)
