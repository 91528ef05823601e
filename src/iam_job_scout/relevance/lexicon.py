"""The taxonomy as an automaton: every phrase the classifier knows, found in a single pass over the text.

Texts are matched as bytes, one for each character, with everything that is no letter, digit, "&" or "+" made a blank.
So "sign-on" and "sign on", straight and curly quotes are the same, and positions stay those of the text.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib import resources
from itertools import pairwise
from typing import Any, NamedTuple

import msgspec
import yaml
from ahocorasick_rs import BytesAhoCorasick, Implementation, MatchKind

_NONE, _HEADING, _BOILERPLATE, _CONCEPT, _SEVERAL = range(5)
_WEIGHTS = {"disciplines": 3, "protocols": 2, "vendors": 3, "certifications": 3}


class Concept(msgspec.Struct, frozen=True, gc=False):
    """One thing with many names. `weight` is 1 to 3; `title` is core, part or empty (see taxonomy.yaml)."""

    index: int
    id: str
    name: str
    kind: str
    sub: tuple[str, ...]
    weight: int
    title: str
    needs: tuple[bytes, ...]
    not_with: frozenset[str]


class Entry(NamedTuple):
    """What one phrase may mean; where several meanings share a phrase, all are set.

    `concept` is None for none. `form` is "term", "upper" (capitals only) or "loose" (needs company). `contradicts`
    says that some abbreviation means something else where this phrase is used.
    """

    phrase: str
    concept: Concept | None = None
    form: str = ""
    zone: str = ""
    boilerplate: bool = False
    mark: str = ""
    contradicts: bool = False


class Hit(msgspec.Struct, frozen=True, gc=False):
    """One whole-word occurrence of a known phrase: a slice of the text and what it may mean."""

    start: int
    end: int
    entry: Entry


class Found:
    """The phrases of one text from left to right, by what they are good for; `scan` is the text as it was matched.

    `headings` holds (start, end, zone); `boilerplate` where such phrases start; `marks` the hits by their kind.
    """

    __slots__ = ("boilerplate", "concepts", "contradictions", "headings", "marks", "scan")

    def __init__(self, scan: bytes) -> None:
        self.scan = scan
        self.concepts: list[Hit] = []
        self.headings: list[tuple[int, int, str]] = []
        self.boilerplate: list[int] = []
        self.marks: dict[str, list[Hit]] = {}
        self.contradictions: set[str] = set()

    def add(self, hit: Hit) -> None:
        """Files a hit under all that its phrase is good for."""
        entry = hit.entry
        if entry.concept:
            self.concepts.append(hit)
        if entry.mark:
            hits = self.marks.setdefault(entry.mark, [])
            if len(hits) < _MOST_MARKS:
                hits.append(hit)
        if entry.zone:
            self.headings.append((hit.start, hit.end, entry.zone))
        if entry.boilerplate:
            self.boilerplate.append(hit.start)
        if entry.contradicts:
            self.contradictions.add(entry.phrase)


class Lexicon(msgspec.Struct, frozen=True):
    """Concepts, entries by automaton index, and the automata; built once and never changed.

    `roles` says what most phrases are good for at a glance; its last stands for no phrase.
    `shorter` names for each entry the one that remains where its last word proves to be another ("iam engineer" in
    "iam engineering"), if any. `tags` gives for each phrase of the title automaton the tables that hold it.
    `certificates` gives the display names of the phrases marked "certification".
    """

    concepts: tuple[Concept, ...]
    entries: tuple[Entry, ...]
    roles: tuple[int, ...]
    shorter: tuple[int | None, ...]
    automaton: BytesAhoCorasick
    title_phrases: tuple[str, ...]
    tags: tuple[frozenset[str], ...]
    title_automaton: BytesAhoCorasick
    cloud_services: tuple[bytes, ...]
    subfields: dict[str, str]
    certificates: dict[str, str]

    def find(self, folded: str, text: str = "") -> Found:
        """Whole-word occurrences, the longest where several start together, none overlapping.

        Where the text as it was written is given too, a name goes on in the next line only if that begins small.
        """
        scan = as_bytes(folded)
        found = Found(scan)
        entries, roles = self.entries, self.roles
        add_heading, add_boilerplate, add_concept = (
            found.headings.append,
            found.boilerplate.append,
            found.concepts.append,
        )
        for index, before, after in self.automaton.find_matches_as_indexes(scan):
            if scan[after] >= _LETTER:
                index, after = self._ended(scan, index, before=before, after=after)
            role = roles[index]
            if role == _HEADING:
                add_heading((before, after - 1, entries[index].zone))
            elif role == _BOILERPLATE:
                add_boilerplate(before)
            elif role == _CONCEPT:
                line = text.find("\n", before, after - 1)
                if line < 0 or text[line + 1].islower():
                    add_concept(Hit(before, after - 1, entries[index]))
                else:
                    found.concepts += self._on_lines(scan, (before, line + 1, after))
            elif role:
                found.add(Hit(before, after - 1, entries[index]))
        return found

    def _on_lines(self, scan: bytes, edges: tuple[int, int, int]) -> Iterator[Hit]:
        """The names on either side of a line break that a phrase seems to span: "Okta" and "SSO" of a list."""
        for start, end in pairwise(edges):
            part = scan[start:end] + b"  "
            for index, before, after in self.automaton.find_matches_as_indexes(part):
                if part[after] < _LETTER and self.roles[index] == _CONCEPT:
                    yield Hit(start + before, start + after - 1, self.entries[index])

    def _ended(self, scan: bytes, index: int, *, before: int, after: int) -> tuple[int, int]:
        """The entry, and its end, where a word goes on after a phrase: a plural, a shorter phrase, or nothing."""
        if scan[after] == _S and scan[after + 1] < _LETTER:
            return index, after + 1
        shorter = self.shorter[index]
        if shorter is None:
            return -1, after
        return shorter, before + 1 + len(self.entries[shorter].phrase)

    def title_tags(self, folded: str) -> dict[str, str]:
        """The tables that hold a phrase of this title, each with the first such phrase."""
        scan = as_bytes(folded)
        tags: dict[str, str] = {}
        for index, _, end in self.title_automaton.find_matches_as_indexes(scan, overlapping=True):
            if scan[end] < _LETTER:
                for tag in self.tags[index]:
                    tags.setdefault(tag, self.title_phrases[index])
        return tags

    def tagged(self, folded: str, tag: str) -> tuple[int, int] | None:
        """The span of a title from the first phrase of a table to the last, None where there is none."""
        scan = as_bytes(folded)
        spans = [
            (start, end - 1)
            for index, start, end in self.title_automaton.find_matches_as_indexes(scan, overlapping=True)
            if scan[end] < _LETTER and tag in self.tags[index]
        ]
        return (min(start for start, _ in spans), max(end for _, end in spans)) if spans else None


# More words of one kind (work mode, years, money, …) than this no honest posting has.
_MOST_MARKS = 100
_S = ord("s")
_KEPT = "&+"


def _byte_table() -> bytes:
    """Latin-1 letters in lower case, digits and a few signs; a blank for the rest."""
    characters = (chr(code) for code in range(256))
    plain = (c.lower() if c.isalnum() and len(c.lower()) == 1 else c if c in _KEPT else " " for c in characters)
    return "".join(plain).encode("latin-1", "replace")


_BYTES = _byte_table()
# Of what is left in a scan, letters and digits lie above this, the blank and the kept signs below.
_LETTER = ord("0")


def as_bytes(text: str) -> bytes:
    """The text as the automaton reads it: a blank before and two after, one byte for each character between."""
    return b" " + text.encode("latin-1", "replace").translate(_BYTES) + b"  "


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
    for concept, (_, row) in zip(concepts, _rows(taxonomy), strict=True):
        for form, key in (("term", "terms"), ("upper", "upper"), ("loose", "loose")):
            for phrase in row.get(key, ()):
                _claim(table, phrase, concept=concept, form=form)
        for phrase in concept.not_with:
            _note(table, phrase, contradicts=True)
    _note_phrases(table, taxonomy)
    entries = tuple(Entry(phrase=phrase, **meaning) for phrase, meaning in sorted(table.items()))
    tags = _title_tags(taxonomy)
    return Lexicon(
        concepts=concepts,
        entries=entries,
        roles=(*map(_role, entries), _NONE),
        shorter=_shorter(entries),
        automaton=_automaton([entry.phrase for entry in entries], MatchKind.LeftmostLongest),
        title_phrases=tuple(tags),
        tags=tuple(frozenset(tables) for tables in tags.values()),
        title_automaton=_automaton(list(tags), MatchKind.Standard),
        cloud_services=tuple(as_bytes(name)[:-1] for name in taxonomy["cloud_services"]),
        subfields=taxonomy["subfields"],
        certificates={_normal(p): name for name, phrases in taxonomy["certificates"].items() for p in phrases},
    )


def _role(entry: Entry) -> int:
    good_for = (entry.concept, entry.zone, entry.boilerplate, entry.mark, entry.contradicts)
    if sum(map(bool, good_for)) != 1:
        return _SEVERAL if any(good_for) else _NONE
    if entry.concept:
        return _CONCEPT
    return _HEADING if entry.zone else _BOILERPLATE if entry.boilerplate else _SEVERAL


def _automaton(phrases: list[str], kind: MatchKind) -> BytesAhoCorasick:
    """An automaton of phrases that begin a word; whether they end one is for the caller to see.

    The compact form is slower than a full DFA by itself but quicker amid other work, because it stays in the cache.
    """
    patterns = [as_bytes(phrase)[:-2] for phrase in phrases]
    return BytesAhoCorasick(patterns, kind, implementation=Implementation.ContiguousNFA)


def _normal(phrase: str) -> str:
    return as_bytes(phrase)[1:-2].decode("latin-1")


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
            title=row.get("title", "core" if kind == "vendors" and row.get("weight", 3) > 1 else ""),
            needs=tuple(as_bytes(phrase)[:-2] for phrase in row.get("needs", ())),
            not_with=frozenset(map(_normal, row.get("not_with", ()))),
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
    for phrases in taxonomy["certificates"].values():
        for phrase in phrases:
            _note(table, phrase, mark="certification")
    for phrase in taxonomy["decoys"]:
        table.setdefault(_normal(phrase), {})


def _claim(table: dict[str, dict[str, Any]], phrase: str, *, concept: Concept, form: str) -> None:
    meaning = table.setdefault(_normal(phrase), {})
    meaning.setdefault("concept", concept)
    meaning.setdefault("form", form)


def _note(table: dict[str, dict[str, Any]], phrase: str, **meaning: Any) -> None:
    table.setdefault(_normal(phrase), {}).update(meaning)


def _shorter(entries: tuple[Entry, ...]) -> tuple[int | None, ...]:
    index_of = {entry.phrase: index for index, entry in enumerate(entries)}

    def longest_head(phrase: str) -> int | None:
        words = phrase.split(" ")
        heads = (" ".join(words[:count]) for count in range(len(words) - 1, 0, -1))
        return next((index_of[head] for head in heads if head in index_of), None)

    return tuple(longest_head(entry.phrase) for entry in entries)


def _title_tags(taxonomy: Mapping[str, Any]) -> dict[str, set[str]]:
    tags: dict[str, set[str]] = {}
    for section in ("titles", "leanings", "levels"):
        for table, phrases in taxonomy[section].items():
            for phrase in phrases:
                tags.setdefault(_normal(phrase), set()).add(table)
    return tags
