"""The duplicate decision on JSON Lines: two postings in, whether they show one opening out."""

from collections.abc import Iterable, Iterator

import msgspec

from iam_job_scout.relevance.jsonl import Problem, read_line, same_id
from iam_job_scout.scan.dedupe import decide
from iam_job_scout.scan.traits import Traits, read_traits


class Side(msgspec.Struct, frozen=True):
    """One posting of a pair. Every field but the title may be missing; null counts as missing."""

    title: str | None
    company: str | None = None
    location: str | None = None
    description: str | None = None

    def traits(self) -> Traits:
        """The posting as the decision sees it."""
        return read_traits(
            title=self.title or "",
            company=self.company or "",
            location=self.location or "",
            description=self.description or "",
        )


class Pair(msgspec.Struct, frozen=True):
    """One line of input."""

    a: Side
    b: Side
    id: str | int | None = None


class Answer(msgspec.Struct, frozen=True):
    """One line of output; `confidence`, 0.5 to 1, is how sure `same` is, whichever it is."""

    id: str | int
    same: bool
    confidence: float
    reasons: tuple[str, ...]


def decide_lines(lines: Iterable[str | bytes]) -> Iterator[Answer | Problem]:
    """An answer or a problem for each line that is not blank, in order; lazily, so that files of any size pass."""
    for number, line in enumerate(lines, start=1):
        if line.strip():
            pair = read_line(line, number, Pair)
            yield pair if isinstance(pair, Problem) else _answer(pair)


def _answer(pair: Pair) -> Answer:
    verdict = decide(pair.a.traits(), pair.b.traits())
    return Answer(same_id(pair.id), verdict.same, verdict.confidence, verdict.reasons)


def encode(answer: Answer) -> bytes:
    """One line of output, without its line break."""
    return msgspec.json.encode(answer)
