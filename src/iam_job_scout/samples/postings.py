"""The sample postings, read from the packaged data file and dated relative to a given moment."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from functools import cache
from html import escape
from importlib import resources
from itertools import groupby
from typing import Any

import yaml

from iam_job_scout.posting import Mode, Pay, Posting

SOURCE = "samples"


def sample_postings(now: datetime) -> tuple[Posting, ...]:
    """About sixty postings of source and board "samples", posted up to three weeks before `now` (aware, UTC).

    Three of them repeat another one, as re-posts on real boards do.
    """
    return tuple(_posting(row, now) for row in _rows())


@cache
def _rows() -> tuple[Mapping[str, Any], ...]:
    text = resources.files(__package__).joinpath("postings.yaml").read_text("utf-8")
    rows = yaml.load(text, Loader=yaml.CSafeLoader)
    by_id = {row["id"]: row for row in rows}
    return tuple(by_id.get(row.get("like"), {}) | row for row in rows)


def _posting(row: Mapping[str, Any], now: datetime) -> Posting:
    url = f"https://example.com/jobs/{row['id']}"
    return Posting(
        source=SOURCE,
        board=SOURCE,
        external_id=row["id"],
        url=url,
        apply_url=f"{url}/apply",
        title=row["title"],
        company=row["company"],
        location=row["location"],
        description=_html(row["text"]),
        posted_at=now - timedelta(days=row["days"], hours=len(row["title"]) % 10),
        mode=Mode(row["mode"]),
        employment_type=row["employment_type"],
        pay=_pay(row.get("pay")),
    )


def _pay(pay: tuple[float, float, str] | None) -> Pay | None:
    return Pay(float(pay[0]), float(pay[1]), "USD", pay[2]) if pay else None


def _html(text: str) -> str:
    return "\n".join(_blocks(text))


def _blocks(text: str) -> Iterator[str]:
    for mark, lines in groupby(text.strip().split("\n"), key=lambda line: line[:2] if line[:2] in ("- ", "##") else ""):
        if mark == "- ":
            yield f"<ul>{''.join(f'<li>{escape(line[2:], quote=False)}</li>' for line in lines)}</ul>"
        elif mark == "##":
            yield from (f"<h3>{escape(line[3:], quote=False)}</h3>" for line in lines)
        else:
            yield from (f"<p>{escape(line, quote=False)}</p>" for line in lines)
