"""The terms of employment: the source's own field first, then the title, then the text."""

import msgspec
import pytest

from iam_job_scout.relevance import classify
from iam_job_scout.relevance.jsonl import Row
from iam_job_scout.relevance.match import Contract


def terms(text: str = "", *, title: str = "IAM Engineer", posted: str = "") -> str:
    posting = Row(title=title, description=text).posting()
    return classify(msgspec.structs.replace(posting, employment_type=posted)).contract.value


@pytest.mark.parametrize(
    ("posted", "expected"),
    [
        ("FullTime", "permanent"),
        ("Full-time", "permanent"),
        ("Permanent", "permanent"),
        ("unbefristet", "permanent"),
        ("befristet", "temporary"),
        ("Contract", "contract"),
        ("contract_to_hire", "contract-to-hire"),
        ("Part-time", "part-time"),
        ("Intern", "internship"),
        ("Temporary", "temporary"),
        ("", "unknown"),
        ("whatever", "unknown"),
    ],
)
def test_the_sources_own_field_is_read(posted: str, expected: str) -> None:
    assert terms(posted=posted) == expected


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("IAM Engineer (Contract)", "contract"),
        ("IAM Engineer - 6 month contract", "contract"),
        ("IAM Engineer - Contract to Hire", "contract-to-hire"),
        ("IAM Analyst (Part-Time)", "part-time"),
        ("IAM Intern", "internship"),
        ("Temporary Access Administrator", "temporary"),
        ("IAM Engineer, Permanent", "permanent"),
        ("Contract Manager, IAM", "unknown"),
    ],
)
def test_the_title_is_read(title: str, expected: str) -> None:
    assert terms(title=title) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("This is a 12-month contract.", "contract"),
        ("A six month contract with extensions", "contract"),
        ("Contract role, W2 only", "contract"),
        ("C2C is accepted.", "contract"),
        ("w2 only", "contract"),
        ("Subcontract role", "unknown"),
        ("Six months contract-to-hire", "contract-to-hire"),
        ("Temp-to-perm opportunity", "contract-to-hire"),
        ("Employment type: Full-time", "permanent"),
        ("Job Type\nContract", "contract"),
        ("A permanent position in our team", "permanent"),
        ("Direct hire", "permanent"),
        ("Contrat: CDI", "permanent"),
        ("A fixed-term contract of two years", "temporary"),
        ("This is a part-time position.", "part-time"),
        ("Green card: permanent residents may apply.", "unknown"),
        ("You manage contract negotiations with vendors.", "unknown"),
        ("A full-time job of 40 hours", "unknown"),
        ("", "unknown"),
    ],
)
def test_the_text_is_read(text: str, expected: str) -> None:
    assert terms(text) == expected


def test_the_field_outweighs_title_and_text() -> None:
    assert terms("Direct hire", title="IAM Engineer (Contract)", posted="Part-time") == Contract.PART_TIME
