"""The filters of the job list: read from a query string, written back into links. Nothing a person can type fails."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from iam_job_scout.db.models import JobStatus
from iam_job_scout.jobs.search import JobQuery, Sort
from iam_job_scout.posting import Mode
from iam_job_scout.web.sanitise import clean_text
from iam_job_scout.web.views import STATUS_NAMES

#: Characters of a search; what is longer is refused with a message at the field.
MAX_WORDS_LENGTH = 200
MAX_PAGE = 1_000_000
PAGE_SIZE = 50


@dataclass(frozen=True)
class Choice:
    """One value of a filter; the empty one does not restrict."""

    value: str
    name: str


STATUSES = (Choice("", "All but hidden"), *(Choice(status.value, name) for status, name in STATUS_NAMES.items()))
TIERS = (Choice("", "Any"), Choice("core", "Core IAM"), Choice("adjacent", "Adjacent"))
MODES = (
    Choice("", "Any"),
    Choice(Mode.REMOTE, "Remote"),
    Choice(Mode.HYBRID, "Hybrid"),
    Choice(Mode.ONSITE, "On-site"),
)
SORTS = (Choice(Sort.SCORE, "Best match"), Choice(Sort.NEWEST, "Newest"))


@dataclass(frozen=True)
class Removable:
    """A filter that is on, with the address of the list without it."""

    name: str
    without: str


@dataclass(frozen=True, kw_only=True)
class Filters:
    """What the list shows. A value that does not exist is dropped and named in `problems`, by field."""

    q: str
    status: str
    tier: str
    mode: str
    closed: bool
    sort: str
    page: int
    problems: Mapping[str, str]

    def query(self) -> JobQuery:
        """Returns the query for the database."""
        return JobQuery(
            words=self.q,
            status=JobStatus(self.status) if self.status else None,
            tier=self.tier,
            mode=self.mode,
            include_closed=self.closed,
            sort=Sort(self.sort),
            page=self.page,
            size=PAGE_SIZE,
        )

    @property
    def restricts(self) -> bool:
        """Whether anything but the order and the page differs from the plain list."""
        return bool(self.q or self.status or self.tier or self.mode or self.closed)

    def problem(self, field: str) -> str:
        """Returns what is wrong with a field, or an empty text."""
        return self.problems.get(field, "")

    def address(self, **changes: object) -> str:
        """Returns the address of this list with some values changed; it starts at page 1 unless `page` is given."""
        values = {**self._values(), "page": "", **{name: str(value) for name, value in changes.items()}}
        if values["page"] == "1":
            del values["page"]
        given = {name: value for name, value in values.items() if value}
        return f"/?{urlencode(given)}" if given else "/"

    def removable(self) -> list[Removable]:
        """Returns the filters that are on."""
        named = {
            "q": f"“{self.q}”" if self.q else "",
            "status": _name(STATUSES, self.status),
            "tier": _name(TIERS, self.tier),
            "mode": _name(MODES, self.mode),
            "closed": "With closed" if self.closed else "",
        }
        return [Removable(name, self.address(**{field: ""})) for field, name in named.items() if name]

    def _values(self) -> dict[str, str]:
        return {
            "q": self.q,
            "status": self.status,
            "tier": self.tier,
            "mode": self.mode,
            "closed": "1" if self.closed else "",
            "sort": "" if self.sort == Sort.SCORE else self.sort,
        }


def read_filters(values: Mapping[str, str]) -> Filters:
    """Returns the filters of a query string."""
    problems: dict[str, str] = {}
    words = clean_text(values.get("q", ""))
    if len(words) > MAX_WORDS_LENGTH:
        problems["q"] = f"Search for at most {MAX_WORDS_LENGTH} characters."
        words = ""
    return Filters(
        q=words,
        status=_choice(values, "status", STATUSES, problems),
        tier=_choice(values, "tier", TIERS, problems),
        mode=_choice(values, "mode", MODES, problems),
        closed=values.get("closed", "") in ("1", "true", "on"),
        sort=_choice(values, "sort", SORTS, problems) or Sort.SCORE.value,
        page=_page(values.get("page", "")),
        problems=problems,
    )


def _choice(values: Mapping[str, str], name: str, choices: Iterable[Choice], problems: dict[str, str]) -> str:
    value = values.get(name, "")
    if not value or any(choice.value == value for choice in choices):
        return value
    problems[name] = "There is no such choice; the list is shown without it."
    return ""


def _page(text: str) -> int:
    return min(max(int(text), 1), MAX_PAGE) if text.isascii() and text.isdigit() and len(text) < 10 else 1


def _name(choices: Iterable[Choice], value: str) -> str:
    return next((choice.name for choice in choices if value and choice.value == value), "")
