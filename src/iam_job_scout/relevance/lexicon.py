"""The taxonomy as one automaton: every phrase the classifier knows, found in a single pass over the text."""

from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources
from typing import Any, NamedTuple

import msgspec
import yaml
from ahocorasick_rs import AhoCorasick, Implementation, MatchKind

_WEIGHTS = {"disciplines": 3, "protocols": 2, "vendors": 3, "certifications": 3}


class Concept(msgspec.Struct, frozen=True):
    """One thing with many names. `weight` is 1 to 3; `title` is core, part or empty (see taxonomy.yaml)."""

    index: int
    id: str
    name: str
    kind: str
    sub: tuple[str, ...]
    weight: int
    title: str
    needs: frozenset[str]
    not_with: frozenset[str]


class Entry(NamedTuple):
    """What one phrase may mean; where several meanings share a phrase, all are set.

    `concept` is None for none. `form` is "term", "upper" (capitals only) or "loose" (needs company). `signal` says
    that the phrase is a concept, or a cue or a contradiction of one.
    """

    phrase: str
    concept: Concept | None = None
    form: str = ""
    zone: str = ""
    boilerplate: bool = False
    signal: bool = False
    mark: str = ""


class Hit(NamedTuple):
    """One whole-word occurrence of a known phrase in a folded text."""

    start: int
    end: int
    entry: Entry


class Lexicon(msgspec.Struct, frozen=True):
    """Concepts, entries by automaton index, and the automaton; built once and never changed.

    `shorter` names for each entry the one that remains where its last word proves to be another ("iam engineer" in
    "iam engineering"), if any.
    """

    concepts: tuple[Concept, ...]
    entries: tuple[Entry, ...]
    shorter: tuple[int | None, ...]
    automaton: AhoCorasick
    titles: dict[str, frozenset[str]]
    leanings: dict[str, tuple[str, ...]]
    subfields: dict[str, str]

    def find(self, folded: str) -> list[Hit]:
        """Whole-word occurrences from left to right, the longest where several start together, none overlapping."""
        entries, hits = self.entries, []
        text = folded + "\n\n"
        for index, start, end in self.automaton.find_matches_as_indexes(folded):
            if text[start - 1].isalnum() and glued(text, start):
                continue
            if text[end].isalnum() and glued(text, end):
                if text[end] == "s" and not text[end + 1].isalnum():
                    end += 1
                elif (shorter := self.shorter[index]) is None:
                    continue
                else:
                    index, end = shorter, start + len(entries[shorter].phrase)
            hits.append(Hit(start, end, entries[index]))
        return hits


def glued(text: str, position: int) -> bool:
    """Whether a word goes on across `position`. Scripts written without spaces do not glue words to their neighbours."""
    before, after = text[position - 1], text[position]
    return before.isalnum() and after.isalnum() and before < "\u2e80" and after < "\u2e80"


@cache
def lexicon() -> Lexicon:
    """The lexicon of the packaged taxonomy."""
    return build(yaml.load(_taxonomy_text(), Loader=yaml.CSafeLoader))


def _taxonomy_text() -> str:
    return resources.files(__package__).joinpath("taxonomy.yaml").read_text("utf-8")


def build(taxonomy: Mapping[str, Any]) -> Lexicon:
    """A lexicon of taxonomy data; a phrase claimed by two concepts belongs to the first."""
    concepts = tuple(_concepts(taxonomy))
    table: dict[str, dict[str, Any]] = {}
    for concept, row in zip(concepts, _rows(taxonomy), strict=True):
        for form, key in (("term", "terms"), ("upper", "upper"), ("loose", "loose")):
            for phrase in row[1].get(key, ()):
                _claim(table, phrase, concept=concept, form=form)
        for phrase in (*concept.needs, *concept.not_with):
            _note(table, phrase, signal=True)
    _note_phrases(table, taxonomy)
    entries = tuple(Entry(phrase=phrase, **meaning) for phrase, meaning in sorted(table.items()))
    automaton = AhoCorasick([e.phrase for e in entries], MatchKind.LeftmostLongest, implementation=Implementation.DFA)
    titles = {name: frozenset(map(str.lower, words)) for name, words in taxonomy["titles"].items()}
    return Lexicon(
        concepts=concepts,
        entries=entries,
        shorter=_shorter(entries),
        automaton=automaton,
        titles=titles,
        leanings={field: tuple(words) for field, words in taxonomy["leanings"].items()},
        subfields=taxonomy["subfields"],
    )


def _shorter(entries: tuple[Entry, ...]) -> tuple[int | None, ...]:
    index_of = {entry.phrase: index for index, entry in enumerate(entries)}

    def longest_head(phrase: str) -> int | None:
        words = phrase.split(" ")
        heads = (" ".join(words[:count]) for count in range(len(words) - 1, 0, -1))
        return next((index_of[head] for head in heads if head in index_of), None)

    return tuple(longest_head(entry.phrase) for entry in entries)


def _rows(taxonomy: Mapping[str, Any]) -> Iterable[tuple[str, Mapping[str, Any]]]:
    return ((kind, row) for kind in _WEIGHTS for row in taxonomy[kind])


def _concepts(taxonomy: Mapping[str, Any]) -> Iterable[Concept]:
    for index, (kind, row) in enumerate(_rows(taxonomy)):
        yield Concept(
            index=index,
            id=row["id"],
            name=row["name"],
            kind=kind,
            sub=tuple(row["sub"]),
            weight=row.get("weight", _WEIGHTS[kind]),
            title=row.get("title", "core" if kind == "vendors" else ""),
            needs=frozenset(row.get("needs", ())),
            not_with=frozenset(row.get("not_with", ())),
        )


def _note_phrases(table: dict[str, dict[str, Any]], taxonomy: Mapping[str, Any]) -> None:
    for zone, phrases in taxonomy["headings"].items():
        for phrase in phrases:
            _note(table, phrase, zone=zone)
    for phrase in taxonomy["boilerplate"]:
        _note(table, phrase, boilerplate=True)
    for mark, phrases in taxonomy["marks"].items():
        for phrase in phrases:
            _note(table, phrase, mark=mark)
    for phrase in taxonomy["cloud_services"]:
        _note(table, phrase, signal=True, mark="cloud_service")
    for phrase in taxonomy["decoys"]:
        table.setdefault(phrase.lower(), {})


def _claim(table: dict[str, dict[str, Any]], phrase: str, *, concept: Concept, form: str) -> None:
    meaning = table.setdefault(phrase.lower(), {})
    meaning["signal"] = True
    meaning.setdefault("concept", concept)
    meaning.setdefault("form", form)


def _note(table: dict[str, dict[str, Any]], phrase: str, **meaning: Any) -> None:
    table.setdefault(phrase.lower(), {}).update(meaning)
