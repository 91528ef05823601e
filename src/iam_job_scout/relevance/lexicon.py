"""The taxonomy as an automaton: every phrase the classifier knows, found in a single pass over the text.

Texts are matched as `text.Plain.scan` holds them: a byte for each character, a blank for everything that is no letter,
digit, "&" or "+". So positions are those of the text.
"""

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from functools import cache
from importlib import resources
from itertools import pairwise
from operator import itemgetter
from typing import Any

import msgspec
import yaml
from ahocorasick_rs import BytesAhoCorasick, Implementation, MatchKind

from iam_job_scout.relevance.text import scannable

# What a phrase can be good for.
_CONCEPT, _HEADING, _BOILERPLATE, _MARK, _CONTRADICTION, _SEVERAL, _NOTHING = range(7)
_WEIGHTS = {"disciplines": 3, "protocols": 2, "vendors": 3, "certifications": 3}


class Concept(msgspec.Struct, frozen=True, gc=False):
    """One thing with many names. `weight` is 1 to 3; `title` is core, part or empty (see taxonomy.yaml).

    One of `needs` makes an ambiguous name certain that it stands beside.
    """

    index: int
    id: str
    name: str
    kind: str
    sub: tuple[str, ...]
    weight: int
    title: str
    needs: BytesAhoCorasick | None
    not_with: frozenset[str]


class Entry(msgspec.Struct, frozen=True, gc=False):
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


# The index of an entry, the byte before the occurrence, and the byte after it.
_Occurrence = tuple[int, int, int]


class Found(msgspec.Struct, frozen=True, gc=False):
    """The phrases of one text from left to right, by what they are good for; `scan` is the text as it was matched.

    `headings` holds (start, end, zone); `boilerplate` where such phrases start; `marks` the hits by their kind.
    """

    scan: bytes
    concepts: list[Hit]
    headings: list[tuple[int, int, str]]
    boilerplate: list[int]
    marks: dict[str, list[Hit]]
    contradictions: AbstractSet[str]


_NONE: frozenset[str] = frozenset()


class Lexicon(msgspec.Struct, frozen=True):
    """Concepts, entries by automaton index, and the automata; built once and never changed.

    `roles` says what each phrase is good for; its last stands for no phrase.
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
    cloud_services: BytesAhoCorasick
    subfields: dict[str, str]
    certificates: dict[str, str]

    def find(self, scan: bytes, text: str = "") -> Found:
        """Whole-word occurrences, the longest where several start together, none overlapping.

        Where the text as it was written is given too, a name goes on in the next line only if that begins small.
        """
        entries, roles, shorter = self.entries, self.roles, self.shorter
        sorted_out: tuple[list[_Occurrence], ...] = ([], [], [], [], [], [], [])
        for occurrence in self.automaton.find_matches_as_indexes(scan):
            index, before, after = occurrence
            if scan[after] >= _LETTER:
                if shorter[index] is None and scan[after] != _S:
                    continue
                occurrence = index, before, after = self._ended(scan, index, before=before, after=after)
            sorted_out[roles[index]].append(occurrence)
        concepts, headings, boilerplate, marks, contradictions, several, _ = sorted_out
        if several:
            self._sort_out(several, sorted_out)
        return Found(
            scan=scan,
            concepts=self._names(scan, text, concepts) if concepts else [],
            headings=[(before, after - 1, entries[index].zone) for index, before, after in headings],
            boilerplate=[before for _, before, _ in boilerplate],
            marks=self._marks(marks) if marks else {},
            contradictions={entries[index].phrase for index, _, _ in contradictions} if contradictions else _NONE,
        )

    def _sort_out(self, occurrences: list[_Occurrence], lists: tuple[list[_Occurrence], ...]) -> None:
        """Files what is good for several things."""
        touched = set()
        for occurrence in occurrences:
            for role in _all_roles(self.entries[occurrence[0]]):
                lists[role].append(occurrence)
                touched.add(role)
        for role in touched:
            lists[role].sort(key=itemgetter(1))

    def _marks(self, occurrences: list[_Occurrence]) -> dict[str, list[Hit]]:
        marks: dict[str, list[Hit]] = {}
        entries = self.entries
        for index, before, after in occurrences[:_MOST_MARKS]:
            entry = entries[index]
            kind = entry.mark
            if kind in marks:
                marks[kind].append(Hit(before, after - 1, entry))
            else:
                marks[kind] = [Hit(before, after - 1, entry)]
        return marks

    def _names(self, scan: bytes, text: str, occurrences: list[_Occurrence]) -> list[Hit]:
        entries = self.entries
        if "\n" not in text:
            return [Hit(before, after - 1, entries[index]) for index, before, after in occurrences]
        hits = []
        for index, before, after in occurrences:
            line = text.find("\n", before, after - 1)
            if line < 0 or text[line + 1].islower():
                hits.append(Hit(before, after - 1, entries[index]))
            else:
                hits += self._on_lines(scan, (before, line + 1, after))
        return hits

    def _on_lines(self, scan: bytes, edges: tuple[int, int, int]) -> Iterator[Hit]:
        """The names on either side of a line break that a phrase seems to span: "Okta" and "SSO" of a list."""
        for start, end in pairwise(edges):
            part = scan[start:end] + b"  "
            for index, before, after in self.automaton.find_matches_as_indexes(part):
                if part[after] < _LETTER and self.entries[index].concept:
                    yield Hit(start + before, start + after - 1, self.entries[index])

    def _ended(self, scan: bytes, index: int, *, before: int, after: int) -> _Occurrence:
        """What occurs where a word goes on after a phrase: its plural, a shorter phrase, or nothing."""
        if scan[after] == _S and scan[after + 1] < _LETTER:
            return index, before, after + 1
        shorter = self.shorter[index]
        if shorter is None:
            return -1, before, after
        return shorter, before, before + 1 + len(self.entries[shorter].phrase)

    def title_tags(self, scan: bytes) -> dict[str, str]:
        """The tables that hold a phrase of this title, each with the first such phrase."""
        tags: dict[str, str] = {}
        for index, _, end in self.title_automaton.find_matches_as_indexes(scan, overlapping=True):
            if scan[end] < _LETTER:
                for tag in self.tags[index]:
                    tags.setdefault(tag, self.title_phrases[index])
        return tags

    def tagged(self, scan: bytes, tag: str) -> tuple[int, int] | None:
        """The span of a title from the first phrase of a table to the last, None where there is none."""
        spans = [
            (start, end - 1)
            for index, start, end in self.title_automaton.find_matches_as_indexes(scan, overlapping=True)
            if scan[end] < _LETTER and tag in self.tags[index]
        ]
        return (min(start for start, _ in spans), max(end for _, end in spans)) if spans else None


# More words about work mode, years, money and so on than this no honest posting has.
_MOST_MARKS = 400
_S = ord("s")
# Of what is left in a scan, letters and digits lie above this, the blank and the kept signs below.
_LETTER = ord("0")


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
    # The short ones first: so the automaton's first steps, the most trodden, lie close together in memory.
    phrases = sorted(table, key=lambda phrase: (len(phrase), phrase))
    entries = tuple(Entry(phrase=phrase, **table[phrase]) for phrase in phrases)
    tags = _title_tags(taxonomy)
    return Lexicon(
        concepts=concepts,
        entries=entries,
        roles=(*map(_role, entries), _NOTHING),
        shorter=_shorter(entries),
        automaton=_automaton([entry.phrase for entry in entries], MatchKind.LeftmostLongest),
        title_phrases=tuple(tags),
        tags=tuple(frozenset(tables) for tables in tags.values()),
        title_automaton=_automaton(list(tags), MatchKind.Standard),
        cloud_services=BytesAhoCorasick([scannable(name)[:-1] for name in taxonomy["cloud_services"]]),
        subfields=taxonomy["subfields"],
        certificates={_normal(p): name for name, phrases in taxonomy["certificates"].items() for p in phrases},
    )


def _all_roles(entry: Entry) -> list[int]:
    good_for = (entry.concept, entry.zone, entry.boilerplate, entry.mark, entry.contradicts)
    return [role for role, good in enumerate(good_for) if good]


def _role(entry: Entry) -> int:
    roles = _all_roles(entry)
    return (roles[0] if len(roles) == 1 else _SEVERAL) if roles else _NOTHING


def _automaton(phrases: list[str], kind: MatchKind) -> BytesAhoCorasick:
    """An automaton of phrases that begin a word; whether they end one is for the caller to see.

    The compact form is slower than a full DFA by itself but quicker amid other work, because it stays in the cache.
    """
    patterns = [scannable(phrase)[:-2] for phrase in phrases]
    return BytesAhoCorasick(patterns, kind, implementation=Implementation.ContiguousNFA)


def contains(automaton: BytesAhoCorasick, scan: bytes) -> bool:
    """Whether a stretch of a scan holds a phrase of the automaton, or a word that begins with one."""
    return bool(automaton.find_matches_as_indexes(scan))


def _normal(phrase: str) -> str:
    return scannable(phrase)[1:-2].decode("latin-1")


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
            needs=_automaton(row["needs"], MatchKind.Standard) if row.get("needs") else None,
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
