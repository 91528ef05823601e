"""The filters of the job list: read from a query string, written back into links. Nothing a person can type fails."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import parse_qsl, urlencode

from iam_job_scout.db.models import JobStatus
from iam_job_scout.jobs.cursor import BadCursor, Cursor, Sort, read_cursor
from iam_job_scout.jobs.facets import Facet, facets, value_name
from iam_job_scout.jobs.search import JobQuery
from iam_job_scout.sources.registry import SOURCES
from iam_job_scout.web.sanitise import clean_text
from iam_job_scout.web.views import STATUS_NAMES, source_name

#: Characters of a search; what is longer is refused with a message at the field.
MAX_WORDS_LENGTH = 200
#: Values of one filter; nobody chooses more.
MAX_VALUES = 20
PAGE_SIZE = 40

_OPERATORS = ("OR", "AND", "NOT")
_NO_CHOICE = "There is no such choice; the list is shown without it."
_TOO_MANY = f"Choose at most {MAX_VALUES}; the list is shown without this filter."
_ONE = "Choose one; the list is shown without this filter."
_NO_PLACE = "This link does not lead into the list as it is ordered now; here is its beginning."


@dataclass(frozen=True)
class Choice:
    """One value of a field; the empty one does not restrict."""

    value: str
    name: str


STATUSES = (Choice("", "All but hidden"), *(Choice(status.value, name) for status, name in STATUS_NAMES.items()))
SORTS = (
    Choice(Sort.SCORE, "Best match"),
    Choice(Sort.NEWEST, "Newest"),
    Choice(Sort.PAY, "Highest pay"),
    Choice(Sort.COMPANY, "Company"),
)
#: What is offered to a person with a profile, first.
SORT_BY_FIT = Choice(Sort.FIT, "Best fit for you")


@dataclass(frozen=True)
class Removable:
    """A filter that is on, with the address of the list without it."""

    name: str
    without: str


@dataclass(frozen=True, kw_only=True)
class Filters:
    """What the list shows. A value that does not exist is dropped and named in `problems`, by field.

    `sort` is empty for the usual order. `choices` holds the chosen values of each filter that has any.
    """

    q: str = ""
    status: str = ""
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    closed: bool = False
    sort: str = ""
    cursor: Cursor | None = None
    problems: Mapping[str, str] = field(default_factory=dict)

    def query(self, user_id: int | None, now: datetime, *, usual: Sort = Sort.SCORE) -> JobQuery:
        """Returns the query for the database, for a person who sees lists in the `usual` order unless they choose."""
        return JobQuery(
            words=self.q,
            user_id=user_id,
            status=JobStatus(self.status) if self.status else None,
            choices=self.choices,
            include_closed=self.closed,
            sort=Sort(self.sort or usual),
            cursor=self.cursor,
            size=PAGE_SIZE,
            now=now,
        )

    @property
    def operator(self) -> str:
        """The word of the search that elsewhere is a sign, such as OR; here it is a word, and the list says so."""
        outside_quotes = self.q.split('"')[::2]
        return next((word for part in outside_quotes for word in part.split() if word in _OPERATORS), "")

    @property
    def restricts(self) -> bool:
        """Whether anything but the order and the place differs from the plain list."""
        return bool(self.q or self.status or self.choices or self.closed)

    def problem(self, name: str) -> str:
        """Returns what is wrong with a field, or an empty text."""
        return self.problems.get(name, "")

    def address(self, *, after: Cursor | None = None) -> str:
        """Returns the address of this list, from its beginning or from a place on."""
        return _address(self._pairs(), after)

    def removable(self) -> list[Removable]:
        """Returns the filters that are on."""
        return [
            Removable(name, _address([other for other in self._pairs() if other != pair], None))
            for pair in self._pairs()
            if (name := _pair_name(*pair))
        ]

    def _pairs(self) -> list[tuple[str, str]]:
        plain = [("q", self.q), ("status", self.status)]
        chosen = [(name, value) for name in facets() for value in self.choices.get(name, ())]
        last = [("closed", "1" if self.closed else ""), ("sort", self.sort)]
        return [(name, value) for name, value in (*plain, *chosen, *last) if value]


def filled_address(pairs: Sequence[tuple[str, str]]) -> str:
    """Returns the address of the list without the fields that a form sent empty, or an empty text if it sent none."""
    filled = [(name, value) for name, value in pairs if value]
    return _address(filled, None) if len(filled) < len(pairs) else ""


def parse_filters(query: str) -> Filters:
    """Returns the filters of a query string as it stands in an address, such as a saved search keeps."""
    return read_filters(parse_qsl(query, keep_blank_values=True))


def read_filters(pairs: Iterable[tuple[str, str]], *, usual: Sort = Sort.SCORE) -> Filters:
    """Returns the filters that the fields of a form or an address say."""
    given: dict[str, list[str]] = {}
    for name, value in pairs:
        given.setdefault(name, []).append(value)
    problems: dict[str, str] = {}
    words = clean_text(_last(given, "q"))
    if len(words) > MAX_WORDS_LENGTH:
        problems["q"] = f"Search for at most {MAX_WORDS_LENGTH} characters."
        words = ""
    choices = {name: _values(facet, given.get(name, []), problems) for name, facet in facets().items()}
    sort = _choice(given, "sort", (*SORTS, SORT_BY_FIT), problems)
    return Filters(
        q=words,
        status=_choice(given, "status", STATUSES, problems),
        choices={name: values for name, values in choices.items() if values},
        closed=_last(given, "closed") in ("1", "true", "on"),
        sort=sort,
        cursor=_cursor(_last(given, "after"), Sort(sort or usual), problems),
        problems=problems,
    )


def choice_name(name: str, value: str) -> str:
    """Returns what a person calls a value of a filter."""
    return source_name(value) if name == "source" else value_name(facets()[name], value)


def _values(facet: Facet, typed: list[str], problems: dict[str, str]) -> tuple[str, ...]:
    values = tuple(dict.fromkeys(value for value in typed if value))
    known = {*SOURCES, "samples"} if facet.name == "source" else facet.names
    if len(values) > MAX_VALUES:
        problems[facet.name] = _TOO_MANY
    elif not all(value in known for value in values):
        problems[facet.name] = _NO_CHOICE
        return tuple(value for value in values if value in known)
    elif facet.single and len(values) > 1:
        problems[facet.name] = _ONE
    return () if facet.name in problems else values


def _choice(given: Mapping[str, list[str]], name: str, choices: Iterable[Choice], problems: dict[str, str]) -> str:
    value = _last(given, name)
    if not value or any(choice.value == value for choice in choices):
        return value
    problems[name] = _NO_CHOICE
    return ""


def _cursor(text: str, sort: Sort, problems: dict[str, str]) -> Cursor | None:
    try:
        return read_cursor(text, sort) if text else None
    except BadCursor:
        problems["after"] = _NO_PLACE
        return None


def _last(given: Mapping[str, list[str]], name: str) -> str:
    return given.get(name, [""])[-1]


def _address(pairs: Iterable[tuple[str, str]], after: Cursor | None) -> str:
    given = [*pairs, *([("after", str(after))] if after else [])]
    return f"/?{urlencode(given)}" if given else "/"


def _pair_name(name: str, value: str) -> str:
    if name in facets():
        return choice_name(name, value)
    if name == "status":
        return next(choice.name for choice in STATUSES if choice.value == value)
    return {"q": f"“{value}”", "closed": "With closed"}.get(name, "")
