"""What a person types into the search field: words, "phrases", begin*, -without. No sign of it means anything else."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property

from iam_job_scout.db.fulltext import Expression, Phrase
from iam_job_scout.jobs.words import WantedWords, split_words
from iam_job_scout.relevance.names import skill

#: Words beyond this many are not looked at: nobody types them, and each costs a pass over the index.
MAX_WORDS = 12
#: Letters that the beginning of a word needs; shorter ones stand for half of the dictionary and are left out.
SHORTEST_PREFIX = 2
#: Words of the longest name that is looked up ("microsoft azure active directory").
_LONGEST_NAME = 5

_PART = re.compile(r'(?P<without>(?<!\S)-)?(?:"(?P<quoted>[^"]*)"?|(?P<plain>[^\s"]+))(?P<star>\*)?')


@dataclass(frozen=True)
class Word:
    """One part of a search: words that stand together (mostly one), perhaps only begun, perhaps not wanted."""

    words: tuple[str, ...]
    prefix: bool = False
    without: bool = False
    quoted: bool = False

    @property
    def token(self) -> str:
        """The word as the index has it, where it is a single one."""
        return self.words[-1] + ("*" if self.prefix else "")


@dataclass(frozen=True)
class Reading:
    """How a search was read: its parts, what each word stands for besides itself, and the names in it by id.

    `instead` maps a word that no job has to those that were looked for in its place.
    """

    parts: tuple[Word, ...] = ()
    things: frozenset[str] = frozenset()
    also: tuple[tuple[str, ...], ...] = ()
    instead: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def expression(
        self, marks: Iterable[tuple[str, ...]] = (), *, without: Iterable[str] = (), closed: bool = False
    ) -> Expression:
        """Returns what the index is asked: the words, of each tuple of marks one, and no mark of `without`."""
        every: list[tuple[str, ...]] = []
        none: list[str] = []
        phrases: list[Phrase] = []
        for part, also in zip(self.parts, self.also, strict=True):
            if part.without:
                none += also
            if also and not part.without:
                every += ((word, *also) for word in part.words)
            elif len(part.words) > 1:
                phrases.append(Phrase(" ".join(part.words), part.prefix, not part.without))
                if not part.without:
                    every += ((word,) for word in part.words[:-1])
                    every.append((part.token,))
            elif part.without:
                none.append(part.token)
            else:
                every.append(self.instead.get(part.token, (part.token,)))
        return Expression((*every, *marks), (*none, *without), tuple(phrases), closed)

    def single_words(self) -> list[str]:
        """Returns the plain words that must occur and that nothing else stands in for."""
        pairs = zip(self.parts, self.also, strict=True)
        return [p.token for p, also in pairs if len(p.words) == 1 and not (p.prefix or p.without or also)]

    @cached_property
    def wanted(self) -> WantedWords:
        """The words to look for in a text."""
        words = {w for p in self.parts if not p.without for w in (p.words[:-1] if p.prefix else p.words)}
        words |= {word for words in self.instead.values() for word in words if not word.endswith("*")}
        begun = [p.words[-1] for p in self.parts if p.prefix and not p.without]
        begun += [w[:-1] for words in self.instead.values() for w in words if w.endswith("*")]
        return WantedWords(words, begun)


def read_words(typed: str) -> Reading:
    """Reads a search; what holds no letter or digit is left out."""
    parts = tuple(_parts(typed))
    things, also = _names(parts)
    return Reading(parts, things, also)


def _parts(typed: str) -> Iterator[Word]:
    left = MAX_WORDS
    for found in _PART.finditer(typed):
        quoted, plain = found["quoted"], found["plain"] or ""
        words = split_words(plain if quoted is None else quoted)[:left]
        prefix = bool(found["star"]) or plain.endswith("*")
        if not words or (prefix and len(words[-1]) < SHORTEST_PREFIX):
            continue
        left -= len(words)
        yield Word(tuple(words), prefix, bool(found["without"]), quoted is not None)


def _names(parts: tuple[Word, ...]) -> tuple[frozenset[str], tuple[tuple[str, ...], ...]]:
    """The things that runs of plain words name, and the marks that serve in place of each word of such a run.

    What is not wanted is not wanted by any name.
    """
    also: list[tuple[str, ...]] = [()] * len(parts)
    things: set[str] = set()
    at = 0
    while at < len(parts):
        without = parts[at].without
        length, thing, other_names = _longest_name((replace(parts[at], without=False),) if without else parts[at:])
        if thing:
            things |= set() if without else {thing}
            also[at : at + length] = [(f"name:{thing}",) if other_names else ()] * length
        at += max(length, 1)
    return frozenset(things), tuple(also)


def _longest_name(parts: tuple[Word, ...]) -> tuple[int, str, bool]:
    """How many words from here on name a thing, which, and whether it goes by names without these words too."""
    words: list[str] = []
    found: tuple[int, str, bool] = (0, "", False)
    for count, part in enumerate(parts[:_LONGEST_NAME], 1):
        if part.prefix or part.without or part.quoted:
            break
        words += part.words
        known = skill(" ".join(words))
        if known:
            others = any(not set(words) <= set(split_words(name)) for name in known.names)
            found = (count, known.id, others)
    return found
