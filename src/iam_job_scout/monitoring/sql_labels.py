"""Operation and table of an SQL statement, for labels: a closed set of operations, tables as they are written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

OPERATIONS = frozenset({
    "select", "insert", "update", "delete", "merge", "begin", "commit", "rollback", "savepoint", "release",
    "create", "alter", "drop", "pragma", "set", "show", "explain", "truncate", "vacuum", "analyze",
})  # fmt: skip
OTHER = "other"
NO_TABLE = "none"

_NOISE = re.compile(r"--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'", re.DOTALL)
_TOKEN = re.compile(r'"[^"]+"(?:\."[^"]+")?|`[^`]+`|\[[^\]]+\]|[A-Za-z_][\w$.]*|[(),]')
_MAIN = frozenset({"select", "insert", "update", "delete", "merge"})
_BEFORE_TABLE = frozenset({"from", "into", "join", "table", "update"})
_SKIPPED = frozenset({"only", "if", "not", "exists", "or", "ignore", "lateral"})
# Long statements are big value lists; their beginning says what they are.
_READ = 10_000


class Statement(NamedTuple):
    """What a statement does, and to which table: both fit for a label."""

    operation: str
    table: str


@lru_cache(maxsize=2_000)
def describe(sql: str) -> Statement:
    """Operation and main table. Comments and literals do not mislead it, a CTE counts as the verb that follows it."""
    tokens = _TOKEN.findall(_NOISE.sub(" ", sql[:_READ]))
    words = list(_with_depth(tokens))
    first = next((word for word, _ in words if word not in "(,)"), "")
    named: set[str] = set()
    if first == "with":
        named = {words[i - 1][0] for i in range(1, len(words)) if words[i][0] == "as"}
        first = next((word for word, depth in words[1:] if depth == 0 and word in _MAIN), OTHER)
    operation = first if first in OPERATIONS else OTHER
    return Statement(operation, _table(words, operation, named) or NO_TABLE)


def _with_depth(tokens: list[str]) -> Iterator[tuple[str, int]]:
    depth = 0
    for part in tokens:
        if part == ")":
            depth -= 1
        yield part.lower(), depth
        if part == "(":
            depth += 1


def _table(words: list[tuple[str, int]], operation: str, named: set[str]) -> str | None:
    if operation in ("savepoint", "release", "begin", "commit", "rollback", "pragma", "set", "show"):
        return None
    found = [(word, depth) for word, depth in _tables(words) if word not in named]
    outer = [word for word, depth in found if depth == 0]
    return next(iter(outer or [word for word, _ in found]), None)


def _tables(words: list[tuple[str, int]]) -> Iterator[tuple[str, int]]:
    awaited = False
    for word, depth in words:
        if word in _BEFORE_TABLE:
            awaited = True
        elif awaited and word not in _SKIPPED:
            awaited = False
            if word not in "(,)" and word not in _MAIN:
                yield _bare(word), depth


def _bare(name: str) -> str:
    return name.replace('"', "").replace("`", "").strip("[]").rsplit(".", 1)[-1]
