"""Classification of JSON Lines: one object with id, title, company, location and description in, one judgement out."""

import json
from collections.abc import Iterable, Iterator
from typing import TypeVar

import msgspec

from iam_job_scout.posting import Posting
from iam_job_scout.relevance.classify import classify
from iam_job_scout.relevance.match import Match
from iam_job_scout.relevance.text import plain_text

Kind = TypeVar("Kind")


class Row(msgspec.Struct, frozen=True):
    """One line of input. Every field but the title may be missing; null counts as missing."""

    title: str | None
    id: str | int | None = None
    company: str | None = None
    location: str | None = None
    description: str | None = None

    def posting(self) -> Posting:
        """The posting this line describes."""
        return Posting(
            source="jsonl",
            board="jsonl",
            external_id=plain_text(str(self.id if self.id is not None else "")),
            url="",
            title=self.title or "",
            company=plain_text(self.company or ""),
            location=plain_text(self.location or ""),
            description=self.description or "",
        )


class Answer(Match, frozen=True, kw_only=True):
    """One line of output: the judgement, the facts, and the id of the line it answers, empty where it has none."""

    id: str | int


class Problem(msgspec.Struct, frozen=True):
    """A line that could not be read: its number from 1, and what is wrong with it in one sentence."""

    line: int
    message: str


def classify_lines(lines: Iterable[str | bytes]) -> Iterator[Answer | Problem]:
    """An answer or a problem for each line that is not blank, in order; lazily, so that files of any size pass."""
    for number, line in enumerate(lines, start=1):
        if line.strip():
            row = read_line(line, number, Row)
            yield row if isinstance(row, Problem) else _answer(row)


def read_line(line: str | bytes, number: int, kind: type[Kind]) -> Kind | Problem:
    """One line of input as what it should hold, or what is wrong with it."""
    try:
        return msgspec.convert(_decode(line), kind)
    except msgspec.ValidationError as error:
        return Problem(number, f"line {number}: {error}")
    except (ValueError, RecursionError) as error:
        return Problem(number, f"line {number}: not JSON ({error})")


def _decode(line: str | bytes) -> object:
    """JSON as the standard library reads it: lenient about lone surrogates, which a strict decoder refuses."""
    return json.loads(line.decode("utf-8-sig", "replace") if isinstance(line, bytes) else line)


def _answer(row: Row) -> Answer:
    return Answer(id=same_id(row.id), **msgspec.structs.asdict(classify(row.posting())))


def same_id(given: str | int | None) -> str | int:
    """The id of a line as it was given, without what no JSON document should hold."""
    return given if isinstance(given, int) else plain_text(given or "")


def encode(answer: Answer) -> bytes:
    """One line of output, without its line break, the id first."""
    return msgspec.json.encode({"id": answer.id, **msgspec.structs.asdict(answer)})
