"""Asking the full-text index, the same on SQLite (FTS5) and PostgreSQL (GIN on tsvector).

The index holds for each job its words and its marks, each once and without position; `search_text` has the words in
order, for phrases. Triggers of migrations 0005 to 0011 keep it. Words come normalised, so both databases compare the
same tokens.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, text
from sqlalchemy.orm import Session

#: Tables that the triggers of migrations 0005 to 0011 keep; the models do not know them. FTS5 has more behind its own.
TABLES = ("job_search", "job_text", "search_word", "mark_set")

#: In the index of SQLite the row of a job is this less its id; of a closed job, twice this less its id.
_ROWS = 2**32

#: Days of a span. A job has a token for its day and one for each span that the day is in, by the span's first day.
_SPAN = 8

_TOKEN = re.compile(r"[\w:-]+\*?")


@dataclass(frozen=True)
class Phrase:
    """Words that stand together, joined by blanks; the last one may go on where `prefix` is set.

    A job must hold it or, where not `wanted`, must not.
    """

    words: str
    prefix: bool = False
    wanted: bool = True


@dataclass(frozen=True)
class Expression:
    """What a job must have: of each tuple of `every` one token, none of `none`. "iden*" stands for all with that
    beginning. Only jobs that are open, unless `closed` is set."""

    every: tuple[tuple[str, ...], ...] = ()
    none: tuple[str, ...] = ()
    phrases: tuple[Phrase, ...] = ()
    closed: bool = False


@dataclass(frozen=True)
class Condition:
    """A condition on `s.id` with its values, on top of the index; `only` are those few jobs that it lets through.

    It lets none through whose id is smaller than `from_id`.
    """

    sql: str = ""
    values: tuple[tuple[str, Any], ...] = ()
    only: str = ""
    from_id: int = 0


def matching(
    session: Session, wanted: Expression, condition: Condition, columns: Iterable[str] = ("id",)
) -> tuple[str, dict[str, Any]]:
    """Returns a SELECT of columns of `job_search` (id, score, moment, pay, company, sets) of all jobs that match.

    Its values come with it. `sets` are the numbers of the sets of marks (`mark_set`) that make up those of the job, and
    the mark of its day.

    It may be followed by a LIMIT. SQLite gives the newest open ones first, PostgreSQL any.
    """
    sqlite = session.get_bind().dialect.name == "sqlite"
    values: dict[str, Any] = dict(condition.values)
    extra = [condition.sql] if condition.sql else []
    extra += ["s.id >= :from_id"] if condition.from_id else []
    values["from_id"] = condition.from_id
    for number, phrase in enumerate(wanted.phrases):
        extra.append(_phrase_sql(phrase, f"phrase{number}", sqlite=sqlite))
        values[f"phrase{number}"] = f" {phrase.words}" if phrase.prefix else f" {phrase.words} "
    if sqlite:
        return _sqlite(wanted, condition, extra, values, columns), values
    return _postgresql(wanted, condition, extra, values, columns), values


def day_tokens(first: int, last: int) -> tuple[str, ...]:
    """Returns tokens of which the jobs of these days, counted from 1970, have one at least, and no other jobs."""
    if last - first < _SPAN - 1:
        return tuple(f"day:{day}" for day in range(first, last + 1))
    begin_of_last = last - _SPAN + 1
    return tuple(f"span:{day}" for day in (*range(first, begin_of_last, _SPAN), begin_of_last))


def has_token(session: Session, token: str) -> bool:
    """Whether any job, open or closed, has the token. Words of titles and companies, once known, are taken to stay."""
    known = text("SELECT 1 FROM search_word WHERE word = :word LIMIT 1")
    if session.execute(known, {"word": token}).first() is not None:
        return True
    statement, values = matching(session, Expression(every=((token,),), closed=True), Condition())
    return session.execute(text(f"{statement} LIMIT 1"), values).first() is not None


def similar_words(session: Session, word: str) -> list[str]:
    """Returns words of titles and companies that begin or end like this one, share three letters in a row, or are this
    one with two neighbouring letters changed round."""
    padded = f" {word} "
    parts = sorted({padded[at : at + 3] for at in range(len(padded) - 2)})
    turned = [word[:at] + word[at + 1] + word[at] + word[at + 2 :] for at in range(len(word) - 1)]
    if session.get_bind().dialect.name == "sqlite":
        alike = "id IN (SELECT rowid FROM search_word_part(:parts))"
        values: dict[str, Any] = {"parts": " OR ".join(f'"{part}"' for part in parts)}
    else:
        alike, values = "word LIKE ANY(:parts)", {"parts": list(map(_pattern, parts))}
    statement = text(f"SELECT DISTINCT word FROM search_word WHERE {alike} OR word IN :turned")  # noqa: S608
    expanding = statement.bindparams(bindparam("turned", expanding=True))
    return list(session.execute(expanding, {**values, "turned": turned}).scalars())


def _pattern(part: str) -> str:
    return f"{'' if part.startswith(' ') else '%'}{part.strip()}{'' if part.endswith(' ') else '%'}"


def _sqlite(
    wanted: Expression, condition: Condition, extra: list[str], values: dict[str, Any], names: Iterable[str]
) -> str:
    columns = ", ".join(f"s.{name}" for name in names)
    if not wanted.every and not wanted.none:
        extra = [*extra, *(["s.open"] if not wanted.closed else [])]
        extra += [f"s.id IN ({condition.only})"] if condition.only else []
        return f"SELECT {columns} FROM job_search s WHERE {' AND '.join(extra) or '1'} ORDER BY s.id DESC"  # noqa: S608
    values["match"] = _fts5(wanted)
    conditions = ["job_text MATCH :match", *extra]
    if not wanted.closed:
        # The newest come first in each list of the index, and no more of it is read than this.
        conditions.append(f"job_text.rowid <= {_ROWS - max(condition.from_id, 1)}")
    if condition.only:
        rows = "SELECT {first} - job_id FROM ({only})"
        both = [rows.format(first=first, only=condition.only) for first in (_ROWS, 2 * _ROWS)[: 1 + wanted.closed]]
        conditions.append(f"job_text.rowid IN ({' UNION ALL '.join(both)})")
    job_id = f"({2 * _ROWS} - job_text.rowid) % {_ROWS}" if wanted.closed else f"{_ROWS} - job_text.rowid"
    return (
        f"SELECT {columns} FROM job_text CROSS JOIN job_search s ON s.id = {job_id}"  # noqa: S608
        f" WHERE {' AND '.join(conditions)} ORDER BY job_text.rowid"
    )


def _postgresql(
    wanted: Expression, condition: Condition, extra: list[str], values: dict[str, Any], names: Iterable[str]
) -> str:
    columns, conditions = ", ".join(f"s.{name}" for name in names), list(extra)
    for number, query in enumerate(_tsqueries(wanted)):
        values[f"match{number}"] = query
        conditions.append(f"s.terms @@ CAST(:match{number} AS tsquery)")
    if condition.only:
        conditions.append(f"s.id IN ({condition.only})")
    states = ("s.open", "NOT s.open") if wanted.closed else ("s.open",)
    return " UNION ALL ".join(
        f"SELECT {columns} FROM job_search s"  # noqa: S608
        f" WHERE {' AND '.join([state, *conditions])}"
        for state in states
    )


def _phrase_sql(phrase: Phrase, name: str, *, sqlite: bool) -> str:
    position, line_end = ("instr", "char(10)") if sqlite else ("strpos", "E'\\n'")
    # A phrase does not go on from the title into the company.
    words = f"' ' || replace(search_text, {line_end}, ' | ') || ' '"
    found = f"(SELECT {position}({words}, :{name}) FROM job WHERE job.id = s.id)"  # noqa: S608 - no values in it
    return f"{found} {'>' if phrase.wanted else '='} 0"


def _fts5(wanted: Expression) -> str:
    every = wanted.every or (("job",),)
    match = " AND ".join(f"({' OR '.join(map(_fts5_token, clause))})" for clause in every)
    return f"({match}) NOT ({' OR '.join(map(_fts5_token, wanted.none))})" if wanted.none else match


def _fts5_token(token: str) -> str:
    _check(token)
    return f'"{token[:-1]}" *' if token.endswith("*") else f'"{token}"'


def _tsqueries(wanted: Expression) -> list[str]:
    """One question for all single tokens, one for each choice, and one for what must not be there.

    Of a choice that stands in a question with others, GIN goes through all lists, even where a word is rarer; and of
    each job that it comes by it looks at all tokens of the question.
    """
    single = " & ".join(_tsquery_token(clause[0]) for clause in wanted.every if len(clause) == 1)
    choices = [" | ".join(map(_tsquery_token, clause)) for clause in wanted.every if len(clause) > 1]
    none = f"!({' | '.join(map(_tsquery_token, wanted.none))})" if wanted.none else ""
    return [question for question in (single, *choices, none) if question]


def _tsquery_token(token: str) -> str:
    _check(token)
    return f"'{token[:-1]}':*" if token.endswith("*") else f"'{token}'"


def _check(token: str) -> None:
    """Tokens are made by this product; one with a sign that could end its quotes is a mistake of the caller."""
    if not _TOKEN.fullmatch(token):
        raise ValueError(f"no token of the index: {token!r}")
