"""The series that a PromQL expression selects: metric names with their label matchers.

No parser of the whole language: it finds the selectors and skips the rest. A test compares it with a real parser on
every expression of the rules and dashboards.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

TOKEN = re.compile(
    r"""\s+ | \#[^\n]*
    | (?P<string>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')
    | (?P<range>\[[^\]]*\])
    | (?P<word>[a-zA-Z_:][a-zA-Z0-9_:]*)
    | (?P<number>\.?\d[\w.]*)
    | (?P<variable>\$\{?\w+\}?)
    | (?P<sign>=~|!~|!=|==|>=|<=|.)""",
    re.VERBOSE,
)
MATCHER = re.compile(r"""(\w+)\s*(=~|!~|!=|=)\s*("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')""")
#: Words that take a list of labels in parentheses.
GROUPINGS = {"by", "without", "on", "ignoring", "group_left", "group_right"}
OPERATORS = {"and", "or", "unless", "offset", "bool", "atan2", "inf", "nan", "start", "end"}


@dataclass(frozen=True)
class Matcher:
    """`label="value"`, with one of the operators =, !=, =~ and !~."""

    label: str
    operator: str
    value: str

    def accepts(self, value: str) -> bool:
        """Whether a series with this value of the label is selected."""
        if self.operator in ("=", "!="):
            return (value == self.value) == (self.operator == "=")
        return bool(re.fullmatch(self.value, value)) == (self.operator == "=~")


@dataclass(frozen=True)
class Selector:
    """A metric's name and the matchers in its braces."""

    name: str
    matchers: tuple[Matcher, ...]


def find_selectors(expr: str) -> list[Selector]:
    """Every selector that names its metric, in order; one without a name selects too much to be dead."""
    tokens = list(_tokens(expr))
    found, position = [], 0
    while position < len(tokens):
        kind, text = tokens[position]
        position += 1
        following = tokens[position][1] if position < len(tokens) else ""
        if kind != "word":
            continue
        if text.lower() in GROUPINGS and following == "(":
            position = _after(tokens, position, ")")
        elif text.lower() not in OPERATORS | GROUPINGS and following != "(" and not _aggregates(tokens, position):
            end = _after(tokens, position, "}") if following == "{" else position
            found.append(Selector(text, _matchers(tokens[position:end])))
            position = end
    return found


def _tokens(expr: str) -> Iterator[tuple[str, str]]:
    for match in TOKEN.finditer(expr):
        if match.lastgroup:
            yield match.lastgroup, match.group()


def _aggregates(tokens: list[tuple[str, str]], position: int) -> bool:
    """Whether the word before is an operation as in `sum by (job) (…)`."""
    return position < len(tokens) and tokens[position][1] in ("by", "without")


def _after(tokens: list[tuple[str, str]], position: int, closing: str) -> int:
    while position < len(tokens) and tokens[position][1] != closing:
        position += 1
    return position + 1


def _matchers(tokens: list[tuple[str, str]]) -> tuple[Matcher, ...]:
    inside = " ".join(text for _, text in tokens)
    return tuple(
        Matcher(label, operator, re.sub(r"\\(.)", r"\1", quoted[1:-1]))
        for label, operator, quoted in MATCHER.findall(inside)
    )
