"""Titles taken apart: role, level, reference, decoration."""

import pytest

from iam_job_scout.scan.titles import read_title


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("Senior IAM Engineer (m/w/d) - Remote", "iam engineer"),
        ("Identity & Access Management Engineer", "iam engineer"),
        ("Sr. Privileged Access Mgmt Eng.", "pam engineer"),
        ("PAM Specialist, 100 % Home Office", "pam specialist"),
        ("Ingénieur·e Sécurité H/F", "engineer security"),
        ("Cyber Security Analyst", "cybersecurity analyst"),
        ("Site Reliability Engineer", "sre"),
        ("Fachinformatiker*in (all genders)", "fachinformatiker"),
        ("C++ / C# / .NET Developer", "cplusplus csharp dotnet developer"),
        ("EngenheirodeDadosSênior", "engenheirode dados"),
        ("I G A Consultant", "iga consultant"),
        ("IAM Engineer IAM", "iam engineer"),
        ("2026 IAM Engineer - March 2026", "iam engineer"),
        ("身份管理工程师", "身份管理工程师"),
        ("", ""),
    ],
)
def test_the_role_is_named_in_one_way(title: str, words: str) -> None:
    assert " ".join(read_title(title).words) == words


@pytest.mark.parametrize(
    ("title", "ranks", "grade"),
    [
        ("Sr. IAM Engineer", {"senior"}, 0),
        ("Senior Staff Engineer", {"senior", "staff"}, 0),
        ("IAM Engineer III", set(), 3),
        ("Cyber Spec lll", set(), 3),
        ("IAM Engineer 2", set(), 2),
        ("Analyst L2", set(), 2),
        ("2 IAM Engineers", set(), 0),
        ("Ingeniero Pleno", {"medior"}, 0),
        ("IAM Engineer (part-time)", {"part-time"}, 0),
    ],
)
def test_the_level_stands_apart(title: str, ranks: set[str], grade: int) -> None:
    read = read_title(title)
    assert (read.ranks, read.grade) == (ranks, grade)


@pytest.mark.parametrize(
    ("title", "references"),
    [
        ("7941610 PAM Analyst", {"7941610"}),
        ("PAM Analyst (JR018120)", {"jr018120"}),
        ("Internship 2026", set()),
        ("Engineer 80-100%", set()),
        ("Engineer 80–100 %", set()),
    ],
)
def test_a_long_number_is_a_reference(title: str, references: set[str]) -> None:
    assert read_title(title).references == references
