"""The many names of one thing: what a product is called, was called before, and is called for short."""

from functools import cache

import msgspec

from iam_job_scout.relevance.lexicon import Concept, Lexicon, lexicon
from iam_job_scout.relevance.text import fold, plain_text


class Skill(msgspec.Struct, frozen=True):
    """A concept of the taxonomy as a person picks it: its id, display name, kind, sub-fields and certain names.

    `kind` is disciplines, protocols, vendors or certifications. `names` are folded, the display name first; names that
    only add a word to another of the list are left out.
    """

    id: str
    name: str
    kind: str
    sub: tuple[str, ...]
    names: tuple[str, ...]


@cache
def skills() -> tuple[Skill, ...]:
    """All that a profile can hold and a `Match` can name, in the order of the taxonomy."""
    known = lexicon()
    return tuple(
        Skill(concept.id, concept.name, concept.kind, concept.sub, _names(known, concept)) for concept in known.concepts
    )


def skill(name: str) -> Skill | None:
    """What a name means, whether current, old or short ("Azure AD", "entra id", "IIQ"); None where it is not known."""
    return _by_name().get(_normal(name))


def synonyms(name: str) -> tuple[str, ...]:
    """All names of what is meant, folded; the name itself alone where it is not known.

    A text that holds any of them speaks of the same thing: "azure ad" gives also "entra id" and "aad".
    """
    meant = skill(name)
    return meant.names if meant else (_normal(name),)


@cache
def _by_name() -> dict[str, Skill]:
    table = {_normal(found.name): found for found in skills()}
    by_id = {found.id: found for found in skills()}
    for entry in lexicon().entries:
        if entry.concept:
            table.setdefault(entry.phrase, by_id[entry.concept.id])
    return table


def _names(known: Lexicon, concept: Concept) -> tuple[str, ...]:
    certain = [e.phrase for e in known.entries if e.concept is concept and e.form in ("term", "upper")]
    own = _normal(concept.name)
    kept = [own]
    for phrase in sorted(certain, key=len):
        if not any(f" {name} " in f" {phrase} " for name in kept):
            kept.append(phrase)
    return tuple(kept)


def _normal(name: str) -> str:
    return known_form(fold(plain_text(name)))


def known_form(folded: str) -> str:
    """A folded name as the lexicon writes it: words of letters, digits, "&" and "+" between single blanks."""
    return " ".join("".join(c if c.isalnum() or c in "&+" else " " for c in folded).split())
