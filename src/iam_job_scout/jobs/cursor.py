"""Orders of a result, and places in it that an address can carry."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from enum import StrEnum

_LARGEST = 2**62


class Sort(StrEnum):
    """Orders of a result; ties are broken by the newest. `fit` is the score for the person who looks."""

    FIT = "fit"
    SCORE = "score"
    NEWEST = "newest"
    PAY = "pay"
    COMPANY = "company"


class BadCursor(ValueError):
    """A place in a list that no list gave out, or one of another order."""


@dataclass(frozen=True)
class Row:
    """A job of a result: what it is ordered by (`key`, then `moment` in seconds, then `id`)."""

    id: int
    key: int | str
    moment: int


@dataclass(frozen=True)
class Cursor:
    """The place in an ordered result just after a row or, going `back`, just before it."""

    sort: Sort
    row: Row
    back: bool = False

    def __str__(self) -> str:
        parts = (self.sort, "<" if self.back else ">", self.row.moment, self.row.id, self.row.key)
        return urlsafe_b64encode("|".join(map(str, parts)).encode()).decode().rstrip("=")


def read_cursor(text: str, sort: Sort) -> Cursor:
    """Returns the place that an address carries. Raises BadCursor."""
    try:
        decoded = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4)).decode()
        name, way, moment, job_id, key = decoded.split("|", 4)
        row = Row(int(job_id), key if sort is Sort.COMPANY else int(key), int(moment))
    except (binascii.Error, UnicodeError, ValueError) as error:
        raise BadCursor from error
    fits = 0 < row.id < 2**31 and abs(row.moment) < _LARGEST and (isinstance(row.key, str) or abs(row.key) < _LARGEST)
    if name != sort or way not in ("<", ">") or not fits or "\0" in key:
        raise BadCursor
    return Cursor(sort, row, way == "<")
