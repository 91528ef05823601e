"""What pay in any currency comes to in US dollars, roughly: for filters and orders, never for showing."""

#: US dollars for one unit: the European Central Bank's average rates of 2024, to two or three figures. A rate moves by
#: a tenth in a year and an employer's range is wider than that, so newer ones would hardly put jobs in another order.
RATES = {
    "USD": 1.0,
    "EUR": 1.08,
    "GBP": 1.28,
    "CHF": 1.14,
    "CAD": 0.73,
    "AUD": 0.66,
    "NZD": 0.605,
    "SGD": 0.75,
    "HKD": 0.128,
    "DKK": 0.145,
    "SEK": 0.095,
    "NOK": 0.093,
    "PLN": 0.25,
    "CZK": 0.043,
    "HUF": 0.0027,
    "RON": 0.22,
    "BGN": 0.55,
    "ILS": 0.27,
    "AED": 0.272,
    "SAR": 0.267,
    "TRY": 0.03,
    "INR": 0.012,
    "JPY": 0.0066,
    "CNY": 0.139,
    "KRW": 0.00073,
    "PHP": 0.0175,
    "MYR": 0.22,
    "THB": 0.028,
    "IDR": 0.000063,
    "BRL": 0.186,
    "MXN": 0.055,
    "ZAR": 0.055,
}


def in_dollars(amount: int | None, currency: str | None) -> int | None:
    """Returns an amount in US dollars; None where nothing is stated or the currency is not known.

    An amount without a currency is taken for dollars.
    """
    rate = RATES.get(currency or "USD")
    return None if amount is None or rate is None else round(amount * rate)
