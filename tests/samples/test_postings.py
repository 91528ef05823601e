"""The sample postings: enough of them, varied, plainly marked, and judged as their writer meant them."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from iam_job_scout.posting import Mode, Posting
from iam_job_scout.relevance import Tier, classify, plain_text
from iam_job_scout.samples import sample_postings

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
MEANT = {"adj": Tier.ADJACENT, "non": Tier.NONE}
SUBFIELD = {
    "iga": "IGA",
    "pam": "PAM",
    "sso": "SSO",
    "dir": "DIRECTORY",
    "cloud": "CLOUD_IAM",
    "mach": "MACHINE_IDENTITY",
    "authz": "AUTHZ",
    "itdr": "ITDR",
    "grc": "GRC",
}


def kind(posting: Posting) -> str:
    return posting.external_id.partition("-")[0]


def test_about_sixty_postings_each_with_an_identity_of_its_own() -> None:
    postings = sample_postings(NOW)
    assert 55 <= len(postings) <= 70
    assert len({posting.external_id for posting in postings}) == len(postings)


def test_samples_are_plainly_marked() -> None:
    for posting in sample_postings(NOW):
        assert (posting.source, posting.board) == ("samples", "samples")
        assert posting.url.startswith("https://example.com/")


def test_samples_are_dated_in_the_three_weeks_before_now() -> None:
    for posting in sample_postings(NOW):
        assert posting.posted_at is not None
        assert NOW - timedelta(days=24) < posting.posted_at <= NOW


def test_samples_vary_in_mode_and_pay() -> None:
    postings = sample_postings(NOW)
    assert set(Counter(posting.mode for posting in postings)) == {Mode.REMOTE, Mode.HYBRID, Mode.ONSITE}
    assert 10 < sum(posting.pay is None for posting in postings) < len(postings) - 10


def test_three_samples_repeat_another_text() -> None:
    texts = Counter(posting.description for posting in sample_postings(NOW))
    assert sum(count - 1 for count in texts.values()) == 3


def test_descriptions_are_html_with_sections_and_lists() -> None:
    for posting in sample_postings(NOW):
        assert ("<h3>" in posting.description and "<ul>" in posting.description) or "<p>" in posting.description
        assert 50 < len(plain_text(posting.description).split()) < 260


@pytest.mark.parametrize("posting", sample_postings(NOW), ids=lambda posting: posting.external_id)
def test_each_sample_has_the_tier_it_was_written_for(posting: Posting) -> None:
    assert classify(posting).tier is MEANT.get(kind(posting), Tier.CORE)


@pytest.mark.parametrize("posting", sample_postings(NOW), ids=lambda posting: posting.external_id)
def test_each_sample_leads_with_the_subfield_it_was_written_for(posting: Posting) -> None:
    if kind(posting) in SUBFIELD:
        assert classify(posting).sub[0] == SUBFIELD[kind(posting)]


def test_levels_from_intern_to_director_are_there() -> None:
    levels = {classify(posting).seniority for posting in sample_postings(NOW)}
    assert levels >= {"intern", "entry", "mid", "senior", "lead", "manager", "director_plus"}
