"""What the forms that track a job have in common: reading them, and saying what is wrong with them, field by field."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Annotated

from fastapi import Depends, Form, Request

from iam_job_scout.db.models import JobStatus
from iam_job_scout.jobs.tracking import KEEP, MAX_NOTE, Change, Tracked
from iam_job_scout.web.sanitise import clean_text

#: The years that a follow-up may be in; others are slips of the finger.
YEARS = range(2000, 2100)


@dataclass(frozen=True)
class TrackingForm:
    """What was typed, cleaned; None for a field that the form does not have, which then stays as it is.

    `as_of` is the `stamp` of what the page showed, where it shows all that it would replace.
    """

    status: str
    note: str | None
    follow_up: str | None
    as_of: str | None = None

    def problems(self) -> dict[str, str]:
        """Returns what is wrong, by field."""
        found = {}
        if self.status not in {known.value for known in JobStatus}:
            found["status"] = "Choose a status."
        if self.note is not None and len(self.note) > MAX_NOTE:
            found["note"] = f"A note has at most {MAX_NOTE:,} characters; this one has {len(self.note):,}."
        day = _day(self.follow_up or "")
        if self.follow_up and day is None:
            found["follow_up"] = "Enter a date such as 2027-01-31, or leave it empty."
        elif day is not None and day.year not in YEARS:
            found["follow_up"] = f"Enter a date in the years {YEARS[0]} to {YEARS[-1]}, or leave it empty."
        return found

    def change(self) -> Change:
        """Returns the change that a form without problems asks for."""
        day = KEEP if self.follow_up is None else _day(self.follow_up)
        return Change(status=JobStatus(self.status), note=self.note, follow_up_on=day)

    def is_overtaken_by(self, now: Tracked) -> bool:
        """Whether the form, which has no problems, would put back what was changed since its page was made."""
        if self.as_of in (None, stamp(now)):
            return False
        note = now.note if self.note is None else self.note
        follow_up = _iso(now.follow_up_on) if self.follow_up is None else self.follow_up
        return (self.status, note, follow_up) != (now.status, now.note, _iso(now.follow_up_on))


def stamp(now: Tracked) -> str:
    """Returns what tells this state from a later one."""
    return now.status_at.isoformat() if now.status_at else ""


async def read_tracking_form(request: Request, status: Annotated[str, Form(max_length=100)] = "") -> TrackingForm:
    """The form of a request. An empty field clears what it stands for; were it declared, it would look like none."""
    sent = {name: value for name, value in (await request.form()).items() if isinstance(value, str)}
    note, follow_up = (clean_text(sent[name]) if name in sent else None for name in ("note", "follow_up"))
    return TrackingForm(status=status, note=note, follow_up=follow_up, as_of=sent.get("as_of"))


Typed = Annotated[TrackingForm, Depends(read_tracking_form)]


def _day(text: str) -> date | None:
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""
