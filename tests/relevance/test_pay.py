"""Annual pay: of the source's own fields, else of the text; bonuses and 401(k) never."""

import pytest

from iam_job_scout.posting import Pay
from iam_job_scout.relevance import AnnualPay
from iam_job_scout.relevance.lexicon import lexicon
from iam_job_scout.relevance.pay import annual
from iam_job_scout.relevance.text import fold, scannable


def parsed(text: str) -> AnnualPay | None:
    return annual(None, text, lexicon().find(scannable(fold(text))).marks.get("money", ()))


@pytest.mark.parametrize(
    ("text", "minimum", "maximum", "currency"),
    [
        ("The range is $120,000 - $150,000.", 120_000, 150_000, "USD"),
        ("$120k–$150k", 120_000, 150_000, "USD"),
        ("The base salary range is 53,000 USD - 103,000 USD.", 53_000, 103_000, "USD"),
        ("Salary: CHF 100’000 - 130'000", 100_000, 130_000, "CHF"),
        ("Gehalt: 70.000 bis 85.000 EUR", 70_000, 85_000, "EUR"),
        ("Salaire : 36 K€ à 42 K€", 36_000, 42_000, "EUR"),
        ("C$120,000 to C$140,000", 120_000, 140_000, "CAD"),
        ("Pay rate: 70 USD per hour", 145_600, 145_600, "USD"),
        ("$120-150k base", 120_000, 150_000, "USD"),
        ("Pay: $120,000.00 to $150,000.00 per year", 120_000, 150_000, "USD"),
        ("USD 90,000 - 110,000", 90_000, 110_000, "USD"),
        ("US$90,000 to US$110,000", 90_000, 110_000, "USD"),
        ("£60,000 - £70,000", 60_000, 70_000, "GBP"),
        ("€55.000 - €65.000", 55_000, 65_000, "EUR"),
        ("$75 - $80 per hour", 156_000, 166_400, "USD"),
        ("$74.00 - $82.00 per hour", 153_920, 170_560, "USD"),
        ("$8,000 - $9,000 per month", 96_000, 108_000, "USD"),
        ("Salary up to $140,000", 140_000, 140_000, "USD"),
        ("Salary 90,000 - 110,000 USD a year", 90_000, 110_000, "USD"),
        ("20 000 – 25 000 PLN per month", 240_000, 300_000, "PLN"),
        ("$60/hr on W2", 124_800, 124_800, "USD"),
        ("Rate: £550 per day", 143_000, 143_000, "GBP"),
        ("Base salary range: $150,000 - $180,000 plus bonus", 150_000, 180_000, "USD"),
    ],
)
def test_pay_is_read_out_of_text(text: str, minimum: int, maximum: int, currency: str) -> None:
    assert parsed(text) == AnnualPay(minimum, maximum, currency, "parsed")


@pytest.mark.parametrize(
    "text",
    [
        "A sign-on bonus of $15,000 - $20,000",
        "Annual bonus $10,000 - $20,000",
        "Une prime de 2 000 €",
        "A turnover of 45 000 000 €",
        "401(k) match up to $19,500",
        "We raised $120,000,000",
        "$40M - $50M in revenue",
        "Tuition reimbursement up to $5,250",
        "A budget of $100,000 to $200,000",
        "$5 - $10 gift cards",
        "Insurance coverage up to $50,000",
        "no numbers here",
        "$",
        "",
    ],
)
def test_other_money_is_not_pay(text: str) -> None:
    assert parsed(text) is None


def test_pay_after_other_money_is_found() -> None:
    assert parsed("A bonus of $10,000. Base pay $100,000 - $120,000.") == AnnualPay(100_000, 120_000, "USD", "parsed")


@pytest.mark.parametrize(
    ("posted", "expected"),
    [
        (Pay(75, 75, "USD", "hour"), AnnualPay(156_000, 156_000, "USD", "posted")),
        (Pay(5_000, None, "EUR", "month"), AnnualPay(60_000, 60_000, "EUR", "posted")),
        (Pay(None, 150_000, "USD", "year"), AnnualPay(150_000, 150_000, "USD", "posted")),
        (Pay(None, None, "USD", "year"), None),
        (Pay(100, 50, "USD", "hour"), None),
        (Pay(100, 200, "USD", "fortnight"), None),
        (Pay(-1, 200, "USD", "year"), None),
    ],
)
def test_the_sources_own_fields_are_annualised(posted: Pay, expected: AnnualPay | None) -> None:
    assert annual(posted, "$1 - $2 per hour", []) == expected
