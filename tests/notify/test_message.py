"""What a notice says."""

from iam_job_scout.notify.message import MOST_NAMED, NewJob, compose

HOME = "https://scout.example.org"


def job(number: int, **values: object) -> NewJob:
    known = {"title": f"IAM Engineer {number}", "company": "Northwind", "location": "Austin, TX", "score": 80}
    return NewJob(id=number, skills=("Okta", "SCIM"), **{**known, **values})  # type: ignore[arg-type]


def test_one_job_is_named_in_the_title_with_why_it_fits_and_where_to_read_it() -> None:
    message = compose("Okta", [job(7)], company_cap=3, home=HOME, query="q=okta")
    assert message.title == "Okta: IAM Engineer 7"
    assert "Northwind · Austin, TX\n80 of 100: Okta, SCIM\nhttps://scout.example.org/job/7" in message.body
    assert "https://scout.example.org/?q=okta" in message.body


def test_the_best_jobs_come_first_and_a_company_does_not_fill_the_message() -> None:
    jobs = [job(number, score=number) for number in range(1, 6)] + [job(9, company="Contoso", score=1)]
    message = compose("All", jobs, company_cap=2, home=HOME, query="")
    assert message.title == "All: 6 new jobs"
    named = [line for line in message.body.splitlines() if line.startswith("IAM")]
    assert named == ["IAM Engineer 5", "IAM Engineer 4", "IAM Engineer 9"]
    assert "and 3 more at Northwind" in message.body


def test_a_flood_of_jobs_is_cut_and_counted() -> None:
    jobs = [job(number, company=f"Company {number}") for number in range(1, 101)]
    message = compose("All", jobs, company_cap=3, home=HOME, query="")
    assert message.body.count("/job/") == MOST_NAMED
    assert message.body.count("and 1 more at") == 100 - MOST_NAMED


def test_line_breaks_of_a_posting_make_no_lines_of_ours() -> None:
    message = compose(
        "All", [job(1, title="IAM\nSubject: spam\r\n", company="A\nB")], company_cap=3, home=HOME, query=""
    )
    assert message.title == "All: IAM Subject: spam"
    assert "IAM Subject: spam\nA B · Austin, TX" in message.body
