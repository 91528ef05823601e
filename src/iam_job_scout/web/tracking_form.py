"""What the forms that track a job have in common: reading them, and saying what is wrong with them, field by field."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Annotated

from fastapi import Depends, Form

from iam_job_scout.db.models import JobStatus
from iam_job_scout.jobs.tracking import KEEP, MAX_NOTE, Change
from iam_job_scout.web.sanitise import clean_text

#: The years that a follow-up may be in; others are slips of the finger.
YEARS = range(2000, 2100)


@dataclass(frozen=True)
class TrackingForm:
    """What was typed, cleaned; None for a field that the form does not have, which then stays as it is."""

    status: str
    note: str | None
    follow_up: str | None

    def problems(self) -> dict[str, str]:
        """Returns what is wrong, by field."""
        found = {}
        if self.status not in {known.value for known in JobStatus}:
            found["status"] = "Choose a status."
        if self.note is not None and len(self.note) > MAX_NOTE:
            found["note"] = f"A note has at most {MAX_NOTE:,} characters; this one has {len(self.note):,}."
        if self.follow_up and _day(self.follow_up) is None:
            found["follow_up"] = "Enter a date such as 2027-01-31, or leave it empty."
        return found

    def change(self) -> Change:
        """Returns the change that a form without problems asks for."""
        day = KEEP if self.follow_up is None else _day(self.follow_up)
        return Change(status=JobStatus(self.status), note=self.note, follow_up_on=day)


def read_tracking_form(
    status: Annotated[str, Form(max_length=100)] = "",
    note: Annotated[str | None, Form()] = None,
    follow_up: Annotated[str | None, Form(max_length=100)] = None,
) -> TrackingForm:
    """The form of a request."""
    return TrackingForm(
        status=status,
        note=None if note is None else clean_text(note),
        follow_up=None if follow_up is None else clean_text(follow_up),
    )


Typed = Annotated[TrackingForm, Depends(read_tracking_form)]


def _day(text: str) -> date | None:
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.year in YEARS else None
